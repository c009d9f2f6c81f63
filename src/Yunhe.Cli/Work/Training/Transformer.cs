namespace Yunhe.Cli.Work.Training;

/// <summary>
/// One sequence through the network and back: normalisation before each block (Radford et al. 2019), causal attention, SiLU, learned
/// positions. Holds the activations of one sequence, so it serves one thread.
/// </summary>
internal sealed class Transformer
{
    private readonly ModelShape shape;
    private readonly Activations[] layers;
    private readonly float[] final;
    private readonly float[] finalNormal;
    private readonly float[] finalMeans;
    private readonly float[] finalInverses;
    private readonly float[] logits;

    // Gradients that pass from one block to the one before, and room to work.
    private readonly float[] stream;
    private readonly float[] normal;
    private readonly float[] mixed;
    private readonly float[] inner;
    private readonly float[] wide;
    private readonly float[] turned;

    public Transformer(ModelShape shape)
    {
        this.shape = shape;
        var (t, d) = (shape.Context, shape.Width);
        layers = [.. Enumerable.Range(0, shape.Layers).Select(_ => new Activations(shape))];
        (final, finalNormal, finalMeans, finalInverses, logits) = (new float[t * d], new float[t * d], new float[t], new float[t], new float[t * shape.Vocabulary]);
        (stream, normal, mixed, inner, wide) = (new float[t * d], new float[t * d], new float[t * 3 * d], new float[t * shape.Inner], new float[t * d]);
        turned = new float[d * Math.Max(shape.Inner, Math.Max(3 * d, shape.Vocabulary))];
    }

    /// <summary>Mean loss over the sequence, in nats a token.</summary>
    public double Loss(float[] weights, ReadOnlySpan<byte> text)
    {
        Forward(weights, text);
        return Judge(text);
    }

    /// <summary>The same, and adds its gradient.</summary>
    public double Backpropagate(float[] weights, ReadOnlySpan<byte> text, float[] gradient)
    {
        Forward(weights, text);
        var loss = Judge(text);
        Backward(weights, text, gradient);
        return loss;
    }

    private void Forward(float[] weights, ReadOnlySpan<byte> text)
    {
        var (t, d) = (shape.Context, shape.Width);
        ReadOnlySpan<float> w = weights;
        for (var p = 0; p < t; p++)
            for (var i = 0; i < d; i++)
                layers[0].Input[p * d + i] = w[ModelShape.Tokens + text[p] * d + i] + w[shape.Positions + p * d + i];
        for (var n = 0; n < shape.Layers; n++)
        {
            var (a, at) = (layers[n], shape.Layer(n));
            var output = n + 1 < shape.Layers ? layers[n + 1].Input : final;
            Kernels.Normalise(a.Input, w.Slice(at.AttentionScale, d), w.Slice(at.AttentionShift, d), a.Normal, a.Means, a.Inverses, t);
            Array.Clear(a.Mixed);
            Kernels.Multiply(a.Normal, w.Slice(at.Mix, 3 * d * d), a.Mixed, t, d, 3 * d);
            Attention.Forward(shape, a.Mixed, a.Attended, a.Shares);
            a.Input.CopyTo(a.Middle, 0);
            Kernels.Multiply(a.Attended, w.Slice(at.Project, d * d), a.Middle, t, d, d);
            Kernels.Normalise(a.Middle, w.Slice(at.InnerScale, d), w.Slice(at.InnerShift, d), a.InnerNormal, a.InnerMeans, a.InnerInverses, t);
            Array.Clear(a.Up);
            Kernels.Multiply(a.InnerNormal, w.Slice(at.Up, d * shape.Inner), a.Up, t, d, shape.Inner);
            Kernels.Silu(a.Up, a.Active);
            a.Middle.CopyTo(output, 0);
            Kernels.Multiply(a.Active, w.Slice(at.Down, shape.Inner * d), output, t, shape.Inner, d);
        }
        Kernels.Normalise(final, w.Slice(shape.FinalScale, d), w.Slice(shape.FinalShift, d), finalNormal, finalMeans, finalInverses, t);
        Array.Clear(logits);
        Kernels.Multiply(finalNormal, w.Slice(shape.Output, d * shape.Vocabulary), logits, t, d, shape.Vocabulary);
    }

    /// <summary>Cross entropy; the logits become probabilities.</summary>
    private double Judge(ReadOnlySpan<byte> text)
    {
        double loss = 0;
        for (var p = 0; p < shape.Context; p++)
        {
            var row = logits.AsSpan(p * shape.Vocabulary, shape.Vocabulary);
            var wanted = row[text[p + 1]];
            loss += Kernels.Softmax(row) - wanted;
        }
        return loss / shape.Context;
    }

    private void Backward(float[] weights, ReadOnlySpan<byte> text, float[] gradient)
    {
        var (t, d) = (shape.Context, shape.Width);
        ReadOnlySpan<float> w = weights;
        Span<float> g = gradient;
        for (var p = 0; p < t; p++) logits[p * shape.Vocabulary + text[p + 1]] -= 1;
        for (var i = 0; i < logits.Length; i++) logits[i] /= t;
        Array.Clear(normal);
        Kernels.MultiplyBack(finalNormal, w.Slice(shape.Output, d * shape.Vocabulary), logits, normal, g.Slice(shape.Output, d * shape.Vocabulary), turned, t, d, shape.Vocabulary);
        Array.Clear(stream);
        Kernels.NormaliseBack(final, w.Slice(shape.FinalScale, d), normal, stream, g.Slice(shape.FinalScale, d), g.Slice(shape.FinalShift, d), finalMeans, finalInverses, t);
        for (var n = shape.Layers - 1; n >= 0; n--) Backward(w, g, layers[n], shape.Layer(n));
        for (var p = 0; p < t; p++)
        {
            Kernels.AddScaled(g.Slice(ModelShape.Tokens + text[p] * d, d), stream.AsSpan(p * d, d), 1);
            Kernels.AddScaled(g.Slice(shape.Positions + p * d, d), stream.AsSpan(p * d, d), 1);
        }
    }

    /// <summary><c>stream</c> is the gradient of the layer's output before, of its input after.</summary>
    private void Backward(ReadOnlySpan<float> w, Span<float> g, Activations a, LayerPlace at)
    {
        var (t, d, h) = (shape.Context, shape.Width, shape.Inner);
        Array.Clear(inner);
        Kernels.MultiplyBack(a.Active, w.Slice(at.Down, h * d), stream, inner, g.Slice(at.Down, h * d), turned, t, h, d);
        Kernels.SiluBack(a.Up, inner);
        Array.Clear(normal);
        Kernels.MultiplyBack(a.InnerNormal, w.Slice(at.Up, d * h), inner, normal, g.Slice(at.Up, d * h), turned, t, d, h);
        Kernels.NormaliseBack(a.Middle, w.Slice(at.InnerScale, d), normal, stream, g.Slice(at.InnerScale, d), g.Slice(at.InnerShift, d), a.InnerMeans, a.InnerInverses, t);

        Array.Clear(wide);
        Kernels.MultiplyBack(a.Attended, w.Slice(at.Project, d * d), stream, wide, g.Slice(at.Project, d * d), turned, t, d, d);
        Array.Clear(mixed);
        Attention.Backward(shape, a.Mixed, a.Shares, wide, mixed);
        Array.Clear(normal);
        Kernels.MultiplyBack(a.Normal, w.Slice(at.Mix, 3 * d * d), mixed, normal, g.Slice(at.Mix, 3 * d * d), turned, t, d, 3 * d);
        Kernels.NormaliseBack(a.Input, w.Slice(at.AttentionScale, d), normal, stream, g.Slice(at.AttentionScale, d), g.Slice(at.AttentionShift, d), a.Means, a.Inverses, t);
    }

    /// <summary>What one layer keeps for the way back.</summary>
    private sealed class Activations(ModelShape shape)
    {
        public float[] Input { get; } = new float[shape.Context * shape.Width];

        public float[] Normal { get; } = new float[shape.Context * shape.Width];

        public float[] Means { get; } = new float[shape.Context];

        public float[] Inverses { get; } = new float[shape.Context];

        public float[] Mixed { get; } = new float[3 * shape.Context * shape.Width];

        /// <summary>By head, query and key.</summary>
        public float[] Shares { get; } = new float[shape.Heads * shape.Context * shape.Context];

        public float[] Attended { get; } = new float[shape.Context * shape.Width];

        public float[] Middle { get; } = new float[shape.Context * shape.Width];

        public float[] InnerNormal { get; } = new float[shape.Context * shape.Width];

        public float[] InnerMeans { get; } = new float[shape.Context];

        public float[] InnerInverses { get; } = new float[shape.Context];

        public float[] Up { get; } = new float[shape.Context * shape.Inner];

        public float[] Active { get; } = new float[shape.Context * shape.Inner];
    }
}

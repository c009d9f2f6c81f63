namespace Yunhe.Cli.Work.Training;

/// <summary>Causal attention of several heads (Vaswani et al. 2017) over rows in which queries, keys and values lie side by side.</summary>
internal static class Attention
{
    /// <param name="shares">By head, query and key: how much of each value a query takes.</param>
    public static void Forward(ModelShape shape, ReadOnlySpan<float> mixed, Span<float> attended, Span<float> shares)
    {
        var (t, d, e) = (shape.Context, shape.Width, shape.HeadWidth);
        var factor = 1 / MathF.Sqrt(e);
        attended.Clear();
        for (var h = 0; h < shape.Heads; h++)
            for (var p = 0; p < t; p++)
            {
                var query = mixed.Slice(p * 3 * d + h * e, e);
                var row = shares.Slice((h * t + p) * t, p + 1);
                for (var k = 0; k <= p; k++) row[k] = Dot(query, mixed.Slice(k * 3 * d + d + h * e, e)) * factor;
                Kernels.Softmax(row);
                for (var k = 0; k <= p; k++) Kernels.AddScaled(attended.Slice(p * d + h * e, e), mixed.Slice(k * 3 * d + 2 * d + h * e, e), row[k]);
            }
    }

    /// <summary>Adds the gradients of queries, keys and values.</summary>
    public static void Backward(ModelShape shape, ReadOnlySpan<float> mixed, ReadOnlySpan<float> shares, ReadOnlySpan<float> dAttended, Span<float> dMixed)
    {
        var (t, d, e) = (shape.Context, shape.Width, shape.HeadWidth);
        var factor = 1 / MathF.Sqrt(e);
        Span<float> dShares = new float[t];
        for (var h = 0; h < shape.Heads; h++)
            for (var p = 0; p < t; p++)
            {
                var query = p * 3 * d + h * e;
                var dOut = dAttended.Slice(p * d + h * e, e);
                var row = shares.Slice((h * t + p) * t, p + 1);
                float along = 0;
                for (var k = 0; k <= p; k++)
                {
                    var value = k * 3 * d + 2 * d + h * e;
                    dShares[k] = Dot(dOut, mixed.Slice(value, e));
                    along += dShares[k] * row[k];
                    Kernels.AddScaled(dMixed.Slice(value, e), dOut, row[k]);
                }
                for (var k = 0; k <= p; k++)
                {
                    var (key, dScore) = (k * 3 * d + d + h * e, row[k] * (dShares[k] - along) * factor);
                    Kernels.AddScaled(dMixed.Slice(query, e), mixed.Slice(key, e), dScore);
                    Kernels.AddScaled(dMixed.Slice(key, e), mixed.Slice(query, e), dScore);
                }
            }
    }

    /// <summary>From the first to the last, so that the sum is the same everywhere.</summary>
    private static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        float sum = 0;
        for (var i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }
}

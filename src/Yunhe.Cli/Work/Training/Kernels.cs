using System.Numerics;

namespace Yunhe.Cli.Work.Training;

/// <summary>
/// The arithmetic of the network, in an order of operations that is the same on every machine: sums run along the vectors' lanes and never
/// across them, products are not fused with sums, and the exponential is made of additions and multiplications here, since the machine's
/// own differs by processor. So a run that moves to another site ends with the same bits.
/// </summary>
internal static class Kernels
{
    private const float Epsilon = 1e-5f;

    /// <summary>y (rows × outs) += x (rows × ins) · w (ins × outs).</summary>
    public static void Multiply(ReadOnlySpan<float> x, ReadOnlySpan<float> w, Span<float> y, int rows, int ins, int outs)
    {
        for (var r = 0; r < rows; r++)
            for (var i = 0; i < ins; i++)
                AddScaled(y.Slice(r * outs, outs), w.Slice(i * outs, outs), x[r * ins + i]);
    }

    /// <summary>The gradients of <see cref="Multiply"/>: dw += xᵀ · dy, dx += dy · wᵀ.</summary>
    /// <param name="turned">Room for w turned over (outs × ins).</param>
    public static void MultiplyBack(
        ReadOnlySpan<float> x, ReadOnlySpan<float> w, ReadOnlySpan<float> dy, Span<float> dx, Span<float> dw, Span<float> turned, int rows, int ins, int outs)
    {
        for (var i = 0; i < ins; i++)
            for (var o = 0; o < outs; o++)
                turned[o * ins + i] = w[i * outs + o];
        for (var r = 0; r < rows; r++)
        {
            var dyRow = dy.Slice(r * outs, outs);
            for (var i = 0; i < ins; i++) AddScaled(dw.Slice(i * outs, outs), dyRow, x[r * ins + i]);
            for (var o = 0; o < outs; o++) AddScaled(dx.Slice(r * ins, ins), turned.Slice(o * ins, ins), dyRow[o]);
        }
    }

    /// <summary>y += a · x.</summary>
    public static void AddScaled(Span<float> y, ReadOnlySpan<float> x, float a)
    {
        var (width, i) = (Vector<float>.Count, 0);
        var factor = new Vector<float>(a);
        for (; i <= y.Length - width; i += width)
        {
            var product = new Vector<float>(x[i..]) * factor;
            (new Vector<float>(y[i..]) + product).CopyTo(y[i..]);
        }
        for (; i < y.Length; i++) y[i] += a * x[i];
    }

    /// <summary>Layer normalisation (Ba, Kiros and Hinton 2016) of each row.</summary>
    /// <param name="means">Kept for the way back, as are <paramref name="inverses"/>.</param>
    public static void Normalise(
        ReadOnlySpan<float> x, ReadOnlySpan<float> scale, ReadOnlySpan<float> shift, Span<float> y, Span<float> means, Span<float> inverses, int rows)
    {
        var width = scale.Length;
        for (var r = 0; r < rows; r++)
        {
            var row = x.Slice(r * width, width);
            float sum = 0, squares = 0;
            foreach (var v in row) sum += v;
            var mean = sum / width;
            foreach (var v in row) squares += (v - mean) * (v - mean);
            var inverse = 1 / MathF.Sqrt(squares / width + Epsilon);
            (means[r], inverses[r]) = (mean, inverse);
            for (var i = 0; i < width; i++) y[r * width + i] = (row[i] - mean) * inverse * scale[i] + shift[i];
        }
    }

    /// <summary>Adds the gradients of <see cref="Normalise"/>.</summary>
    public static void NormaliseBack(
        ReadOnlySpan<float> x, ReadOnlySpan<float> scale, ReadOnlySpan<float> dy, Span<float> dx, Span<float> dScale, Span<float> dShift,
        ReadOnlySpan<float> means, ReadOnlySpan<float> inverses, int rows)
    {
        var width = scale.Length;
        for (var r = 0; r < rows; r++)
        {
            var (mean, inverse, at) = (means[r], inverses[r], r * width);
            float sum = 0, along = 0;
            for (var i = 0; i < width; i++)
            {
                var (unit, d) = ((x[at + i] - mean) * inverse, dy[at + i] * scale[i]);
                dScale[i] += dy[at + i] * unit;
                dShift[i] += dy[at + i];
                sum += d;
                along += d * unit;
            }
            for (var i = 0; i < width; i++)
                dx[at + i] += inverse * (dy[at + i] * scale[i] - sum / width - (x[at + i] - mean) * inverse * (along / width));
        }
    }

    /// <summary>x · sigmoid(x).</summary>
    public static void Silu(ReadOnlySpan<float> x, Span<float> y)
    {
        for (var i = 0; i < x.Length; i++) y[i] = x[i] * Sigmoid(x[i]);
    }

    /// <summary>dy becomes dx.</summary>
    public static void SiluBack(ReadOnlySpan<float> x, Span<float> dy)
    {
        for (var i = 0; i < x.Length; i++)
        {
            var s = Sigmoid(x[i]);
            dy[i] *= s * (1 + x[i] * (1 - s));
        }
    }

    /// <summary>In place; what it returns is the logarithm of the sum of exponentials.</summary>
    public static double Softmax(Span<float> x)
    {
        var most = float.NegativeInfinity;
        foreach (var v in x) most = v > most ? v : most;
        double sum = 0;
        foreach (var v in x) sum += Exp(v - most);
        for (var i = 0; i < x.Length; i++) x[i] = (float)(Exp(x[i] - most) / sum);
        return most + Math.Log(sum);
    }

    /// <summary>
    /// e^x: 2^k · e^r with |r| ≤ ln 2 / 2, and e^r by its series up to r^13, whose rest is below 2^-52 (Muller, Elementary Functions, 2016, 11.1).
    /// Zero and infinity beyond ±700.
    /// </summary>
    public static double Exp(double x)
    {
        if (x < -700) return 0;
        if (x > 700) return double.PositiveInfinity;
        const double Log2Of = 1.4426950408889634, High = 0.693147180369123816490, Low = 1.90821492927058770002e-10;
        var k = Math.Round(x * Log2Of);
        var r = x - k * High - k * Low;
        double sum = 1;
        for (var n = 13; n >= 1; n--) sum = 1 + sum * r / n;
        return sum * BitConverter.Int64BitsToDouble(((long)k + 1023) << 52);
    }

    private static float Sigmoid(float x) => (float)(1 / (1 + Exp(-x)));
}

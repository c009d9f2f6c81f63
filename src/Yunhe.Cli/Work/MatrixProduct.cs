using System.Numerics;

namespace Yunhe.Cli.Work;

/// <summary>The fused multiplication and addition of a floating-point type, which Vector has for each by itself.</summary>
internal interface IFused<T>
    where T : unmanaged, INumber<T>
{
    /// <summary>How far a product of numbers of size 1 may be off in relation to their count.</summary>
    static abstract double Tolerance { get; }

    static abstract Vector<T> MultiplyAdd(Vector<T> a, Vector<T> b, Vector<T> sum);
}

internal readonly struct FusedDouble : IFused<double>
{
    public static double Tolerance => 1e-9;

    public static Vector<double> MultiplyAdd(Vector<double> a, Vector<double> b, Vector<double> sum) => Vector.FusedMultiplyAdd(a, b, sum);
}

internal readonly struct FusedSingle : IFused<float>
{
    public static double Tolerance => 1e-5;

    public static Vector<float> MultiplyAdd(Vector<float> a, Vector<float> b, Vector<float> sum) => Vector.FusedMultiplyAdd(a, b, sum);
}

/// <param name="Gflops">10^9 multiplications and additions a second.</param>
/// <param name="Correct">The product passed Freivalds' check.</param>
internal sealed record MatrixRun(double Gflops, int Products, TimeSpan Elapsed, bool Correct);

/// <summary>
/// A blocked matrix product. Columns are taken in panels two vectors wide, copied so that the inner loop reads straight on, and four
/// rows at a time, so that eight sums stay in registers (Goto and van de Geijn, Anatomy of High-Performance Matrix Multiplication, 2008).
/// </summary>
internal static class MatrixProduct<T, TFused>
    where T : unmanaged, INumber<T>
    where TFused : struct, IFused<T>
{
    private const int Rows = 4;
    private static readonly int Panel = 2 * Vector<T>.Count;

    public static MatrixRun Measure(int order, TimeSpan atLeast, int threads, TimeProvider time)
    {
        // Whole blocks only.
        var n = (order + 63) / 64 * 64;
        var random = new Random(1);
        var (a, b, c) = (Filled(n, random), Filled(n, random), new T[n * n]);
        Multiply(a, b, c, n, threads);
        var start = time.GetTimestamp();
        var products = 0;
        do
        {
            Multiply(a, b, c, n, threads);
            products++;
        }
        while (time.GetElapsedTime(start) < atLeast);

        var elapsed = time.GetElapsedTime(start);
        return new(2.0 * n * n * n * products / elapsed.TotalSeconds / 1e9, products, elapsed, Check(a, b, c, n, random));
    }

    public static void Multiply(T[] a, T[] b, T[] c, int n, int threads) => Parallel.For(
        0, n / Panel, new ParallelOptions { MaxDegreeOfParallelism = threads },
        () => new T[n * Panel],
        (panel, _, packed) =>
        {
            var column = panel * Panel;
            for (var k = 0; k < n; k++) b.AsSpan(k * n + column, Panel).CopyTo(packed.AsSpan(k * Panel));
            for (var row = 0; row < n; row += Rows) Block(a.AsSpan(row * n, Rows * n), packed, c.AsSpan(row * n + column), n);
            return packed;
        },
        _ => { });

    private static void Block(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> c, int n)
    {
        var width = Vector<T>.Count;
        Vector<T> s00 = default, s01 = default, s10 = default, s11 = default, s20 = default, s21 = default, s30 = default, s31 = default;
        var a0 = a[..n];
        var a1 = a.Slice(n, n);
        var a2 = a.Slice(2 * n, n);
        var a3 = a.Slice(3 * n, n);
        for (var k = 0; k < n; k++)
        {
            var b0 = new Vector<T>(b[(k * 2 * width)..]);
            var b1 = new Vector<T>(b[(k * 2 * width + width)..]);
            var x0 = new Vector<T>(a0[k]);
            var x1 = new Vector<T>(a1[k]);
            var x2 = new Vector<T>(a2[k]);
            var x3 = new Vector<T>(a3[k]);
            s00 = TFused.MultiplyAdd(x0, b0, s00);
            s01 = TFused.MultiplyAdd(x0, b1, s01);
            s10 = TFused.MultiplyAdd(x1, b0, s10);
            s11 = TFused.MultiplyAdd(x1, b1, s11);
            s20 = TFused.MultiplyAdd(x2, b0, s20);
            s21 = TFused.MultiplyAdd(x2, b1, s21);
            s30 = TFused.MultiplyAdd(x3, b0, s30);
            s31 = TFused.MultiplyAdd(x3, b1, s31);
        }

        s00.CopyTo(c);
        s01.CopyTo(c[width..]);
        s10.CopyTo(c[n..]);
        s11.CopyTo(c[(n + width)..]);
        s20.CopyTo(c[(2 * n)..]);
        s21.CopyTo(c[(2 * n + width)..]);
        s30.CopyTo(c[(3 * n)..]);
        s31.CopyTo(c[(3 * n + width)..]);
    }

    /// <summary>Freivalds 1977: C x = A (B x) for a random x, in n² steps.</summary>
    private static bool Check(T[] a, T[] b, T[] c, int n, Random random)
    {
        var x = Enumerable.Range(0, n).Select(_ => T.CreateChecked(random.Next(2))).ToArray();
        var (direct, twice) = (Apply(c, x), Apply(a, Apply(b, x)));
        return direct.Zip(twice).All(p => Math.Abs(double.CreateChecked(p.First - p.Second)) <= TFused.Tolerance * n * Math.Max(1, Math.Abs(double.CreateChecked(p.Second))));
    }

    private static T[] Apply(T[] matrix, T[] x)
    {
        var n = x.Length;
        return [.. Enumerable.Range(0, n).Select(row => Dot(matrix.AsSpan(row * n, n), x))];
    }

    private static T[] Filled(int n, Random random) => [.. Enumerable.Range(0, n * n).Select(_ => T.CreateChecked(random.NextDouble() - 0.5))];

    private static T Dot(ReadOnlySpan<T> row, ReadOnlySpan<T> x)
    {
        var sum = T.Zero;
        for (var k = 0; k < row.Length; k++) sum += row[k] * x[k];
        return sum;
    }
}

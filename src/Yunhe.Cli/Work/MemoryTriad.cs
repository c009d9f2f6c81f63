using System.Numerics;

namespace Yunhe.Cli.Work;

/// <summary>STREAM's triad, a = b + s·c (McCalpin 1995): the best of several runs, 24 bytes an element as STREAM counts them.</summary>
internal static class MemoryTriad
{
    private const int BytesPerElement = 24;
    private const int LeastRuns = 5;

    /// <returns>10^9 bytes per second.</returns>
    /// <param name="elements">Of each of three arrays; together they should be several times the caches.</param>
    public static double Measure(int elements, TimeSpan atLeast, int threads, TimeProvider time)
    {
        var (a, b, c) = (new double[elements], new double[elements], new double[elements]);
        var part = (elements + threads - 1) / threads;
        // Touched by the threads that use it, so that it lies near them.
        Each(i => { b.AsSpan(i).Fill(1); c.AsSpan(i).Fill(2); a.AsSpan(i).Clear(); });
        var (best, start) = (double.MaxValue, time.GetTimestamp());
        for (var run = 0; run < LeastRuns || time.GetElapsedTime(start) < atLeast; run++)
        {
            var began = time.GetTimestamp();
            Each(i => Triad(a.AsSpan(i), b.AsSpan(i), c.AsSpan(i), 3));
            best = Math.Min(best, time.GetElapsedTime(began).TotalSeconds);
        }
        return a[0] == 7 && a[^1] == 7 ? (double)BytesPerElement * elements / best / 1e9 : throw new InvalidOperationException("the triad is wrong");

        void Each(Action<Range> work) =>
            Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, t => work(Math.Min(elements, t * part)..Math.Min(elements, (t + 1) * part)));
    }

    private static void Triad(Span<double> a, ReadOnlySpan<double> b, ReadOnlySpan<double> c, double scalar)
    {
        var (width, factor) = (Vector<double>.Count, new Vector<double>(scalar));
        var i = 0;
        for (; i <= a.Length - width; i += width) Vector.FusedMultiplyAdd(factor, new Vector<double>(c[i..]), new Vector<double>(b[i..])).CopyTo(a[i..]);
        for (; i < a.Length; i++) a[i] = b[i] + scalar * c[i];
    }
}

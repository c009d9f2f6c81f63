namespace Yunhe.Simulator.Results;

/// <summary>
/// Distribution of values of at least 0 in bounded memory. Up to <see cref="MostExact"/> values are kept and quantiles are exact (nearest rank);
/// beyond, they are counted in bins that grow by 1 %, so that a quantile is within 0.5 % (as in DDSketch, Masson, Rim, Lee, VLDB 2019).
/// </summary>
public sealed class Quantiles
{
    public const int MostExact = 1 << 18;

    public const double RelativeError = 0.005;

    /// <summary>What is less counts as 0.</summary>
    private const double Least = 1e-3;

    private const int Bins = 4096;

    private static readonly double Growth = (1 + RelativeError) / (1 - RelativeError);

    private List<double>? values = [];
    private long[] bins = [];
    private double sum;
    private bool sorted;

    public long Count { get; private set; }

    public double Mean => Count > 0 ? sum / Count : double.NaN;

    public double Max { get; private set; } = double.NaN;

    public bool IsExact => values is not null;

    public void Add(double value)
    {
        Count++;
        sum += value;
        if (!(value <= Max)) Max = value;
        if (values is null)
        {
            bins[BinOf(value)]++;
            return;
        }
        values.Add(value);
        sorted = false;
        if (values.Count <= MostExact) return;
        bins = new long[Bins];
        foreach (var kept in values) bins[BinOf(kept)]++;
        values = null;
    }

    /// <summary>The least value that a share <paramref name="q"/> (0 to 1) of all does not exceed; NaN where there is none.</summary>
    public double At(double q)
    {
        if (Count == 0) return double.NaN;
        var rank = Math.Clamp((long)Math.Ceiling(q * Count), 1, Count);
        if (values is not null)
        {
            if (!sorted) values.Sort();
            sorted = true;
            return values[(int)rank - 1];
        }
        var bin = 0;
        for (var seen = bins[0]; seen < rank; seen += bins[bin]) bin++;
        return bin == 0 ? 0 : Math.Min(Max, Least * Math.Pow(Growth, bin) * (1 - RelativeError));
    }

    /// <summary>The cumulative distribution at evenly spaced shares, both ends included.</summary>
    public IReadOnlyList<(double Value, double Share)> Curve(int points) =>
        Count == 0 ? [] : [.. Enumerable.Range(0, points).Select(i => (double)i / (points - 1)).Select(share => (At(share), share))];

    public Distribution Summary => new(Count, Mean, At(0.5), At(0.95), At(0.99), Max);

    private static int BinOf(double value) =>
        value < Least ? 0 : Math.Clamp((int)Math.Ceiling(Math.Log(value / Least) / Math.Log(Growth)), 1, Bins - 1);
}

/// <summary>NaN throughout where there are no values.</summary>
public sealed record Distribution(long Count, double Mean, double P50, double P95, double P99, double Max);

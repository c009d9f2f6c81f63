namespace Yunhe.Planning.Census.Outlook;

/// <summary>A value at a time: years are fractions of 365.2425 days.</summary>
public readonly record struct Observed(DateOnly Date, double Value)
{
    public const double DaysPerYear = 365.2425;

    public double YearsSince(DateOnly other) => (Date.DayNumber - other.DayNumber) / DaysPerYear;
}

/// <summary>Growth as the slope of a straight line through logarithms, by least squares, begun at the latest value.</summary>
public static class Growth
{
    /// <summary>Fewer points say nothing of a trend.</summary>
    public const int LeastPoints = 3;

    /// <summary>Natural logarithm per year.</summary>
    /// <param name="points">At least two, at different times.</param>
    public static double Slope(IReadOnlyList<Observed> points)
    {
        var years = points.Select(p => p.YearsSince(points[0].Date)).ToList();
        var logs = points.Select(p => Math.Log(p.Value)).ToList();
        var (mean, meanLog) = (years.Average(), logs.Average());
        return years.Zip(logs, (x, y) => (x - mean) * (y - meanLog)).Sum() / years.Sum(x => (x - mean) * (x - mean));
    }

    /// <summary>0.3 is 30 % a year.</summary>
    public static double PerYear(double slope) => Math.Exp(slope) - 1;
}

/// <summary>One forecast that could have been made, and what came.</summary>
/// <param name="Origin">All up to here was known.</param>
/// <param name="Error">Of the forecast against what came: 0.1 is 10 % too high.</param>
public sealed record BackTestPoint(DateOnly Origin, DateOnly Date, double Forecast, double Actual, double Error)
{
    public double Years => (Date.DayNumber - Origin.DayNumber) / Observed.DaysPerYear;
}

/// <summary>
/// How wrong the trend would have been on the history: from every origin with enough points before it, each later point is foretold. The error
/// in logarithms is taken to grow with the square root of time, as that of a random walk with drift does.
/// </summary>
/// <param name="PerRootYear">Root mean square error in logarithms of a forecast one year ahead.</param>
/// <param name="Origins">Forecasts from one origin share their error, so this counts as the number of trials.</param>
public sealed record BackTest(IReadOnlyList<BackTestPoint> Points, double PerRootYear, int Origins)
{
    /// <summary>Of Student's distribution, for an interval that holds 80 of 100: by degrees of freedom, from 1.</summary>
    private static readonly double[] Quantiles = [3.078, 1.886, 1.638, 1.533, 1.476, 1.440, 1.415, 1.397, 1.383, 1.372];

    private const double NormalQuantile = 1.282;

    /// <summary>Half of the 80 % interval in logarithms, one year ahead.</summary>
    public double HalfPerRootYear => PerRootYear * (Origins <= Quantiles.Length ? Quantiles[Math.Max(0, Origins - 1)] : NormalQuantile);

    /// <summary>Mean of the errors without their signs.</summary>
    public double MeanAbsoluteError => Points.Average(p => Math.Abs(p.Error));

    /// <param name="history">In order of time.</param>
    /// <returns>Null: too few points to foretell one from others.</returns>
    public static BackTest? Of(IReadOnlyList<Observed> history)
    {
        var points = new List<BackTestPoint>();
        for (var n = Growth.LeastPoints; n < history.Count; n++)
        {
            var (known, slope) = (history[n - 1], Growth.Slope([.. history.Take(n)]));
            foreach (var later in history.Skip(n))
            {
                var forecast = known.Value * Math.Exp(slope * later.YearsSince(known.Date));
                points.Add(new(known.Date, later.Date, forecast, later.Value, forecast / later.Value - 1));
            }
        }
        if (points.Count == 0) return null;
        var squares = points.Average(p => Math.Pow(Math.Log(p.Forecast / p.Actual), 2) / p.Years);
        return new(points, Math.Sqrt(squares), points.Select(p => p.Origin).Distinct().Count());
    }
}

namespace Yunhe.Core.Scheduling.Queueing;

/// <summary>
/// Turns a rolled wait into quantiles by what became of like forecasts (split conformal prediction, by the size of the forecast), and steers
/// the quantiles' levels so that the shares come out in the long run even when the load changes (Gibbs and Candès, NeurIPS 2021).
/// </summary>
internal sealed class Calibration
{
    /// <summary>Forecasts of like size: a factor of two.</summary>
    private const int Sizes = 26;
    private const int Kept = 256;

    /// <summary>Fewer than these teach nothing yet; those of all sizes stand in.</summary>
    private const int Enough = 24;

    /// <summary>How fast the levels follow.</summary>
    private const double Rate = 0.01;

    private readonly RecentValues[] bySize = [.. Enumerable.Range(0, Sizes).Select(_ => new RecentValues(Kept))];
    private readonly RecentValues all = new(4 * Kept);
    private double level50 = 0.5;
    private double level90 = 0.9;

    public (double P50, double P90) Apply(double rolled)
    {
        var values = bySize[Size(rolled)].Count >= Enough ? bySize[Size(rolled)] : all;
        // Nothing learned yet: as rolled, and three times that.
        if (values.Count < Enough) return (rolled, 3 * rolled);
        return (Scaled(rolled, Quantile(values.Sorted, level50)), Scaled(rolled, Quantile(values.Sorted, level90)));
    }

    public void Learn(ForecastWait forecast, long waited)
    {
        var error = Math.Log((waited + Grain) / (forecast.Rolled + Grain));
        bySize[Size(forecast.Rolled)].Add(error);
        all.Add(error);
        level50 = Math.Clamp(level50 + Rate * (0.5 - (waited <= forecast.P50 ? 1 : 0)), 0.05, 0.95);
        level90 = Math.Clamp(level90 + Rate * (0.9 - (waited <= forecast.P90 ? 1 : 0)), 0.5, 0.995);
    }

    /// <summary>Seconds that make short waits alike.</summary>
    private const double Grain = 10;

    private static double Scaled(double rolled, double error) => Math.Max(0, (rolled + Grain) * Math.Exp(error) - Grain);

    private static double Quantile(ReadOnlySpan<double> sorted, double level) =>
        sorted[Math.Clamp((int)Math.Ceiling((sorted.Length + 1) * level) - 1, 0, sorted.Length - 1)];

    private static int Size(double rolled) => Math.Clamp((int)Math.Log2(1 + rolled), 0, Sizes - 1);
}

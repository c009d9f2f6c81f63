namespace Yunhe.Core.Scheduling.Queueing;

/// <summary>
/// Turns a rolled wait into quantiles by what became of like forecasts (split conformal prediction, by the size of the forecast), and shifts
/// the quantiles so that the shares come out in the long run even when the load changes (quantile tracking: Angelopoulos, Candès and
/// Tibshirani, NeurIPS 2023).
/// </summary>
internal sealed class Calibration
{
    /// <summary>Forecasts of like size: a factor of two.</summary>
    private const int Sizes = 26;
    private const int Kept = 256;

    /// <summary>Fewer than these teach nothing yet; those of the nearest size stand in.</summary>
    private const int Enough = 24;

    /// <summary>How fast the shifts follow, in logarithms of the wait for each forecast that came out.</summary>
    private const double Rate = 0.01;

    /// <summary>A factor of 4.5: one bad spell must not spoil all later forecasts.</summary>
    private const double MostShift = 1.5;

    /// <summary>Seconds that make short waits alike.</summary>
    private const double Grain = 10;

    private readonly RecentValues[] bySize = [.. Enumerable.Range(0, Sizes).Select(_ => new RecentValues(Kept))];
    private double shift50;
    private double shift90;

    public (double P50, double P90) Apply(double rolled)
    {
        // Nothing learned yet: as rolled, and three times that.
        if (Nearest(Size(rolled)) is not { } values) return (rolled, 3 * rolled);
        var p50 = Scaled(rolled, Quantile(values.Sorted, 0.5) + shift50);
        return (p50, Math.Max(p50, Scaled(rolled, Quantile(values.Sorted, 0.9) + shift90)));
    }

    public void Learn(double rolled, long waited) => bySize[Size(rolled)].Add(Math.Log((waited + Grain) / (rolled + Grain)));

    /// <summary>A job started before its P50, or did not.</summary>
    public void Steer50(bool before) => shift50 = Math.Clamp(shift50 + Rate * (0.5 - (before ? 1 : 0)), -MostShift, MostShift);

    public void Steer90(bool before) => shift90 = Math.Clamp(shift90 + Rate * (0.9 - (before ? 1 : 0)), -MostShift, MostShift);

    public CalibrationSnapshot Capture() => new(shift50, shift90, [.. bySize.Select(values => values.Capture())]);

    public static Calibration Restore(CalibrationSnapshot snapshot)
    {
        var calibration = new Calibration { shift50 = snapshot.Shift50, shift90 = snapshot.Shift90 };
        for (var size = 0; size < Math.Min(Sizes, snapshot.Errors.Count); size++)
            foreach (var error in snapshot.Errors[size]) calibration.bySize[size].Add(error);
        return calibration;
    }

    private RecentValues? Nearest(int size)
    {
        for (var distance = 0; distance < Sizes; distance++)
        {
            if (size >= distance && bySize[size - distance].Count >= Enough) return bySize[size - distance];
            if (size + distance < Sizes && bySize[size + distance].Count >= Enough) return bySize[size + distance];
        }
        return null;
    }

    private static double Scaled(double rolled, double error) => Math.Max(0, (rolled + Grain) * Math.Exp(error) - Grain);

    private static double Quantile(ReadOnlySpan<double> sorted, double level) =>
        sorted[Math.Clamp((int)Math.Ceiling((sorted.Length + 1) * level) - 1, 0, sorted.Length - 1)];

    private static int Size(double rolled) => Math.Clamp((int)Math.Log2(1 + rolled), 0, Sizes - 1);
}

/// <summary>All that a <see cref="Calibration"/> has learned: the shifts of its quantiles, and the latest errors by size of forecast, oldest first.</summary>
public sealed record CalibrationSnapshot(double Shift50, double Shift90, IReadOnlyList<IReadOnlyList<double>> Errors);

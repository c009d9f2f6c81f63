using Yunhe.Planning.Models;

namespace Yunhe.Planning.Training.Failures;

/// <summary>How often to write a checkpoint, and what share of the time is left for training.</summary>
public sealed record Checkpointing
{
    /// <summary>BF16 weight, FP32 master weight and Adam's two moments.</summary>
    public const double BytesPerParameter = 2 + 12;

    public required double Bytes { get; init; }

    public required double WriteSeconds { get; init; }

    /// <summary>Null: nothing fails.</summary>
    public required double? MeanSecondsBetweenFailures { get; init; }

    /// <summary>First-order optimum (Young, 1974); null: nothing fails.</summary>
    public required double? YoungSeconds { get; init; }

    /// <summary>Higher-order optimum (Daly, 2006): the interval that is planned with; null: nothing fails.</summary>
    public required double? IntervalSeconds { get; init; }

    /// <summary>Share of the time that ends up as kept training.</summary>
    public required double Goodput { get; init; }

    /// <param name="storageGBPerSecond">What all nodes write together, 10^9 bytes per second.</param>
    public static Checkpointing Of(LanguageModel model, double nodes, double storageGBPerSecond, Reliability reliability)
    {
        var bytes = BytesPerParameter * model.Parameters;
        var write = bytes / (storageGBPerSecond * 1e9);
        var between = reliability.MeanSecondsBetween(nodes);
        var interval = Daly(write, between);
        return new()
        {
            Bytes = bytes,
            WriteSeconds = write,
            MeanSecondsBetweenFailures = Finite(between),
            YoungSeconds = Finite(Young(write, between)),
            IntervalSeconds = Finite(interval),
            Goodput = GoodputOf(interval, write, between, reliability.RestartSeconds),
        };
    }

    public static double Young(double writeSeconds, double between) => Math.Sqrt(2 * writeSeconds * between);

    /// <summary>J. T. Daly, "A higher order estimate of the optimum checkpoint interval", Future Generation Computer Systems 22 (2006), (37).</summary>
    public static double Daly(double writeSeconds, double between)
    {
        if (double.IsInfinity(between)) return between;
        if (writeSeconds >= 2 * between) return between;
        var ratio = writeSeconds / (2 * between);
        return (Young(writeSeconds, between) * (1 + (Math.Sqrt(ratio) / 3) + (ratio / 9))) - writeSeconds;
    }

    /// <summary>Failures as a Poisson process; each costs the restart and what was computed since the last checkpoint (Daly, 2006, (20)).</summary>
    public static double GoodputOf(double interval, double writeSeconds, double between, double restartSeconds) => double.IsInfinity(between)
        ? 1
        : interval / (between * Math.Exp(restartSeconds / between) * (Math.Exp((interval + writeSeconds) / between) - 1));

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}

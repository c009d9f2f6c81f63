namespace Yunhe.Planning.Training.Failures;

/// <summary>How often nodes interrupt a run, and how long it takes to go on.</summary>
public sealed record Reliability
{
    /// <summary>Llama 3 405B: 419 unexpected interruptions in 54 days on 2,048 nodes (arXiv 2407.21783, 3.3.4). Other published clusters: 2.34 and 6.50 (arXiv 2410.21680).</summary>
    public const double UsualFailures = 3.79;

    public const double UsualRestartSeconds = 600;

    public double FailuresPerThousandNodeDays { get; init; } = UsualFailures;

    /// <summary>From the failure until it trains again, without what is computed anew.</summary>
    public double RestartSeconds { get; init; } = UsualRestartSeconds;

    /// <summary>Mean time between failures of so many nodes together, in seconds; infinite where none fail.</summary>
    public double MeanSecondsBetween(double nodes) => FailuresPerThousandNodeDays > 0 ? 86_400 * 1000 / (FailuresPerThousandNodeDays * nodes) : double.PositiveInfinity;
}

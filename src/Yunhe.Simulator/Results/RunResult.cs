using Yunhe.Core.Units;

namespace Yunhe.Simulator.Results;

/// <summary>What one run of one policy with one seed came to.</summary>
public sealed record RunResult(string Policy, ulong Seed, RunSummary Summary)
{
    public double From { get; init; }

    public double Until { get; init; }

    /// <summary>All sites together.</summary>
    public required SiteResult Network { get; init; }

    public IReadOnlyList<SiteResult> Sites { get; init; } = [];

    /// <summary>Empty where it was not sampled.</summary>
    public IReadOnlyList<SeriesPoint> Fragmentation { get; init; } = [];

    public IReadOnlyList<(double Value, double Share)> Waits { get; init; } = [];

    public IReadOnlyList<(double Value, double Share)> BoundedSlowdowns { get; init; } = [];

    public required JobSample Sample { get; init; }

    /// <summary>Why jobs were rejected or failed, the most common first.</summary>
    public IReadOnlyList<(string Why, long Jobs)> Reasons { get; init; } = [];
}

/// <summary>Figures of one run; shares are 0 to 1, times in seconds, NaN: there is nothing to tell it from.</summary>
public sealed record RunSummary
{
    public long Jobs { get; init; }

    public long Completed { get; init; }

    public long TimedOut { get; init; }

    public long Failed { get; init; }

    public long Rejected { get; init; }

    public long Unfinished { get; init; }

    /// <summary>Jobs that took more than one attempt.</summary>
    public long Retried { get; init; }

    public required Distribution Wait { get; init; }

    /// <summary>(wait + run) / run, the run at least a second.</summary>
    public required Distribution Slowdown { get; init; }

    /// <summary>max(1, (wait + run) / max(run, 10 s)).</summary>
    public required Distribution BoundedSlowdown { get; init; }

    /// <summary>False: there were so many jobs that p50, p95 and p99 are within 0.5 %.</summary>
    public bool IsExact { get; init; }

    /// <summary>Utilisation of processors over the makespan.</summary>
    public double Cpus { get; init; }

    public double Accelerators { get; init; }

    /// <summary>Utilisation between the first tenth of the time of submissions, in which the network fills, and the last submission, after which it drains.</summary>
    public double CpusSteady { get; init; }

    public double AcceleratorsSteady { get; init; }

    /// <summary>Mean over time of the samples given.</summary>
    public double Fragmentation { get; init; }

    /// <summary>From the first submission to the last end.</summary>
    public double Makespan { get; init; }

    public Money Cost { get; init; }

    public Energy Energy { get; init; }

    public Carbon Carbon { get; init; }

    /// <summary>Jain's index over the mean bounded slowdown of each project.</summary>
    public double FairnessOfProjects { get; init; }

    public double FairnessOfUsers { get; init; }

    /// <summary>Jobs that began and had a forecast.</summary>
    public long Forecasts { get; init; }

    /// <summary>Share of those that began before the forecast's P50; calibrated: 0.5.</summary>
    public double BeforeP50 { get; init; }

    public double BeforeP90 { get; init; }
}

/// <summary>One site in one run, or all of them.</summary>
public sealed record SiteResult(string Name, SiteSize Size, long Jobs)
{
    public double MeanWait { get; init; }

    public double CpuUtilisation { get; init; }

    public double AcceleratorUtilisation { get; init; }

    /// <summary>Share of the processors that is busy.</summary>
    public IReadOnlyList<SeriesPoint> Cpus { get; init; } = [];

    public IReadOnlyList<SeriesPoint> Accelerators { get; init; } = [];

    /// <summary>Jobs that wait (of a site: those that it gets in the end).</summary>
    public IReadOnlyList<SeriesPoint> Waiting { get; init; } = [];

    public Money Cost { get; init; }

    public Energy Energy { get; init; }

    public Carbon Carbon { get; init; }
}

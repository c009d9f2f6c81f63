using Yunhe.Core.Units;
using Yunhe.Simulator.Traces;

namespace Yunhe.Simulator.Results;

public enum JobEnd
{
    Completed,

    /// <summary>Ended at its time limit.</summary>
    TimedOut,
    Failed,

    /// <summary>No site could ever hold it, or the policy dropped it; it has neither start nor end.</summary>
    Rejected,

    /// <summary>The simulation ended before it did.</summary>
    Unfinished,
}

/// <summary>What became of one job of a trace. Seconds on the trace's clock; <c>Start</c> is that of its last attempt.</summary>
public sealed record JobOutcome(TraceJob Job, JobEnd End)
{
    public double Start { get; init; } = -1;

    public double Finish { get; init; } = -1;

    /// <summary>Name of the site and pool; empty: it never ran.</summary>
    public string Site { get; init; } = "";

    public string Pool { get; init; } = "";

    public int Attempts { get; init; } = 1;

    /// <summary>What its attempts before the last, or of one that is unfinished and waits all, used in vain.</summary>
    public IReadOnlyList<LostRun> Lost { get; init; } = [];

    /// <summary>What was forecast when it was handed in, in seconds from then; −1: nothing was.</summary>
    public double ForecastP50 { get; init; } = -1;

    public double ForecastP90 { get; init; } = -1;

    public Money Cost { get; init; }

    public Energy Energy { get; init; }

    public Carbon Carbon { get; init; }

    /// <summary>Why it was rejected or failed.</summary>
    public string Why { get; init; } = "";
}

/// <summary>An attempt that came to nothing, in seconds on the trace's clock.</summary>
public readonly record struct LostRun(string Site, double Start, double Finish)
{
    /// <summary>Part of the job's own.</summary>
    public Money Cost { get; init; }

    public Energy Energy { get; init; }

    public Carbon Carbon { get; init; }
}

namespace Yunhe.Core.Scheduling.Queueing;

/// <summary>A rigid job of a batch machine: so many processors at once for at most <c>Requested</c> seconds. Users, groups and programs are numbers.</summary>
public readonly record struct BatchJob(int Processors, long Requested)
{
    /// <summary>Longest time in seconds that is reckoned with; keeps sums of times far from overflow.</summary>
    public const long Longest = 1L << 40;

    /// <summary>When it was handed in: seconds on the caller's clock.</summary>
    public long Submit { get; init; }

    public int User { get; init; } = -1;

    public int Group { get; init; } = -1;

    public int Program { get; init; } = -1;

    /// <summary>True run time in seconds, where an experiment lets the scheduler know it; −1: it does not.</summary>
    public long KnownRunTime { get; init; } = -1;
}

namespace Yunhe.Core.Network;

using Yunhe.Core.Workloads;

/// <summary>So many nodes that have so much free.</summary>
public sealed record FreeNodes(int Count, Resources Free);

/// <summary>A pool as its engine sees it now. <c>Pool.Nodes</c> counts usable nodes only; <c>Unusable</c> those down or drained.</summary>
public sealed record PoolReport(Pool Pool, IReadOnlyList<FreeNodes> Free, int Unusable = 0)
{
    /// <summary>Where Yunhe packs the nodes: the names of those down or drained, in order. It places nothing on them.</summary>
    public IReadOnlyList<string> Down { get; init; } = [];
}

/// <summary>
/// Work in a site's own queue, Yunhe's or not: nodes × per node. <c>Limit</c> is the time limit of pending work, or what is left
/// of it for running work; null: unknown or unlimited.
/// </summary>
public sealed record QueuedWork(string Pool, int Nodes, Resources PerNode, TimeSpan? Limit, bool Running);

/// <summary>What an engine saw in one look: capacity, queue, and every attempt it was asked about.</summary>
public sealed record SiteReport
{
    public required IReadOnlyList<PoolReport> Pools { get; init; }

    public IReadOnlyList<QueuedWork> Queue { get; init; } = [];

    public IReadOnlyList<AttemptReport> Attempts { get; init; } = [];

    /// <summary>Which limits the engine enforces and how, for people ("memory by cgroup v1, processes by rlimit").</summary>
    public string Enforcement { get; init; } = "";
}

/// <summary>Where an attempt stands at its engine.</summary>
public enum EnginePhase
{
    /// <summary>The engine answered and has no trace of the attempt anywhere.</summary>
    Gone,

    /// <summary>Accepted; files are being moved, or it waits in the site's own queue.</summary>
    Pending,
    Running,
    Ended,
}

/// <summary>One attempt as its engine sees it. Times are the engine's own.</summary>
public sealed record AttemptReport(AttemptId Attempt, EnginePhase Phase)
{
    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Exit code of the (first failing) process; null when a signal or the engine ended it.</summary>
    public int? ExitCode { get; init; }

    public int? Signal { get; init; }

    /// <summary>Null: it ended by itself with exit code 0, or has not ended.</summary>
    public FailureReason? Failure { get; init; }

    /// <summary>For people: the engine's own words (pending reason, why it failed).</summary>
    public string Detail { get; init; } = "";

    public IReadOnlyList<string> Nodes { get; init; } = [];

    /// <summary>CPU time over all processes and nodes; null where the engine does not measure it.</summary>
    public double? CpuSeconds { get; init; }

    public long? PeakMemoryMiB { get; init; }

    /// <summary>The engine's own name of the job, for people ("alpha job 42").</summary>
    public string? EngineJob { get; init; }

    /// <summary>How often the engine itself began the attempt anew (Slurm requeue).</summary>
    public int Restarts { get; init; }
}

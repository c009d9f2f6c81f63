namespace Yunhe.Contracts;

/// <summary>Sums over nodes. What is absent is not counted.</summary>
public sealed record BoundRequest
{
    public long? Cpus { get; init; }

    public long? MemoryMib { get; init; }

    /// <summary>By model; "*": all models together.</summary>
    public IReadOnlyDictionary<string, decimal> Accelerators { get; init; } = new Dictionary<string, decimal>();
}

public enum ReclaimWord
{
    NotHigher,
    Any,
    Never,
}

/// <summary>What an operator declares of a project, or of a tenant for all its projects together: body of PUT. See docs/guides/projects.md.</summary>
public sealed record ProjectRequest
{
    /// <summary>As in the path; may be left out.</summary>
    public string Name { get; init; } = "";

    /// <summary>Its share of what is contended, as a ratio to the weights beside it.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>What it gets whenever it needs it; absent: nothing is guaranteed.</summary>
    public BoundRequest? Quota { get; init; }

    /// <summary>The most that it may hold at a time; absent: no limit.</summary>
    public BoundRequest? Limit { get; init; }

    /// <summary>All that it holds counts as guaranteed.</summary>
    public bool Unlimited { get; init; }

    /// <summary>From whom it takes back what they have borrowed of its quota: not_higher, any, never.</summary>
    public ReclaimWord Reclaim { get; init; }

    /// <summary>A waiting workload may end preemptible ones of the same project that have a lower priority.</summary>
    public bool PreemptByPriority { get; init; }
}

/// <summary>A project and how it stands now. Shares are the largest of its fractions of the network's cores, memory and accelerators, 0 to 1.</summary>
public sealed record ProjectView
{
    public required ProjectRequest Project { get; init; }

    public required BoundRequest Held { get; init; }

    /// <summary>The part of it that is beyond the quota.</summary>
    public required BoundRequest Borrowed { get; init; }

    /// <summary>Of what it holds now.</summary>
    public double ShareNow { get; init; }

    /// <summary>Of its average use, in which what is long ago counts less.</summary>
    public double ShareBefore { get; init; }

    /// <summary>Both together over the weight: the lowest is served first.</summary>
    public double Standing { get; init; }

    /// <summary>Workloads that have not ended.</summary>
    public int Workloads { get; init; }

    /// <summary>What of the declaration can't be kept as the network is.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}

/// <summary>How usage is remembered and who goes first. What a PUT leaves out stays as it is.</summary>
public sealed record SharingView
{
    /// <summary>After this time use counts half.</summary>
    public double? HalfLifeSeconds { get; init; }

    public OrderWord? Order { get; init; }

    /// <summary>True: the front of the queue is decided together where that is better for all of it.</summary>
    public bool? Together { get; init; }

    public BackfillWord? Backfill { get; init; }
}

/// <summary>Who may start before those ahead of him in the queue.</summary>
public enum BackfillWord
{
    /// <summary>Who is not in the way of the first that waits in each pool.</summary>
    Easy,

    /// <summary>Who is in the way of none of the first 200 that wait.</summary>
    Conservative,
}

/// <summary>Who goes first among the waiting work of a project and a priority.</summary>
public enum OrderWord
{
    /// <summary>Who came first.</summary>
    Arrival,

    /// <summary>Who came first, but short and small work passes long and large work.</summary>
    Slowdown,
}

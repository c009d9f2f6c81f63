using System.Text.Json.Serialization;

namespace Yunhe.Core.Scheduling.Shares;

/// <summary>From whom a project takes back what they have borrowed of its quota.</summary>
public enum Reclaim
{
    /// <summary>From borrowers whose priority is not above that of the workload which needs it.</summary>
    NotHigher,

    /// <summary>From any borrower: a high priority is no way to keep what is borrowed.</summary>
    Any,

    /// <summary>It waits until they end.</summary>
    Never,
}

/// <summary>
/// Who shares the network: "acme" (a tenant, or a project by itself) or "acme/ai" (a project of that tenant). What holds for a tenant
/// holds for all its projects together.
/// </summary>
public sealed record Project(string Name)
{
    /// <summary>Of workloads that name no project. Exists always.</summary>
    public const string Default = "default";

    /// <summary>Its share of what is contended, as a ratio to the weights beside it.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>What it gets whenever it needs it; null: nothing is guaranteed.</summary>
    public Amounts? Quota { get; init; }

    /// <summary>The most that it may hold at a time; null: no limit.</summary>
    public Amounts? Limit { get; init; }

    /// <summary>All that it holds counts as guaranteed: nothing of it is ever taken back, and it takes nothing back.</summary>
    public bool Unlimited { get; init; }

    public Reclaim Reclaim { get; init; }

    /// <summary>A waiting workload may end preemptible ones of this project that have a lower priority.</summary>
    public bool PreemptByPriority { get; init; }

    public static Project First => new(Default) { Unlimited = true };

    /// <summary>Null: it belongs to no tenant.</summary>
    public static string? TenantOf(string name) => name.IndexOf('/') is > 0 and var cut ? name[..cut] : null;
}

/// <summary>How usage is remembered, and the queue served.</summary>
public sealed record SharePolicy
{
    /// <summary>After this time use counts half. Slurm's default is the same 7 days (PriorityDecayHalfLife).</summary>
    public TimeSpan HalfLife { get; init; } = TimeSpan.FromDays(7);

    public WaitingOrder Order { get; init; }

    /// <summary>The front of the queue is decided together where that is better for all: see <see cref="Control.PlacementWindow"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool PlacesTogether { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Backfilling Backfill { get; init; }
}

/// <summary>Who may start before those ahead of him in the queue.</summary>
public enum Backfilling
{
    /// <summary>Who is not in the way of the first that waits longer than a moment in each pool.</summary>
    Easy,

    /// <summary>Who is in the way of none that waits: see <see cref="Backfill.StartPlan"/>.</summary>
    Conservative,
}

/// <summary>Sums over nodes. What is not named is not counted.</summary>
public sealed record Amounts
{
    public long? Cpus { get; init; }

    public long? MemoryMiB { get; init; }

    /// <summary>By model; "*": all models together.</summary>
    public IReadOnlyDictionary<string, decimal> Accelerators { get; init; } = new SortedDictionary<string, decimal>(StringComparer.Ordinal);
}

/// <summary>How a project, or a tenant with all its projects, stands at a moment.</summary>
public sealed record ProjectShare(Project Project)
{
    /// <summary>What its attempts hold now.</summary>
    public required Amounts Held { get; init; }

    /// <summary>The part of it that is beyond the quota.</summary>
    public required Amounts Borrowed { get; init; }

    /// <summary>The largest of its fractions of the network's cores, memory and accelerators, of what it holds now.</summary>
    public double ShareNow { get; init; }

    /// <summary>The same of its decayed average use.</summary>
    public double ShareBefore { get; init; }

    /// <summary>What decides who is next: both together over the weight; the lowest goes first.</summary>
    public double Standing { get; init; }

    /// <summary>Workloads that have not ended.</summary>
    public int Workloads { get; init; }

    /// <summary>What of its declaration can't be kept as the network is.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}

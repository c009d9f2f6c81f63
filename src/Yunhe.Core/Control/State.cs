namespace Yunhe.Core.Control;

using Yunhe.Core.Accounts;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling;
using Yunhe.Core.Workloads;

/// <summary>
/// The whole network in memory, changed only by <see cref="Apply"/>. Not thread-safe: one thread steps and reads it. The records
/// that it holds are immutable, so a reader may keep them.
/// </summary>
public sealed partial class State
{
    private readonly SortedDictionary<string, SiteState> sites = new(StringComparer.Ordinal);
    private readonly Dictionary<WorkloadId, Workload> workloads = [];
    private readonly Dictionary<TaskId, WorkTask> tasks = [];
    private readonly Dictionary<string, Quote> quotes = [];
    private readonly List<UsageRecord> usage = [];

    /// <summary>ID of this network, part of the mark on every engine job; empty before <see cref="NetworkCreated"/>.</summary>
    public string Network { get; private set; } = "";

    /// <summary>How many durable events have been applied; the position in the log.</summary>
    public long Version { get; private set; }

    /// <summary>Number of the latest workload.</summary>
    public long LastWorkload { get; private set; }

    /// <summary>In order of name.</summary>
    public IReadOnlyCollection<SiteState> Sites => sites.Values;

    /// <summary>In order of submission of the attempt's workload; every attempt that ended and ran.</summary>
    public IReadOnlyList<UsageRecord> Usage => usage;

    public SiteState? Site(string name) => sites.GetValueOrDefault(name);

    public Workload? Workload(WorkloadId id) => workloads.GetValueOrDefault(id);

    /// <summary>Null: no such task, or it never left the queue.</summary>
    public WorkTask? Task(TaskId id) => tasks.GetValueOrDefault(id);

    public Attempt? Attempt(AttemptId id) =>
        Task(id.Task) is { } task && id.Number <= task.Attempts.Length ? task.Attempts[id.Number - 1] : null;

    public Quote? Quote(string id) => quotes.GetValueOrDefault(id);

    /// <summary>Newest first, from the one before <paramref name="before"/> on.</summary>
    public IEnumerable<Workload> WorkloadsBefore(long before = long.MaxValue)
    {
        for (var n = Math.Min(before - 1, LastWorkload); n > 0; n--)
            if (workloads.TryGetValue(new(n), out var workload)) yield return workload;
    }

    /// <summary>Tasks that have left the queue at least once, or ended, by index, from the ordinal <paramref name="from"/> on.</summary>
    public IEnumerable<(int Ordinal, WorkTask Task)> TasksOf(Workload workload, int from = 0)
    {
        for (var i = from; i < workload.TaskCount; i++)
            if (tasks.TryGetValue(workload.TaskAt(i), out var task)) yield return (i, task);
    }

    /// <summary>Changes the state by one fact. The only way that it changes, live and in replay alike.</summary>
    public void Apply(Event fact) => throw new NotSupportedException(fact.ToString());

    /// <summary>A consistent copy (of references) that another thread may write out.</summary>
    public StateSnapshot Capture() => throw new NotSupportedException();

    public static State Restore(StateSnapshot snapshot) => throw new NotSupportedException();
}

/// <summary>All durable state at a version; JSON-serialisable.</summary>
public sealed record StateSnapshot(
    long Version,
    string Network,
    long LastWorkload,
    IReadOnlyList<Site> Sites,
    IReadOnlyList<Workload> Workloads,
    IReadOnlyList<WorkTask> Tasks,
    IReadOnlyList<Quote> Quotes,
    IReadOnlyList<UsageRecord> Usage);

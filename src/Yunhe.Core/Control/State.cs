namespace Yunhe.Core.Control;

using Yunhe.Core.Accounts;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling;
using Yunhe.Core.Scheduling.Forecasts;
using Yunhe.Core.Scheduling.Packing;
using Yunhe.Core.Scheduling.Reserving;
using Yunhe.Core.Scheduling.Shares;
using Yunhe.Core.Workloads;

/// <summary>
/// The whole network in memory, changed only by <see cref="Apply"/>. Not thread-safe: one thread steps and reads it. The records
/// that it holds are immutable, so a reader may keep them.
/// </summary>
public sealed partial class State
{
    /// <summary>Quotes kept at a time; the oldest is dropped for one more, as if it had expired.</summary>
    private const int MostQuotes = 10_000;

    private readonly SiteTable sites = [];
    private readonly Dictionary<WorkloadId, Workload> workloads = [];
    private readonly Dictionary<TaskId, WorkTask> tasks = [];

    /// <summary>Oldest first: their numbers rise.</summary>
    private readonly SortedDictionary<string, Quote> quotes = new(Comparer<string>.Create((a, b) =>
        a.Length != b.Length ? a.Length.CompareTo(b.Length) : string.CompareOrdinal(a, b)));

    /// <summary>ID of this network, part of the mark on every engine job; empty before <see cref="NetworkCreated"/>.</summary>
    public string Network { get; private set; } = "";

    /// <summary>How many durable events have been applied; the position in the log.</summary>
    public long Version { get; private set; }

    /// <summary>Number of the latest workload.</summary>
    public long LastWorkload { get; private set; }

    /// <summary>Number of the latest quote.</summary>
    public long LastQuote { get; private set; }

    /// <summary>In order of name.</summary>
    public IReadOnlyCollection<SiteState> Sites => sites;

    /// <summary>How many workloads have not ended.</summary>
    public int Unended { get; private set; }

    /// <summary>Some workload that has not ended has a deadline or a budget.</summary>
    public bool Watches => budgeted.Count > 0 || deadlines.Count > 0;

    /// <summary>How many tasks wait for a site.</summary>
    public int Waiting => ready.Count;

    public SiteState? Site(string name) => sites.Find(name);

    public Workload? Workload(WorkloadId id) => workloads.GetValueOrDefault(id);

    /// <summary>Null: no such task, or it never left the queue.</summary>
    public WorkTask? Task(TaskId id) => tasks.GetValueOrDefault(id);

    public Attempt? Attempt(AttemptId id) =>
        Task(id.Task) is { } task && id.Number <= task.Attempts.Length ? task.Attempts[id.Number - 1] : null;

    /// <summary>Attempts that use, or may use, nodes of a site: placed and not ended, or given up without the site's word.</summary>
    public IReadOnlyCollection<AttemptId> ActiveAt(string site)
    {
        if (sites.Slot(site) is { } slot) return slot.Active;
        return [];
    }

    /// <summary>Attempts that have ended at a site and whose results are still there.</summary>
    public IReadOnlyCollection<AttemptId> FinishingAt(string site)
    {
        if (sites.Slot(site) is { } slot) return slot.Finishing;
        return [];
    }

    public Quote? Quote(string id) => quotes.GetValueOrDefault(id);

    /// <summary>Newest first, from the one before <paramref name="before"/> on.</summary>
    public IEnumerable<Workload> WorkloadsBefore(long before = long.MaxValue)
    {
        for (var n = Math.Min(before - 1, LastWorkload); n >= firstWorkload; n--)
            if (workloads.TryGetValue(new(n), out var workload)) yield return workload;
    }

    /// <summary>Tasks that have left the queue at least once, by index, from the ordinal <paramref name="from"/> on.</summary>
    public IEnumerable<(int Ordinal, WorkTask Task)> TasksOf(Workload workload, int from = 0)
    {
        for (var i = from; i < workload.TaskCount; i++)
            if (tasks.TryGetValue(workload.TaskAt(i), out var task)) yield return (i, task);
    }

    /// <summary>A consistent copy (of references) that another thread may write out.</summary>
    public StateSnapshot Capture() => new(
        Version, Network, LastWorkload, LastQuote,
        [.. sites.Select(s => s.Site)],
        [.. workloads.Values],
        [.. tasks.Values],
        [.. quotes.Values],
        [.. usage])
    {
        Projects = [.. shares.Projects],
        SharePolicy = shares.Policy, ForgottenUse = [.. shares.CaptureForgotten()],
        ForgottenUsage = [.. totals.Values], Learned = history.Capture(),
        Lengths = lengths.Capture(), Forecasts = forecasts.Capture(), Packing = packing.Capture(),
        Facilities = [.. facilities.Values], Measurements = [.. measurements.Values],
        Reservations = [.. reserved.All], ReservationUse = [.. reservationUse],
    };

    public State() => usage = new(id => Attempt(id)?.Usage);

    public static State Restore(StateSnapshot snapshot)
    {
        var state = new State
        {
            Network = snapshot.Network,
            Version = snapshot.Version,
            LastWorkload = snapshot.LastWorkload,
            LastQuote = snapshot.LastQuote,
        };
        foreach (var site in snapshot.Sites) state.sites.Add(new(site));
        foreach (var quote in snapshot.Quotes) state.quotes.Add(quote.Id, quote);
        foreach (var facility in snapshot.Facilities) state.facilities.Add(facility.Name, facility);
        foreach (var measured in snapshot.Measurements) state.measurements.Add((measured.Measurement.Site, measured.Measurement.Pool), measured);
        state.shares.Policy = snapshot.SharePolicy;
        foreach (var project in snapshot.Projects) state.shares.Set(project);
        state.shares.Restore(snapshot.ForgottenUse);
        foreach (var task in snapshot.Tasks) state.tasks.Add(task.Id, task);
        foreach (var workload in snapshot.Workloads) state.workloads.Add(workload.Id, workload);
        state.RestoreRetained(snapshot);
        foreach (var reservation in snapshot.Reservations) state.reserved.Set(reservation);
        state.reservationUse.AddRange(snapshot.ReservationUse);
        if (snapshot.Packing is { } mix) state.packing.Restore(mix);
        state.RebuildIndexes();
        // Also of runs that are forgotten, which the records no longer tell.
        if (snapshot.Learned is { } learned) state.history.Restore(learned);
        if (snapshot.Lengths is { } lengths) state.lengths.Restore(lengths);
        if (snapshot.Forecasts is { } forecasts) state.forecasts.Restore(forecasts, state.workloads.Values.Where(w => w.Foretold is not null).OrderBy(w => w.Id));
        return state;
    }
}

/// <summary>All durable state at a version; JSON-serialisable.</summary>
public sealed record StateSnapshot(
    long Version,
    string Network,
    long LastWorkload,
    long LastQuote,
    IReadOnlyList<Site> Sites,
    IReadOnlyList<Workload> Workloads,
    IReadOnlyList<WorkTask> Tasks,
    IReadOnlyList<Quote> Quotes,
    IReadOnlyList<UsageRecord> Usage)
{
    public IReadOnlyList<Project> Projects { get; init; } = [];

    public SharePolicy SharePolicy { get; init; } = new();

    public IReadOnlyList<ForgottenUse> ForgottenUse { get; init; } = [];

    public IReadOnlyList<UsageTotal> ForgottenUsage { get; init; } = [];

    public IReadOnlyList<Facility> Facilities { get; init; } = [];

    public IReadOnlyList<MeasuredAt> Measurements { get; init; } = [];

    public IReadOnlyList<Reservation> Reservations { get; init; } = [];

    public IReadOnlyList<ReservationUse> ReservationUse { get; init; } = [];

    /// <summary>Null in snapshots of versions that forgot nothing: the usage tells.</summary>
    public IReadOnlyList<LearnedRuns>? Learned { get; init; }

    /// <summary>Null in snapshots of versions that did not learn how long runs really take.</summary>
    public IReadOnlyList<LearnedLength>? Lengths { get; init; }

    /// <summary>Null in snapshots of versions that packed without knowing what is asked for.</summary>
    public MixSnapshot? Packing { get; init; }

    /// <summary>Null in snapshots of versions that did not look back at their forecasts.</summary>
    public ForecastSnapshot? Forecasts { get; init; }
}

namespace Yunhe.Core.Control;

using Yunhe.Core.Accounts;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling;
using Yunhe.Core.Scheduling.Forecasts;
using Yunhe.Core.Scheduling.Packing;
using Yunhe.Core.Workloads;

/// <summary>What is derived from the state so that steps need not search it: kept by Apply, rebuilt by Restore, never stored.</summary>
public sealed partial class State
{
    private readonly ReadyQueue ready = new();
    private readonly RunHistory history = new();
    private readonly LearnedPacking packing = new();
    private readonly LearnedLengths lengths = new();
    private readonly ForecastRecord forecasts = new();
    private readonly PoolIndex pools = new();
    private WaitingForecasts? waitingForecasts;
    private readonly Dictionary<(string Site, string Pool), QueueLoad> loads = [];
    private readonly Dictionary<(string Owner, string Key), WorkloadId> keys = [];
    private readonly Dictionary<WorkloadId, SortedSet<WorkloadId>> dependents = [];
    private readonly SortedChunks<WorkloadId> budgeted = new();
    private readonly SortedChunks<(DateTimeOffset Deadline, WorkloadId Id)> deadlines = new();
    private Turns? turns;

    internal ReadyQueue Ready => ready;

    /// <summary>Of a pass over the queue that begins now; the one before it is over.</summary>
    internal Turns BeginTurns(DateTimeOffset now)
    {
        (turns ??= new(this)).Begin(now);
        return turns;
    }

    internal RunHistory History => history;

    internal PoolIndex Pools => pools;

    /// <summary>How long runs really take.</summary>
    internal LearnedLengths Lengths => lengths;

    internal ForecastRecord Forecasts => forecasts;

    internal TimeSpan HandicapOf(string owner, string project, WorkloadSpec spec) => QueueOrder.Handicap(spec, lengths.ExpectationOf(owner, project, spec));

    /// <summary>When a workload that waits for a site is likely to start, by a look at most some seconds old; null: it does not wait.</summary>
    public (DateTimeOffset P50, DateTimeOffset P90)? ForecastOf(Workload workload, DateTimeOffset now)
    {
        if (PlaceOf(workload) is not { } place || NotBefore(workload) > now) return null;
        if (waitingForecasts is not { } looked || now < looked.At || now - looked.At >= WaitingForecasts.GoodFor) waitingForecasts = looked = new(this, now);
        return looked.Of(workload, place);
    }

    /// <summary>The place in the queue of the next of its tasks; null: none of them waits for a site.</summary>
    internal Ready? PlaceOf(Workload workload)
    {
        if (HasFreshInQueue(workload)) return FreshEntry(workload);
        if (workload.Counts.Queued == 0 || workload.Unstarted == workload.TaskCount) return null;
        foreach (var (_, task) in TasksOf(workload).Take(1000))
            if (task.Phase == Phase.Queued) return EntryOf(workload, task);
        return null;
    }

    /// <summary>What holds nodes of a pool that Yunhe packs, the earliest expected end first.</summary>
    internal IReadOnlyCollection<Holding> Ends(string site, string pool) => sites.Slot(site)?.Ends.Of(pool) ?? [];

    /// <summary>The queue that an engine reported of its own, by pool.</summary>
    internal QueueLoad QueueAt(SiteState site, string pool)
    {
        if (!loads.TryGetValue((site.Site.Name, pool), out var load)) loads.Add((site.Site.Name, pool), load = new(site.Report!, pool));
        return load;
    }

    /// <summary>Sites that do not answer, by name.</summary>
    internal IReadOnlyCollection<string> Away => sites.Away;

    /// <summary>Sites whose engine has a queue of its own, by name.</summary>
    internal IReadOnlyCollection<string> SelfScheduling => sites.SelfScheduling;

    /// <summary>Rises when anything changes that may let waiting work start.</summary>
    internal long CapacityVersion { get; private set; }

    /// <summary>Where the latest pass over the queue left off, so that the next one may be spared.</summary>
    internal (long Queue, long Capacity, DateTimeOffset At, DateTimeOffset Until) LastPass { get; set; }

    /// <summary>What the latest pass over the queue kept for those that wait; null: nothing waited.</summary>
    internal Reservations? LastKept { get; set; }

    /// <summary>Workloads with a budget that have not ended.</summary>
    internal IReadOnlyCollection<WorkloadId> Budgeted => budgeted;

    /// <summary>Of workloads that have not ended, the earliest first.</summary>
    public IEnumerable<DateTimeOffset> Deadlines => deadlines.Select(d => d.Deadline);

    /// <summary>Those that have not ended and whose deadline is over.</summary>
    internal IEnumerable<WorkloadId> Overdue(DateTimeOffset now) => deadlines.TakeWhile(d => d.Deadline < now).Select(d => d.Id);

    /// <summary>Attempts of a workload that have not ended: found by its tasks or by the sites, whichever are fewer.</summary>
    internal IEnumerable<Attempt> ActiveOf(Workload workload) =>
        (workload.TaskCount <= sites.Slots.Count
            ? TasksOf(workload).Select(t => t.Task.Current).OfType<Attempt>()
            : sites.Slots.SelectMany(s => s.Active.From(new(new(workload.Id, int.MinValue), 0)).TakeWhile(a => a.Task.Workload == workload.Id)).Select(id => Attempt(id)!))
        .Where(a => a.EndedAt is null);

    internal SiteCapacity? Capacity(string site) => sites.Slot(site)?.Capacity;

    internal SiteSlot? Slot(string site) => sites.Slot(site);

    /// <summary>In order of name.</summary>
    internal IReadOnlyList<SiteSlot> Slots => sites.Slots;

    internal OpenCapacity OpenCapacity => sites.Open;

    internal WorkloadId? ByKey(string owner, string key) => keys.TryGetValue((owner, key), out var id) ? id : null;

    /// <summary>Workloads that wait for this one, oldest first.</summary>
    internal IReadOnlyCollection<WorkloadId> DependentsOf(WorkloadId id) =>
        dependents.TryGetValue(id, out var waiting) ? [.. waiting] : [];

    private void RebuildIndexes()
    {
        foreach (var site in sites.ToList()) ResetCapacity(site);
        foreach (var stored in workloads.Values.OrderBy(w => w.Id))
        {
            var workload = stored.EndedAt is null ? workloads[stored.Id] = stored with { Needs = ready.Shared(RequirementClass.Of(stored)) } : stored;
            IndexNew(workload);
        }
        foreach (var task in tasks.Values)
        {
            var workload = workloads[task.Id.Workload];
            if (task.Phase == Phase.Queued) Enqueue(workload, task);
            foreach (var attempt in task.Attempts)
            {
                Placed(workload, attempt);
                if (attempt.EndedAt is null || attempt.Unconfirmed) Occupy(attempt, workload);
                else if (!attempt.Collected) sites.Slot(attempt.Site)?.Finishing.Add(attempt.Id);
            }
        }
        // In the order in which they ended: sums of real numbers depend on it.
        foreach (var used in usage) Learn(used);
    }

    private void EnqueueAll()
    {
        ready.Clear();
        foreach (var workload in workloads.Values) EnqueueFresh(workload);
        foreach (var task in tasks.Values)
            if (task.Phase == Phase.Queued) Enqueue(workloads[task.Id.Workload], task);
    }

    private void Learn(UsageRecord used)
    {
        if (Attempt(used.Attempt) is not { } attempt) return;
        var workload = workloads[used.Attempt.Task.Workload];
        if (attempt is { GivesWay: null } && attempt.Failure?.IsSiteFault() != true) lengths.Learn(workload, used.EndedAt - used.StartedAt);
        if (attempt.Failure is not null) return;
        history.Add(workload.Owner, workload.Spec, attempt.Requirement, used.EndedAt - used.StartedAt);
    }

    private void IndexNew(Workload workload)
    {
        if (workload.EndedAt is null) Unended++;
        if (workload.EndedAt is null) shares.Count(workload, 1);
        if (workload.IdempotencyKey is { } key) keys[(workload.Owner, key)] = workload.Id;
        if (workload is { EndedAt: null, Spec.Budget: not null }) budgeted.Add(workload.Id);
        if (workload is { EndedAt: null, Spec.Deadline: { } deadline }) deadlines.Add((deadline, workload.Id));
        if (workload.QueuedAt is null && workload.EndedAt is null)
            foreach (var dependency in workload.Spec.Dependencies)
            {
                if (!dependents.TryGetValue(dependency.Workload, out var waiting)) dependents.Add(dependency.Workload, waiting = []);
                waiting.Add(workload.Id);
            }
        EnqueueFresh(workload);
    }

    private void Forget(Workload ended)
    {
        budgeted.Remove(ended.Id);
        if (ended.Spec.Deadline is { } deadline) deadlines.Remove((deadline, ended.Id));
        shares.Count(ended, -1);
        StopWaiting(ended);
    }

    private void StopWaiting(Workload workload)
    {
        foreach (var dependency in workload.Spec.Dependencies)
            if (dependents.TryGetValue(dependency.Workload, out var waiting) && waiting.Remove(workload.Id) && waiting.Count == 0)
                dependents.Remove(dependency.Workload);
    }

    /// <summary>Its next fresh task waits, unless all have begun or as many run as its array lets.</summary>
    private void EnqueueFresh(Workload workload)
    {
        if (HasFreshInQueue(workload)) ready.Add(FreshEntry(workload), RequirementClass.Of(workload), NotBefore(workload));
    }

    private void DequeueFresh(Workload workload)
    {
        if (HasFreshInQueue(workload)) ready.Remove(FreshEntry(workload), RequirementClass.Of(workload), NotBefore(workload));
    }

    private static bool HasFreshInQueue(Workload workload) =>
        workload.QueuedAt is not null && workload.Unstarted > 0 && !(workload.Spec.Array?.Limit <= workload.Counts.OnSite);

    /// <summary>Once the first of its tasks has left the queue the others follow at once.</summary>
    private static DateTimeOffset? NotBefore(Workload workload) => workload.NextOrdinal == 0 ? workload.Held?.Until : null;

    private Ready FreshEntry(Workload workload) => EntryOf(workload, workload.QueuedAt!.Value, null);

    private void Enqueue(Workload workload, WorkTask task) =>
        ready.Add(EntryOf(workload, task), RequirementClass.Of(workload, task.Avoid), task.NotBefore);

    private void Dequeue(Workload workload, WorkTask task) =>
        ready.Remove(EntryOf(workload, task), RequirementClass.Of(workload, task.Avoid), task.NotBefore);

    private Ready EntryOf(Workload workload, WorkTask task) => EntryOf(workload, workload.QueuedAt ?? workload.SubmittedAt, task.Id);

    private Ready EntryOf(Workload workload, DateTimeOffset since, TaskId? task) =>
        new(QueueOrder.RankOf(workload.Spec, since, shares.Policy.Order, workload.Handicap), since, workload.Id, task, RequirementClass.IsLimited(workload.Spec));

    private void ResetCapacity(SiteState site)
    {
        shares.SetCapacity(site.Site.Name, site.Pools);
        packing.SetPools(site.Site.Name, site.Site.Engine.SchedulesItself ? [] : site.Pools);
        Reopen(site);
        foreach (var pool in site.Pools) loads.Remove((site.Site.Name, pool.Name));
        var slot = sites.Slot(site.Site.Name)!;
        slot.Capacity = !site.Site.Engine.SchedulesItself ? SiteCapacity.OfNamedNodes(site.Site, site.DownNodes, packing)
            : site.Report is { } report ? SiteCapacity.OfReport(report)
            : null;
        foreach (var id in slot.Active)
            if ((!site.Site.Engine.SchedulesItself || !site.Counted.Contains(id)) && Attempt(id) is { } attempt)
                Take(attempt, workloads[id.Task.Workload].Spec.Nodes);
    }

    /// <summary>There may be room where there was none.</summary>
    private void Reopen(SiteState site)
    {
        CapacityVersion++;
        pools.Reopened(site);
    }

    private void Occupy(Attempt attempt, Workload workload)
    {
        var slot = sites.Slot(attempt.Site)!;
        slot.Active.Add(attempt.Id);
        Take(attempt, workload.Spec.Nodes);
        if (!slot.State.Site.Engine.SchedulesItself) slot.Ends.Set(attempt, workload);
    }

    private void Vacate(Attempt attempt)
    {
        var slot = sites.Slot(attempt.Site);
        slot?.Active.Remove(attempt.Id);
        slot?.Ends.Remove(attempt);
        slot?.Capacity?.Release(attempt.Pool, attempt.Nodes, attempt.Requirement.PerNode, attempt.Cards);
        pools.Freed(attempt.Site, attempt.Pool);
        CapacityVersion++;
    }

    private void Take(Attempt attempt, int nodes)
    {
        var slot = sites.Slot(attempt.Site)!;
        var named = slot.State.Site.Engine.SchedulesItself ? [] : attempt.Nodes;
        slot.Capacity?.Take(attempt.Pool, named, attempt.Requirement.PerNode, nodes, attempt.Cards);
    }
}

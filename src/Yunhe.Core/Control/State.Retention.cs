namespace Yunhe.Core.Control;

using Yunhe.Core.Accounts;
using Yunhe.Core.Scheduling;
using Yunhe.Core.Workloads;

/// <summary>What of ended workloads is kept, and what remains of them when they are forgotten: totals of their usage.</summary>
public sealed partial class State
{
    private readonly UsageLog usage;
    private readonly SortedDictionary<(DateOnly Day, string Owner, string Project, string Site), UsageTotal> totals =
        new(Comparer<(DateOnly Day, string Owner, string Project, string Site)>.Create((a, b) =>
        {
            var c = a.Day.CompareTo(b.Day);
            if (c == 0) c = string.CompareOrdinal(a.Owner, b.Owner);
            if (c == 0) c = string.CompareOrdinal(a.Project, b.Project);
            return c == 0 ? string.CompareOrdinal(a.Site, b.Site) : c;
        }));

    private readonly SortedChunks<(DateTimeOffset At, WorkloadId Id)> ended = new();

    /// <summary>All workloads below it are forgotten.</summary>
    private long firstWorkload = 1;

    /// <summary>Every attempt that ran of workloads that are not forgotten, in the order in which they ended.</summary>
    public IReadOnlyCollection<UsageRecord> Usage => usage;

    /// <summary>What workloads that are forgotten used, by day, owner, project and site.</summary>
    public IReadOnlyCollection<UsageTotal> ForgottenUsage => totals.Values;

    /// <summary>Workloads that have ended and are not forgotten.</summary>
    public int Ended => ended.Count;

    /// <summary>The longest ended first.</summary>
    internal IEnumerable<WorkloadId> EndedBefore(DateTimeOffset before) => ended.TakeWhile(e => e.At < before).Select(e => e.Id);

    private void Forget(WorkloadForgotten e)
    {
        var workload = workloads[e.Workload];
        var used = 0;
        foreach (var attempt in e.Attempts)
        {
            if (Attempt(attempt) is not { } gone) continue;
            shares.Forget(workload, gone);
            if (gone.Usage is not { } usageOf) continue;
            used++;
            if (!e.UsageDropped) AddTotal(usageOf, workload.Project);
        }
        foreach (var attempt in e.Attempts) tasks.Remove(attempt.Task);
        usage.Forget(used);
        if (workload.Spec.Array is not null || workload.Spec.Dependencies.Count > 0 || e.Attempts.Count == 0)
            for (var i = 0; i < workload.TaskCount; i++) tasks.Remove(workload.TaskAt(i));
        if (workload.IdempotencyKey is { } key) keys.Remove((workload.Owner, key));
        ended.Remove((workload.EndedAt!.Value, workload.Id));
        workloads.Remove(workload.Id);
        SkipForgotten();
    }

    private void AddTotal(UsageRecord used, string project)
    {
        var key = (Day: DateOnly.FromDateTime(used.EndedAt.UtcDateTime), used.Owner, Project: project, used.Site);
        totals[key] = (totals.GetValueOrDefault(key) ?? new(key.Day, key.Owner, key.Site) { Project = project }).Plus(used);
    }

    private void SkipForgotten()
    {
        while (firstWorkload <= LastWorkload && !workloads.ContainsKey(new(firstWorkload))) firstWorkload++;
    }

    private void RestoreRetained(StateSnapshot snapshot)
    {
        foreach (var used in snapshot.Usage) usage.Add(used.Attempt);
        foreach (var total in snapshot.ForgottenUsage) totals.Add((total.Day, total.Owner, total.Project, total.Site), total);
        foreach (var workload in workloads.Values)
            if (workload.EndedAt is { } at) ended.Add((at, workload.Id));
        SkipForgotten();
    }
}

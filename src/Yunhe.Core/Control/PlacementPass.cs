namespace Yunhe.Core.Control;

using Yunhe.Core.Accounts;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling;
using Yunhe.Core.Workloads;

/// <summary>Gives waiting tasks to sites, in the order of the queue.</summary>
internal static class PlacementPass
{
    /// <summary>Placements of one pass; the rest follows in the next, so that submissions are answered in between.</summary>
    private const int MostPlacements = 1000;

    /// <summary>One that waits longer has nodes kept free for it where it waits: later ones may only fill the gap before its start.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Without any change a pass is repeated only so often, since forecasts move with time.</summary>
    private static readonly TimeSpan IdleInterval = TimeSpan.FromSeconds(10);

    public static void Run(Step step)
    {
        var state = step.State;
        if (state.Waiting == 0) return;
        var last = state.LastPass;
        if (last.Queue == state.Ready.Version && last.Capacity == state.CapacityVersion && step.Now - last.At < IdleInterval) return;
        var keptFree = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        var heads = state.Ready.Heads();
        var placed = 0;
        while (placed < MostPlacements && heads.TryDequeue(out var name, out var entry))
        {
            // Its array runs as many as it may: those behind it in the class need not wait for it. Any other one blocks its class.
            var full = !MayRunMore(state, entry);
            if (!full && !TryPlace(step, entry, keptFree)) continue;
            if (!full) placed++;
            if (state.Ready.First(name, full ? entry : null) is { } next) heads.Enqueue(name, next);
        }
        state.LastPass = placed == MostPlacements ? default : (state.Ready.Version, state.CapacityVersion, step.Now);
    }

    private static bool MayRunMore(State state, Ready entry)
    {
        var workload = state.Workload(entry.Workload)!;
        return workload.Spec.Array?.Limit is not { } limit || workload.Counts.Active < limit;
    }

    private static bool TryPlace(Step step, Ready entry, Dictionary<string, DateTimeOffset> keptFree)
    {
        var workload = step.State.Workload(entry.Workload)!;
        var task = entry.Task ?? workload.TaskAt(workload.NextOrdinal);
        var before = step.State.Task(task);
        var avoid = before is { Failure: { } failure } && failure.IsSiteFault() ? before.Current!.Site : null;
        var decision = Placement.Evaluate(step.State, Subject.Of(workload, avoid), step.Now);
        if (decision.Candidates is not [{ Excluded: null } best, ..])
        {
            EndIfOverBudget(step, workload.Id, decision);
            return false;
        }
        var site = step.State.Site(best.Site)!;
        if (!MayStart(step, site, best, keptFree))
        {
            if (step.Now - entry.Since > Patience) keptFree.TryAdd(best.Site, step.Now + best.WaitP50);
            return false;
        }
        Place(step, workload, new(task, (before?.Attempts.Length ?? 0) + 1), site, best, decision);
        return true;
    }

    /// <summary>What is left of its budget is not enough anywhere, and never will be.</summary>
    private static void EndIfOverBudget(Step step, WorkloadId id, Decision decision)
    {
        if (!decision.Candidates.Any(c => c.OverBudget) || decision.Candidates.Any(c => c.Passing)) return;
        CancelRules.EndWaiting(step, id, Phase.Failed, FailureReason.BudgetExceeded, decision.Candidates.First(c => c.OverBudget).Excluded!);
        DependencyRules.Changed(step, id);
    }

    private static bool MayStart(Step step, SiteState site, Candidate best, Dictionary<string, DateTimeOffset> keptFree)
    {
        if (!best.FreeNow) return site.Site.Engine.SchedulesItself && WaitingThere(step.State, site) < site.Site.MaxPending;
        return !keptFree.TryGetValue(best.Site, out var reserved) || step.Now + best.Staging + best.RunTime <= reserved;
    }

    private static int WaitingThere(State state, SiteState site) =>
        site.Active.Count - site.Active.Count(id => state.Attempt(id)!.Phase == Phase.Running);

    private static void Place(Step step, Workload workload, AttemptId id, SiteState site, Candidate best, Decision decision)
    {
        var asked = workload.Spec.Requirements[best.Alternative].In(site.Pools.First(p => p.Name == best.Pool));
        var nodes = site.Site.Engine.SchedulesItself
            ? []
            : step.State.Capacity(best.Site)!.Find(best.Pool, asked.PerNode, workload.Spec.Nodes)!;
        var terms = Rating.TermsOf(site.Site, workload.BoundPrices ?? site.Site.Prices, asked, workload.Spec.Nodes, workload.Spec.InputBytes);
        step.Emit(new AttemptPlaced(step.Now, id, best.Site, best.Pool, asked, nodes, terms, decision));
        step.Order(new StartAttempt(best.Site, id));
    }
}

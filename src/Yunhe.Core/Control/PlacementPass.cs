namespace Yunhe.Core.Control;

using Yunhe.Core.Accounts;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling;
using Yunhe.Core.Workloads;

/// <summary>Gives waiting tasks to sites, in the order of the queue.</summary>
internal sealed class PlacementPass
{
    /// <summary>Placements of one pass; the rest follows in the next, so that submissions are answered in between.</summary>
    private const int MostPlacements = 1000;

    /// <summary>Classes with the same needs (each with its own deadline or budget) that a pass weighs in vain; those behind them wait.</summary>
    private const int MostInVain = 100;

    /// <summary>One that waits longer has nodes kept free for it where it waits: later ones may only fill the gap before its start.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Without any change a pass is repeated only so often, since forecasts move with time.</summary>
    private static readonly TimeSpan IdleInterval = TimeSpan.FromSeconds(10);

    private readonly Step step;
    private readonly Dictionary<(string Site, string Pool), DateTimeOffset> keptFree = [];
    private readonly Dictionary<string, int> waitingAt = new(StringComparer.Ordinal);

    private readonly Dictionary<string, int> inVain = new(StringComparer.Ordinal);
    private bool ended;

    private PlacementPass(Step step) => this.step = step;

    public static void Run(Step step)
    {
        var state = step.State;
        if (state.Waiting == 0) return;
        var last = state.LastPass;
        if (last.Queue == state.Ready.Version && last.Capacity == state.CapacityVersion && step.Now - last.At < IdleInterval) return;
        var all = new PlacementPass(step).PlaceAll();
        state.LastPass = all ? (state.Ready.Version, state.CapacityVersion, step.Now) : default;
    }

    /// <summary>False: there may be more to place.</summary>
    private bool PlaceAll()
    {
        var state = step.State;
        var heads = state.Ready.Heads();
        var placed = 0;
        while (placed < MostPlacements && heads.TryDequeue(out var name, out var entry))
        {
            // Its workload may have ended in this pass, with entries in other classes.
            if (!state.Ready.Holds(name, entry)) continue;
            // Its array runs as many as it may: those behind it in the class need not wait for it. Any other one blocks its class.
            var full = !MayRunMore(entry);
            if (!full && !TryPlace(name, entry)) continue;
            if (!full) placed++;
            if (state.Ready.First(name, full ? entry : null) is { } next) heads.Enqueue(name, next);
        }
        return placed < MostPlacements && !ended;
    }

    private bool MayRunMore(Ready entry)
    {
        var workload = step.State.Workload(entry.Workload)!;
        return workload.Spec.Array?.Limit is not { } limit || workload.Counts.Active < limit;
    }

    private bool TryPlace(string name, Ready entry)
    {
        var needs = RequirementClass.Needs(name);
        if (inVain.GetValueOrDefault(needs) >= MostInVain) return false;
        if (TryPlace(entry)) return true;
        inVain[needs] = inVain.GetValueOrDefault(needs) + 1;
        return false;
    }

    private bool TryPlace(Ready entry)
    {
        var workload = step.State.Workload(entry.Workload)!;
        var task = entry.Task ?? workload.TaskAt(workload.NextOrdinal);
        var before = step.State.Task(task);
        var decision = Placement.Evaluate(step.State, Subject.Of(workload, before?.Avoid), step.Now);
        if (decision.Candidates is not [{ Excluded: null } best, ..])
        {
            EndIfOverBudget(workload.Id, decision);
            return false;
        }
        var site = step.State.Site(best.Site)!;
        if (!MayStart(site, best))
        {
            if (step.Now - entry.Since > Patience) keptFree.TryAdd((best.Site, best.Pool), step.Now + best.WaitP50);
            return false;
        }
        Place(workload, new(task, (before?.Attempts.Length ?? 0) + 1), site, best, decision);
        return true;
    }

    /// <summary>What is left of its budget is not enough anywhere, and never will be.</summary>
    private void EndIfOverBudget(WorkloadId id, Decision decision)
    {
        if (!decision.Candidates.Any(c => c.OverBudget) || decision.Candidates.Any(c => c.Passing)) return;
        CancelRules.EndWaiting(step, id, Phase.Failed, FailureReason.BudgetExceeded, decision.Candidates.First(c => c.OverBudget).Excluded!);
        DependencyRules.Changed(step, id);
        ended = true;
    }

    private bool MayStart(SiteState site, Candidate best)
    {
        if (site.Site.Engine.SchedulesItself && IsFull(site)) return false;
        if (!best.FreeNow) return site.Site.Engine.SchedulesItself;
        return !keptFree.TryGetValue((best.Site, best.Pool), out var reserved) || step.Now + best.Staging + best.RunTime <= reserved;
    }

    /// <summary>As many wait in its own queue as may. Counted once in a pass.</summary>
    private bool IsFull(SiteState site)
    {
        if (!waitingAt.TryGetValue(site.Site.Name, out var waiting))
            waitingAt[site.Site.Name] = waiting = site.Active.Count(id => step.State.Attempt(id) is { EndedAt: null, Phase: not Phase.Running });
        return waiting >= site.Site.MaxPending;
    }

    private void Place(Workload workload, AttemptId id, SiteState site, Candidate best, Decision decision)
    {
        var asked = workload.Spec.Requirements[best.Alternative].In(site.Pools.First(p => p.Name == best.Pool));
        var nodes = site.Site.Engine.SchedulesItself
            ? []
            : step.State.Capacity(best.Site)!.Find(best.Pool, asked.PerNode, workload.Spec.Nodes);
        var terms = Rating.TermsOf(site.Site, workload.BoundPrices ?? site.Site.Prices, asked, workload.Spec.Nodes, workload.Spec.InputBytes);
        step.Emit(new AttemptPlaced(step.Now, id, best.Site, best.Pool, asked, nodes, terms, decision));
        step.Order(new StartAttempt(best.Site, id));
        if (waitingAt.TryGetValue(best.Site, out var waiting)) waitingAt[best.Site] = waiting + 1;
    }
}

namespace Yunhe.Core.Control;

using Yunhe.Core.Network;
using Yunhe.Core.Scheduling;
using Yunhe.Core.Scheduling.Shares;
using Yunhe.Core.Workloads;

/// <summary>
/// Calls back what waits in a site's own queue much longer than was foretold, where another site has room now. Begun meanwhile it goes on:
/// an engine ends what is called back only if it still waits.
/// </summary>
internal sealed class SpillOver
{
    /// <summary>Of one task; from then on it stays where it waits.</summary>
    public const int MostTimes = 3;

    /// <summary>Weighed, and so called back, at one look.</summary>
    private const int MostWeighed = 100;

    /// <summary>A forecast that is exceeded so much has failed, and no forecast is better than to some minutes.</summary>
    private const double Patience = 2;
    private static readonly TimeSpan ShortestPatience = TimeSpan.FromMinutes(5);

    /// <summary>So long one that was called back may be on its way, and room is kept for it.</summary>
    public static readonly TimeSpan Underway = TimeSpan.FromMinutes(5);

    private readonly Step step;
    private readonly HashSet<string> inVain = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Site, string Pool), (long Cpus, long MemoryMiB, long Accelerators)> promised = [];

    private SpillOver(Step step) => this.step = step;

    /// <summary>Behind the pass over the queue: what waits for a site goes first.</summary>
    public static void Run(Step step) => new SpillOver(step).CallBack();

    /// <summary>How often a task was called back and came.</summary>
    public static int TimesOf(WorkTask task) => task.Attempts.Count(a => a.Failure == FailureReason.SpilledOver);

    private void CallBack()
    {
        var late = new List<Attempt>();
        foreach (var name in step.State.SelfScheduling)
        {
            var site = step.State.Site(name)!;
            foreach (var id in step.State.ActiveAt(name).Concat(step.State.FinishingAt(name)))
            {
                var attempt = step.State.Attempt(id)!;
                if (attempt is { Recall: { } recall, StartedAt: null } && step.Now - recall.At < Underway)
                    Promise(recall.Site, recall.Pool, attempt.Requirement.PerNode, step.State.Workload(id.Task.Workload)!.Spec.Nodes);
                else if (site.AwaySince is null && IsLate(attempt)) late.Add(attempt);
            }
        }
        var weighed = 0;
        foreach (var attempt in late.OrderBy(a => a.PlacedAt).ThenBy(a => a.Id))
        {
            if (weighed == MostWeighed) return;
            if (TryCallBack(attempt)) weighed++;
        }
    }

    private bool IsLate(Attempt attempt)
    {
        if (attempt is not { Phase: Phase.Staging, StartedAt: null, CancelSent: false, Recall: null }) return false;
        var foretold = attempt.Decision.Candidates[0];
        var limit = foretold.WaitP90 * Patience;
        return step.Now - attempt.PlacedAt - foretold.Staging >= (limit > ShortestPatience ? limit : ShortestPatience)
            && step.State.Workload(attempt.Id.Task.Workload) is { BoundSite: null, CancelRequested: false }
            && TimesOf(step.State.Task(attempt.Id.Task)!) < MostTimes;
    }

    /// <summary>False: one that is alike was weighed in vain, so that it was not.</summary>
    private bool TryCallBack(Attempt attempt)
    {
        var workload = step.State.Workload(attempt.Id.Task.Workload)!;
        var alike = RequirementClass.IsLimited(workload.Spec) ? null : RequirementClass.Of(workload, attempt.Site);
        if (alike is not null && inVain.Contains(alike)) return false;
        var subject = Subject.Of(workload, attempt.Site);
        var decision = Evaluate(workload, subject, attempt);
        if (decision.Candidates is [{ Excluded: null, FreeNow: true } best, ..] && best.Site != attempt.Site
            && IsAsWanted(workload.Spec, best, attempt.Decision.Candidates[0]) && HasRoom(best, workload.Spec))
        {
            step.Emit(new AttemptRecalled(step.Now, attempt.Id, best.Site, best.Pool));
            step.Order(new RecallAttempt(attempt.Site, attempt.Id));
        }
        else if (alike is not null) inVain.Add(alike);
        return true;
    }

    /// <summary>As it will be decided once it has come back: it holds nothing then, and what is kept for those that wait is not for it.</summary>
    private Decision Evaluate(Workload workload, Subject subject, Attempt attempt)
    {
        var kept = step.State.LastKept;
        if (kept is not null) (kept.Rank, kept.Asking) = (long.MaxValue, null);
        Holds(-1);
        var decision = Placement.Evaluate(step.State, subject, step.Now, kept);
        Holds(1);
        return decision;

        void Holds(int sign)
        {
            var use = Use.Of(attempt.Requirement, workload.Spec.Nodes);
            for (var account = step.State.Shares.AccountOf(workload.Project); account is not null; account = account.Tenant)
            {
                account.Claimed.Add(use, sign);
                if (workload.Spec.Preemptible == false) account.PinnedClaimed.Add(use, sign);
            }
        }
    }

    /// <summary>Who would rather wait than pay, or than do with less, is left to wait.</summary>
    private static bool IsAsWanted(WorkloadSpec spec, Candidate other, Candidate chosen) =>
        (!spec.Ordered || other.Alternative <= chosen.Alternative) && spec.Objective switch
        {
            Objective.Cost => other.Cost <= chosen.Cost,
            Objective.Carbon => other.Carbon <= chosen.Carbon,
            _ => true,
        };

    /// <summary>By the totals of the pool: besides what was called back for it before. Claims it.</summary>
    private bool HasRoom(Candidate best, WorkloadSpec spec)
    {
        var pool = step.State.Site(best.Site)!.Pools.First(p => p.Name == best.Pool);
        var each = spec.Requirements[best.Alternative].In(pool).PerNode;
        var free = step.State.Capacity(best.Site)!.Totals(best.Pool);
        var taken = Sum(promised.GetValueOrDefault((best.Site, best.Pool)), each, spec.Nodes);
        if (taken.Cpus > free.Cpus || taken.MemoryMiB > free.MemoryMiB || taken.Accelerators > free.Accelerators) return false;
        Promise(best.Site, best.Pool, each, spec.Nodes);
        return true;
    }

    private void Promise(string site, string pool, Resources each, int nodes) =>
        promised[(site, pool)] = Sum(promised.GetValueOrDefault((site, pool)), each, nodes);

    private static (long Cpus, long MemoryMiB, long Accelerators) Sum((long Cpus, long MemoryMiB, long Accelerators) sum, Resources each, int nodes) =>
        (sum.Cpus + (long)each.Cpus * nodes, sum.MemoryMiB + each.MemoryMiB * nodes, sum.Accelerators + (long)each.Accelerators * nodes);
}

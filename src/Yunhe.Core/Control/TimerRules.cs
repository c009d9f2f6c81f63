namespace Yunhe.Core.Control;

using Yunhe.Core.Accounts;
using Yunhe.Core.Workloads;

/// <summary>What time alone brings about.</summary>
internal static class TimerRules
{
    public static void Tick(Step step)
    {
        GiveUpLostSites(step);
        ReservationRules.Tick(step);
        foreach (var id in step.State.Overdue(step.Now).ToList()) MissDeadline(step, step.State.Workload(id)!);
        foreach (var id in step.State.Budgeted.ToList()) WatchBudget(step, step.State.Workload(id)!);
        step.State.Ready.Release(step.Now);
    }

    private static void GiveUpLostSites(Step step)
    {
        foreach (var site in step.State.Away.Select(name => step.State.Site(name)!).Where(s => s.IsLost(step.Now)).ToList())
        {
            var away = $"{site.Site.Name} has been unreachable since {site.AwaySince:u}";
            foreach (var id in step.State.ActiveAt(site.Site.Name).ToList())
                if (step.State.Attempt(id) is { EndedAt: null } attempt)
                    AttemptRules.GiveUp(step, attempt, FailureReason.Lost, away, unconfirmed: true);
            foreach (var id in step.State.FinishingAt(site.Site.Name).ToList())
                AttemptRules.Collected(step, step.State.Attempt(id)!, $"its results are still there: {away}");
        }
    }

    private static void MissDeadline(Step step, Workload workload)
    {
        if (workload.Counts is { Submitted: 0, Queued: 0 }) return;
        CancelRules.EndWaiting(step, workload.Id, Phase.Failed, FailureReason.DeadlineMissed, $"had not begun at its deadline, {workload.Spec.Deadline:u}");
        DependencyRules.Changed(step, workload.Id);
    }

    private static void WatchBudget(Step step, Workload workload)
    {
        if (workload.Spec.Budget is { } budget && workload.Counts.Running > 0 && Accrued(step, workload) >= budget)
            CancelRules.StopActive(step, workload.Id, FailureReason.BudgetExceeded);
    }

    private static Units.Money Accrued(Step step, Workload workload)
    {
        var sum = workload.Cost;
        foreach (var attempt in step.State.ActiveOf(workload))
            if (attempt is { Phase: Phase.Running, StartedAt: { } from })
                sum += HourlyRating.Rate(attempt.Terms, from - attempt.RanBefore, attempt.RanBefore + (step.Now > from ? step.Now - from : TimeSpan.Zero), 1).Cost;
        return sum;
    }
}

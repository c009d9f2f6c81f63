namespace Yunhe.Core.Control;

using Yunhe.Core.Network;
using Yunhe.Core.Workloads;

/// <summary>What an engine saw, held against what the state believes.</summary>
internal static class ObservationRules
{
    public static void Observe(Step step, Observe input)
    {
        if (step.State.Site(input.Site) is null) return;
        step.Emit(new SiteObserved(step.Now, input.Site, input.Report));
        foreach (var report in input.Report.Attempts)
            if (step.State.Attempt(report.Attempt) is { } attempt && attempt.Site == input.Site) Compare(step, attempt, report);
    }

    public static void WentAway(Step step, ReportUnreachable input)
    {
        if (step.State.Site(input.Site) is { } site && (site.AwaySince is null || site.Problem != input.Problem))
            step.Emit(new SiteWentAway(step.Now, input.Site, input.Problem));
    }

    private static void Compare(Step step, Attempt attempt, AttemptReport report)
    {
        if (attempt.EndedAt is null && report.Phase is EnginePhase.Running or EnginePhase.Ended) attempt = Restarted(step, attempt, report);
        if (attempt.EndedAt is not null) Fence(step, attempt, report.Phase);
        else switch (report.Phase)
        {
            case EnginePhase.Gone when attempt.Phase != Phase.Placed:
                AttemptRules.GiveUp(step, attempt, FailureReason.Lost, $"{attempt.Site} has no trace of it");
                break;
            case EnginePhase.Pending when attempt.Phase is Phase.Placed or Phase.Running || Said(attempt, report):
                step.Emit(new AttemptStaged(step.Now, attempt.Id, report.EngineJob, report.Detail, report.Restarts));
                break;
            case EnginePhase.Running when attempt.Phase != Phase.Running || Said(attempt, report):
                step.Emit(new AttemptStarted(report.StartedAt ?? BeganAt(attempt) ?? step.Now, attempt.Id, report.EngineJob, report.Nodes, report.Detail));
                DependencyRules.Changed(step, attempt.Id.Task.Workload, attempt.Id.Task);
                break;
            case EnginePhase.Ended:
                AttemptRules.Ended(step, attempt, report);
                break;
        }
    }

    /// <summary>The engine began it anew between two looks: what it ran before is not forgotten.</summary>
    private static Attempt Restarted(Step step, Attempt attempt, AttemptReport report)
    {
        if (report.Restarts <= attempt.Restarts) return attempt;
        var stopped = report.StartedAt < step.Now ? report.StartedAt.Value : step.Now;
        step.Emit(new AttemptStaged(stopped, attempt.Id, report.EngineJob, report.Detail, report.Restarts));
        return step.State.Attempt(attempt.Id)!;
    }

    private static DateTimeOffset? BeganAt(Attempt attempt) => attempt.Phase == Phase.Running ? attempt.StartedAt : null;

    /// <summary>One that was given up came back with its site: its task may run elsewhere, so it is ended and cleared away.</summary>
    private static void Fence(Step step, Attempt attempt, EnginePhase phase)
    {
        if (phase is EnginePhase.Pending or EnginePhase.Running && !attempt.CancelSent)
        {
            step.Emit(new AttemptCancelling(step.Now, attempt.Id, attempt.Failure ?? FailureReason.Lost));
            step.Order(new CancelAttempt(attempt.Site, attempt.Id));
        }
        else if (phase is EnginePhase.Ended or EnginePhase.Gone && attempt.Unconfirmed)
        {
            step.Emit(new AttemptCleared(step.Now, attempt.Id));
            if (phase == EnginePhase.Ended) step.Order(new ForgetAttempt(attempt.Site, attempt.Id));
        }
    }

    private static bool Said(Attempt attempt, AttemptReport report) => report.Detail.Length > 0 && report.Detail != attempt.Detail;
}

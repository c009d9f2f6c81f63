namespace Yunhe.Core.Control;

using Yunhe.Core.Accounts;
using Yunhe.Core.Network;
using Yunhe.Core.Workloads;

/// <summary>What happens to attempts: started, refused, ended, brought back; and whether their task is tried again.</summary>
internal static class AttemptRules
{
    public static void Accepted(Step step, AttemptAccepted input)
    {
        step.Finish(StartEffect(step, input.Attempt));
        if (step.State.Attempt(input.Attempt) is { Phase: Phase.Placed })
            step.Emit(new AttemptStaged(step.Now, input.Attempt, input.EngineJob, input.Detail, 0));
    }

    public static void Refused(Step step, AttemptRefused input) => DidNotStart(step, input.Attempt, input.Reason, input.Detail);

    public static void NotStarted(Step step, AttemptNotStarted input) =>
        DidNotStart(step, input.Attempt, FailureReason.NotStarted, input.Detail);

    /// <summary>The engine saw it end. Its use is metered; what it left is brought back before the task goes on.</summary>
    public static void Ended(Step step, Attempt attempt, AttemptReport report)
    {
        var workload = step.State.Workload(attempt.Id.Task.Workload)!;
        var endedAt = report.EndedAt ?? step.Now;
        var failure = report.Failure is { } engineSays ? Because(attempt, engineSays, report.StartedAt, endedAt) : (FailureReason?)null;
        var usage = Rating.Meter(attempt, workload, report.StartedAt, endedAt, report.CpuSeconds);
        // By the clock of an engine it may have ended before it began.
        if (usage?.StartedAt > endedAt) endedAt = usage.StartedAt;
        step.Emit(new AttemptEnded(endedAt, attempt.Id, report.ExitCode, report.Signal, failure, report.Detail, usage));
        step.Order(new CollectAttempt(attempt.Site, attempt.Id));
    }

    /// <summary>
    /// Nothing of it can be brought back: given up. Unconfirmed: the site can't be asked, so it may still run there.
    /// </summary>
    public static void GiveUp(Step step, Attempt attempt, FailureReason reason, string detail, bool unconfirmed = false)
    {
        var workload = step.State.Workload(attempt.Id.Task.Workload)!;
        var usage = Rating.Meter(attempt, workload, null, step.Now, null);
        step.Emit(new AttemptEnded(step.Now, attempt.Id, null, null, Because(attempt, reason, null, step.Now), detail, usage)
        {
            NothingLeft = true, Unconfirmed = unconfirmed,
        });
        Settle(step, attempt.Id);
    }

    public static void BroughtBack(Step step, AttemptBroughtBack input)
    {
        if (step.State.Attempt(input.Attempt) is not { } attempt) return;
        step.Finish(new CollectAttempt(attempt.Site, attempt.Id).Id);
        if (!attempt.Collected) Collected(step, attempt, input.Detail);
    }

    /// <summary>Its results are at the server, or can't be had (<paramref name="detail"/> says why): its task goes on.</summary>
    public static void Collected(Step step, Attempt attempt, string detail)
    {
        step.Emit(new AttemptCollected(step.Now, attempt.Id, detail));
        if (attempt.Phase == Phase.Finishing) Settle(step, attempt.Id);
    }

    /// <summary>
    /// What Yunhe wanted of it goes before what the engine says. One that was called back and never began has come back, and so has one that
    /// was hit in the moment when it began.
    /// </summary>
    private static FailureReason Because(Attempt attempt, FailureReason engineSays, DateTimeOffset? startedAt, DateTimeOffset endedAt)
    {
        if (attempt.CancelReason is { } ours) return ours;
        var began = attempt.StartedAt ?? (startedAt < endedAt ? startedAt : null);
        var cameBack = attempt.Recall is { } recall && engineSays switch
        {
            FailureReason.CancelledBySite or FailureReason.CancelledByUser => began is null || endedAt - recall.At < SpillOver.Underway,
            FailureReason.Lost => began is null,
            _ => false,
        };
        return cameBack ? FailureReason.SpilledOver : engineSays;
    }

    private static void DidNotStart(Step step, AttemptId id, FailureReason reason, string detail)
    {
        step.Finish(StartEffect(step, id));
        if (step.State.Attempt(id) is { Phase: Phase.Placed } attempt) GiveUp(step, attempt, reason, detail);
    }

    private static string StartEffect(Step step, AttemptId id) => new StartAttempt(step.State.Attempt(id)?.Site ?? "", id).Id;

    /// <summary>The attempt is over and done with: the task ends, or is tried again.</summary>
    private static void Settle(Step step, AttemptId id)
    {
        var task = step.State.Task(id.Task)!;
        var workload = step.State.Workload(id.Task.Workload)!;
        var attempt = task.Current!;
        if (attempt.Failure is not { } reason)
            step.Emit(new TaskEnded(step.Now, task.Id, Phase.Succeeded, null, attempt.Detail));
        else if (RetryRules.Again(workload, task, reason, step.Random) is { } again)
            step.Emit(new TaskRequeued(step.Now, task.Id, reason, step.Now + again.After, again.Why));
        else
            step.Emit(new TaskEnded(step.Now, task.Id, OutcomeOf(workload, reason), reason, RetryRules.WhyNot(workload, task, reason, attempt.Detail)));
        DependencyRules.Changed(step, workload.Id, task.Id);
    }

    private static Phase OutcomeOf(Workload workload, FailureReason reason) =>
        workload.CancelRequested || reason is FailureReason.CancelledByUser or FailureReason.CancelledBySite ? Phase.Cancelled : Phase.Failed;
}

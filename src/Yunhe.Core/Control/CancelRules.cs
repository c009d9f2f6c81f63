namespace Yunhe.Core.Control;

using Yunhe.Core.Workloads;

/// <summary>Ending what has not ended: by the user, by a deadline, by a budget.</summary>
internal static class CancelRules
{
    public static void Cancel(Step step, Cancel input)
    {
        if (step.State.Workload(input.Workload) is not { } workload)
        {
            step.Refuse(RefusalKind.NotFound, $"there is no workload {input.Workload}");
            return;
        }
        step.Workload = workload.Id;
        if (workload.EndedAt is not null || workload.CancelRequested) return;
        step.Emit(new CancelRequested(step.Now, workload.Id, input.By));
        EndWaiting(step, workload.Id, Phase.Cancelled, FailureReason.CancelledByUser, $"cancelled by {input.By}");
        StopActive(step, workload.Id, FailureReason.CancelledByUser);
        DependencyRules.Changed(step, workload.Id);
    }

    /// <summary>Ends every task that no site holds.</summary>
    public static void EndWaiting(Step step, WorkloadId id, Phase outcome, FailureReason reason, string detail)
    {
        var waiting = step.State.TasksOf(step.State.Workload(id)!).Select(t => t.Task)
            .Where(t => t.Phase is Phase.Submitted or Phase.Queued).ToList();
        foreach (var task in waiting) step.Emit(new TaskEnded(step.Now, task.Id, outcome, reason, detail));
        if (step.State.Workload(id)!.Unstarted > 0) step.Emit(new UnstartedEnded(step.Now, id, outcome, reason, detail));
    }

    /// <summary>Asks the engines to end every attempt that they hold; what comes of it is observed.</summary>
    public static void StopActive(Step step, WorkloadId id, FailureReason reason)
    {
        var active = step.State.ActiveOf(step.State.Workload(id)!).Where(a => !a.CancelSent).OrderBy(a => a.Id).ToList();
        foreach (var attempt in active)
        {
            step.Emit(new AttemptCancelling(step.Now, attempt.Id, reason));
            step.Order(new CancelAttempt(attempt.Site, attempt.Id));
        }
    }
}

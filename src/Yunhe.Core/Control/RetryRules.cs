namespace Yunhe.Core.Control;

using Yunhe.Core.Workloads;

/// <summary>
/// Whether a failed task is tried again. A site's fault is tried again without using up the user's retries; the program's own failure
/// as often as the user said; what can't succeed never.
/// </summary>
internal static class RetryRules
{
    /// <summary>Site faults of one task before it is given up: something about it seems to break sites.</summary>
    private const int MostSiteFaults = 10;

    /// <summary>In a row, of one that has got on before: it does not break sites, and over weeks bad luck comes in long rows.</summary>
    private const int MostAfterProgress = 30;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(5);

    public static (TimeSpan After, string Why)? Again(Workload workload, WorkTask task, FailureReason reason, Random random)
    {
        if (workload.CancelRequested || reason.CanNotSucceed()) return null;
        if (task.Current is { GivesWay: { } other }) return (TimeSpan.Zero, $"gave way to {other.To}; waits again{From(task)}");
        if (reason == FailureReason.SpilledOver)
            return (TimeSpan.Zero, $"waited much longer at {task.Current!.Site} than foretold; tried elsewhere ({SpillOver.TimesOf(task)} of {SpillOver.MostTimes})");
        if (reason.IsSiteFault())
            return task.FaultsInVain < MostOf(task)
                ? (Delay(task.FaultsInVain, random), $"{Words(reason)} at {task.Current!.Site}; tried again ({task.FaultsInVain + 1} of {MostOf(task)}){From(task)}")
                : null;
        return task.ProgramFailures < workload.Spec.Retries
            ? (Delay(task.ProgramFailures, random), $"{Words(reason)}; retry {task.ProgramFailures + 1} of {workload.Spec.Retries}{From(task)}")
            : null;
    }

    public static string WhyNot(Workload workload, WorkTask task, FailureReason reason, string detail)
    {
        var why =
            workload.CancelRequested ? ""
            : reason.CanNotSucceed() ? workload.Spec.Retries > 0 ? "not tried again: it would fail in the same way" : ""
            : reason.IsSiteFault() ? $"given up after {MostOf(task) + 1} faults of sites"
            : workload.Spec.Retries > 0 ? $"given up after {task.ProgramFailures + 1} tries" : "";
        return string.Join("; ", new[] { detail.Length > 0 ? detail : Words(reason), why }.Where(t => t.Length > 0));
    }

    private static int MostOf(WorkTask task) => task.Checkpoint is null ? MostSiteFaults : MostAfterProgress;

    private static string From(WorkTask task) => task.Checkpoint is { } checkpoint ? $" from the checkpoint of {checkpoint.From}" : "";

    /// <summary>Doubles from a second to five minutes, and differs by up to a fifth so that many do not come back at once.</summary>
    private static TimeSpan Delay(int failures, Random random)
    {
        var doubled = FirstDelay * Math.Pow(2, Math.Min(failures, 16));
        return (doubled < LongestDelay ? doubled : LongestDelay) * (0.9 + 0.2 * random.NextDouble());
    }

    private static string Words(FailureReason reason) => reason switch
    {
        FailureReason.ExitCode => "the program failed",
        FailureReason.Signal => "the program was ended by a signal",
        FailureReason.OutOfMemory => "out of memory",
        FailureReason.TimeLimit => "over its time limit",
        FailureReason.Setup => "the setup failed",
        FailureReason.NotExecutable => "the program can't be found or executed",
        FailureReason.Staging => "its inputs could not be put in place",
        FailureReason.Refused => "refused by the engine",
        FailureReason.NodeFailure => "a node failed",
        FailureReason.Preempted => "preempted",
        FailureReason.Lost => "lost",
        FailureReason.NotStarted => "the engine could not be told",
        FailureReason.CancelledBySite => "cancelled at the site, not by Yunhe",
        FailureReason.CancelledByUser => "cancelled",
        FailureReason.DeadlineMissed => "its deadline has passed",
        FailureReason.BudgetExceeded => "its budget is used up",
        FailureReason.SpilledOver => "called back from a site's queue",
        _ => "what it waited for did not happen",
    };
}

namespace Yunhe.Core.Workloads;

/// <summary>Where a task stands.</summary>
public enum Phase
{
    /// <summary>Accepted; waits for what it depends on.</summary>
    Submitted,

    /// <summary>May run; waits for a site.</summary>
    Queued,

    /// <summary>A site was chosen and is being told.</summary>
    Placed,

    /// <summary>The site has it: files are moved, or it waits in the site's own queue.</summary>
    Staging,
    Running,

    /// <summary>The program ended; outputs and logs are brought back.</summary>
    Finishing,
    Succeeded,
    Failed,
    Cancelled,
}

/// <summary>The legal transitions of a task; anything else is a bug and stops the server.</summary>
public static class Lifecycle
{
    public static bool IsTerminal(this Phase phase) => phase >= Phase.Succeeded;

    /// <summary>A site holds something of it.</summary>
    public static bool IsActive(this Phase phase) => phase is >= Phase.Placed and <= Phase.Finishing;

    public static bool MayBecome(this Phase from, Phase to) => (from, to) switch
    {
        (Phase.Submitted, Phase.Queued or Phase.Failed or Phase.Cancelled) => true,
        (Phase.Queued, Phase.Placed or Phase.Failed or Phase.Cancelled) => true,
        (Phase.Placed, Phase.Staging or Phase.Running or Phase.Finishing) => true,
        (Phase.Staging, Phase.Running or Phase.Finishing) => true,
        (Phase.Running, Phase.Finishing or Phase.Staging) => true,
        (Phase.Placed or Phase.Staging or Phase.Running, Phase.Queued or Phase.Failed or Phase.Cancelled) => true,
        (Phase.Finishing, Phase.Queued or Phase.Succeeded or Phase.Failed or Phase.Cancelled) => true,
        _ => false,
    };

    public static Phase To<T>(this Phase from, Phase to, T subject) =>
        from.MayBecome(to) ? to : throw new IllegalTransitionException($"{subject}: {from} can't become {to}");
}

public sealed class IllegalTransitionException(string message) : InvalidOperationException(message);

/// <summary>Why an attempt or a task did not succeed.</summary>
public enum FailureReason
{
    /// <summary>The program ended with a code other than 0.</summary>
    ExitCode,
    Signal,
    OutOfMemory,
    TimeLimit,

    /// <summary>The setup script ended with a code other than 0.</summary>
    Setup,

    /// <summary>The program could not be found or executed (126, 127).</summary>
    NotExecutable,

    /// <summary>Its inputs could not be put in place.</summary>
    Staging,

    /// <summary>The engine refused it, for good.</summary>
    Refused,
    NodeFailure,
    Preempted,

    /// <summary>The site answered and knows nothing of it, or stayed away too long.</summary>
    Lost,

    /// <summary>The engine could not be told; it surely did not start.</summary>
    NotStarted,
    CancelledBySite,
    CancelledByUser,
    DeadlineMissed,
    BudgetExceeded,
    DependencyFailed,

    /// <summary>Called back from a site's own queue, where it waited much longer than foretold, for one that had room.</summary>
    SpilledOver,
}

public static class FailureReasons
{
    /// <summary>Not the program's doing: tried again without using up the user's retries.</summary>
    public static bool IsSiteFault(this FailureReason reason) =>
        reason is FailureReason.NodeFailure or FailureReason.Preempted or FailureReason.Lost or FailureReason.NotStarted;

    /// <summary>Would fail again in the same way wherever it runs.</summary>
    public static bool CanNotSucceed(this FailureReason reason) => reason is FailureReason.OutOfMemory or FailureReason.TimeLimit
        or FailureReason.NotExecutable or FailureReason.Refused or FailureReason.CancelledBySite or FailureReason.CancelledByUser
        or FailureReason.DeadlineMissed or FailureReason.BudgetExceeded or FailureReason.DependencyFailed;
}

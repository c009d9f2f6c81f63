using Yunhe.Core.Network;
using Yunhe.Core.Workloads;
using Yunhe.Engines.Launching;

namespace Yunhe.Engines.Slurm;

/// <summary>What Slurm's job states, reasons and exit codes mean here; squeue(1), "JOB STATE CODES" and "JOB REASON CODES".</summary>
internal static class SlurmStates
{
    public static EnginePhase PhaseOf(string state) => state switch
    {
        "PENDING" or "CONFIGURING" or "REQUEUED" or "REQUEUE_FED" or "REQUEUE_HOLD" or "RESV_DEL_HOLD" or "SPECIAL_EXIT" => EnginePhase.Pending,
        "RUNNING" or "COMPLETING" or "SUSPENDED" or "STOPPED" or "SIGNALING" or "STAGE_OUT" or "RESIZING" or "UPDATE_DB" => EnginePhase.Running,
        "COMPLETED" or "FAILED" or "TIMEOUT" or "CANCELLED" or "NODE_FAIL" or "PREEMPTED" or "OUT_OF_MEMORY" or "BOOT_FAIL" or "DEADLINE"
            or "REVOKED" or "LAUNCH_FAILED" or "RECONFIG_FAIL" => EnginePhase.Ended,

        // A state of a later Slurm: it has the job, so that it surely must not be started again.
        _ => EnginePhase.Running,
    };

    /// <summary>How a job that has ended did so.</summary>
    /// <param name="ours">Yunhe itself has cancelled it.</param>
    /// <param name="exit">What the job's own script wrote down, if it did.</param>
    public static (ExitStatus Status, string Detail) EndOf(string state, string reason, int code, int signal, bool ours, ExitNote? exit)
    {
        var detail = Words(state, reason);
        return state switch
        {
            "COMPLETED" => (ExitStatus.Of(0), ""),
            "FAILED" when exit is { Code: not 0 } note => (OfNote(note), $"{note.Phase} ended with code {note.Code}"),
            "FAILED" when reason == "BadConstraints" => (Because(FailureReason.Refused), detail),
            "FAILED" when (code, signal) == (0, 0) => (Because(FailureReason.NodeFailure), detail),
            "FAILED" => (ExitStatus.Of(code, signal), ""),
            "TIMEOUT" => (Because(FailureReason.TimeLimit), detail),
            "DEADLINE" => (Because(FailureReason.DeadlineMissed), detail),
            "OUT_OF_MEMORY" => (Because(FailureReason.OutOfMemory), detail),
            "PREEMPTED" => (Because(FailureReason.Preempted), detail),
            "CANCELLED" => (Because(ours ? FailureReason.CancelledByUser : FailureReason.CancelledBySite), detail),
            _ => (Because(FailureReason.NodeFailure), detail),
        };
    }

    public static ExitStatus OfNote(ExitNote note)
    {
        var status = ExitStatus.Of(note.Code);
        return note is { Phase: "setup", Code: not 0 } ? status with { Failure = FailureReason.Setup } : status;
    }

    /// <summary>Why a job waits, for people.</summary>
    public static string WaitOf(SlurmJob job) => job.State switch
    {
        "PENDING" => Words(job.State, job.Reason),
        "CONFIGURING" => "its nodes are being made ready",
        "REQUEUED" or "REQUEUE_FED" => "Slurm puts it back into its queue",
        _ => $"held by Slurm ({job.State}): an operator must release it",
    };

    private static ExitStatus Because(FailureReason reason) => new(null, null, reason);

    private static string Words(string state, string reason) => reason switch
    {
        "" or "None" => state == "PENDING" ? "waits for Slurm's scheduler" : $"Slurm: {state}",
        "Resources" => "waits for free nodes (Resources)",
        "Priority" => "waits behind work of higher priority (Priority)",
        "PartitionConfig" or "PartitionNodeLimit" => $"can never run as it is: asks for more than the partition has ({reason})",
        "PartitionTimeLimit" => "can never run as it is: asks for more time than the partition admits (PartitionTimeLimit)",
        "ReqNodeNotAvail" => "waits for nodes that are down, drained or reserved (ReqNodeNotAvail)",
        "PartitionDown" or "PartitionInactive" => $"waits for its partition, which is closed ({reason})",
        "JobHeldAdmin" => "held by an operator (JobHeldAdmin)",
        "JobHeldUser" => "held (JobHeldUser)",
        "BeginTime" => "waits for its begin time (BeginTime); after a requeue Slurm lets it rest",
        "NodeDown" => "a node went down (NodeDown)",
        "TimeLimit" => "the time limit was reached (TimeLimit)",
        _ => $"Slurm: {(state == "PENDING" ? "" : state + ", ")}{reason}",
    };
}

/// <summary>The job script's own note of its end.</summary>
internal sealed record ExitNote(int Code, string Phase, DateTimeOffset At, double CpuSeconds);

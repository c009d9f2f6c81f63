using System.Text.Json.Serialization;

namespace Yunhe.Core.Control;

using Yunhe.Core.Accounts;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling;
using Yunhe.Core.Scheduling.Forecasts;
using Yunhe.Core.Scheduling.Reserving;
using Yunhe.Core.Scheduling.Shares;
using Yunhe.Core.Workloads;

/// <summary>A fact. Stored in order, except volatile ones, which engines tell again after a restart.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "$")]
[JsonDerivedType(typeof(NetworkCreated), "network-created")]
[JsonDerivedType(typeof(SiteAdded), "site-added")]
[JsonDerivedType(typeof(SiteEdited), "site-edited")]
[JsonDerivedType(typeof(SiteRemoved), "site-removed")]
[JsonDerivedType(typeof(QuoteIssued), "quote-issued")]
[JsonDerivedType(typeof(WorkloadSubmitted), "workload-submitted")]
[JsonDerivedType(typeof(WorkloadReleased), "workload-released")]
[JsonDerivedType(typeof(WorkloadHeld), "workload-held")]
[JsonDerivedType(typeof(CancelRequested), "cancel-requested")]
[JsonDerivedType(typeof(AttemptPlaced), "attempt-placed")]
[JsonDerivedType(typeof(AttemptStaged), "attempt-staged")]
[JsonDerivedType(typeof(AttemptStarted), "attempt-started")]
[JsonDerivedType(typeof(AttemptCancelling), "attempt-cancelling")]
[JsonDerivedType(typeof(AttemptRecalled), "attempt-recalled")]
[JsonDerivedType(typeof(AttemptEnded), "attempt-ended")]
[JsonDerivedType(typeof(AttemptCleared), "attempt-cleared")]
[JsonDerivedType(typeof(AttemptCollected), "attempt-collected")]
[JsonDerivedType(typeof(CheckpointTaken), "checkpoint-taken")]
[JsonDerivedType(typeof(CheckpointNotTaken), "checkpoint-not-taken")]
[JsonDerivedType(typeof(TaskRequeued), "task-requeued")]
[JsonDerivedType(typeof(TaskEnded), "task-ended")]
[JsonDerivedType(typeof(UnstartedEnded), "unstarted-ended")]
[JsonDerivedType(typeof(ProjectSet), "project-set")]
[JsonDerivedType(typeof(ProjectRemoved), "project-removed")]
[JsonDerivedType(typeof(SharePolicySet), "share-policy-set")]
[JsonDerivedType(typeof(WorkloadForgotten), "workload-forgotten")]
[JsonDerivedType(typeof(FacilitySet), "facility-set")]
[JsonDerivedType(typeof(FacilityRemoved), "facility-removed")]
[JsonDerivedType(typeof(SiteMeasured), "site-measured")]
[JsonDerivedType(typeof(ReservationAdded), "reservation-added")]
[JsonDerivedType(typeof(ReservationBegan), "reservation-began")]
[JsonDerivedType(typeof(ReservedNodeReplaced), "reserved-node-replaced")]
[JsonDerivedType(typeof(ReservationEnded), "reservation-ended")]
public abstract record Event(DateTimeOffset At)
{
    [JsonIgnore]
    public virtual bool Volatile => false;
}

public sealed record NetworkCreated(DateTimeOffset At, string Id) : Event(At);

public sealed record SiteAdded(DateTimeOffset At, Site Site) : Event(At);

public sealed record SiteEdited(DateTimeOffset At, Site Site) : Event(At);

public sealed record SiteRemoved(DateTimeOffset At, string Site) : Event(At);

/// <summary>Volatile: capacity and queue of a site as its engine saw them.</summary>
public sealed record SiteObserved(DateTimeOffset At, string Site, SiteReport Report) : Event(At)
{
    public override bool Volatile => true;
}

/// <summary>Volatile: the engine of a site did not answer.</summary>
public sealed record SiteWentAway(DateTimeOffset At, string Site, string Problem) : Event(At)
{
    public override bool Volatile => true;
}

public sealed record QuoteIssued(DateTimeOffset At, Quote Quote) : Event(At);

public sealed record WorkloadSubmitted(
    DateTimeOffset At, WorkloadId Workload, WorkloadSpec Spec, string Owner, string? IdempotencyKey, string SpecHash) : Event(At)
{
    public string? QuoteId { get; init; }

    public string? BoundSite { get; init; }

    public PriceBook? BoundPrices { get; init; }

    /// <summary>True: it may run at once. False: it waits for its dependencies.</summary>
    public bool Released { get; init; }

    /// <summary>When it was foretold to start; null: at once, or it was not asked. Kept of some only.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Foretold? Foretold { get; init; }
}

/// <summary>What it waited for has happened. <c>Task</c> null: for all tasks.</summary>
public sealed record WorkloadReleased(DateTimeOffset At, WorkloadId Workload, TaskId? Task) : Event(At);

/// <summary>It could start, but waits until then for a cheaper or cleaner hour. <c>Why</c> is for people.</summary>
public sealed record WorkloadHeld(DateTimeOffset At, WorkloadId Workload, DateTimeOffset Until, string Why) : Event(At);

public sealed record CancelRequested(DateTimeOffset At, WorkloadId Workload, string By) : Event(At);

public sealed record AttemptPlaced(
    DateTimeOffset At,
    AttemptId Attempt,
    string Site,
    string Pool,
    Requirement Requirement,
    IReadOnlyList<string> Nodes,
    Terms Terms,
    Decision Decision) : Event(At)
{
    /// <summary>For each node the accelerators, a bit each, where Yunhe chose them; null: it did not, as before there were shares.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ulong>? Cards { get; init; }
}

public sealed record AttemptStaged(DateTimeOffset At, AttemptId Attempt, string? EngineJob, string Detail, int Restarts) : Event(At);

public sealed record AttemptStarted(DateTimeOffset At, AttemptId Attempt, string? EngineJob, IReadOnlyList<string> Nodes, string Detail)
    : Event(At);

/// <summary>The control plane has asked the engine to end it.</summary>
public sealed record AttemptCancelling(DateTimeOffset At, AttemptId Attempt, FailureReason Reason) : Event(At)
{
    /// <summary>Where it is preempted: the task that it gives way to.</summary>
    public TaskId? GivesWayTo { get; init; }
}

/// <summary>The control plane has asked the engine to end it if it still waits there, since there is room at <c>Site</c> and <c>Pool</c>.</summary>
public sealed record AttemptRecalled(DateTimeOffset At, AttemptId Attempt, string Site, string Pool) : Event(At);

/// <summary>It holds nothing at the site any more but its files. <c>At</c> is when it ended.</summary>
public sealed record AttemptEnded(
    DateTimeOffset At, AttemptId Attempt, int? ExitCode, int? Signal, FailureReason? Failure, string Detail, UsageRecord? Usage)
    : Event(At)
{
    /// <summary>True: nothing of it is at the site, so there is nothing to bring back.</summary>
    public bool NothingLeft { get; init; }

    /// <summary>True: given up without the site's word, which <see cref="AttemptCleared"/> brings.</summary>
    public bool Unconfirmed { get; init; }
}

/// <summary>The site has confirmed that one that was given up uses nothing there any more.</summary>
public sealed record AttemptCleared(DateTimeOffset At, AttemptId Attempt) : Event(At);

public sealed record AttemptCollected(DateTimeOffset At, AttemptId Attempt, string Detail) : Event(At);

/// <summary>A copy of its checkpoint folder lies at the server, and takes the place of the one before.</summary>
public sealed record CheckpointTaken(DateTimeOffset At, Checkpoint Checkpoint) : Event(At);

/// <summary>The copy before, if there was one, stays. Told once for each problem; null: it is over, and the copy before is still the newest.</summary>
public sealed record CheckpointNotTaken(DateTimeOffset At, AttemptId Attempt, string? Problem) : Event(At);

/// <summary>Tried again, from the queue, not before <c>NotBefore</c>.</summary>
public sealed record TaskRequeued(DateTimeOffset At, TaskId Task, FailureReason Reason, DateTimeOffset NotBefore, string Detail) : Event(At);

/// <summary><c>Outcome</c> is Succeeded, Failed or Cancelled.</summary>
public sealed record TaskEnded(DateTimeOffset At, TaskId Task, Phase Outcome, FailureReason? Reason, string Detail) : Event(At);

/// <summary>All tasks of a workload that never left the queue end together.</summary>
public sealed record UnstartedEnded(DateTimeOffset At, WorkloadId Workload, Phase Outcome, FailureReason? Reason, string Detail) : Event(At);

/// <summary>A project was declared, or declared anew.</summary>
public sealed record ProjectSet(DateTimeOffset At, Project Project) : Event(At);

public sealed record ProjectRemoved(DateTimeOffset At, string Project) : Event(At);

public sealed record SharePolicySet(DateTimeOffset At, SharePolicy Policy) : Event(At);

/// <summary>A facility of the census was declared, or declared anew.</summary>
public sealed record FacilitySet(DateTimeOffset At, Facility Facility) : Event(At);

public sealed record FacilityRemoved(DateTimeOffset At, string Facility) : Event(At);

/// <summary>A benchmark has measured a pool; what was measured there before counts no more.</summary>
public sealed record SiteMeasured(DateTimeOffset At, SiteMeasurement Measurement) : Event(At);

/// <summary>An ended workload is not kept any more; of its usage only the totals by day, owner and site.</summary>
/// <param name="Attempts">All that it had.</param>
public sealed record WorkloadForgotten(DateTimeOffset At, WorkloadId Workload, IReadOnlyList<AttemptId> Attempts) : Event(At)
{
    /// <summary>True: not even the totals (a simulation, whose outcomes are written out).</summary>
    public bool UsageDropped { get; init; }
}

public sealed record ReservationAdded(DateTimeOffset At, Reservation Reservation) : Event(At);

/// <summary>Its time has come: its nodes are its project's.</summary>
public sealed record ReservationBegan(DateTimeOffset At, string Reservation) : Event(At);

/// <summary>A node of one that has begun is down, and another of its pool has taken its place.</summary>
/// <param name="Node">Number of the one that is down, from 1.</param>
/// <param name="By">Number of the other.</param>
public sealed record ReservedNodeReplaced(DateTimeOffset At, string Reservation, int Node, int By) : Event(At);

/// <summary>It is over, or was removed. <c>Use</c> null: it never began.</summary>
public sealed record ReservationEnded(DateTimeOffset At, string Reservation, ReservationUse? Use) : Event(At);

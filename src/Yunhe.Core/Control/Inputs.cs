namespace Yunhe.Core.Control;

using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Reserving;
using Yunhe.Core.Scheduling.Shares;
using Yunhe.Core.Workloads;

/// <summary>Anything that happens.</summary>
public abstract record Input;

/// <summary>The first start of a network: gives it its ID.</summary>
public sealed record CreateNetwork : Input;

public sealed record AddSite(Site Site) : Input;

/// <summary>Replaces what the operator declared. <c>IfRevision</c> null: whatever the revision is.</summary>
public sealed record EditSite(Site Site, int? IfRevision) : Input;

public sealed record DrainSite(string Site, bool Drained) : Input;

public sealed record RemoveSite(string Site) : Input;

public sealed record RequestQuote(WorkloadSpec Spec, string Owner) : Input;

/// <summary>The same key from the same owner with the same workload is answered with the workload that it made the first time.</summary>
public sealed record Submit(WorkloadSpec Spec, string Owner, string? IdempotencyKey, string? QuoteId) : Input;

public sealed record Cancel(WorkloadId Workload, string By) : Input;

/// <summary>Declares a project, or replaces what was declared of it.</summary>
public sealed record SetProject(Project Project) : Input;

public sealed record RemoveProject(string Project) : Input;

public sealed record SetSharePolicy(SharePolicy Policy) : Input;

/// <summary>Declares facilities of the census, or replaces what was declared of them. <c>Replace</c>: all that are not named are removed.</summary>
public sealed record SetFacilities(IReadOnlyList<Facility> Facilities, bool Replace) : Input;

public sealed record RemoveFacility(string Facility) : Input;

/// <summary>What a job has measured at a site.</summary>
public sealed record RecordMeasurement(SiteMeasurement Measurement) : Input;

/// <summary>Reserves nodes of a pool that Yunhe packs.</summary>
public sealed record AddReservation(ReservationSpec Reservation) : Input;

public sealed record RemoveReservation(string Name) : Input;

/// <summary>An engine's look at its site.</summary>
public sealed record Observe(string Site, SiteReport Report) : Input;

/// <summary>An engine did not answer.</summary>
public sealed record ReportUnreachable(string Site, string Problem) : Input;

public sealed record AttemptAccepted(AttemptId Attempt, string? EngineJob, string Detail) : Input;

public sealed record AttemptRefused(AttemptId Attempt, FailureReason Reason, string Detail) : Input;

public sealed record AttemptNotStarted(AttemptId Attempt, string Detail) : Input;

/// <summary>Logs and outputs lie at the server (or could not be had: <c>Detail</c> says why).</summary>
public sealed record AttemptBroughtBack(AttemptId Attempt, string Detail) : Input;

/// <summary>A copy of its checkpoint folder lies at the server.</summary>
/// <param name="SeenAt">When the folder was as it was copied.</param>
/// <param name="AtEnd">The attempt had ended by then.</param>
public sealed record CheckpointStored(AttemptId Attempt, string Sha256, long Bytes, DateTimeOffset SeenAt, bool AtEnd) : Input;

/// <summary>Its checkpoint folder can't be copied as it is.</summary>
public sealed record CheckpointMissed(AttemptId Attempt, string Problem, bool AtEnd) : Input;

/// <summary>A cancel or forget was told to the engine.</summary>
public sealed record EffectDone(Effect Effect) : Input;

/// <summary>Workloads that ended before a time need not be kept. Given now and then by the host, which knows for how long it keeps them.</summary>
public sealed record ForgetEnded(DateTimeOffset Before) : Input
{
    /// <summary>True: what they used is not kept as totals either.</summary>
    public bool DropUsage { get; init; }
}

/// <summary>Time has passed: timers are due, and what waits is placed. Given after every batch of inputs and at least every second.</summary>
public sealed record Tick : Input;

using Yunhe.Contracts;
using Yunhe.Core.Control;
using Yunhe.Core.Workloads;
using Yunhe.Server.Control;
using Yunhe.Storage;

namespace Yunhe.Server.Mapping;

/// <summary>Stored events as watchers see them. Made of the event alone, so that live and from the log they are the same.</summary>
internal static class Changes
{
    public static ChangeView ViewOf(StoredEvent stored)
    {
        var view = new ChangeView { Version = stored.Version, At = stored.Fact.At, Kind = StoreJson.KindOf(stored.Fact) };
        return stored.Fact switch
        {
            SiteAdded e => view with { Site = e.Site.Name },
            SiteEdited e => view with { Site = e.Site.Name },
            SiteRemoved e => view with { Site = e.Site },
            ProjectSet e => view with { Detail = e.Project.Name },
            ProjectRemoved e => view with { Detail = e.Project },
            FacilitySet e => view with { Detail = e.Facility.Name },
            FacilityRemoved e => view with { Detail = e.Facility },
            SiteMeasured e => Of(view, e.Measurement.Workload, null, e.Measurement.Pool) with { Site = e.Measurement.Site },
            QuoteIssued e => view with { Site = e.Quote.Best?.Site, Detail = e.Quote.Id },
            WorkloadSubmitted e => Of(view, e.Workload, e.Released ? Phase.Queued : Phase.Submitted, e.Spec.Name),
            WorkloadReleased { Task: { } task } => Of(view, task, Phase.Queued),
            WorkloadReleased e => Of(view, e.Workload, Phase.Queued),
            WorkloadHeld e => Of(view, e.Workload, Phase.Queued, $"waits until {e.Until:u}: {e.Why}"),
            CancelRequested e => Of(view, e.Workload, null, $"by {e.By}"),
            AttemptPlaced e => Of(view, e.Attempt, Phase.Placed) with { Site = e.Site },
            AttemptStaged e => Of(view, e.Attempt, Phase.Staging, e.Detail),
            AttemptStarted e => Of(view, e.Attempt, Phase.Running, e.Detail),
            AttemptCancelling e => Of(view, e.Attempt, null, e.GivesWayTo is { } other ? $"gives way to {other}" : e.Reason.Word()),
            AttemptRecalled e => Of(view, e.Attempt, null, $"waits too long; there is room at {e.Site}"),
            AttemptEnded e => Of(view, e.Attempt, Phase.Finishing, e.Detail),
            AttemptCollected e => Of(view, e.Attempt, null, e.Detail),
            CheckpointTaken e => Of(view, e.Checkpoint.From, null, $"checkpoint of {e.Checkpoint.Bytes} bytes copied"),
            CheckpointNotTaken e => Of(view, e.Attempt, null, e.Problem ?? "the checkpoint folder can be copied again"),
            TaskRequeued e => Of(view, e.Task, Phase.Queued, e.Detail),
            TaskEnded e => Of(view, e.Task, e.Outcome, e.Detail),
            UnstartedEnded e => Of(view, e.Workload, e.Outcome, e.Detail),
            ReservationAdded e => view with { Site = e.Reservation.Of.Site, Detail = e.Reservation.Name },
            ReservationBegan e => view with { Detail = e.Reservation },
            ReservedNodeReplaced e => view with { Detail = $"{e.Reservation}: node {e.By} takes the place of node {e.Node}, which is down" },
            ReservationEnded e => view with { Site = e.Use?.Site, Detail = e.Reservation },
            WorkloadForgotten e => Of(view, e.Workload, null),
            _ => view,
        };
    }

    private static ChangeView Of(ChangeView view, AttemptId attempt, Phase? phase, string detail = "") =>
        Of(view, attempt.Task, phase, detail) with { Attempt = attempt.ToString() };

    private static ChangeView Of(ChangeView view, TaskId task, Phase? phase, string detail = "") =>
        Of(view, task.Workload, phase, detail) with { Task = task.ToString() };

    private static ChangeView Of(ChangeView view, WorkloadId workload, Phase? phase, string detail = "") =>
        view with { Workload = workload.ToString(), Phase = phase?.Word(), Detail = detail.OrNull() };
}

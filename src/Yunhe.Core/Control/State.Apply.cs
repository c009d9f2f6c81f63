namespace Yunhe.Core.Control;

using Yunhe.Core.Network;
using Yunhe.Core.Scheduling;
using Yunhe.Core.Workloads;

public sealed partial class State
{
    /// <summary>Changes the state by one fact. The only way that it changes, live and in replay alike.</summary>
    public void Apply(Event fact)
    {
        switch (fact)
        {
            case NetworkCreated e: Network = e.Id; break;
            case SiteAdded e: sites.Add(new(e.Site)); pools.Invalidate(); ResetCapacity(sites[e.Site.Name]); break;
            case SiteEdited e: Edit(e); break;
            case SiteRemoved e: Remove(e); break;
            case SiteObserved e: Observe(e); break;
            case SiteWentAway e: WentAway(e); break;
            case QuoteIssued e: Issue(e); break;
            case WorkloadSubmitted e: Add(e); break;
            case WorkloadReleased e: Release(e); break;
            case WorkloadHeld e: Hold(e); break;
            case CancelRequested e: workloads[e.Workload] = workloads[e.Workload] with { CancelRequested = true }; break;
            case AttemptPlaced e: Place(e); break;
            case AttemptStaged e: Stage(e); break;
            case AttemptStarted e: Start(e); break;
            case AttemptCancelling e: Cancel(e); break;
            case AttemptRecalled e: CallBack(e); break;
            case AttemptEnded e: End(e); break;
            case AttemptCleared e: Clear(e); break;
            case AttemptCollected e: Collect(e); break;
            case CheckpointTaken e: Take(e); break;
            case CheckpointNotTaken e: NotTaken(e); break;
            case TaskRequeued e: Requeue(e); break;
            case TaskEnded e: End(e); break;
            case UnstartedEnded e: End(e); break;
            case ProjectSet e: shares.Set(e.Project); ready.Touch(); break;
            case ProjectRemoved e: shares.Remove(e.Project); break;
            case SharePolicySet e: SetPolicy(e.Policy); break;
            case WorkloadForgotten e: Forget(e); break;
            case FacilitySet e: facilities[e.Facility.Name] = e.Facility; break;
            case FacilityRemoved e: facilities.Remove(e.Facility); break;
            case SiteMeasured e: measurements[(e.Measurement.Site, e.Measurement.Pool)] = new(e.At, e.Measurement); break;
            case ReservationAdded e: Reserve(e); break;
            case ReservationBegan e: Begin(e); break;
            case ReservedNodeReplaced e: Replace(e); break;
            case ReservationEnded e: End(e); break;
            default: throw new NotSupportedException($"no rule for {fact.GetType().Name}");
        }
        if (!fact.Volatile) Version++;
    }

    private void Edit(SiteEdited e)
    {
        var before = sites[e.Site.Name];
        // What another engine has reported, or what was measured on other machines, says nothing of this one.
        var same = before.Site.HasSameMachines(e.Site);
        sites[e.Site.Name] = same ? before with { Site = e.Site } : new(e.Site);
        if (!same) ForgetMeasurements(e.Site.Name);
        pools.Invalidate();
        ResetCapacity(sites[e.Site.Name]);
    }

    private void Remove(SiteRemoved e)
    {
        foreach (var pool in sites[e.Site].Pools) loads.Remove((e.Site, pool.Name));
        sites.Remove(e.Site);
        ForgetMeasurements(e.Site);
        pools.Invalidate();
        shares.SetCapacity(e.Site, []);
        packing.SetPools(e.Site, []);
        ready.Touch();
    }

    private void Observe(SiteObserved e)
    {
        var site = sites[e.Site];
        sites[e.Site] = site with
        {
            Report = e.Report with { Attempts = [] },
            ReportedAt = e.At,
            Counted = !site.Site.Engine.SchedulesItself ? [] : [.. e.Report.Attempts.Where(a => a.Phase is EnginePhase.Pending or EnginePhase.Running).Select(a => a.Attempt)],
            AwaySince = null,
            Problem = "",
        };
        // Named nodes are Yunhe's own count; a report tells nothing new of them, except which are down and that the site is there.
        if (site.Site.Engine.SchedulesItself)
        {
            if (!site.Pools.SequenceEqual(sites[e.Site].Pools, Pool.SameShape)) pools.Invalidate();
            ResetCapacity(sites[e.Site]);
        }
        else if (!site.DownNodes.SequenceEqual(sites[e.Site].DownNodes)) ResetCapacity(sites[e.Site]);
        else if (site.Report is null || site.AwaySince is not null) Reopen(sites[e.Site]);
    }

    private void WentAway(SiteWentAway e)
    {
        // Who waits for it may go elsewhere.
        if (sites[e.Site].AwaySince is null) ready.Touch();
        sites[e.Site] = sites[e.Site] with { AwaySince = sites[e.Site].AwaySince ?? e.At, Problem = e.Problem };
    }

    private void Issue(QuoteIssued e)
    {
        while (quotes.Count > 0 && quotes.First().Value is var old && (old.ValidUntil < e.At || quotes.Count >= MostQuotes)) quotes.Remove(old.Id);
        quotes[e.Quote.Id] = e.Quote;
        LastQuote++;
    }

    private void Add(WorkloadSubmitted e)
    {
        var count = e.Spec.Array?.Indices.Count ?? 1;
        var workload = new Workload
        {
            Id = e.Workload,
            Spec = e.Spec,
            Owner = e.Owner,
            SubmittedAt = e.At,
            QueuedAt = e.Released ? e.At : null,
            Counts = default(PhaseCounts).Add(e.Released ? Phase.Queued : Phase.Submitted, count),
            Unstarted = count,
            IdempotencyKey = e.IdempotencyKey,
            SpecHash = e.SpecHash,
            QuoteId = e.QuoteId,
            BoundSite = e.BoundSite,
            BoundPrices = e.BoundPrices,
            Foretold = e.Foretold,
            Handicap = HandicapOf(e.Owner, e.Spec.Project ?? Scheduling.Shares.Project.Default, e.Spec),
            Needs = ready.Shared(RequirementClass.Of(e.Spec, e.BoundSite)),
        };
        workloads.Add(workload.Id, workload);
        LastWorkload = Math.Max(LastWorkload, e.Workload.Number);
        IndexNew(workload);
        packing.HandedIn(e.Spec.Requirements);
        if (e.Foretold is { } foretold) forecasts.Keep(e.Workload, foretold, e.At);
    }

    private void Release(WorkloadReleased e)
    {
        var workload = workloads[e.Workload];
        if (e.Task is { } id)
        {
            tasks.Add(id, new(id, Phase.Queued));
            workload = workload with { Unstarted = workload.Unstarted - 1, Counts = workload.Counts.Move(Phase.Submitted, Phase.Queued) };
            workloads[e.Workload] = workload;
            Enqueue(workload, tasks[id]);
            return;
        }
        var waiting = workload.Counts.Submitted;
        StopWaiting(workload);
        workload = workload with
        {
            QueuedAt = e.At, Counts = workload.Counts.Add(Phase.Submitted, -waiting).Add(Phase.Queued, waiting),
        };
        workloads[e.Workload] = workload;
        EnqueueFresh(workload);
    }

    private void Hold(WorkloadHeld e)
    {
        var workload = workloads[e.Workload];
        DequeueFresh(workload);
        workloads[e.Workload] = workload with { Held = new(e.Until, e.Why) };
        EnqueueFresh(workloads[e.Workload]);
    }
}

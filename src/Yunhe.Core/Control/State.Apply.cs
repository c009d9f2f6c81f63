using System.Collections.Immutable;

namespace Yunhe.Core.Control;

using Yunhe.Core.Network;
using Yunhe.Core.Scheduling;
using Yunhe.Core.Units;
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
            case SiteRemoved e: sites.Remove(e.Site); ForgetMeasurements(e.Site); capacities.Remove(e.Site); pools.Invalidate(); shares.SetCapacity(e.Site, []); break;
            case SiteObserved e: Observe(e); break;
            case SiteWentAway e: WentAway(e); break;
            case QuoteIssued e: Issue(e); break;
            case WorkloadSubmitted e: Add(e); break;
            case WorkloadReleased e: Release(e); break;
            case WorkloadHeld e: Hold(e); break;
            case CancelRequested e: workloads[e.Workload] = workloads[e.Workload] with { CancelRequested = true }; break;
            case AttemptPlaced e: Place(e); break;
            case AttemptStaged e: Advance(e.Attempt, Phase.Staging, a => a with
            {
                StagedAt = a.StagedAt ?? e.At, StoppedAt = a.Phase == Phase.Running ? e.At : a.StoppedAt, EngineJob = e.EngineJob ?? a.EngineJob, Detail = e.Detail, Restarts = e.Restarts,
            }); break;
            case AttemptStarted e: Start(e); break;
            case AttemptCancelling e: Change(e.Attempt, a => a with { CancelSent = true, CancelReason = a.CancelReason ?? e.Reason, GivesWay = e.GivesWayTo is { } to ? new(to, e.At) : a.GivesWay }); break;
            case AttemptRecalled e: Change(e.Attempt, a => a with { Recall = new(e.At, e.Site, e.Pool) }); break;
            case AttemptEnded e: End(e); break;
            case AttemptCleared e: Change(e.Attempt, a => a with { Unconfirmed = false }); Vacate(Attempt(e.Attempt)!); break;
            case AttemptCollected e: Collect(e); break;
            case CheckpointTaken e: Take(e); break;
            case CheckpointNotTaken e: Change(e.Attempt, a => a with { CheckpointProblem = e.Problem }); break;
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

    private void Observe(SiteObserved e)
    {
        var site = sites[e.Site];
        sites[e.Site] = site with
        {
            Report = e.Report with { Attempts = [] },
            ReportedAt = e.At,
            Counted = [.. e.Report.Attempts.Where(a => a.Phase is EnginePhase.Pending or EnginePhase.Running).Select(a => a.Attempt)],
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

    private void WentAway(SiteWentAway e) =>
        sites[e.Site] = sites[e.Site] with { AwaySince = sites[e.Site].AwaySince ?? e.At, Problem = e.Problem };

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
        };
        workloads.Add(workload.Id, workload);
        LastWorkload = Math.Max(LastWorkload, e.Workload.Number);
        IndexNew(workload);
        packing.Arrived(PackedPool.Request(e.Spec.Requirements[0].PerNode));
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

    private void Place(AttemptPlaced e)
    {
        var workload = workloads[e.Attempt.Task.Workload];
        var attempt = new Attempt(e.Attempt, e.Site, e.Pool, e.Requirement, e.Terms, e.Decision) { Nodes = e.Nodes, Cards = e.Cards, PlacedAt = e.At };
        if (Task(e.Attempt.Task) is { } task)
        {
            attempt = attempt with { ResumesFrom = task.Checkpoint };
            Dequeue(workload, task);
            task = task with { Phase = task.Phase.To(Phase.Placed, task.Id), Attempts = task.Attempts.Add(attempt), NotBefore = null };
            workload = Recount(workload, Phase.Queued, Phase.Placed, workload.Unstarted);
        }
        else
        {
            task = new(e.Attempt.Task, Phase.Placed) { Attempts = [attempt] };
            workload = Recount(workload, Phase.Queued, Phase.Placed, workload.Unstarted - 1);
        }
        tasks[task.Id] = task;
        Placed(workload, attempt);
        foreach (var victim in claims.Serve(this, task.Id, e.Site, e.Pool)) Change(victim, a => a with { GivesWay = a.GivesWay! with { Served = true } });
        workloads[workload.Id] = workload with { Committed = workload.Committed + ExpectedCost(attempt) };
        Occupy(attempt, workload.Spec.Nodes);
        if (!sites[e.Site].Site.Engine.SchedulesItself) Began(e.Attempt.Task.Workload, e.At, TimeSpan.Zero);
    }

    /// <summary>What was foretold of its start is held against it.</summary>
    private void Began(WorkloadId id, DateTimeOffset at, TimeSpan staging)
    {
        var workload = workloads[id];
        if (workload.Foretold is null) return;
        forecasts.Started(id, at, at - workload.SubmittedAt - staging);
        workloads[id] = workload with { Foretold = null };
    }

    private static Money ExpectedCost(Attempt attempt) => attempt.Decision.Candidates[0].Cost;

    private void Start(AttemptStarted e)
    {
        Advance(e.Attempt, Phase.Running, a => a.BeganAnew(e.At) with
        {
            StagedAt = a.StagedAt ?? e.At,
            EngineJob = e.EngineJob ?? a.EngineJob,
            // Where Yunhe packed the nodes, they are what it said.
            Nodes = sites[a.Site].Site.Engine.SchedulesItself ? e.Nodes : a.Nodes,
            Detail = e.Detail,
        });
        var workload = workloads[e.Attempt.Task.Workload];
        workloads[workload.Id] = workload with { StartedAt = workload.StartedAt ?? e.At };
        var attempt = Attempt(e.Attempt)!;
        Began(workload.Id, e.At, attempt.Decision.Candidates[0].Staging);
        if (!sites[attempt.Site].Site.Engine.SchedulesItself) ends.Set(attempt, workload.Spec.TimeLimit);
    }

    private void End(AttemptEnded e)
    {
        Advance(e.Attempt, Phase.Finishing, a => a with
        {
            StartedAt = e.Usage?.StartedAt ?? a.StartedAt,
            EndedAt = e.At,
            ExitCode = e.ExitCode,
            Signal = e.Signal,
            Failure = e.Failure,
            Detail = e.Detail,
            Usage = e.Usage,
            Collected = e.NothingLeft,
            Unconfirmed = e.Unconfirmed,
        });
        var attempt = Attempt(e.Attempt)!;
        if (!e.Unconfirmed) Vacate(attempt);
        if (!e.NothingLeft) sites[attempt.Site] = sites[attempt.Site] with { Finishing = sites[attempt.Site].Finishing.Add(attempt.Id) };
        var workload = workloads[e.Attempt.Task.Workload];
        workload = workloads[workload.Id] = workload with { Committed = workload.Committed - ExpectedCost(attempt) };
        if (e.Usage is not { } used) return;
        if (reserved.Any) UseReserved(attempt, used.StartedAt, used.EndedAt);
        Record(used);
        workloads[workload.Id] = workload with
        {
            StartedAt = workload.StartedAt ?? used.StartedAt,
            Cost = workload.Cost + used.Cost,
            Energy = workload.Energy + used.Energy,
            Carbon = workload.Carbon + used.Carbon,
        };
        // What went on from a checkpoint tells nothing of a whole run.
        if (attempt.ResumesFrom is null) Learn(used);
    }

    private void Collect(AttemptCollected e)
    {
        Change(e.Attempt, a => a with
        {
            Collected = true,
            Detail = string.Join("; ", new[] { a.Detail, e.Detail }.Where(d => d.Length > 0)),
        });
        var site = sites[Attempt(e.Attempt)!.Site];
        sites[site.Site.Name] = site with { Finishing = site.Finishing.Remove(e.Attempt) };
    }

    private void Take(CheckpointTaken e)
    {
        Change(e.Checkpoint.From, a => a with { CheckpointProblem = null });
        var id = e.Checkpoint.From.Task;
        tasks[id] = tasks[id] with { Checkpoint = e.Checkpoint };
    }

    private void Requeue(TaskRequeued e)
    {
        var task = tasks[e.Task];
        var siteFault = e.Reason.IsSiteFault();
        var nobodys = task.Current is { GivesWay: not null } || e.Reason == FailureReason.SpilledOver;
        Move(task with
        {
            NotBefore = e.NotBefore,
            Failure = e.Reason,
            Detail = e.Detail,
            SiteFailures = task.FaultsInVain + (siteFault && !nobodys ? 1 : 0),
            ProgramFailures = task.ProgramFailures + (siteFault || nobodys ? 0 : 1),
        }, Phase.Queued);
        Enqueue(workloads[e.Task.Workload], tasks[e.Task]);
    }

    private void End(TaskEnded e)
    {
        var task = tasks[e.Task];
        if (task.Phase == Phase.Queued) Dequeue(workloads[e.Task.Workload], task);
        Move(task with { Failure = e.Reason, Detail = e.Detail, NotBefore = null, Checkpoint = e.Outcome == Phase.Succeeded ? null : task.Checkpoint }, e.Outcome);
        if (task.Current is { } attempt) Change(attempt.Id, a => a with { Phase = e.Outcome });
        Close(workloads[e.Task.Workload], e.At);
    }

    private void End(UnstartedEnded e)
    {
        var workload = workloads[e.Workload];
        DequeueFresh(workload);
        var from = workload.QueuedAt is null ? Phase.Submitted : Phase.Queued;
        var counts = workload.Counts.Add(from, -workload.Unstarted).Add(e.Outcome, workload.Unstarted);
        workloads[e.Workload] = workload with { Counts = counts, Unstarted = 0, Rest = new(e.Outcome, e.Reason, e.Detail) };
        Close(workloads[e.Workload], e.At);
    }

    private void Close(Workload workload, DateTimeOffset at)
    {
        if (workload.Counts.Ended < workload.TaskCount) return;
        if (workload.EndedAt is not null) throw new IllegalTransitionException($"{workload.Id} ends twice");
        forecasts.Forget(workload.Id);
        workloads[workload.Id] = workload with { EndedAt = at, Foretold = null };
        ended.Add((at, workload.Id));
        Unended--;
        Forget(workload);
    }

    private void Advance(AttemptId id, Phase to, Func<Attempt, Attempt> change)
    {
        var task = tasks[id.Task];
        if (task.Current?.Id != id) throw new IllegalTransitionException($"{id} is not the current attempt of {task.Id}");
        if (task.Phase != to) Move(task, to);
        Change(id, a => change(a) with { Phase = to });
    }

    private void Change(AttemptId id, Func<Attempt, Attempt> change)
    {
        var task = tasks[id.Task];
        var (before, after) = (task.Attempts[id.Number - 1], change(task.Attempts[id.Number - 1]));
        tasks[id.Task] = task with { Attempts = task.Attempts.SetItem(id.Number - 1, after) };
        Changed(before, after);
    }

    private void Move(WorkTask task, Phase to)
    {
        var workload = workloads[task.Id.Workload];
        tasks[task.Id] = task with { Phase = task.Phase.To(to, task.Id) };
        Recount(workload, task.Phase, to, workload.Unstarted);
    }

    /// <summary>Keeps the workload's place in the queue in step with its counts.</summary>
    private Workload Recount(Workload workload, Phase from, Phase to, int unstarted)
    {
        DequeueFresh(workload);
        var changed = workload with { Counts = workload.Counts.Move(from, to), Unstarted = unstarted };
        workloads[workload.Id] = changed;
        EnqueueFresh(changed);
        return changed;
    }
}

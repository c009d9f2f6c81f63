using System.Collections.Immutable;

namespace Yunhe.Core.Control;

using Yunhe.Core.Network;
using Yunhe.Core.Scheduling;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;

/// <summary>What becomes of tasks and their attempts. A fact changes each record that it touches once: records are large, and copied whole.</summary>
public sealed partial class State
{
    private void Place(AttemptPlaced e)
    {
        var (before, task) = (workloads[e.Attempt.Task.Workload], Task(e.Attempt.Task));
        var attempt = new Attempt(e.Attempt, e.Site, e.Pool, e.Requirement, e.Terms, e.Decision) { Nodes = e.Nodes, Cards = e.Cards, PlacedAt = e.At, ResumesFrom = task?.Checkpoint };
        if (task is not null) Dequeue(before, task);
        tasks[e.Attempt.Task] = task is null
            ? new(e.Attempt.Task, Phase.Placed) { Attempts = [attempt] }
            : task with { Phase = task.Phase.To(Phase.Placed, task.Id), Attempts = task.Attempts.Add(attempt), NotBefore = null };
        // Where Yunhe packs the nodes it starts at once.
        var starts = !sites[e.Site].Site.Engine.SchedulesItself;
        var workload = before with
        {
            Counts = before.Counts.Move(Phase.Queued, Phase.Placed),
            Unstarted = before.Unstarted - (task is null ? 1 : 0),
            Committed = before.Committed + ExpectedCost(attempt),
            Foretold = starts ? null : before.Foretold,
        };
        Recount(before, workload);
        Placed(workload, attempt);
        foreach (var victim in claims.Serve(this, e.Attempt.Task, e.Site, e.Pool, e.At)) Change(victim, a => a with { GivesWay = a.GivesWay! with { Served = true } });
        Occupy(attempt, workload);
        if (starts) Began(before, e.At, TimeSpan.Zero);
    }

    /// <summary>What was foretold of its start is held against it.</summary>
    private void Began(Workload workload, DateTimeOffset at, TimeSpan staging)
    {
        if (workload.Foretold is not null) forecasts.Started(workload.Id, at, at - workload.SubmittedAt - staging);
    }

    private static Money ExpectedCost(Attempt attempt) => attempt.Decision.Candidates[0].Cost;

    private void Stage(AttemptStaged e) => Advance(e.Attempt, a => a with
    {
        Phase = Phase.Staging,
        StagedAt = a.StagedAt ?? e.At,
        StoppedAt = a.Phase == Phase.Running ? e.At : a.StoppedAt,
        EngineJob = e.EngineJob ?? a.EngineJob,
        Detail = e.Detail,
        Restarts = e.Restarts,
    });

    private void Start(AttemptStarted e)
    {
        var attempt = Advance(e.Attempt, a => a.BeganAnew(e.At) with
        {
            Phase = Phase.Running,
            StagedAt = a.StagedAt ?? e.At,
            EngineJob = e.EngineJob ?? a.EngineJob,
            // Where Yunhe packed the nodes, they are what it said.
            Nodes = sites[a.Site].Site.Engine.SchedulesItself ? e.Nodes : a.Nodes,
            Detail = e.Detail,
        });
        var workload = workloads[e.Attempt.Task.Workload];
        if (workload is not { StartedAt: not null, Foretold: null }) workloads[workload.Id] = workload with { StartedAt = workload.StartedAt ?? e.At, Foretold = null };
        Began(workload, e.At, attempt.Decision.Candidates[0].Staging);
        if (sites.Slot(attempt.Site) is { State.Site.Engine.SchedulesItself: false } slot) slot.Ends.Set(attempt, workload);
    }

    private void End(AttemptEnded e)
    {
        var task = TaskOf(e.Attempt);
        var before = task.Current!;
        var attempt = before with
        {
            Phase = Phase.Finishing,
            StartedAt = e.Usage?.StartedAt ?? before.StartedAt,
            EndedAt = e.At,
            ExitCode = e.ExitCode,
            Signal = e.Signal,
            Failure = e.Failure,
            Detail = e.Detail,
            Usage = e.Usage,
            Collected = e.NothingLeft,
            Unconfirmed = e.Unconfirmed,
        };
        tasks[task.Id] = task with { Phase = Moved(task, Phase.Finishing), Attempts = Replaced(task, attempt) };
        var workload = workloads[task.Id.Workload];
        var (changed, used) = (workload with { Counts = Moved(workload, task, Phase.Finishing), Committed = workload.Committed - ExpectedCost(attempt) }, e.Usage);
        if (used is not null)
            changed = changed with
            {
                StartedAt = changed.StartedAt ?? used.StartedAt, Cost = changed.Cost + used.Cost, Energy = changed.Energy + used.Energy, Carbon = changed.Carbon + used.Carbon,
            };
        Recount(workload, changed);
        Changed(before, attempt);
        if (!e.Unconfirmed) Vacate(attempt);
        if (!e.NothingLeft) sites.Slot(attempt.Site)?.Finishing.Add(attempt.Id);
        if (used is null) return;
        if (reserved.Any) UseReserved(attempt, used.StartedAt, used.EndedAt);
        usage.Add(used.Attempt);
        // What went on from a checkpoint tells nothing of a whole run.
        if (attempt.ResumesFrom is null) Learn(used);
    }

    private void Cancel(AttemptCancelling e) => Change(e.Attempt, a => a with
    {
        CancelSent = true, CancelReason = a.CancelReason ?? e.Reason, GivesWay = e.GivesWayTo is { } to ? new(to, e.At) : a.GivesWay,
    });

    private void CallBack(AttemptRecalled e) => Change(e.Attempt, a => a with { Recall = new(e.At, e.Site, e.Pool) });

    private void Clear(AttemptCleared e) => Vacate(Change(e.Attempt, a => a with { Unconfirmed = false }));

    private void Collect(AttemptCollected e)
    {
        var attempt = Change(e.Attempt, a => a with { Collected = true, Detail = a.Detail.Length > 0 && e.Detail.Length > 0 ? $"{a.Detail}; {e.Detail}" : a.Detail + e.Detail });
        sites.Slot(attempt.Site)?.Finishing.Remove(e.Attempt);
    }

    private void NotTaken(CheckpointNotTaken e) => Change(e.Attempt, a => a with { CheckpointProblem = e.Problem });

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
        var ended = task.Current is { } last ? last with { Phase = nobodys ? Phase.Cancelled : Phase.Failed } : null;
        var queued = tasks[e.Task] = task with
        {
            Phase = task.Phase.To(Phase.Queued, task.Id),
            Attempts = ended is null ? task.Attempts : Replaced(task, ended),
            NotBefore = e.NotBefore,
            Failure = e.Reason,
            Detail = e.Detail,
            SiteFailures = task.FaultsInVain + (siteFault && !nobodys ? 1 : 0),
            ProgramFailures = task.ProgramFailures + (siteFault || nobodys ? 0 : 1),
        };
        var workload = workloads[e.Task.Workload];
        Recount(workload, workload with { Counts = Moved(workload, task, Phase.Queued) });
        if (ended is not null) Changed(task.Current!, ended);
        Enqueue(workload, queued);
    }

    private void End(TaskEnded e)
    {
        var task = tasks[e.Task];
        var workload = workloads[e.Task.Workload];
        if (task.Phase == Phase.Queued) Dequeue(workload, task);
        var after = task.Current is { } attempt ? attempt with { Phase = e.Outcome } : null;
        tasks[e.Task] = task with
        {
            Phase = task.Phase.To(e.Outcome, task.Id),
            Attempts = after is null ? task.Attempts : Replaced(task, after),
            Failure = e.Reason,
            Detail = e.Detail,
            NotBefore = null,
            Checkpoint = e.Outcome == Phase.Succeeded ? null : task.Checkpoint,
        };
        Recount(workload, After(workload, Moved(workload, task, e.Outcome), e.At));
        if (after is not null) Changed(task.Current!, after);
    }

    private void End(UnstartedEnded e)
    {
        var workload = workloads[e.Workload];
        var from = workload.QueuedAt is null ? Phase.Submitted : Phase.Queued;
        var counts = workload.Counts.Add(from, -workload.Unstarted).Add(e.Outcome, workload.Unstarted);
        Recount(workload, After(workload, counts, e.At) with { Unstarted = 0, Rest = new(e.Outcome, e.Reason, e.Detail) });
    }

    /// <summary>With new counts, and its end when all its tasks have ended.</summary>
    private Workload After(Workload workload, PhaseCounts counts, DateTimeOffset at)
    {
        if (counts.Ended < workload.TaskCount) return workload with { Counts = counts };
        if (workload.EndedAt is not null) throw new IllegalTransitionException($"{workload.Id} ends twice");
        forecasts.Forget(workload.Id);
        ended.Add((at, workload.Id));
        Unended--;
        Forget(workload);
        return workload with { Counts = counts, EndedAt = at, Foretold = null };
    }

    /// <param name="id">The current attempt of its task, which moves on with it.</param>
    /// <param name="change">Also of its phase.</param>
    private Attempt Advance(AttemptId id, Func<Attempt, Attempt> change)
    {
        var task = TaskOf(id);
        var (before, after) = (task.Current!, change(task.Current!));
        tasks[id.Task] = task with { Phase = Moved(task, after.Phase), Attempts = Replaced(task, after) };
        var workload = workloads[id.Task.Workload];
        if (task.Phase != after.Phase) Recount(workload, workload with { Counts = Moved(workload, task, after.Phase) });
        Changed(before, after);
        return after;
    }

    private WorkTask TaskOf(AttemptId current) => tasks[current.Task] is { } task && task.Current?.Id == current
        ? task : throw new IllegalTransitionException($"{current} is not the current attempt of {current.Task}");

    private static Phase Moved(WorkTask task, Phase to) => task.Phase == to ? to : task.Phase.To(to, task.Id);

    private static PhaseCounts Moved(Workload workload, WorkTask task, Phase to) => task.Phase == to ? workload.Counts : workload.Counts.Move(task.Phase, to);

    private static ImmutableArray<Attempt> Replaced(WorkTask task, Attempt after) => task.Attempts.SetItem(after.Id.Number - 1, after);

    private Attempt Change(AttemptId id, Func<Attempt, Attempt> change)
    {
        var task = tasks[id.Task];
        var (before, after) = (task.Attempts[id.Number - 1], change(task.Attempts[id.Number - 1]));
        tasks[id.Task] = task with { Attempts = Replaced(task, after) };
        Changed(before, after);
        return after;
    }

    /// <summary>Keeps the workload's place in the queue in step with its counts.</summary>
    private void Recount(Workload before, Workload after)
    {
        DequeueFresh(before);
        workloads[after.Id] = after;
        EnqueueFresh(after);
    }
}

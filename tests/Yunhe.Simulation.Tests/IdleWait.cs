using Yunhe.Core.Control;
using Yunhe.Core.Workloads;

namespace Yunhe.Simulation.Tests;

/// <summary>What must hold at any time: who is first in the queue, and could start at the best site that there is for it, does not go on waiting.</summary>
internal sealed class IdleWait
{
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(20);

    private (WorkloadId Workload, DateTimeOffset Since)? waiting;

    public void Check(Simulator.Simulation simulation)
    {
        if (Who(simulation) is not { } id) waiting = null;
        else if (waiting?.Workload != id) waiting = (id, simulation.Now);
        else if (simulation.Now - waiting.Value.Since > Most)
            throw new InvalidOperationException($"{id} waits since {waiting.Value.Since:T} though it could start, at {simulation.Now:T}");
    }

    /// <summary>The first in the queue, where it could start. Nothing is said where several projects wait, of an array, and of what is on its way out.</summary>
    private static WorkloadId? Who(Simulator.Simulation simulation)
    {
        var (state, now) = (simulation.State, simulation.Now);
        if (state.Waiting == 0) return null;
        var queued = state.WorkloadsBefore().Where(w => w.EndedAt is null && w.Counts.Queued > 0 && !IsDelayed(state, w, now)).ToList();
        var first = queued.MinBy(w => (w.QueuedAt - TimeSpan.FromHours(w.Spec.Priority), w.QueuedAt, w.Id));
        if (first is not { CancelRequested: false, Spec.Array: null } || queued.Exists(w => w.Project != first.Project)) return null;
        return Controller.Evaluate(state, first, now).Candidates is [{ Excluded: null, FreeNow: true }, ..] ? first.Id : null;
    }

    /// <summary>It is in nobody's way until its time has come.</summary>
    private static bool IsDelayed(State state, Workload workload, DateTimeOffset now) =>
        workload.Held?.Until > now || state.TasksOf(workload).Any(t => t.Task is { Phase: Phase.Queued, NotBefore: { } time } && time > now);
}

using Yunhe.Core.Control;
using Yunhe.Core.Workloads;

namespace Yunhe.Simulation.Tests;

/// <summary>What must hold at any time: who alone waits, and could start at the best site that there is for it, does not go on waiting.</summary>
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

    private static WorkloadId? Who(Simulator.Simulation simulation)
    {
        var state = simulation.State;
        if (state.Waiting != 1) return null;
        var queued = state.WorkloadsBefore().Where(w => w.EndedAt is null && w.Counts.Queued > 0).Take(2).ToList();
        if (queued is not [{ CancelRequested: false } only] || only.Spec.Array is not null) return null;
        return Controller.Evaluate(state, only, simulation.Now).Candidates is [{ Excluded: null, FreeNow: true }, ..] ? only.Id : null;
    }
}

namespace Yunhe.Core.Workloads;

/// <summary>All that an engine needs to start one attempt.</summary>
/// <param name="Nodes">The nodes that Yunhe packed it on; empty where the engine schedules itself.</param>
/// <param name="Pool">The pool that was chosen.</param>
public sealed record Launch(AttemptId Attempt, WorkloadSpec Spec, Requirement Requirement, string Pool, IReadOnlyList<string> Nodes)
{
    /// <summary>For each node the accelerators to use, a bit each; null: the engine or the program chooses.</summary>
    public IReadOnlyList<ulong>? Cards { get; init; }

    /// <summary>What its checkpoint folder holds when it begins; null: nothing.</summary>
    public Checkpoint? Checkpoint { get; init; }
}

using Yunhe.Core.Control;
using Yunhe.Core.Workloads;
using Yunhe.Server.Http;

namespace Yunhe.Server.Workloads;

/// <summary>Which attempt of which task a request means, and where it stands.</summary>
/// <param name="Attempt">Null: the task has none yet.</param>
/// <param name="Over">The task has ended: there will be no further attempt.</param>
internal sealed record AttemptChoice(Attempt? Attempt, bool Over)
{
    /// <param name="index">Of a task of an array; null: the only task, or the first.</param>
    /// <param name="number">Of an attempt; null: the latest.</param>
    /// <returns>Null: there is no such workload, task or attempt.</returns>
    public static AttemptChoice? Of(State state, WorkloadId id, int? index, int? number)
    {
        if (state.Workload(id) is not { } workload) return null;
        if (index is { } wanted && workload.Spec.Array?.Indices.Contains(wanted) != true) return null;
        var taskId = index is { } i ? new TaskId(id, i) : workload.TaskAt(0);
        var task = state.Task(taskId);
        var over = task?.Phase.IsTerminal() ?? workload.EndedAt is not null;
        if (number is null) return new(task?.Current, over);
        if (number < 1) return null;
        return state.Attempt(new(taskId, number.Value)) is { } attempt ? new(attempt, over) : null;
    }

    public static ProblemException Missing(WorkloadId id, int? index, int? number) =>
        Problems.NotFound($"workload {id}{(index is null ? "" : $" with a task {index}")}{(number is null ? "" : $" with an attempt {number}")}");
}

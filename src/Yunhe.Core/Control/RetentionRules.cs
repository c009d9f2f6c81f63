namespace Yunhe.Core.Control;

using Yunhe.Core.Workloads;

/// <summary>What has ended is not kept for ever.</summary>
internal static class RetentionRules
{
    /// <summary>Workloads that one step forgets; the rest follows in the next, so that others are answered in between.</summary>
    private const int MostAtOnce = 1000;

    public static void ForgetEnded(Step step, ForgetEnded input)
    {
        foreach (var id in step.State.EndedBefore(input.Before).Where(id => MayForget(step.State, id)).Take(MostAtOnce).ToList())
            step.Emit(new WorkloadForgotten(step.Now, id, AttemptsOf(step.State, id)) { UsageDropped = input.DropUsage });
    }

    /// <summary>Nothing waits for it, and no site holds anything of it any more.</summary>
    private static bool MayForget(State state, WorkloadId id) =>
        state.DependentsOf(id).Count == 0
        && state.TasksOf(state.Workload(id)!).All(t => t.Task.Attempts.All(a => a is { Unconfirmed: false, Collected: true }));

    private static List<AttemptId> AttemptsOf(State state, WorkloadId id) =>
        [.. state.TasksOf(state.Workload(id)!).SelectMany(t => t.Task.Attempts).Select(a => a.Id)];
}

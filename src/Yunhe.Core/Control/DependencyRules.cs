namespace Yunhe.Core.Control;

using Yunhe.Core.Workloads;

/// <summary>What a workload waits for, and what follows when that happens or can't happen any more.</summary>
internal static class DependencyRules
{
    private enum Verdict
    {
        Wait,
        Met,
        Never,
    }

    /// <summary>After something happened to a workload: looks at all that wait for it, and at what waits for those that end by it.</summary>
    /// <param name="step">The step.</param>
    /// <param name="changed">The workload.</param>
    /// <param name="task">The one of its tasks that it happened to; null: any.</param>
    public static void Changed(Step step, WorkloadId changed, TaskId? task = null)
    {
        // A whole workload's end also decides about those of its tasks that never began.
        if (step.State.Workload(changed)!.EndedAt is not null) task = null;
        var look = new Queue<WorkloadId>([changed]);
        while (look.TryDequeue(out var id))
            foreach (var waiting in step.State.DependentsOf(id))
                if (Review(step, waiting, id == changed ? task : null)) look.Enqueue(waiting);
    }

    /// <summary>Releases a waiting workload, or ends it when it waits in vain; true when it ended.</summary>
    public static bool Review(Step step, WorkloadId id, TaskId? because = null)
    {
        var workload = step.State.Workload(id)!;
        // Those of its tasks that were not released may have ended together: they are not released any more.
        if (workload.QueuedAt is not null || workload.EndedAt is not null || workload.Rest is not null) return false;
        var taskByTask = workload.Spec.Dependencies.Any(d => d.Kind == DependencyKind.AfterCorresponding);
        var whole = Verdict.Met;
        foreach (var dependency in workload.Spec.Dependencies.Where(d => d.Kind != DependencyKind.AfterCorresponding))
        {
            var other = step.State.Workload(dependency.Workload)!;
            var verdict = Judge(dependency.Kind, other.Phase, other.StartedAt is not null, other.EndedAt is not null);
            if (verdict == Verdict.Never) return EndInVain(step, workload, dependency);
            if (verdict == Verdict.Wait) whole = Verdict.Wait;
        }
        if (whole == Verdict.Wait) return false;
        if (!taskByTask)
        {
            step.Emit(new WorkloadReleased(step.Now, id, null));
            return false;
        }
        // Of the others each was met before, unless it is the one that something happened to.
        var one = because is { } task && workload.Spec.Dependencies.All(d => d.Kind == DependencyKind.AfterCorresponding || d.Workload != task.Workload);
        return ReleaseTasks(step, workload, one ? [because!.Value.Index] : workload.Spec.Array!.Indices);
    }

    private static bool ReleaseTasks(Step step, Workload workload, IReadOnlyList<int> indices)
    {
        var pairs = workload.Spec.Dependencies.Where(d => d.Kind == DependencyKind.AfterCorresponding).ToList();
        foreach (var index in indices)
        {
            var task = new TaskId(workload.Id, index);
            if (step.State.Task(task) is not null) continue;
            var verdicts = pairs.Select(d => JudgeTask(step.State, d.Workload, index)).ToList();
            if (verdicts.Contains(Verdict.Wait)) continue;
            step.Emit(new WorkloadReleased(step.Now, workload.Id, task));
            if (!verdicts.Contains(Verdict.Never)) continue;
            step.Emit(new TaskEnded(step.Now, task, Phase.Failed, FailureReason.DependencyFailed, $"task {index} of {pairs[verdicts.IndexOf(Verdict.Never)].Workload} did not succeed"));
            if (step.State.Workload(workload.Id)!.EndedAt is null) Changed(step, workload.Id, task);
        }
        return step.State.Workload(workload.Id)!.EndedAt is not null;
    }

    private static Verdict JudgeTask(State state, WorkloadId other, int index)
    {
        if (state.Task(new(other, index)) is { } task)
            return !task.Phase.IsTerminal() ? Verdict.Wait : task.Phase == Phase.Succeeded ? Verdict.Met : Verdict.Never;
        return state.Workload(other)!.EndedAt is null ? Verdict.Wait : Verdict.Never;
    }

    private static Verdict Judge(DependencyKind kind, Phase phase, bool started, bool ended) => kind switch
    {
        DependencyKind.After => started || ended ? Verdict.Met : Verdict.Wait,
        DependencyKind.AfterAny => ended ? Verdict.Met : Verdict.Wait,
        DependencyKind.AfterOk => !ended ? Verdict.Wait : phase == Phase.Succeeded ? Verdict.Met : Verdict.Never,
        DependencyKind.AfterNotOk => !ended ? Verdict.Wait : phase == Phase.Succeeded ? Verdict.Never : Verdict.Met,
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private static bool EndInVain(Step step, Workload workload, Dependency dependency)
    {
        var other = step.State.Workload(dependency.Workload)!;
        step.Emit(new UnstartedEnded(step.Now, workload.Id, Phase.Failed, FailureReason.DependencyFailed,
            $"waited for {dependency.Kind.ToString().ToLowerInvariant()}:{other.Id}, which {Fate(other.Phase)}"));
        return true;
    }

    private static string Fate(Phase ended) => ended == Phase.Cancelled ? "was cancelled" : ended.ToString().ToLowerInvariant();
}

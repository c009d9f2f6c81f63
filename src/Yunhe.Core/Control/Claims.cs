namespace Yunhe.Core.Control;

using Yunhe.Core.Workloads;

/// <summary>What is being ended for a waiting task, at one pool.</summary>
internal sealed record Claim(TaskId Task, string Site, string Pool);

/// <summary>
/// Tasks that others give way to. A claim lasts until a task of its workload has been placed for it (tasks of an array that have not begun
/// are alike), or a while after those have ended. An index over the attempts: rebuilt, never stored.
/// </summary>
internal sealed class Claims
{
    /// <summary>Ends are seen some time after they have happened.</summary>
    private static readonly TimeSpan Hold = TimeSpan.FromMinutes(5);

    private readonly SortedDictionary<TaskId, List<AttemptId>> victims = [];

    public void Add(Attempt attempt)
    {
        if (attempt.GivesWay is not { Served: false } way) return;
        if (!victims.TryGetValue(way.To, out var list)) victims.Add(way.To, list = []);
        if (!list.Contains(attempt.Id)) list.Add(attempt.Id);
    }

    /// <summary>Whose end the task that is placed was waiting for: of its own claim, else of the first of its workload.</summary>
    public IReadOnlyList<AttemptId> Serve(TaskId placed)
    {
        if (victims.Count == 0) return [];
        if (!victims.Remove(placed, out var list) && victims.Keys.Cast<TaskId?>().FirstOrDefault(t => t!.Value.Workload == placed.Workload) is { } other)
            victims.Remove(other, out list);
        return list ?? [];
    }

    /// <summary>Those that still hold, by task. What does not is forgotten.</summary>
    public IReadOnlyList<Claim> Live(State state, DateTimeOffset now)
    {
        var live = new List<Claim>();
        foreach (var (task, list) in victims)
            if (ClaimOf(state, task, list, now) is { } claim) live.Add(claim);
        if (live.Count < victims.Count)
            foreach (var task in victims.Keys.Except(live.Select(c => c.Task)).ToList()) victims.Remove(task);
        return live;
    }

    private static Claim? ClaimOf(State state, TaskId id, List<AttemptId> list, DateTimeOffset now)
    {
        if (state.Workload(id.Workload) is not { EndedAt: null, CancelRequested: false, Counts.Queued: > 0 }) return null;
        var last = list.Select(v => state.Attempt(v)!).MaxBy(a => (a.GivesWay!.At, a.Id))!;
        return last.EndedAt is null || now - last.EndedAt < Hold ? new(id, last.Site, last.Pool) : null;
    }
}

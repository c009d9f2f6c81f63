namespace Yunhe.Core.Control;

using Yunhe.Core.Workloads;

/// <summary>What is being ended for a waiting task, at one pool.</summary>
internal sealed record Claim(TaskId Task, string Site, string Pool);

/// <summary>
/// Tasks that others give way to. A claim lasts until its task has been placed, or a while after all of them have ended. An index over the
/// attempts: rebuilt, never stored.
/// </summary>
internal sealed class Claims
{
    /// <summary>Ends are seen some time after they have happened.</summary>
    private static readonly TimeSpan Hold = TimeSpan.FromMinutes(5);

    private readonly SortedDictionary<TaskId, List<AttemptId>> victims = [];

    public void Add(Attempt attempt)
    {
        if (attempt.GivesWay is not { } way) return;
        if (!victims.TryGetValue(way.To, out var list)) victims.Add(way.To, list = []);
        if (!list.Contains(attempt.Id)) list.Add(attempt.Id);
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
        if (state.Workload(id.Workload) is not { EndedAt: null, CancelRequested: false } workload) return null;
        var task = state.Task(id);
        if (task is null ? workload.Unstarted == 0 : task.Phase != Phase.Queued) return null;
        var last = list.Select(v => state.Attempt(v)!).MaxBy(a => (a.GivesWay!.At, a.Id))!;
        if (task?.Current?.PlacedAt >= last.GivesWay!.At) return null;
        return last.EndedAt is null || now - last.EndedAt < Hold ? new(id, last.Site, last.Pool) : null;
    }
}

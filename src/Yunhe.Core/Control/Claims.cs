namespace Yunhe.Core.Control;

using Yunhe.Core.Workloads;

/// <summary>What is being ended for a waiting task, at one pool.</summary>
internal sealed record Claim(TaskId Task, string Site, string Pool)
{
    /// <summary>Those of the attempts that are ended for it.</summary>
    public IReadOnlyList<string> Nodes { get; init; } = [];

    /// <summary>Of a workload's claims the one that is settled when a task of it is placed.</summary>
    public static Claim? ServedBy(TaskId placed, string site, string pool, IEnumerable<Claim> claims) => claims
        .OrderByDescending(c => c.Site == site && c.Pool == pool).ThenByDescending(c => c.Task == placed).ThenBy(c => c.Task).FirstOrDefault();
}

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

    /// <summary>Whose end a task waited for that is placed: of a claim of its workload at that pool, rather its own.</summary>
    public IReadOnlyList<AttemptId> Serve(State state, TaskId placed, string site, string pool, DateTimeOffset at)
    {
        if (victims.Count == 0) return [];
        var claims = victims.Where(v => v.Key.Workload == placed.Workload).Select(v => (v.Key, Last: LastOf(state, v.Value)))
            .Where(v => v.Last is not null && Holds(v.Last, at)).Select(v => new Claim(v.Key, v.Last!.Site, v.Last.Pool));
        return Claim.ServedBy(placed, site, pool, claims) is { } claim && victims.Remove(claim.Task, out var list)
            ? [.. LatestOf(state, list).Select(a => a.Id)]
            : [];
    }

    /// <summary>Those that still hold, by task. What never will again is forgotten, which changes nothing that <see cref="Serve"/> tells: a replay has no passes.</summary>
    public IReadOnlyList<Claim> Live(State state, DateTimeOffset now)
    {
        var live = new List<Claim>();
        List<TaskId>? gone = null;
        foreach (var (task, list) in victims)
        {
            var last = LastOf(state, list);
            if (last is null || !Holds(last, now) || state.Workload(task.Workload) is not { EndedAt: null } workload) (gone ??= []).Add(task);
            else if (workload is { CancelRequested: false, Counts.Queued: > 0 }) live.Add(new(task, last.Site, last.Pool) { Nodes = [.. LatestOf(state, list).SelectMany(a => a.Nodes).Distinct()] });
        }
        foreach (var task in gone ?? []) victims.Remove(task);
        return live;
    }

    /// <summary>Those whose records are still there.</summary>
    private static IEnumerable<Attempt> KeptOf(State state, List<AttemptId> list) => list.Select(state.Attempt).OfType<Attempt>();

    /// <summary>Those that were ended last, at one time: of a claim before that nobody is left, though a replay, which has no passes, did not forget it.</summary>
    private static IEnumerable<Attempt> LatestOf(State state, List<AttemptId> list) =>
        LastOf(state, list) is { } last ? KeptOf(state, list).Where(a => a.GivesWay!.At == last.GivesWay!.At) : [];

    /// <summary>The one of them that ends, or ended, last.</summary>
    private static Attempt? LastOf(State state, List<AttemptId> list) => KeptOf(state, list).MaxBy(a => (a.GivesWay!.At, a.EndedAt ?? DateTimeOffset.MaxValue, a.Id));

    private static bool Holds(Attempt last, DateTimeOffset now) => last.EndedAt is null || now - last.EndedAt < Hold;
}

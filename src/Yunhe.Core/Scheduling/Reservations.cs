namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Workloads;

/// <summary>
/// Pools that are kept free for work that waits there, and until when: what would end later does not start there now. Made anew by every
/// pass over the queue.
/// </summary>
internal sealed class Reservations
{
    private readonly Dictionary<(string Site, string Pool), (DateTimeOffset Start, long Rank)> starts = [];

    private readonly Dictionary<(string Site, string Pool), HashSet<TaskId>> claims = [];

    /// <summary>The place in the queue of who asks now.</summary>
    public long Rank { get; set; }

    /// <summary>The first that waits for a pool has it kept.</summary>
    /// <param name="site">Where.</param>
    /// <param name="pool">In which pool.</param>
    /// <param name="start">When it will begin there.</param>
    /// <param name="rank">Its place in the queue if it was not asked for in its turn: it binds only those behind.</param>
    public void Keep(string site, string pool, DateTimeOffset start, long rank = long.MinValue)
    {
        if (!starts.TryGetValue((site, pool), out var first) || rank < first.Rank) starts[(site, pool)] = (start, rank);
    }

    /// <summary>Who asks now; what is claimed for a task is kept from the others.</summary>
    public TaskId? Asking { get; set; }

    /// <summary>A pool where others are being ended for a task.</summary>
    public void Claim(string site, string pool, TaskId task)
    {
        if (!claims.TryGetValue((site, pool), out var tasks)) claims.Add((site, pool), tasks = []);
        tasks.Add(task);
    }

    public bool Forbid(string site, string pool, DateTimeOffset end)
    {
        if (claims.Count > 0 && claims.TryGetValue((site, pool), out var tasks)) return !(Asking is { } task && tasks.Contains(task));
        return starts.Count > 0 && starts.TryGetValue((site, pool), out var first) && first.Rank < Rank && end > first.Start;
    }
}

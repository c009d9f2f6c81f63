namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Workloads;

/// <summary>
/// Pools that are kept free for work that waits there, and until when: what would end later does not start there now. Made anew by every
/// pass over the queue.
/// </summary>
internal sealed class Reservations
{
    /// <summary>Pools kept at a time: those behind must find room where they can.</summary>
    private const int Most = 100;

    private readonly Dictionary<(string Site, string Pool), (DateTimeOffset Start, long Rank)> starts = [];

    private readonly Dictionary<(string Site, string Pool), int> waiting = [];

    private readonly Dictionary<(string Site, string Pool), HashSet<WorkloadId>> claims = [];

    /// <summary>Where each that waits has its place in time; null: only the first in each pool has.</summary>
    public Backfill.StartPlan? Plan { get; init; }

    /// <summary>A pool is kept for someone.</summary>
    public bool Any => starts.Count > 0 || claims.Count > 0;

    /// <summary>The place in the queue of who asks now.</summary>
    public long Rank { get; set; }

    /// <summary>The first that waits for a pool has it kept. False: others have it, or as many pools are kept as may be.</summary>
    /// <param name="site">Where.</param>
    /// <param name="pool">In which pool.</param>
    /// <param name="start">When it will begin there.</param>
    /// <param name="rank">Its place in the queue if it was not asked for in its turn: it binds only those behind.</param>
    public bool Keep(string site, string pool, DateTimeOffset start, long rank = long.MinValue)
    {
        if (starts.TryGetValue((site, pool), out var first) ? rank >= first.Rank : starts.Count >= Most) return false;
        starts[(site, pool)] = (start, rank);
        return true;
    }

    /// <summary>So many more wait for room in a pool.</summary>
    public void Wait(string site, string pool, int tasks) => waiting[(site, pool)] = waiting.GetValueOrDefault((site, pool)) + tasks;

    /// <summary>
    /// How much longer one waits in a pool for those that were found to wait there before it: as they would if all took as long and as many
    /// nodes as itself.
    /// </summary>
    public TimeSpan WaitBehind(string site, string pool, int nodesThere, int nodes, TimeSpan length) =>
        waiting.Count > 0 && waiting.TryGetValue((site, pool), out var tasks)
            ? RunTime.Sane(length.TotalSeconds * tasks / Math.Max(1, nodesThere / nodes))
            : TimeSpan.Zero;

    /// <summary>Who asks now; what is claimed for a workload is kept from the others.</summary>
    public WorkloadId? Asking { get; set; }

    /// <summary>A pool where others are being ended for a workload.</summary>
    public void Claim(string site, string pool, WorkloadId workload)
    {
        if (!claims.TryGetValue((site, pool), out var claimants)) claims.Add((site, pool), claimants = []);
        claimants.Add(workload);
    }

    /// <summary>The nodes where it would be in no plan's way; null: any. Where others were ended for it, it goes before the plan.</summary>
    public Reserving.NodeFilter? OutOfTheWay(Offer offer, Subject subject) =>
        claims.ContainsKey((offer.Site.Site.Name, offer.Pool.Name)) ? null : Plan?.Open(offer, subject);

    public bool Forbid(string site, string pool, DateTimeOffset end)
    {
        if (claims.Count > 0 && claims.TryGetValue((site, pool), out var claimants)) return !(Asking is { } workload && claimants.Contains(workload));
        return starts.Count > 0 && starts.TryGetValue((site, pool), out var first) && first.Rank < Rank && end > first.Start;
    }
}

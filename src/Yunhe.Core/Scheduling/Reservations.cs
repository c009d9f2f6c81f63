namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Backfill;
using Yunhe.Core.Scheduling.Reserving;
using Yunhe.Core.Workloads;

/// <summary>
/// Nodes that are kept free for work that waits for them, and until when: what would end later does not start there now. Made anew by every
/// pass over the queue.
/// </summary>
internal sealed class Reservations(State state, DateTimeOffset now)
{
    /// <summary>Pools where nodes are kept at a time: those behind must find room where they can.</summary>
    private const int Most = 100;

    /// <summary>By number of the pool.</summary>
    private readonly Dictionary<int, Kept> starts = new(Most);

    /// <summary>Which nodes: found out when the first asks that they may be closed to. Null: the whole pool.</summary>
    private readonly Dictionary<int, KeptNodes?> nodes = [];

    private readonly Dictionary<(string Site, string Pool), HashSet<WorkloadId>> claims = [];

    /// <summary>What is kept in a pool.</summary>
    private readonly record struct Kept(Waiter Waiter, DateTimeOffset Start, long Rank);

    /// <summary>Where each that waits has its place in time; null: only the first in each pool has.</summary>
    public StartPlan? Plan { get; init; }

    /// <summary>Something is kept for someone.</summary>
    public bool Any => starts.Count > 0 || claims.Count > 0;

    /// <summary>The place in the queue of who asks now.</summary>
    public long Rank { get; set; }

    /// <summary>The first that waits in a pool has nodes of it kept. False: another has, or in as many pools as may be some are.</summary>
    /// <param name="waiter">Who, and where.</param>
    /// <param name="start">When it will begin there.</param>
    /// <param name="rank">Its place in the queue if it was not asked for in its turn: it binds only those behind.</param>
    public bool Keep(Waiter waiter, DateTimeOffset start, long rank = long.MinValue)
    {
        if (starts.TryGetValue(waiter.Number, out var first) ? rank >= first.Rank : starts.Count >= Most) return false;
        starts[waiter.Number] = new(waiter, start, rank);
        nodes.Remove(waiter.Number);
        return true;
    }

    /// <summary>Nodes of a pool are kept for one that waits.</summary>
    public bool Keeps(int pool) => starts.ContainsKey(pool) || claims.ContainsKey(state.Pools[pool].Name);

    /// <summary>So many more wait for room in a pool.</summary>
    public void Wait(int pool, int tasks) => state.Pools.Waiting[pool] += tasks;

    /// <summary>
    /// How much longer one waits in a pool for those that were found to wait there before it: as they would if all took as long and as many
    /// nodes as itself.
    /// </summary>
    public TimeSpan WaitBehind(int pool, int nodesThere, int nodes, TimeSpan length) =>
        state.Pools.Waiting[pool] is > 0 and var tasks
            ? RunTime.Sane(length.TotalSeconds * tasks / Math.Max(1, nodesThere / nodes))
            : TimeSpan.Zero;

    /// <summary>Who asks now; what is claimed for a workload is kept from the others.</summary>
    public WorkloadId? Asking { get; set; }

    /// <summary>The nodes of a pool where others are being ended that are none of those that are made free; null: all may be.</summary>
    public Func<string, string, NodeFilter?>? BesideClaims { get; set; }

    /// <summary>A pool where others are being ended for a workload.</summary>
    public void Claim(string site, string pool, WorkloadId workload)
    {
        if (!claims.TryGetValue((site, pool), out var claimants)) claims.Add((site, pool), claimants = []);
        claimants.Add(workload);
    }

    /// <summary>The nodes where it would be in no plan's way; null: any. Where others were ended for it, it goes before the plan.</summary>
    public NodeFilter? OutOfTheWay(Offer offer, Subject subject) =>
        IsClaimant((offer.Site.Name, offer.Pool.Name)) ? null : Plan?.Open(offer, subject);

    /// <summary>Whether what is kept in a pool leaves no node of it to who asks now.</summary>
    /// <param name="pool">Its number.</param>
    /// <param name="each">What it asks of each node.</param>
    /// <param name="end">When it would end.</param>
    /// <param name="beside">The nodes that are left to it; null: all, or none.</param>
    public bool Forbid(int pool, Resources each, DateTimeOffset end, out NodeFilter? beside)
    {
        beside = null;
        if (claims.Count > 0 && state.Pools[pool].Name is var (site, name) && claims.ContainsKey((site, name)))
        {
            if (IsClaimant((site, name))) return false;
            beside = BesideClaims?.Invoke(site, name);
            if (beside is null) return true;
        }
        if (InTheWayOf(pool, end) is not { } first) return false;
        if (NodesOf(first)?.Beside(each) is not { } left) return true;
        beside = NodeFilter.Both(beside, left);
        return false;
    }

    private bool IsClaimant((string Site, string Pool) at) => claims.TryGetValue(at, out var claimants) && Asking is { } workload && claimants.Contains(workload);

    /// <summary>One starts now on nodes of a pool.</summary>
    public void Started(Offer offer, Subject subject, IEnumerable<string> on)
    {
        var places = on.Select(n => offer.Pool.NumberOf(offer.Site.Name, n) - 1);
        Plan?.Started(offer, subject, places);
        var pool = offer.NumberIn(state);
        if (!starts.TryGetValue(pool, out var first) || EndOf(offer) <= first.Start || !nodes.TryGetValue(pool, out var known) || known is null) return;
        // Others have to be found where one that goes before the gang has taken what was kept for it.
        foreach (var node in places)
            if (!known.Take(node, offer.Asked.PerNode)) nodes.Remove(pool);
    }

    /// <summary>Why nodes that are free are not for who asks now, for people; null: that is not why it waits.</summary>
    public string? Why(Offer offer, Subject subject)
    {
        var (site, pool) = (offer.Site.Name, offer.Pool.Name);
        if (claims.ContainsKey((site, pool)) || InTheWayOf(offer.NumberIn(state), EndOf(offer)) is not { } first) return null;
        if (state.Capacity(site)?.Fits(pool, offer.Asked.PerNode, subject.Spec.Nodes, new(null, Room.OneFabric(offer.Pool, subject.Spec))) != true) return null;
        var those = NodesOf(first) is { } some ? $"{some.Count} of {offer.Pool.Nodes} nodes are" : "the pool is";
        return $"{those} kept for {first.Waiter.Workload}, which waits for them until about {first.Start:u}; this would run longer";
    }

    private DateTimeOffset EndOf(Offer offer) => now + offer.Figures.Length;

    private KeptNodes? NodesOf(Kept first)
    {
        if (!nodes.TryGetValue(first.Waiter.Number, out var known)) nodes.Add(first.Waiter.Number, known = KeptNodes.Of(state, first.Waiter, first.Start, now));
        return known;
    }

    /// <summary>What is kept in a pool that one who asks now and ends then would get in the way of.</summary>
    private Kept? InTheWayOf(int pool, DateTimeOffset end) =>
        starts.Count > 0 && starts.TryGetValue(pool, out var first) && first.Rank < Rank && end > first.Start ? first : null;
}

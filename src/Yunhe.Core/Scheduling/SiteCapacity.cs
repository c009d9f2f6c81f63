namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Packing;
using Yunhe.Core.Scheduling.Reserving;

/// <summary>
/// What a site has free now. Where Yunhe packs the nodes it is exact, node by node; where the engine schedules itself it is the
/// engine's latest report less what was placed since. Nodes that have alike free are kept together, so that finding some costs as
/// much as there are different ones. An index over the state: rebuilt, never stored.
/// </summary>
internal sealed class SiteCapacity
{
    /// <summary>Where the engine schedules itself.</summary>
    private readonly Dictionary<string, PoolFree> pools = new(StringComparer.Ordinal);

    /// <summary>Where Yunhe packs the nodes.</summary>
    private readonly Dictionary<string, PackedPool> packed = new(StringComparer.Ordinal);

    private sealed class PoolFree
    {
        /// <summary>Tightest first, so that large holes stay whole.</summary>
        public SortedDictionary<Resources, int> Groups { get; } = new(Comparer<Resources>.Create(Tighter));

        /// <summary>Counts so many more nodes with this much free, or fewer.</summary>
        public void Add(Resources free, int count)
        {
            var now = Groups.GetValueOrDefault(free) + count;
            if (now == 0) Groups.Remove(free);
            else Groups[free] = now;
        }

        private static int Tighter(Resources a, Resources b)
        {
            var c = a.AcceleratorMilli.CompareTo(b.AcceleratorMilli);
            if (c == 0) c = a.Cpus.CompareTo(b.Cpus);
            return c == 0 ? a.MemoryMiB.CompareTo(b.MemoryMiB) : c;
        }
    }

    /// <summary>All nodes free, by name, but those that are down.</summary>
    /// <param name="site">Whose.</param>
    /// <param name="down">Names of nodes that can't be used now.</param>
    /// <param name="accelerated">How pools with accelerators are packed; null: as the others.</param>
    public static SiteCapacity OfNamedNodes(Site site, IEnumerable<string> down, LearnedPacking? accelerated = null)
    {
        var capacity = new SiteCapacity();
        var unusable = down.ToHashSet(StringComparer.Ordinal);
        foreach (var pool in site.Pools) capacity.packed[pool.Name] = new(site.Name, pool, unusable, pool.PerNode.Accelerators > 0 ? accelerated : null);
        return capacity;
    }

    public static SiteCapacity OfReport(SiteReport report)
    {
        var capacity = new SiteCapacity();
        foreach (var pool in report.Pools)
        {
            var nodes = capacity.pools[pool.Pool.Name] = new();
            foreach (var free in pool.Free.Where(f => f.Count > 0)) nodes.Add(free.Free, free.Count);
        }
        return capacity;
    }

    /// <summary>Whether a gang would fit now. Where the engine schedules itself it alone knows about reservations and fabrics.</summary>
    public bool Fits(string pool, Resources each, int nodes, Within within = default) =>
        packed.TryGetValue(pool, out var nodesOf) ? nodesOf.Fits(each, nodes, within)
        : pools.TryGetValue(pool, out var free) && CountOf(free, each) >= nodes;

    /// <summary>Null: its engine packs it.</summary>
    public PackedPool? Packed(string pool) => packed.GetValueOrDefault(pool);

    /// <summary>Of a pool that Yunhe packs: how many nodes of one fabric a request fits on now.</summary>
    public int MostInOneFabric(string pool, Resources each, NodeFilter? filter) =>
        packed.TryGetValue(pool, out var nodesOf) ? nodesOf.MostInOneFabric(each, filter) : 0;

    /// <summary>Nodes and cards for a gang that fits, tightest first and in as few fabrics as possible; empty where nodes have no names.</summary>
    public ChosenNodes Find(string pool, Resources each, int nodes, Within within = default) =>
        packed.TryGetValue(pool, out var nodesOf) ? nodesOf.Find(each, nodes, within) : new([], null);

    /// <param name="cards">As <see cref="Find"/> gave them; null: any.</param>
    public void Take(string pool, IReadOnlyList<string> names, Resources each, int nodes, IReadOnlyList<ulong>? cards = null)
    {
        if (packed.TryGetValue(pool, out var nodesOf)) nodesOf.Take(names, each, cards);
        else if (pools.TryGetValue(pool, out var free)) TakeAny(free, each, nodes);
    }

    /// <summary>For named nodes only: what a report counts comes free with the next report.</summary>
    public void Release(string pool, IReadOnlyList<string> names, Resources each, IReadOnlyList<ulong>? cards = null)
    {
        if (packed.TryGetValue(pool, out var nodesOf)) nodesOf.Release(names, each, cards);
    }

    /// <summary>Which of these, let go in turn, is the first after which a gang fits; −1: it never does.</summary>
    public int FitsAfter(string pool, Resources each, int nodes, IReadOnlyList<Held> released, Within within = default) =>
        packed.TryGetValue(pool, out var nodesOf) ? nodesOf.FitsAfter(each, nodes, released, within) : -1;

    /// <summary>Nodes for a gang as soon as it fits when these are let go in turn, and what they have free then; null: it never does, or others pack the pool.</summary>
    public List<FreeThen>? FindAfter(string pool, Resources each, int nodes, IReadOnlyList<Held> released, Within within) =>
        packed.TryGetValue(pool, out var nodesOf) ? nodesOf.FindAfter(each, nodes, released, within) : null;

    /// <summary>What is free of a pool that Yunhe packs, by node; null: others pack it, or cards of it are shared out, which sums can't say.</summary>
    public IReadOnlyList<FreeNodes>? FreeNodes(string pool) => packed.TryGetValue(pool, out var nodesOf) ? nodesOf.FreeNodes() : null;

    /// <summary>Sum over the nodes of a pool; of accelerators whole ones.</summary>
    public (long Cpus, long MemoryMiB, long Accelerators) Totals(string pool)
    {
        if (packed.TryGetValue(pool, out var nodesOf)) return nodesOf.Totals();
        var (cpus, memory, accelerators) = (0L, 0L, 0L);
        if (!pools.TryGetValue(pool, out var nodes)) return default;
        foreach (var (free, count) in nodes.Groups)
        {
            cpus += (long)count * free.Cpus;
            memory += count * free.MemoryMiB;
            accelerators += (long)count * free.Accelerators;
        }
        return (cpus, memory, accelerators);
    }

    private static long CountOf(PoolFree free, Resources each)
    {
        var count = 0L;
        foreach (var (has, alike) in free.Groups)
            if (each.Fits(has)) count += alike;
        return count;
    }

    private static void TakeAny(PoolFree free, Resources each, int nodes)
    {
        foreach (var (before, count) in free.Groups.Where(g => each.Fits(g.Key)).ToList())
        {
            var taken = Math.Min(nodes, count);
            if (taken == 0) return;
            nodes -= taken;
            free.Add(before, -taken);
            free.Add(before - each, taken);
        }
    }
}

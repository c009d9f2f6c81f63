namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Network;

/// <summary>
/// What a site has free now. Where Yunhe packs the nodes it is exact, node by node; where the engine schedules itself it is the
/// engine's latest report less what was placed since. Nodes that have alike free are kept together, so that finding some costs as
/// much as there are different ones. An index over the state: rebuilt, never stored.
/// </summary>
internal sealed class SiteCapacity
{
    private readonly Dictionary<string, PoolFree> pools = new(StringComparer.Ordinal);

    private sealed class PoolFree
    {
        /// <summary>Tightest first, so that large holes stay whole.</summary>
        public SortedDictionary<Resources, Alike> Groups { get; } = new(Comparer<Resources>.Create(Tighter));

        public Dictionary<string, Resources> Named { get; } = new(StringComparer.Ordinal);

        /// <summary>Counts so many more nodes with this much free, or fewer; <paramref name="name"/> null: nameless ones.</summary>
        public void Add(Resources free, int count, string? name)
        {
            if (!Groups.TryGetValue(free, out var alike)) Groups.Add(free, alike = new());
            alike.Count += count;
            if (name is not null && count > 0) alike.Names.Add(name);
            else if (name is not null) alike.Names.Remove(name);
            if (alike.Count == 0) Groups.Remove(free);
            if (name is not null && count > 0) Named[name] = free;
        }

        private static int Tighter(Resources a, Resources b)
        {
            var c = a.Accelerators.CompareTo(b.Accelerators);
            if (c == 0) c = a.Cpus.CompareTo(b.Cpus);
            return c == 0 ? a.MemoryMiB.CompareTo(b.MemoryMiB) : c;
        }
    }

    private sealed class Alike
    {
        public int Count { get; set; }

        /// <summary>Empty where nodes have no names.</summary>
        public SortedSet<string> Names { get; } = new(StringComparer.Ordinal);
    }

    /// <summary>All nodes free, by name, but those that are down.</summary>
    public static SiteCapacity OfNamedNodes(Site site, IEnumerable<string> down)
    {
        var capacity = new SiteCapacity();
        var unusable = down.ToHashSet(StringComparer.Ordinal);
        foreach (var pool in site.Pools)
        {
            var nodes = capacity.pools[pool.Name] = new();
            for (var i = 1; i <= pool.Nodes; i++)
                if (pool.NodeName(site.Name, i) is var name && !unusable.Contains(name)) nodes.Add(pool.PerNode, 1, name);
        }
        return capacity;
    }

    public static SiteCapacity OfReport(SiteReport report)
    {
        var capacity = new SiteCapacity();
        foreach (var pool in report.Pools)
        {
            var nodes = capacity.pools[pool.Pool.Name] = new();
            foreach (var free in pool.Free.Where(f => f.Count > 0)) nodes.Add(free.Free, free.Count, null);
        }
        return capacity;
    }

    /// <summary>Whether a gang would fit now.</summary>
    public bool Fits(string pool, Resources each, int nodes) => pools.TryGetValue(pool, out var free) && CountOf(free, each) >= nodes;

    /// <summary>Names of the nodes for a gang that fits, tightest first; empty where nodes have no names.</summary>
    public IReadOnlyList<string> Find(string pool, Resources each, int nodes) =>
        [.. pools[pool].Groups.Where(g => each.Fits(g.Key)).SelectMany(g => g.Value.Names).Take(nodes)];

    public void Take(string pool, IReadOnlyList<string> names, Resources each, int nodes)
    {
        if (!pools.TryGetValue(pool, out var free)) return;
        if (names.Count > 0) Change(free, names, f => f - each);
        else TakeAny(free, each, nodes);
    }

    /// <summary>For named nodes only: what a report counts comes free with the next report.</summary>
    public void Release(string pool, IReadOnlyList<string> names, Resources each)
    {
        if (pools.TryGetValue(pool, out var free)) Change(free, names, f => f + each);
    }

    /// <summary>Which of these, let go in turn, is the first after which a gang fits; −1: it never does.</summary>
    public int FitsAfter(string pool, Resources each, int nodes, IReadOnlyList<(IReadOnlyList<string> Nodes, Resources Each)> released)
    {
        if (!pools.TryGetValue(pool, out var free)) return -1;
        var fitting = CountOf(free, each);
        var changed = new Dictionary<string, Resources>(StringComparer.Ordinal);
        for (var i = 0; i < released.Count; i++)
        {
            foreach (var name in released[i].Nodes)
            {
                if (!free.Named.TryGetValue(name, out var before)) continue;
                before = changed.GetValueOrDefault(name, before);
                changed[name] = before + released[i].Each;
                if (!each.Fits(before) && each.Fits(changed[name])) fitting++;
            }
            if (fitting >= nodes) return i;
        }
        return -1;
    }

    /// <summary>Sum over the nodes of a pool.</summary>
    public (long Cpus, long MemoryMiB, long Accelerators) Totals(string pool)
    {
        var (cpus, memory, accelerators) = (0L, 0L, 0L);
        if (!pools.TryGetValue(pool, out var nodes)) return default;
        foreach (var (free, alike) in nodes.Groups)
        {
            cpus += (long)alike.Count * free.Cpus;
            memory += alike.Count * free.MemoryMiB;
            accelerators += (long)alike.Count * free.Accelerators;
        }
        return (cpus, memory, accelerators);
    }

    private static long CountOf(PoolFree free, Resources each) => free.Groups.Where(g => each.Fits(g.Key)).Sum(g => (long)g.Value.Count);

    private static void Change(PoolFree free, IReadOnlyList<string> names, Func<Resources, Resources> change)
    {
        foreach (var name in names)
        {
            if (!free.Named.TryGetValue(name, out var before)) continue;
            free.Add(before, -1, name);
            free.Add(change(before), 1, name);
        }
    }

    private static void TakeAny(PoolFree free, Resources each, int nodes)
    {
        foreach (var (before, alike) in free.Groups.Where(g => each.Fits(g.Key)).ToList())
        {
            var taken = Math.Min(nodes, alike.Count);
            if (taken == 0) return;
            nodes -= taken;
            free.Add(before, -taken, null);
            free.Add(before - each, taken, null);
        }
    }
}

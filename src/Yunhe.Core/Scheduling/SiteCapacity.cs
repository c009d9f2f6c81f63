namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Network;
using Yunhe.Core.Workloads;

/// <summary>
/// What a site has free now. Where Yunhe packs the nodes it is exact, node by node; where the engine schedules itself it is the
/// engine's latest report less what was placed since. An index over the state: rebuilt, never stored.
/// </summary>
internal sealed class SiteCapacity
{
    private readonly Dictionary<string, List<Slot>> pools = new(StringComparer.Ordinal);

    private sealed class Slot(string? name, int count, Resources free)
    {
        public string? Name => name;

        /// <summary>Alike nodes that this stands for; 1 for a named node.</summary>
        public int Count { get; set; } = count;

        public Resources Free { get; set; } = free;
    }

    /// <summary>All nodes free, by name.</summary>
    public static SiteCapacity OfNamedNodes(Site site)
    {
        var capacity = new SiteCapacity();
        foreach (var pool in site.Pools)
        {
            var slots = new List<Slot>(pool.Nodes);
            for (var i = 1; i <= pool.Nodes; i++) slots.Add(new(pool.NodeName(site.Name, i), 1, pool.PerNode));
            capacity.pools.Add(pool.Name, slots);
        }
        return capacity;
    }

    public static SiteCapacity OfReport(SiteReport report)
    {
        var capacity = new SiteCapacity();
        foreach (var pool in report.Pools)
            capacity.pools[pool.Pool.Name] = [.. pool.Free.Select(f => new Slot(null, f.Count, f.Free))];
        return capacity;
    }

    /// <summary>
    /// Nodes for a gang, tightest first so that large holes stay whole: their names where nodes are named, else an empty list;
    /// null: it does not fit now.
    /// </summary>
    public IReadOnlyList<string>? Find(string pool, Resources each, int nodes)
    {
        if (!pools.TryGetValue(pool, out var slots)) return null;
        var fitting = slots.Where(s => each.Fits(s.Free)).ToList();
        if (fitting.Sum(s => (long)s.Count) < nodes) return null;
        if (fitting[0].Name is null) return [];
        return [.. fitting.OrderBy(s => s.Free.Accelerators).ThenBy(s => s.Free.Cpus).ThenBy(s => s.Free.MemoryMiB)
            .ThenBy(s => s.Name, StringComparer.Ordinal).Take(nodes).Select(s => s.Name!)];
    }

    public void Take(string pool, IReadOnlyList<string> names, Resources each, int nodes)
    {
        if (!pools.TryGetValue(pool, out var slots)) return;
        if (names.Count > 0) Change(slots, names, free => free - each);
        else TakeAny(slots, each, nodes);
    }

    /// <summary>For named nodes only: what a report counts comes free with the next report.</summary>
    public void Release(string pool, IReadOnlyList<string> names, Resources each)
    {
        if (pools.TryGetValue(pool, out var slots)) Change(slots, names, free => free + each);
    }

    private static void Change(List<Slot> slots, IReadOnlyList<string> names, Func<Resources, Resources> change)
    {
        foreach (var slot in slots)
            if (slot.Name is { } name && names.Contains(name)) slot.Free = change(slot.Free);
    }

    private static void TakeAny(List<Slot> slots, Resources each, int nodes)
    {
        foreach (var slot in slots.Where(s => each.Fits(s.Free)).OrderBy(s => s.Free.Accelerators).ThenBy(s => s.Free.Cpus).ToList())
        {
            if (nodes == 0) return;
            var taken = Math.Min(nodes, slot.Count);
            slot.Count -= taken;
            nodes -= taken;
            slots.Add(new(null, taken, slot.Free - each));
            if (slot.Count == 0) slots.Remove(slot);
        }
    }

    public SiteCapacity Copy()
    {
        var copy = new SiteCapacity();
        foreach (var (name, slots) in pools)
            copy.pools.Add(name, [.. slots.Select(s => new Slot(s.Name, s.Count, s.Free))]);
        return copy;
    }

    /// <summary>Sum over the nodes of a pool.</summary>
    public (long Cpus, long MemoryMiB, long Accelerators) Totals(string pool)
    {
        var (cpus, memory, accelerators) = (0L, 0L, 0L);
        foreach (var slot in pools.GetValueOrDefault(pool) ?? [])
        {
            cpus += (long)slot.Count * slot.Free.Cpus;
            memory += slot.Count * slot.Free.MemoryMiB;
            accelerators += (long)slot.Count * slot.Free.Accelerators;
        }
        return (cpus, memory, accelerators);
    }
}

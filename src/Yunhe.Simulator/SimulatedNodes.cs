using Yunhe.Core.Network;

namespace Yunhe.Simulator;

/// <summary>
/// The nodes of a site: what is free on those that something runs on, and which are down. Memory and reports cost as much as
/// there are busy nodes, not nodes.
/// </summary>
internal sealed class SimulatedNodes(Func<Site> site)
{
    private readonly Dictionary<(string Pool, int Node), Resources> used = [];
    private readonly SortedSet<(string Pool, int Node)> down = [];

    public bool AnyInUse => used.Count > 0;

    public bool IsDown(string pool, int node) => down.Contains((pool, node));

    /// <summary>False: it was in that state already.</summary>
    public bool SetDown(string pool, int node, bool isDown) => isDown ? down.Add((pool, node)) : down.Remove((pool, node));

    public Resources FreeOn(Pool pool, int node) => used.GetValueOrDefault((pool.Name, node), pool.PerNode);

    public void Take(Pool pool, int node, Resources each)
    {
        var left = FreeOn(pool, node) - each;
        if (left == pool.PerNode) used.Remove((pool.Name, node));
        else used[(pool.Name, node)] = left;
    }

    public void Give(Pool pool, int node, Resources each) => Take(pool, node, Resources.None - each);

    /// <summary>The first nodes, by number, that have room; null: too few.</summary>
    public List<(string Pool, int Node)>? Find(Pool pool, Resources each, int nodes)
    {
        var found = new List<(string, int)>(nodes);
        for (var n = 1; n <= pool.Nodes && found.Count < nodes; n++)
            if (each.Fits(FreeOn(pool, n)) && !IsDown(pool.Name, n)) found.Add((pool.Name, n));
        return found.Count == nodes ? found : null;
    }

    public IReadOnlyList<PoolReport> Report() => [.. site().Pools.Select(Report)];

    private PoolReport Report(Pool pool)
    {
        string[] names = [.. down.Where(d => d.Pool == pool.Name).Select(d => pool.NodeName(site().Name, d.Node))];
        var busy = used.Where(u => u.Key.Pool == pool.Name && !down.Contains(u.Key)).GroupBy(u => u.Value, u => u.Key)
            .OrderBy(g => g.Key.Accelerators).ThenBy(g => g.Key.Cpus).ThenBy(g => g.Key.MemoryMiB)
            .Select(g => new FreeNodes(g.Count(), g.Key)).ToList();
        var idle = pool.Nodes - names.Length - busy.Sum(b => b.Count);
        return new(pool with { Nodes = pool.Nodes - names.Length }, [new(idle, pool.PerNode), .. busy], names.Length) { Down = names };
    }
}

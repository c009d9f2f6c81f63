using Yunhe.Core.Network;

namespace Yunhe.Simulator;

/// <summary>
/// The nodes of a site: what is free on those that something runs on, and which are down. Memory and reports cost as much as
/// there are busy nodes, not nodes.
/// </summary>
internal sealed class SimulatedNodes(Func<Site> site)
{
    private Dictionary<(string Pool, int Node), Resources> used = [];
    /// <summary>And for how many reasons at a time.</summary>
    private readonly SortedDictionary<(string Pool, int Node), int> down = [];

    public bool AnyInUse => used.Count > 0;

    public bool IsDown(string pool, int node) => down.ContainsKey((pool, node));

    /// <summary>One reason more, or less, for it to be down. False: it is as before.</summary>
    public bool SetDown(string pool, int node, bool isDown)
    {
        var before = down.GetValueOrDefault((pool, node));
        var after = Math.Max(0, before + (isDown ? 1 : -1));
        if (after == 0) down.Remove((pool, node));
        else down[(pool, node)] = after;
        return before == 0 != (after == 0);
    }

    public Resources FreeOn(Pool pool, int node) => used.GetValueOrDefault((pool.Name, node), pool.PerNode);

    public void Take(Pool pool, int node, Resources each)
    {
        var left = FreeOn(pool, node) - each;
        if (left == pool.PerNode) used.Remove((pool.Name, node));
        else used[(pool.Name, node)] = left;
    }

    public void Give(Pool pool, int node, Resources each) => Take(pool, node, Resources.None - each);

    /// <summary>What is taken and given from now on is undone when the result is disposed.</summary>
    public Supposition Suppose()
    {
        var before = used;
        used = new(used);
        return new(() => used = before);
    }

    /// <summary>The first nodes, by number, that have room; null: too few.</summary>
    public List<(string Pool, int Node)>? Find(Pool pool, Resources each, int nodes)
    {
        var found = new List<(string, int)>(nodes);
        for (var n = 1; n <= pool.Nodes && found.Count < nodes; n++)
            if (each.Fits(FreeOn(pool, n)) && !IsDown(pool.Name, n)) found.Add((pool.Name, n));
        return found.Count == nodes ? found : null;
    }

    public IReadOnlyList<PoolReport> Report() => [.. site().Pools.Select(Report)];

    public sealed class Supposition(Action undo) : IDisposable
    {
        public void Dispose() => undo();
    }

    private PoolReport Report(Pool pool)
    {
        string[] names = [.. down.Keys.Where(d => d.Pool == pool.Name).Select(d => pool.NodeName(site().Name, d.Node))];
        var busy = used.Where(u => u.Key.Pool == pool.Name && !down.ContainsKey(u.Key)).GroupBy(u => u.Value, u => u.Key)
            .OrderBy(g => g.Key.Accelerators).ThenBy(g => g.Key.Cpus).ThenBy(g => g.Key.MemoryMiB)
            .Select(g => new FreeNodes(g.Count(), g.Key)).ToList();
        var idle = pool.Nodes - names.Length - busy.Sum(b => b.Count);
        return new(pool with { Nodes = pool.Nodes - names.Length }, [new(idle, pool.PerNode), .. busy], names.Length) { Down = names };
    }
}

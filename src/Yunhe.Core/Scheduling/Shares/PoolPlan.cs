using Yunhe.Core.Control;
using Yunhe.Core.Network;

namespace Yunhe.Core.Scheduling.Shares;

/// <summary>
/// What the nodes of a pool will have free once what is being ended there has ended, less what is kept for those it was ended for. Of pools
/// that Yunhe packs; what it holds there is all that is held.
/// </summary>
internal sealed class PoolPlan
{
    private readonly Dictionary<string, Resources> free;
    private readonly Pool pool;
    private readonly string site;

    private PoolPlan(Dictionary<string, Resources> free, Pool pool, string site) => (this.free, this.pool, this.site) = (new(free, StringComparer.Ordinal), pool, site);

    public PoolPlan(State state, SiteState at, Pool pool)
    {
        (free, this.pool, site) = (new(StringComparer.Ordinal), pool, at.Site.Name);
        foreach (var node in at.DownIn(pool.Name)) free[node] = Resources.None;
        foreach (var holding in state.Ends(site, pool.Name))
        {
            var ending = state.Attempt(holding.Attempt) is { EndedAt: null, CancelSent: true };
            foreach (var node in holding.Nodes) free[node] = FreeOn(node) - (ending ? Resources.None : holding.Each);
        }
    }

    /// <summary>The same where those nodes can't be used.</summary>
    public PoolPlan Without(IEnumerable<string> nodes)
    {
        var without = new PoolPlan(free, pool, site);
        foreach (var node in nodes) without.free[node] = Resources.None;
        return without;
    }

    public Shortage Lack(Resources each, int nodes) => new(each, nodes, free, each.Fits(pool.PerNode) ? pool.Nodes - free.Count : 0);

    /// <summary>Keeps nodes for a gang, the tightest first, as they will be found when it starts; as many as there are.</summary>
    public void Keep(Resources each, int nodes)
    {
        var fitting = free.Where(f => each.Fits(f.Value))
            .OrderBy(f => f.Value.AcceleratorMilli).ThenBy(f => f.Value.Cpus).ThenBy(f => f.Value.MemoryMiB).ThenBy(f => f.Key, StringComparer.Ordinal)
            .Select(f => f.Key).Take(nodes).ToList();
        for (var i = 1; i <= pool.Nodes && fitting.Count < nodes; i++)
            if (pool.NodeName(site, i) is var name && !free.ContainsKey(name) && each.Fits(pool.PerNode)) fitting.Add(name);
        foreach (var node in fitting) free[node] = FreeOn(node) - each;
    }

    public Resources FreeOn(string node) => free.GetValueOrDefault(node, pool.PerNode);
}

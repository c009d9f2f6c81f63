using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Queueing;

namespace Yunhe.Core.Scheduling.Forecasts;

/// <summary>How much of a pool will be free, as a sum over its nodes, from now on in whole seconds.</summary>
internal sealed class PlannedPool
{
    /// <summary>A node, in parts that many counts divide.</summary>
    private const int NodeParts = 10_080;

    private readonly AvailabilityProfile free = new(0);
    private readonly int parts;

    public PlannedPool(State state, SiteState site, Pool pool, DateTimeOffset now)
    {
        (Site, Pool) = (site.Site.Name, pool);
        parts = Math.Max(1, Math.Min(NodeParts, int.MaxValue / 4 / pool.Nodes));
        var down = site.DownNodes.ToHashSet(StringComparer.Ordinal);
        var up = down.Count == 0 ? pool.Nodes : Enumerable.Range(1, pool.Nodes).Count(n => !down.Contains(pool.NodeName(Site, n)));
        var taken = 0;
        var ends = new List<(long At, int Parts)>();
        foreach (var held in state.Ends(Site, pool.Name))
        {
            var need = Need(held.Each, held.Nodes.Count);
            taken += need;
            ends.Add(((long)Math.Ceiling(StartForecast.Left(state, held, now).TotalSeconds), need));
        }
        ends.Sort();
        free.Reset(0, up * parts - taken);
        foreach (var (at, back) in ends) free.GiveBackFrom(at, back);
    }

    public string Site { get; }

    public Pool Pool { get; }

    /// <summary>What nodes of a gang take: of each the largest of the shares of its cores, memory and accelerators.</summary>
    public int Need(Resources each, int nodes)
    {
        var has = Pool.PerNode;
        var share = Math.Max((double)each.Cpus / Math.Max(1, has.Cpus), Math.Max((double)each.MemoryMiB / Math.Max(1, has.MemoryMiB), (double)each.AcceleratorMilli / Math.Max(1, has.AcceleratorMilli)));
        return (int)(Math.Min(1, share) * parts) * nodes;
    }

    /// <summary>The longest that is forecast: never.</summary>
    public double Earliest(int need, double length) => Math.Min(free.Earliest(need, Math.Max(1, (long)length)), RunTime.Longest.TotalSeconds);

    public void Take(double start, double length, int need) => free.Take((long)start, (long)start + Math.Max(1, (long)length), need);
}

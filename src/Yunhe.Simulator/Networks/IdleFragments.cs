using Yunhe.Core.Network;
using Yunhe.Core.Workloads;

namespace Yunhe.Simulator.Networks;

/// <summary>
/// How much of what is free is of no use: the share of a network's free accelerators (of its processors, where it has none) that a job like those
/// that have come could not use, since its node lacks something. After "Beware of Fragmentation" (USENIX ATC '23, section 4), with the parts of a node's
/// accelerators taken in sum.
/// </summary>
internal sealed class IdleFragments(IReadOnlyList<SimulatedSite> sites)
{
    /// <summary>The most common ones are measured with: bounds the cost of a measurement.</summary>
    private const int MostMeasured = 64;

    private const int MostCounted = 4096;

    private readonly bool ofAccelerators = sites.Any(s => s.Site.Pools.Any(p => p.PerNode.Accelerators > 0));
    private readonly Dictionary<(Resources Each, string Models), Kind> kinds = [];

    public void Arrived(WorkloadSpec spec)
    {
        var first = spec.Requirements[0];
        if (ofAccelerators && first.Accelerator is null) return;
        var key = (first.PerNode, spec.Requirements.Count == 1 ? first.Accelerator ?? "" : string.Join('|', spec.Requirements.Select(r => r.Accelerator)));
        if (kinds.TryGetValue(key, out var kind)) kind.Count++;
        else if (kinds.Count < MostCounted) kinds.Add(key, new(spec.Requirements));
    }

    /// <summary>0 where nothing is free; null: nothing has come that asks for what is measured.</summary>
    public double? Share()
    {
        if (kinds.Count == 0) return null;
        var (idle, lost) = (0.0, 0.0);
        var common = kinds.Values.OrderByDescending(k => k.Count).Take(MostMeasured).ToList();
        double all = common.Sum(k => k.Count);
        foreach (var pool in sites.SelectMany(s => s.Free))
            foreach (var nodes in pool.Free)
            {
                var free = nodes.Count * (double)(ofAccelerators ? nodes.Free.AcceleratorMilli : nodes.Free.Cpus);
                if (free == 0) continue;
                idle += free;
                lost += free * common.Where(k => !k.Fits(pool.Pool, nodes.Free)).Sum(k => k.Count) / all;
            }
        return idle > 0 ? lost / idle : 0;
    }

    private sealed class Kind(IReadOnlyList<Requirement> requirements)
    {
        public long Count { get; set; } = 1;

        public bool Fits(Pool pool, Resources free) =>
            requirements.Any(r => r.PerNode.Fits(free) && (r.Accelerator is not { } model || (pool.Accelerator is { } has && AcceleratorCatalogue.SameModel(model, has))));
    }
}

namespace Yunhe.Core.Scheduling.Packing;

/// <summary>Nodes for a gang in as few fabrics as possible.</summary>
internal static class FabricChoice
{
    /// <summary>
    /// One fabric that holds all: of several the one with the fewest that fit, so that whole fabrics stay whole. Where none does, the one with
    /// the most is taken whole, and so on with the rest. In a fabric the cheaper nodes first.
    /// </summary>
    /// <param name="fitting">All nodes that fit, as many as are asked for at least.</param>
    /// <param name="perFabric">Nodes of a fabric; 0: all are one.</param>
    /// <param name="nodes">How many are asked for.</param>
    /// <param name="oneFabric">False: several may be taken.</param>
    public static List<(long Cost, int Node, int Level)> Of(List<(long Cost, int Node, int Level)> fitting, int perFabric, int nodes, bool oneFabric)
    {
        var fabrics = fitting.GroupBy(f => perFabric > 0 ? f.Node / perFabric : 0).OrderByDescending(f => f.Count()).ThenBy(f => f.Key).ToList();
        var chosen = new List<(long Cost, int Node, int Level)>(nodes);
        while (chosen.Count < nodes && fabrics.Count > 0)
        {
            var left = nodes - chosen.Count;
            var best = fabrics[0];
            if (best.Count() < left && oneFabric) break;
            if (best.Count() >= left) best = fabrics.Where(f => f.Count() >= left).OrderBy(f => f.Count()).ThenBy(f => f.Key).First();
            chosen.AddRange(best.OrderBy(f => f.Cost).ThenBy(f => f.Node).Take(left));
            fabrics.Remove(best);
        }
        return chosen;
    }
}

namespace Yunhe.Core.Scheduling.Assignment;

/// <summary>A contest for slots is a transportation problem: its cheapest flow is its cheapest decision.</summary>
internal static class SlotFlow
{
    public static (List<Share> Shares, List<ScarcePool> Scarce) Solve(Contest contest)
    {
        var (items, pools) = (contest.Items.Count, contest.Pools.Count);
        var sink = items + pools;
        var flow = new MinCostFlow(sink + 1);
        var edges = new int[items][];
        for (var i = 0; i < items; i++)
        {
            var item = contest.Items[i];
            flow.AddSupply(i, item.Count);
            flow.AddSupply(sink, -item.Count);
            edges[i] = [.. item.Choices.Select(c => flow.AddEdge(i, items + c.Pool, item.Count, c.Cost))];
            flow.AddEdge(i, sink, item.Count, item.WayOutCost);
        }
        for (var p = 0; p < pools; p++) flow.AddEdge(items + p, sink, contest.Pools[p].Slots!.Value, 0);
        flow.Solve();

        var shares = new List<Share>();
        for (var i = 0; i < items; i++)
        {
            var (item, left) = (contest.Items[i], contest.Items[i].Count);
            for (var c = 0; c < edges[i].Length; c++)
            {
                if (flow.Flow(edges[i][c]) is var sent && sent == 0) continue;
                shares.Add(new(item.Number, item.Choices[c].Number, (int)sent));
                left -= (int)sent;
            }
            if (left > 0) shares.Add(new(item.Number, item.WayOut, left));
        }
        var scarce = Enumerable.Range(0, pools)
            .Select(p => new ScarcePool(contest.Pools[p].Number, flow.Potential(sink) - flow.Potential(items + p))).Where(s => s.Price > 0);
        return (shares, [.. scarce]);
    }
}

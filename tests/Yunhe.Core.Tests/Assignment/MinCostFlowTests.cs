using CsCheck;
using Yunhe.Core.Scheduling.Assignment;

namespace Yunhe.Core.Tests.Assignment;

public sealed class MinCostFlowTests
{
    private sealed record Network(int Nodes, (int From, int To, int Capacity, int Cost)[] Edges, int[] Supplies);

    private static readonly Gen<Network> Networks =
        from nodes in Gen.Int[2, 14]
        from edges in Gen.Select(Gen.Int[0, nodes - 1], Gen.Int[0, nodes - 1], Gen.Int[0, 9], Gen.Int[0, 50]).Array[1, 60]
        from supplies in Gen.Int[-6, 6].Array[nodes]
        select new Network(nodes, [.. edges.Where(e => e.Item1 != e.Item2)], supplies);

    [Fact]
    public void The_cheapest_flow_costs_what_OR_Tools_says()
    {
        Networks.Sample(network =>
        {
            // The same sums on both sides, so that OR-Tools takes it: what one has too much goes to the last node.
            var supplies = (int[])network.Supplies.Clone();
            supplies[^1] -= supplies.Sum();
            var (ours, unsent) = Solve(network, supplies);
            var theirs = new Google.OrTools.Graph.MinCostFlow();
            foreach (var (from, to, capacity, cost) in network.Edges) theirs.AddArcWithCapacityAndUnitCost(from, to, capacity, cost);
            for (var n = 0; n < network.Nodes; n++) theirs.SetNodeSupply(n, supplies[n]);
            var status = theirs.Solve();
            Assert.Equal(status == Google.OrTools.Graph.MinCostFlowBase.Status.OPTIMAL, unsent == 0);
            if (unsent == 0) Assert.Equal(theirs.OptimalCost(), ours.Cost);
        }, iter: 1000);
    }

    [Fact]
    public void Potentials_prove_that_no_flow_is_cheaper()
    {
        Networks.Sample(network =>
        {
            var (flow, _) = Solve(network, network.Supplies);
            for (var e = 0; e < network.Edges.Length; e++)
            {
                var (from, to, capacity, cost) = network.Edges[e];
                var reduced = cost + flow.Potential(from) - flow.Potential(to);
                Assert.InRange(flow.Flow(e), 0, capacity);
                if (flow.Flow(e) < capacity) Assert.True(reduced >= 0);
                if (flow.Flow(e) > 0) Assert.True(reduced <= 0);
            }
        }, iter: 1000);
    }

    [Fact]
    public void Flow_is_kept_at_every_node()
    {
        Networks.Sample(network =>
        {
            var (flow, unsent) = Solve(network, network.Supplies);
            var net = new long[network.Nodes];
            for (var e = 0; e < network.Edges.Length; e++)
            {
                net[network.Edges[e].From] += flow.Flow(e);
                net[network.Edges[e].To] -= flow.Flow(e);
            }
            var sent = 0L;
            for (var n = 0; n < network.Nodes; n++)
            {
                Assert.InRange(net[n], Math.Min(0, network.Supplies[n]), Math.Max(0, network.Supplies[n]));
                sent += Math.Max(0, net[n]);
            }
            Assert.Equal(network.Supplies.Where(s => s > 0).Sum(), sent + unsent);
        }, iter: 1000);
    }

    private static (MinCostFlow Flow, long Unsent) Solve(Network network, int[] supplies)
    {
        var flow = new MinCostFlow(network.Nodes);
        foreach (var (from, to, capacity, cost) in network.Edges) flow.AddEdge(from, to, capacity, cost);
        for (var n = 0; n < network.Nodes; n++) flow.AddSupply(n, supplies[n]);
        return (flow, flow.Solve());
    }
}

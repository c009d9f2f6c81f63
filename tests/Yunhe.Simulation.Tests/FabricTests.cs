using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Workloads;
using Yunhe.Simulator;

namespace Yunhe.Simulation.Tests;

public sealed class FabricTests
{
    private const int PerFabric = 4;

    private static Simulator.Simulation Over(int nodes = 12, params Site[] more)
    {
        var site = Networks.Site("a", nodes: nodes);
        site = site with { Pools = [site.Pools[0] with { NodesPerFabric = PerFabric }] };
        var simulation = new Simulator.Simulation(1, Networks.Start, [site, .. more], launch => new(TimeSpan.FromMinutes(launch.Spec.Name == "long" ? 60 : 10)));
        foreach (var s in simulation.Sites.Values) simulation.Give(new Observe(s.Site.Name, s.Observe([], simulation.Now)));
        return simulation;
    }

    private static WorkloadSpec Gang(int nodes, FabricWish fabric = FabricWish.Prefer, string name = "gang") => Networks.Job(name, cpus: 8, nodes: nodes) with { Fabric = fabric };

    private static Workload Submit(Simulator.Simulation simulation, WorkloadSpec spec)
    {
        var result = simulation.Give(new Submit(spec, "admin", null, null));
        Assert.Null(result.Refusal);
        simulation.Give(new Tick());
        return simulation.State.Workload(result.Workload!.Value)!;
    }

    private static List<int> Fabrics(Simulator.Simulation simulation, Workload workload) =>
        [.. simulation.State.Task(workload.TaskAt(0))!.Attempts[^1].Nodes.Select(n => (int.Parse(n[(n.LastIndexOf('-') + 1)..]) - 1) / PerFabric).Distinct().Order()];

    [Fact]
    public void A_gang_goes_to_the_fabric_with_the_fewest_nodes_that_hold_it_else_to_as_few_fabrics_as_possible()
    {
        var simulation = Over();
        // Of the first fabric one node is taken, so that three of it are the tightest place for three.
        Assert.Equal([0], Fabrics(simulation, Submit(simulation, Gang(1, name: "long"))));
        Assert.Equal([0], Fabrics(simulation, Submit(simulation, Gang(3))));
        Assert.Equal([1, 2], Fabrics(simulation, Submit(simulation, Gang(6))));
    }

    [Fact]
    public void One_that_wants_one_fabric_starts_in_one_only_and_explain_says_how_much_room_there_is()
    {
        var simulation = Over(8);
        Submit(simulation, Gang(1, name: "long"));
        var two = Submit(simulation, Gang(4, FabricWish.Same));
        Assert.Equal([1], Fabrics(simulation, two));
        var three = Submit(simulation, Gang(4, FabricWish.Same));
        Assert.Null(simulation.State.Task(three.TaskAt(0)));
        Assert.Equal("fabric: no fabric has 4 free nodes; the largest has 3", Controller.Evaluate(simulation.State, three, simulation.Now).Candidates[0].WaitsFor);
        simulation.Run(TimeSpan.FromMinutes(30));
        Assert.Equal([1], Fabrics(simulation, three));
        Assert.InRange(simulation.State.Workload(three.Id)!.StartedAt!.Value - Networks.Start, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(11));
    }

    [Fact]
    public void Enough_free_nodes_that_lie_in_several_fabrics_do_not_do_and_the_reason_counts_them()
    {
        var simulation = Over(8);
        for (var i = 0; i < 2; i++) Submit(simulation, Gang(1, name: "long"));
        Submit(simulation, Gang(4, name: "long"));
        var waiting = Submit(simulation, Gang(2, FabricWish.Same));
        Assert.Equal([0], Fabrics(simulation, waiting));
        var scattered = Over(8);
        Submit(scattered, Gang(3, name: "long"));
        Submit(scattered, Gang(3, name: "long"));
        var gang = Submit(scattered, Gang(2, FabricWish.Same));
        Assert.Null(scattered.State.Task(gang.TaskAt(0)));
        var best = Controller.Evaluate(scattered.State, gang, scattered.Now).Candidates[0];
        Assert.Equal("fabric: no fabric has 2 free nodes; the largest has 1", best.WaitsFor);
        Assert.True(best.WaitP50 > TimeSpan.Zero);
        // One that only prefers it starts at once.
        Assert.Equal([0, 1], Fabrics(scattered, Submit(scattered, Gang(2))));
    }

    [Fact]
    public void A_gang_that_is_larger_than_a_fabric_is_refused_where_it_wants_one()
    {
        var simulation = Over();
        var refusal = simulation.Give(new Submit(Gang(5, FabricWish.Same), "admin", null, null)).Refusal;
        Assert.Contains("fabric: asks for 5 nodes in one fabric, a fabric has 4", refusal!.Message, StringComparison.Ordinal);
        Submit(simulation, Gang(5));
    }

    [Fact]
    public void A_large_network_keeps_to_fabrics_too()
    {
        var more = Enumerable.Range(0, 60).Select(i => Networks.Site($"b{i:00}", nodes: 1)).ToArray();
        var simulation = Over(8, more);
        Submit(simulation, Gang(3, name: "long"));
        Submit(simulation, Gang(3, name: "long"));
        var gang = Submit(simulation, Gang(2, FabricWish.Same));
        Assert.Null(simulation.State.Task(gang.TaskAt(0)));
        Assert.Equal("fabric: no fabric has 2 free nodes; the largest has 1", Controller.Evaluate(simulation.State, gang, simulation.Now).Candidates[0].WaitsFor);
        Assert.Equal([0, 1], Fabrics(simulation, Submit(simulation, Gang(2))));
    }
}

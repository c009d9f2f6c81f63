using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Workloads;

namespace Yunhe.Simulation.Tests;

/// <summary>A reserved node that is down is replaced, from the beginning of its reservation on.</summary>
public sealed class ReservedNodeTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>Reservation r has two nodes, the last ones of the first fabric, from 1 h to 5 h.</summary>
    private static Simulator.Simulation Over(int nodes, string? project = "ai", int perFabric = 0)
    {
        var site = Networks.Site("a", nodes: nodes);
        var simulation = new Simulator.Simulation(1, Networks.Start, [site with { Pools = [site.Pools[0] with { NodesPerFabric = perFabric }] }], _ => new(6 * Hour));
        simulation.Give(new Observe("a", simulation.Sites["a"].Observe([], simulation.Now)));
        foreach (var name in (string[])["ai", "bio"]) Assert.Null(simulation.Give(new SetProject(new(name))).Refusal);
        Assert.Null(simulation.Give(new AddReservation(new() { Name = "r", Site = "a", Pool = "main", Nodes = 2, Project = project, From = Networks.Start + Hour, To = Networks.Start + 5 * Hour })).Refusal);
        // Time passes.
        for (var i = 1; i < 20; i++) simulation.Plan(i * Hour / 2, new Tick());
        return simulation;
    }

    private static void Set(Simulator.Simulation simulation, double hours, int node, bool isDown) =>
        simulation.Plan(Networks.Start + hours * Hour, () => simulation.Sites["a"].SetNode("main", node, isDown, killing: isDown, simulation.Now));

    private static Workload Submit(Simulator.Simulation simulation, string project, string? reservation = null)
    {
        var spec = Networks.Job(cpus: 8) with { Project = project, Reservation = reservation, Retries = 3 };
        return simulation.State.Workload(simulation.Give(new Submit(spec, "admin", null, null)).Workload!.Value)!;
    }

    private static IReadOnlyList<int> NumbersAt(Simulator.Simulation simulation, double hours)
    {
        simulation.Run(Networks.Start + hours * Hour - simulation.Now);
        return simulation.State.Reservation("r")!.Numbers;
    }

    [Fact]
    public void A_node_that_is_down_when_its_reservation_begins_is_replaced_then_and_not_before()
    {
        var simulation = Over(nodes: 4);
        Set(simulation, 0.5, node: 4, isDown: true);
        Assert.Equal([3, 4], NumbersAt(simulation, 0.9));
        Assert.Equal([2, 3], NumbersAt(simulation, 1.1));
        var replaced = Assert.Single(simulation.Log.OfType<ReservedNodeReplaced>());
        Assert.Equal(("r", 4, 2), (replaced.Reservation, replaced.Node, replaced.By));
    }

    [Fact]
    public void One_that_fails_while_the_reservation_lasts_is_replaced_and_its_work_goes_on_there()
    {
        var simulation = Over(nodes: 4);
        var works = (Workload[])[Submit(simulation, "ai", "r"), Submit(simulation, "ai", "r")];
        Set(simulation, 2, node: 3, isDown: true);
        Assert.Equal([2, 4], NumbersAt(simulation, 3));
        Assert.Equal(["a-main-2", "a-main-4"], simulation.State.ActiveAt("a").Select(id => Assert.Single(simulation.State.Attempt(id)!.Nodes)).Order());
        Assert.All(works, w => Assert.Equal(Phase.Running, simulation.State.Workload(w.Id)!.Phase));
    }

    [Fact]
    public void A_node_that_is_up_again_is_everybodys()
    {
        var simulation = Over(nodes: 3);
        Set(simulation, 2, node: 3, isDown: true);
        Set(simulation, 3, node: 3, isDown: false);
        Assert.Equal([1, 2], NumbersAt(simulation, 3.5));
        var other = Submit(simulation, "bio");
        simulation.Run(Hour / 2);
        Assert.Equal(["a-main-3"], Assert.Single(simulation.State.Task(other.TaskAt(0))!.Attempts).Nodes);
    }

    [Fact]
    public void Where_no_other_is_free_it_is_missing_and_said_so_until_one_comes_free()
    {
        var simulation = Over(nodes: 3);
        var other = Submit(simulation, "bio");
        Set(simulation, 2, node: 3, isDown: true);
        Assert.Equal([2, 3], NumbersAt(simulation, 2.5));
        Assert.Equal([3], simulation.State.Reservation("r")!.DownIn(simulation.State.Site("a")!));
        var (inside, waiting) = (Submit(simulation, "ai", "r"), Submit(simulation, "ai", "r"));
        simulation.Run(Hour / 4);
        Assert.Equal([Phase.Running, Phase.Queued], ((Workload[])[inside, waiting]).Select(w => simulation.State.Workload(w.Id)!.Phase));
        Assert.Equal("the nodes of reservation r are in use; 1 of them are down, and no other node of the pool is free", Controller.Evaluate(simulation.State, waiting, simulation.Now).Candidates[0].WaitsFor);
        simulation.Give(new Cancel(other.Id, "admin"));
        Assert.Equal([1, 2], NumbersAt(simulation, 3));
        Assert.Equal(Phase.Running, simulation.State.Workload(waiting.Id)!.Phase);
    }

    [Fact]
    public void A_maintenance_keeps_its_nodes_though_they_are_down()
    {
        var simulation = Over(nodes: 4, project: null);
        Set(simulation, 2, node: 4, isDown: true);
        Assert.Equal([3, 4], NumbersAt(simulation, 3));
    }

    [Fact]
    public void One_in_the_fabric_of_the_others_comes_first()
    {
        var simulation = Over(nodes: 8, perFabric: 4);
        Assert.Null(simulation.Give(new AddReservation(new() { Name = "first", Site = "a", Pool = "main", Nodes = 3, Project = "bio", From = Networks.Start, To = Networks.Start + 5 * Hour })).Refusal);
        Assert.Equal([6, 7, 8], simulation.State.Reservation("first")!.Numbers);
        Set(simulation, 1, node: 7, isDown: true);
        simulation.Run(2 * Hour);
        Assert.Equal([5, 6, 8], simulation.State.Reservation("first")!.Numbers);
    }

    [Fact]
    public void What_was_replaced_outlives_a_restart_and_a_replay()
    {
        var simulation = Over(nodes: 4);
        Set(simulation, 2, node: 3, isDown: true);
        simulation.Run(3 * Hour);
        var text = Simulator.Simulation.Text(simulation.State);
        Assert.Equal(text, Simulator.Simulation.Text(simulation.Replay()));
        Assert.Equal(text, Simulator.Simulation.Text(simulation.Reread()));
    }
}

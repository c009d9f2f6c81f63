using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Reserving;
using Yunhe.Core.Scheduling.Shares;

namespace Yunhe.Core.Tests.Control;

/// <summary>Nodes that are reserved, and for whom.</summary>
public sealed class ReservedTests
{
    [Fact]
    public void A_node_that_takes_the_place_of_one_that_is_down_has_nobody_on_it()
    {
        var net = new Net(Net.Site(nodes: 2));
        net.Do(new SetProject(new("r")));
        net.Submit(Net.Job() with { TimeLimit = TimeSpan.FromMinutes(10) });
        var job = Assert.Single(net.Tick()).Attempt;
        Assert.Equal("a-main-1", net.State.Attempt(job)!.Nodes[0]);
        net.Do(new AddReservation(new() { Name = "res", Site = "a", Pool = "main", Nodes = 1, Project = "r", From = net.Now, To = net.Now.AddDays(3) }));
        Assert.Equal([2], net.State.Reservation("res")!.Numbers);
        net.Wait(660);
        // Its inputs came late: it begins now.
        net.Do(new Observe("a", new() { Pools = [], Attempts = [new(job, EnginePhase.Pending)] }));
        net.Do(new Observe("a", new() { Pools = [new(net.State.Site("a")!.Pools[0], []) { Down = ["a-main-2"] }], Attempts = [new(job, EnginePhase.Pending)] }));
        net.Tick();
        net.Do(new Observe("a", new() { Pools = [new(net.State.Site("a")!.Pools[0], []) { Down = ["a-main-2"] }], Attempts = [new(job, EnginePhase.Running) { StartedAt = net.Now }] }));
        net.Tick();
        var node = Assert.Single(net.State.Reservation("res")!.Numbers);
        Assert.True(node == 2 || net.State.Attempt(job)!.CancelSent, "node 1 is reserved and a stranger runs on it");
    }

    [Fact]
    public void A_project_that_nodes_are_reserved_for_is_not_removed()
    {
        var net = new Net(Net.Site());
        net.Do(new SetProject(new("r")));
        net.Do(new AddReservation(new() { Name = "res", Site = "a", Pool = "main", Nodes = 1, Project = "r", From = net.Now.AddHours(1), To = net.Now.AddDays(300) }));
        Assert.Contains("nodes are reserved for project r (res)", Controller.Step(net.State, new RemoveProject("r"), net.Now, new(1)).Refusal!.Message);
        net.Do(new RemoveReservation("res"));
        net.Do(new RemoveProject("r"));
    }
}

using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Shares;
using Yunhe.Core.Workloads;

namespace Yunhe.Core.Tests.Control;

/// <summary>What is made free for one project is kept for it, and no more than that.</summary>
public sealed class ClaimTests
{
    private static Net With(int quota, params Site[] sites)
    {
        var net = new Net(sites);
        net.Do(new SetProject(new("owner") { Quota = new() { Cpus = quota } }));
        net.Do(new SetProject(new("borrower")));
        return net;
    }

    private static WorkloadSpec Of(string project, int cpus = 8, int nodes = 1) => Net.Job(cpus, nodes) with { Project = project };

    [Fact]
    public void While_one_node_is_made_free_the_others_are_open_and_that_one_is_not()
    {
        var net = With(80, Net.Site(nodes: 100));
        for (var i = 0; i < 100; i++) net.Submit(Of("borrower", 7));
        net.Start();
        var owner = net.Submit(Of("owner"));
        net.Tick(10);
        var victim = Assert.Single(net.Events.OfType<AttemptCancelling>()).Attempt;
        var node = Assert.Single(net.State.Attempt(victim)!.Nodes);
        for (var i = 0; i < 100; i++) net.Submit(Of("borrower", 1));
        var beside = net.Tick();
        Assert.Equal(99, beside.Count);
        Assert.DoesNotContain(beside, p => p.Nodes.Contains(node));
        net.End(victim, FailureReason.CancelledByUser);
        Assert.Equal((owner, node), net.Tick().Select(p => (p.Attempt.Task.Workload, p.Nodes[0])).First());
    }

    [Fact]
    public void For_a_gang_the_nodes_that_are_free_already_are_kept_with_those_that_are_made_free()
    {
        var net = With(80, Net.Site(nodes: 10));
        for (var i = 0; i < 8; i++) net.Submit(Of("borrower"));
        net.Start();
        var gang = net.Submit(Of("owner", nodes: 3));
        net.Tick(10);
        var victim = Assert.Single(net.Events.OfType<AttemptCancelling>()).Attempt;
        net.Submit(Of("borrower", 1));
        Assert.Empty(net.Tick());
        net.End(victim, FailureReason.CancelledByUser);
        Assert.Equal(gang, net.Tick()[0].Attempt.Task.Workload);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Nodes_of_other_pools_that_are_down_end_nobody_here(int down)
    {
        var other = new Pool { Name = "other", Nodes = 3, PerNode = new(1, 4096L, 0) };
        var site = Net.Site(nodes: 10) with { Pools = [.. Net.Site(nodes: 10).Pools, other] };
        var net = With(80, site);
        net.Do(new Observe("a", new() { Pools = [new(site.Pools[0], []), new(other, []) { Down = [.. Enumerable.Range(1, down).Select(i => $"a-other-{i}")] }] }));
        for (var i = 0; i < 7; i++) net.Submit(Of("borrower"));
        foreach (var placed in net.Tick())
            net.Do(new Observe("a", net.State.Site("a")!.Report! with { Attempts = [new(placed.Attempt, EnginePhase.Running) { StartedAt = net.Now }] }));
        net.Submit(Of("owner", nodes: 4));
        net.Tick(10);
        Assert.Single(net.Events.OfType<AttemptCancelling>());
    }

    [Fact]
    public void A_claim_that_has_lapsed_is_replayed_as_it_was()
    {
        var net = With(8, Net.Site(nodes: 2));
        net.Submit(Of("borrower"));
        net.Submit(Of("borrower"));
        net.Start();
        net.Submit(Of("owner"));
        net.Tick(10);
        var victim = Assert.Single(net.Events.OfType<AttemptCancelling>()).Attempt;
        net.End(victim, FailureReason.CancelledByUser);
        // The site goes away right then, so that the winner can't start.
        net.Do(new ReportUnreachable("a", "does not answer"));
        net.Wait(480, step: 60);
        net.Do(new Observe("a", new() { Pools = [] }));
        Assert.Single(net.Tick());
        var replayed = new State();
        foreach (var fact in net.Events) replayed.Apply(fact);
        Assert.Equal(net.State.Attempt(victim)!.GivesWay, replayed.Attempt(victim)!.GivesWay);
    }

    [Fact]
    public void Whom_room_is_made_for_within_his_limit_gets_the_node_that_is_free()
    {
        var net = new Net(Net.Site(nodes: 2));
        net.Do(new SetProject(new("p") { Limit = new() { Cpus = 8 }, PreemptByPriority = true }));
        net.Do(new SetProject(new("other")));
        net.Submit(Of("p", 4) with { Priority = -1 });
        net.Submit(Of("other", 4));
        Assert.Equal(["a-main-1", "a-main-1"], net.Start().Select(a => net.State.Attempt(a)!.Nodes[0]));
        var high = net.Submit(Of("p", 8) with { Priority = 5 });
        net.Tick(10);
        var victim = Assert.Single(net.Events.OfType<AttemptCancelling>()).Attempt;
        net.Submit(Of("other", 8) with { TimeLimit = TimeSpan.FromDays(8), Estimate = TimeSpan.FromDays(8) });
        net.Tick();
        net.End(victim, FailureReason.CancelledByUser);
        Assert.Contains(net.Tick(), p => p.Attempt.Task.Workload == high);
    }

    [Fact]
    public void A_gang_whose_victims_share_a_node_with_another_keeps_the_free_one()
    {
        var net = With(80, Net.Site(nodes: 3));
        net.Do(new SetProject(new("pinned") { Quota = new() { Cpus = 8 } }));
        net.Submit(Of("borrower", 4, 2));
        net.Submit(Of("pinned", 4) with { Preemptible = false });
        net.Start();
        var gang = net.Submit(Of("owner", 8, 2));
        net.Tick(10);
        var victim = Assert.Single(net.Events.OfType<AttemptCancelling>()).Attempt;
        net.Submit(Of("borrower", 8));
        net.Tick();
        net.End(victim, FailureReason.CancelledByUser);
        Assert.Contains(net.Tick(), p => p.Attempt.Task.Workload == gang);
    }

    [Fact]
    public void A_claim_lasts_while_one_of_its_victims_still_ends()
    {
        var net = With(80, Net.Site(nodes: 2));
        net.Submit(Net.Long with { Project = "borrower" });
        net.Submit(Net.Long with { Project = "borrower" });
        net.Start();
        var gang = net.Submit(Of("owner", 8, 2));
        net.Tick(10);
        var victims = net.Events.OfType<AttemptCancelling>().Select(c => c.Attempt).Order().ToList();
        Assert.Equal(2, victims.Count);
        net.End(victims[1], FailureReason.CancelledByUser);
        net.Wait(400);
        net.Submit(Of("borrower"));
        net.Tick();
        net.End(victims[0], FailureReason.CancelledByUser);
        Assert.Contains(net.Tick(), p => p.Attempt.Task.Workload == gang);
    }

    [Fact]
    public void A_second_claim_for_the_same_task_is_replayed_as_it_was()
    {
        var net = With(8, Net.Site(nodes: 2));
        net.Submit(Net.Long with { Project = "borrower" });
        net.Submit(Net.Long with { Project = "borrower" });
        net.Start();
        var owner = net.Submit(Of("owner"));
        net.Tick(10);
        var first = Assert.Single(net.Events.OfType<AttemptCancelling>()).Attempt;
        var node = net.State.Attempt(first)!.Nodes[0];
        net.Do(new Observe("a", new() { Pools = [new(net.State.Site("a")!.Pools[0], []) { Down = [node] }] }));
        net.End(first, FailureReason.CancelledByUser);
        net.Do(new Observe("a", new() { Pools = [new(net.State.Site("a")!.Pools[0], []) { Down = [node] }] }));
        net.Wait(480, step: 20);
        var second = net.Events.OfType<AttemptCancelling>().Last().Attempt;
        Assert.NotEqual(first, second);
        net.End(second, FailureReason.CancelledByUser);
        net.Do(new Observe("a", new() { Pools = [new(net.State.Site("a")!.Pools[0], []) { Down = [node] }] }));
        net.Tick();
        Assert.False(net.Waits(owner));
        var replayed = new State();
        foreach (var fact in net.Events) replayed.Apply(fact);
        Assert.Equal(net.State.Attempt(second)!.GivesWay, replayed.Attempt(second)!.GivesWay);
        Assert.Equal(net.State.Attempt(first)!.GivesWay, replayed.Attempt(first)!.GivesWay);
    }
}

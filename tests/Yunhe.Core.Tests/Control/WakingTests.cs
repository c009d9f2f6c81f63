using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Shares;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;

namespace Yunhe.Core.Tests.Control;

/// <summary>Who waits starts when he can, in a small network, where each is asked again, and in a large one, where an index tells who is.</summary>
public sealed class WakingTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Both_of_two_that_differ_in_their_estimates_alone_start_when_two_nodes_come_free(bool isLarge)
    {
        var net = Net.Of(isLarge, Net.Site(nodes: 2));
        net.Submit(Net.Long);
        net.Submit(Net.Long);
        var running = net.Start();
        net.Submit(Net.Job() with { Estimate = TimeSpan.FromMinutes(50) });
        net.Submit(Net.Job() with { Estimate = TimeSpan.FromMinutes(51) });
        net.Wait(120);
        foreach (var id in running) net.End(id);
        Assert.Equal(2, net.Tick().Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_quote_for_the_like_does_not_hide_from_who_waits_that_a_node_came_free(bool isLarge)
    {
        var net = Net.Of(isLarge, Net.Site());
        net.Submit(Net.Long);
        var running = net.Start();
        var waiting = Net.Job() with { Estimate = TimeSpan.FromMinutes(50) };
        net.Submit(waiting);
        net.Wait(120);
        net.End(running[0]);
        net.Do(new RequestQuote(waiting, "another"));
        Assert.Single(net.Tick());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Once_a_gang_has_waited_a_minute_its_nodes_are_kept(bool isLarge)
    {
        var net = Net.Of(isLarge, Net.Site(nodes: 2));
        net.Submit(Net.Long);
        net.Start();
        net.Submit(Net.Job(nodes: 2) with { TimeLimit = TimeSpan.FromDays(1) });
        net.Wait(120);
        net.Submit(Net.Longer);
        Assert.Empty(net.Tick());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_kept_for_a_gang_that_is_cancelled_goes_to_others_soon(bool isLarge)
    {
        var net = Net.Of(isLarge, Net.Site(nodes: 2));
        net.Submit(Net.Long);
        net.Start();
        var gang = net.Submit(Net.Job(nodes: 2) with { TimeLimit = TimeSpan.FromDays(1) });
        net.Wait(120);
        var behind = net.Submit(Net.Longer);
        net.Wait(120);
        Assert.True(net.Waits(behind));
        net.Do(new Cancel(gang, "u"));
        net.Wait(20, step: 1);
        Assert.False(net.Waits(behind));
    }

    [Fact]
    public void Nothing_is_overcommitted_where_more_kinds_of_requests_wait_than_are_kept_in_the_index()
    {
        var net = Net.Of(true, Net.Site(cpus: 4000));
        for (var twice = 0; twice < 2; twice++)
            for (var kind = 0; kind < 600; kind++)
                net.Submit(Net.Job() with { Requirements = [new(new(1, kind == 0 ? 10_000_000 : 1024 + kind, 0))], TimeLimit = TimeSpan.FromDays(1) });
        var placed = net.Tick();
        Assert.All(placed, p => Assert.Single(p.Nodes));
        Assert.InRange(placed.Sum(p => p.Requirement.PerNode.MemoryMiB), 1, 4000 * 4096L);
    }

    [Fact]
    public void What_some_site_is_cheap_enough_for_is_not_refused_since_another_is_cheaper_for_the_like()
    {
        // For a long run with little to move the one is cheaper, for a short one with more the other.
        var moving = Net.Site("moving", nodes: 4, cpuHour: 0.5m) with { Link = new(1_000_000_000, 5, Money.FromDecimal(1m)) };
        var net = Net.Of(true, Net.Site("near", nodes: 4, cpuHour: 1m), moving);
        net.Do(new RequestQuote(Net.Job() with { Estimate = TimeSpan.FromSeconds(5700), InputBytes = 4_000_000_000 }, "another"));
        net.Do(new ReportUnreachable("near", "does not answer"));
        var id = net.Submit(Net.Job() with { Estimate = TimeSpan.FromSeconds(2950), InputBytes = 5_000_000_000, Budget = Money.FromDecimal(7m) });
        net.Tick();
        Assert.True(net.Waits(id));
    }

    [Theory]
    [InlineData(99)]
    [InlineData(100)]
    [InlineData(450)]
    public void Whose_budget_is_large_enough_starts_however_many_wait_before_him_with_small_ones(int before)
    {
        var net = Net.Of(false, Net.Site("cheap", cpuHour: 0.01m), Net.Site("dear", nodes: 200, cpuHour: 1m));
        net.Do(new DrainSite("cheap", true));
        for (var i = 0; i < before; i++) net.Submit(Net.Job() with { Estimate = TimeSpan.FromHours(1), Budget = Money.FromDecimal(0.5m) }, "poor");
        var rich = net.Submit(Net.Job() with { Estimate = TimeSpan.FromHours(1), Budget = Money.FromDecimal(1000m) }, "rich");
        net.Wait(60);
        Assert.False(net.Waits(rich));
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(false, 30)]
    [InlineData(true, 30)]
    public void A_tariff_turns_at_the_hours_of_its_site(bool isLarge, int minutes)
    {
        var hours = Enumerable.Range(0, 24).Select(h => h >= 10 ? 100 : 1000).ToArray();
        var net = Net.Of(isLarge, Net.Site() with { Tariff = new(hours, hours, TimeSpan.FromMinutes(300 + minutes)) });
        net.Now = new(2026, 1, 1, 3, 50, 0, TimeSpan.Zero);
        var id = net.Submit(Net.Job() with { Estimate = TimeSpan.FromMinutes(30), Budget = Money.FromDecimal(0.041m) });
        while (net.Waits(id)) net.Tick(10);
        Assert.InRange(net.Now - new DateTimeOffset(2026, 1, 1, 5, 0, 0, TimeSpan.Zero).AddMinutes(-minutes), TimeSpan.FromSeconds(-10), TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void Whom_nodes_were_kept_for_may_be_forgotten()
    {
        var net = Net.Of(true, Net.Site(nodes: 2));
        net.Do(new SetProject(new("r")));
        net.Submit(Net.Long with { TimeLimit = TimeSpan.FromDays(8) });
        net.Start();
        net.Do(new AddReservation(new() { Name = "res", Site = "a", Pool = "main", Nodes = 1, Project = "r", From = net.Now.AddDays(300), To = net.Now.AddDays(301) }));
        var gang = net.Submit(Net.Job(nodes: 2) with { TimeLimit = TimeSpan.FromDays(1) });
        net.Submit(Net.Job(nodes: 2) with { TimeLimit = TimeSpan.FromDays(1) });
        net.Wait(120);
        net.Do(new Cancel(gang, "u"));
        net.Wait(24 * 3600 + 600, 600);
        net.Do(new ForgetEnded(net.Now.AddDays(-1)));
        Assert.Null(net.State.Workload(gang));
        net.Submit(Net.Longer);
        Assert.Empty(net.Tick());
    }

    [Theory]
    [InlineData(Backfilling.Easy, 150)]
    [InlineData(Backfilling.Easy, 450)]
    [InlineData(Backfilling.Conservative, 150)]
    [InlineData(Backfilling.Conservative, 250)]
    [InlineData(Backfilling.Conservative, 450)]
    public void Whose_budget_is_large_enough_starts_also_where_a_pool_is_waited_for(Backfilling backfill, int before)
    {
        var net = Net.Of(false, Net.Site("cheap", cpuHour: 0.01m), Net.Site("dear", nodes: 10, cpuHour: 1m));
        net.Do(new SetSharePolicy(new() { Backfill = backfill }));
        net.Submit(Net.Job() with { TimeLimit = TimeSpan.FromHours(10), Estimate = TimeSpan.FromHours(10), Sites = ["cheap"] });
        net.Start();
        for (var i = 0; i < before; i++) net.Submit(Net.Job() with { Estimate = TimeSpan.FromHours(1), Budget = Money.FromDecimal(0.5m), Objective = Objective.Time }, "poor");
        var rich = net.Submit(Net.Job() with { Estimate = TimeSpan.FromHours(1), Budget = Money.FromDecimal(1000m), Objective = Objective.Time }, "rich");
        net.Wait(120);
        Assert.False(net.Waits(rich));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_better_pool_that_is_full_is_waited_for_though_one_before_could_not_afford_the_next(bool isLarge)
    {
        static Site S(string name, long bits, decimal cpu, int nodes) => Net.Site(name, nodes: nodes, cpuHour: cpu) with { Link = new(bits, 5, Money.Zero) };
        var net = Net.Of(isLarge, S("a", 2_000_000_000, 1m, 1), S("b", 1_000_000_000, 1m, 1), S("c", 100_000_000, 0.01m, 4));
        net.Submit(Net.Long with { Sites = ["a"] });
        net.Start();
        var spec = Net.Job() with { InputBytes = 100_000_000_000, Objective = Objective.Time, Estimate = TimeSpan.FromSeconds(60) };
        var d = net.Submit(spec with { Budget = Money.FromDecimal(0.05m) });
        Assert.Equal("c", Assert.Single(net.Tick()).Site);
        net.Wait(3600, 60);
        net.Submit(spec);
        Assert.Equal("b", Assert.Single(net.Tick()).Site);
        net.Submit(spec);
        net.Tick();
        Assert.Equal(["b"], net.Events.OfType<AttemptPlaced>().Skip(2).Select(p => p.Site));
    }

    [Fact]
    public void Another_way_of_backfill_is_taken_up_at_once()
    {
        var net = new Net(Net.Site(nodes: 2));
        net.Do(new SetSharePolicy(new() { Backfill = Backfilling.Conservative }));
        net.Submit(Net.Job() with { TimeLimit = TimeSpan.FromHours(20), Estimate = TimeSpan.FromHours(20) });
        net.Start();
        net.Submit(Net.Job(nodes: 2) with { TimeLimit = TimeSpan.FromHours(20) });
        net.Wait(120);
        var small = net.Submit(Net.Job() with { Estimate = TimeSpan.FromHours(1) });
        net.Wait(60);
        Assert.True(net.Waits(small));
        net.Do(new SetSharePolicy(new() { Backfill = Backfilling.Easy }));
        net.Wait(600);
        Assert.False(net.Waits(small));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(250)]
    public void Those_that_find_no_place_take_none_from_others(int hopeless)
    {
        var net = new Net(Net.Site(nodes: 3));
        net.Do(new SetSharePolicy(new() { Backfill = Backfilling.Conservative }));
        net.Do(new Observe("a", new() { Pools = [new(net.State.Site("a")!.Pools[0], []) { Down = ["a-main-3"] }] }));
        net.Submit(Net.Job() with { TimeLimit = TimeSpan.FromHours(1) });
        net.Start();
        net.Do(new Observe("a", new() { Pools = [new(net.State.Site("a")!.Pools[0], []) { Down = ["a-main-3"] }] }));
        for (var i = 0; i < hopeless; i++) net.Submit(Net.Job(nodes: 3) with { TimeLimit = TimeSpan.FromHours(1) });
        net.Wait(60);
        net.Submit(Net.Job(nodes: 2) with { TimeLimit = TimeSpan.FromHours(1) });
        net.Wait(120);
        var small = net.Submit(Net.Longer);
        net.Wait(60);
        Assert.True(net.Waits(small));
    }
}

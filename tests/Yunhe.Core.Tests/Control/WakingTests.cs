using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;

namespace Yunhe.Core.Tests.Control;

/// <summary>Who waits starts when he can, in a small network, where each is asked again, and in a large one, where an index tells who is.</summary>
public sealed class WakingTests
{
    private static readonly WorkloadSpec Long = Net.Job() with { TimeLimit = TimeSpan.FromDays(8), Estimate = TimeSpan.FromDays(8) };
    private static readonly WorkloadSpec Longer = Net.Job() with { TimeLimit = TimeSpan.FromDays(20), Estimate = TimeSpan.FromDays(20) };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Both_of_two_that_differ_in_their_estimates_alone_start_when_two_nodes_come_free(bool isLarge)
    {
        var net = Net.Of(isLarge, Net.Site(nodes: 2));
        net.Submit(Long);
        net.Submit(Long);
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
        net.Submit(Long);
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
        net.Submit(Long);
        net.Start();
        net.Submit(Net.Job(nodes: 2) with { TimeLimit = TimeSpan.FromDays(1) });
        net.Wait(120);
        net.Submit(Longer);
        Assert.Empty(net.Tick());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_kept_for_a_gang_that_is_cancelled_goes_to_others_soon(bool isLarge)
    {
        var net = Net.Of(isLarge, Net.Site(nodes: 2));
        net.Submit(Long);
        net.Start();
        var gang = net.Submit(Net.Job(nodes: 2) with { TimeLimit = TimeSpan.FromDays(1) });
        net.Wait(120);
        var behind = net.Submit(Longer);
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
}

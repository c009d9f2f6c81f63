using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling;
using Yunhe.Core.Workloads;

namespace Yunhe.Core.Tests.Control;

/// <summary>Hard limits of where work may run: of its place, of where its data may lie, of the site's PUE and of its power.</summary>
public sealed class PlaceLimitTests
{
    private static readonly Site[] Sites =
    [
        Net.Site("near", cpuHour: 0.01m) with { Place = new("east", "Zhejiang", "Hangzhou"), Green = new(1.6, 600, 0.1, 10) },
        Net.Site("far", cpuHour: 0.1m) with { Place = new("west", "Guizhou", "Guiyang"), Green = new(1.2, 300, 0.6, 10) },
        Net.Site("farther", cpuHour: 0.2m) with { Place = new("west", "Gansu", "Qingyang"), Green = new(1.1, 200, 0.9, 10) },
    ];

    public static TheoryData<bool, string, string?> Limits()
    {
        var data = new TheoryData<bool, string, string?>();
        foreach (var isLarge in new[] { false, true })
            foreach (var (limit, site) in new (string, string?)[] { ("none", "near"), ("west", "far"), ("gansu", "farther"), ("pue", "far"), ("green", "farther"), ("both", null) })
                data.Add(isLarge, limit, site);
        return data;
    }

    private static WorkloadSpec With(string limit) => limit switch
    {
        "west" => Net.Job() with { Objective = Objective.Cost, Residency = ["WEST"] },
        "gansu" => Net.Job() with { Objective = Objective.Cost, Regions = ["west"], Residency = ["Gansu"] },
        "pue" => Net.Job() with { Objective = Objective.Cost, MaxPue = 1.2 },
        "green" => Net.Job() with { Objective = Objective.Cost, MinRenewableShare = 0.7 },
        "both" => Net.Job() with { Objective = Objective.Cost, Residency = ["east"], MaxPue = 1.2 },
        _ => Net.Job() with { Objective = Objective.Cost },
    };

    [Theory]
    [MemberData(nameof(Limits))]
    public void Work_runs_at_the_cheapest_site_within_its_limits_or_is_refused_with_the_reasons(bool isLarge, string limit, string? site)
    {
        // Others ask for the same without limits, or with others: what is found out for them is not for this one.
        var net = Net.Of(isLarge, [.. Sites.Select(s => s with { Pools = [s.Pools[0] with { Nodes = 20 }] })]);
        foreach (var other in new[] { "none", "pue", "green", "west" }) net.Submit(With(other));
        net.Tick();
        var result = Controller.Step(net.State, new Submit(With(limit), "u", null, null), net.Now, new(1));
        Assert.Equal(site is null, result.Refusal is not null);
        if (site is not null) Assert.Equal(site, Assert.Single(net.Tick()).Site);
        else
        {
            var told = result.Refusal!.Message + string.Join(' ', result.Refusal.Candidates.Select(c => c.Excluded));
            Assert.All(["residency: ", "not in east, which its data must not leave", "over 1.2"], reason => Assert.Contains(reason, told));
        }
    }

    [Fact]
    public void What_waits_is_not_woken_by_room_that_is_outside_its_limits()
    {
        var net = Net.Of(true, Sites);
        foreach (var s in Sites) net.Submit(Net.Long with { Sites = [s.Name] });
        var running = net.Start();
        var id = net.Submit(With("green"));
        net.Wait(60);
        net.End(running[0]);
        net.Wait(60);
        Assert.True(net.Waits(id));
        net.End(running[2]);
        Assert.Equal("farther", Assert.Single(net.Tick()).Site);
    }
}

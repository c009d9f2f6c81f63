using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Shares;
using Yunhe.Core.Workloads;

namespace Yunhe.Core.Tests.Control;

/// <summary>What waits in a site's own queue for longer than was foretold goes where it can start, and only there.</summary>
public sealed class SpillingTests
{
    private static readonly Site Queue = Net.Site("q") with { Engine = new(EngineSpec.Slurm, new Dictionary<string, string>()) };

    private static void See(Net net) => net.Do(new Observe("q", new()
    {
        Pools = [new(new() { Name = "main", Nodes = 1, PerNode = new(8, 32768, 0) }, [])],
        Attempts = [.. net.State.ActiveAt("q").Select(a => new AttemptReport(a, EnginePhase.Pending))],
    }));

    private static void Submit(Net net, WorkloadSpec spec)
    {
        See(net);
        net.Submit(spec);
        net.Tick();
        net.Do(new AttemptAccepted(Assert.Single(net.State.ActiveAt("q")), "1", ""));
        See(net);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(8)]
    public void It_spills_over_at_the_limit_of_its_project_too(int limit)
    {
        var net = new Net();
        net.Do(new AddSite(Queue));
        net.Do(new SetProject(new("p") { Limit = new() { Cpus = limit } }));
        Submit(net, Net.Job() with { Project = "p", Objective = Objective.Time, TimeLimit = TimeSpan.FromMinutes(10) });
        net.Do(new AddSite(Net.Site("b")));
        net.Do(new Observe("b", new() { Pools = [] }));
        net.Tick(1800);
        Assert.Single(net.Events.OfType<AttemptRecalled>());
    }

    [Fact]
    public void It_is_not_called_back_to_nodes_that_are_kept_for_others()
    {
        var net = new Net(Net.Site("b", nodes: 2));
        net.Submit(Net.Long with { Sites = ["b"] });
        net.Start();
        net.Submit(Net.Job(nodes: 2) with { TimeLimit = TimeSpan.FromDays(1), Sites = ["b"] });
        net.Wait(120);
        net.Do(new DrainSite("b", true));
        net.Do(new AddSite(Queue));
        Submit(net, Net.Longer with { Objective = Objective.Time });
        net.Do(new DrainSite("b", false));
        net.Wait(3600, 30);
        Assert.Empty(net.Events.OfType<AttemptRecalled>());
    }
}

using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Workloads;
using Yunhe.Simulator;

namespace Yunhe.Simulation.Tests;

/// <summary>The first that waits in a pool has nodes kept for it; who comes later may use what it does not need.</summary>
public sealed class EasyBackfillTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>All is expected to take exactly as long as it does.</summary>
    private static Simulator.Simulation Over(params Site[] sites)
    {
        var simulation = new Simulator.Simulation(1, Networks.Start, sites, launch => new(launch.Spec.Estimate!.Value));
        foreach (var site in simulation.Sites.Values) simulation.Give(new Observe(site.Site.Name, site.Observe([], simulation.Now)));
        return simulation;
    }

    private static WorkloadSpec Job(double hours, int nodes = 1, int cpus = 8) => Networks.Job(cpus: cpus, nodes: nodes) with { Estimate = hours * Hour };

    private static WorkloadSpec Cards(double hours, int cards, int nodes = 1, int share = 0) =>
        Job(hours, nodes, cpus: 1) with { Requirements = [new(new Resources(1, 1024, cards) { Share = share }, AcceleratorCatalogue.Any)] };

    private static Workload Submit(Simulator.Simulation simulation, WorkloadSpec spec) =>
        simulation.State.Workload(simulation.Give(new Submit(spec, "admin", null, null)).Workload!.Value)!;

    /// <summary>Handed in a moment ago, or so long ago that nodes are kept for it.</summary>
    private static Workload SubmitAndWait(Simulator.Simulation simulation, WorkloadSpec spec)
    {
        var workload = Submit(simulation, spec);
        simulation.Run(Patience);
        return workload;
    }

    private static double StartOf(Simulator.Simulation simulation, Workload workload) => Math.Round((simulation.State.Workload(workload.Id)!.StartedAt!.Value - Networks.Start) / Hour, 1);

    private static double[] Starts(Simulator.Simulation simulation, params Workload[] workloads)
    {
        Assert.True(simulation.Run(TimeSpan.FromDays(3)));
        return [.. workloads.Select(w => StartOf(simulation, w))];
    }

    [Fact]
    public void Work_that_runs_past_the_start_of_one_that_waits_takes_nodes_that_are_not_kept_for_it()
    {
        var simulation = Over(Networks.Site("a", nodes: 4));
        SubmitAndWait(simulation, Job(2, nodes: 3));
        var gang = SubmitAndWait(simulation, Job(1, nodes: 3));
        Assert.Equal([2, 0.1], Starts(simulation, gang, Submit(simulation, Job(9))));
    }

    [Fact]
    public void On_kept_nodes_only_work_that_ends_before_starts()
    {
        var simulation = Over(Networks.Site("a", nodes: 4));
        SubmitAndWait(simulation, Job(2, nodes: 2));
        var gang = SubmitAndWait(simulation, Job(1, nodes: 3));
        Workload[] others = [Submit(simulation, Job(9)), Submit(simulation, Job(8)), Submit(simulation, Job(1))];
        Assert.Equal([2, 0.1, 3, 0.1], Starts(simulation, [gang, .. others]));
    }

    [Fact]
    public void What_a_gang_leaves_of_its_nodes_others_may_take_and_no_more()
    {
        var simulation = Over(Networks.Site("a", nodes: 2));
        SubmitAndWait(simulation, Job(2, nodes: 2, cpus: 5));
        // It leaves two cores of each node.
        var gang = SubmitAndWait(simulation, Job(1, nodes: 2, cpus: 6));
        Workload[] others = [Submit(simulation, Job(9, cpus: 3)), Submit(simulation, Job(9, cpus: 2)), Submit(simulation, Job(8, cpus: 1)), Submit(simulation, Job(7, cpus: 2))];
        Assert.Equal([2, 3, 0.1, 0.1, 3], Starts(simulation, [gang, .. others]));
    }

    [Fact]
    public void Cards_that_a_gang_leaves_are_taken_whole_or_in_part()
    {
        var simulation = Over(Networks.Site("a", nodes: 1, accelerator: "A100", accelerators: 8));
        SubmitAndWait(simulation, Cards(2, 5));
        var gang = SubmitAndWait(simulation, Cards(1, 6));
        Workload[] others = [Submit(simulation, Cards(9, 1)), Submit(simulation, Cards(9, 0, share: 500)), Submit(simulation, Cards(8, 1))];
        Assert.Equal([2, 0.1, 0.1, 3], Starts(simulation, [gang, .. others]));
    }

    [Fact]
    public void Nodes_of_one_fabric_are_kept_for_a_gang_that_wants_one()
    {
        var site = Networks.Site("a", nodes: 6);
        var simulation = Over(site with { Pools = [site.Pools[0] with { NodesPerFabric = 3 }] });
        var busy = SubmitAndWait(simulation, Job(2, nodes: 2));
        SubmitAndWait(simulation, Job(3, nodes: 2) with { Fabric = FabricWish.Same });
        var gang = SubmitAndWait(simulation, Job(1, nodes: 3) with { Fabric = FabricWish.Same });
        Workload[] others = [Submit(simulation, Job(9)), Submit(simulation, Job(8))];
        Assert.Equal([2, 0.1, 3], Starts(simulation, [gang, .. others]));
        Assert.Equal(Networks.Start, simulation.State.Workload(busy.Id)!.StartedAt);
    }

    [Fact]
    public void One_that_goes_elsewhere_says_for_whom_the_nodes_of_the_better_site_are_kept()
    {
        var simulation = Over(Networks.Site("a", nodes: 2), Networks.Site("b", nodes: 1, cpuHour: 0.12m));
        SubmitAndWait(simulation, Job(2) with { Sites = ["a"] });
        var gang = SubmitAndWait(simulation, Job(1, nodes: 2) with { Sites = ["a"] });
        var other = SubmitAndWait(simulation, Job(9));
        var decision = Assert.Single(simulation.State.Task(other.TaskAt(0))!.Attempts).Decision;
        Assert.Equal(["b", "a"], decision.Candidates.Select(c => c.Site));
        Assert.Equal($"2 of 2 nodes are kept for {gang.Id}, which waits for them until about 2026-01-01 02:00:00Z; this would run longer", decision.Candidates[1].WaitsFor);
    }

    [Fact]
    public void Those_behind_one_that_would_rather_wait_than_go_elsewhere_may_go()
    {
        var simulation = Over(Networks.Site("a", nodes: 1), Networks.Site("b", nodes: 1, cpuHour: 0.2m));
        SubmitAndWait(simulation, Job(1));
        Workload[] alike = [Submit(simulation, Job(4)), Submit(simulation, Job(4))];
        simulation.Run(Patience);
        Assert.Equal([Phase.Queued, Phase.Running], alike.Select(w => simulation.State.Workload(w.Id)!.Phase));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(60)]
    public void So_may_the_other_tasks_of_an_array_and_those_of_a_large_network(int sites)
    {
        var simulation = Over([Networks.Site("a", nodes: 1), .. Enumerable.Range(1, sites - 1).Select(i => Networks.Site($"b{i:00}", nodes: 2, cpuHour: 0.2m))]);
        SubmitAndWait(simulation, Job(1));
        var array = Submit(simulation, Job(4) with { Array = new([0, 1, 2], null) });
        var single = Submit(simulation, Job(4));
        simulation.Run(Patience);
        var counts = simulation.State.Workload(array.Id)!.Counts;
        // One of them waits for the cheap site, the others don't stand behind it.
        Assert.Equal((1, 2), (counts.Queued, counts.Running));
        Assert.Equal(sites > 2 ? Phase.Running : Phase.Queued, simulation.State.Workload(single.Id)!.Phase);
    }

    [Fact]
    public void So_they_may_behind_a_long_one_to_which_the_wait_is_little()
    {
        Site[] sites = [Networks.Site("a", nodes: 4), Networks.Site("b", nodes: 4, cpuHour: 0.2m)];
        var simulation = new Simulator.Simulation(1, Networks.Start, sites, launch => new((launch.Spec.Name == "long" ? 8 : 1) * Hour));
        foreach (var site in simulation.Sites.Values) simulation.Give(new Observe(site.Site.Name, site.Observe([], simulation.Now)));
        // How long each takes is known from earlier runs, so that they are alike in all that they ask for.
        foreach (var name in (string[])["short", "long"]) Submit(simulation, Networks.Job(name, cpus: 8));
        simulation.Run(9 * Hour);
        foreach (var _ in Enumerable.Range(0, 4)) Submit(simulation, Networks.Job("short", cpus: 8));
        simulation.Run(Hour / 2);
        Workload[] alike = [.. ((string[])["short", "long", "short", "short"]).Select(name => Submit(simulation, Networks.Job(name, cpus: 8)))];
        simulation.Run(Patience);
        var phases = alike.Select(w => simulation.State.Workload(w.Id)!.Phase).ToList();
        Assert.Equal((Phase.Queued, Phase.Queued, Phase.Running), (phases[0], phases[1], phases[3]));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(60)]
    public void Who_waits_for_a_site_that_is_away_or_drained_goes_elsewhere_at_once(int sites)
    {
        foreach (var isDrained in (bool[])[false, true])
        {
            var simulation = Over([Networks.Site("a", nodes: 1), .. Enumerable.Range(1, sites - 1).Select(i => Networks.Site($"b{i:00}", nodes: 2, cpuHour: 0.2m))]);
            var running = SubmitAndWait(simulation, Job(10));
            var other = SubmitAndWait(simulation, Job(100));
            Assert.Equal((Phase.Running, Phase.Queued), (simulation.State.Workload(running.Id)!.Phase, simulation.State.Workload(other.Id)!.Phase));
            if (isDrained) simulation.Give(new DrainSite("a", true));
            else simulation.SetAway(simulation.Sites["a"], true);
            simulation.Run(Patience);
            Assert.Equal(Phase.Running, simulation.State.Workload(other.Id)!.Phase);
        }
    }

    [Fact]
    public void Who_waits_for_a_run_that_outlives_what_was_expected_goes_elsewhere_in_the_end()
    {
        Site[] sites = [Networks.Site("a", nodes: 1), Networks.Site("b", nodes: 1, cpuHour: 0.2m)];
        var simulation = new Simulator.Simulation(1, Networks.Start, sites, launch => new(launch.Spec.Sites.Count > 0 ? 100 * Hour : launch.Spec.Estimate!.Value));
        foreach (var site in simulation.Sites.Values) simulation.Give(new Observe(site.Site.Name, site.Observe([], simulation.Now)));
        SubmitAndWait(simulation, Job(1) with { Sites = ["a"] });
        var other = SubmitAndWait(simulation, Job(4));
        Assert.Equal(Phase.Queued, simulation.State.Workload(other.Id)!.Phase);
        simulation.Run(24 * Hour);
        Assert.Equal(Phase.Succeeded, simulation.State.Workload(other.Id)!.Phase);
    }

    /// <summary>Whatever starts later: with run times that are known exactly the first that waits starts when what runs lets it.</summary>
    [Fact]
    public void Nothing_that_starts_later_delays_the_first_that_waits()
    {
        var passed = 0;
        for (var seed = 0; seed < 100; seed++) passed += EasySearch.Run(seed);
        // Some ran beside the one that waited, past its start.
        Assert.True(passed > 30, $"only {passed}");
    }
}

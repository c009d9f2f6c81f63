using Yunhe.Core.Network;
using Yunhe.Core.Workloads;
using Yunhe.Simulator.Networks;
using Yunhe.Simulator.Results;
using Yunhe.Simulator.Traces;

namespace Yunhe.Simulation.Tests;

/// <summary>Traces on networks: what is told of each job, and what befalls the sites.</summary>
public sealed class NetworkRunTests
{
    private static readonly NetworkPolicy Cheapest = NetworkPolicies.Find("cost")!;

    private static TraceJob Job(long number, long submit, long runTime = 100, int cpus = 1) => new(number, submit) { RunTime = runTime, CpuMilli = cpus * 1000 };

    private static List<JobOutcome> Run(SimulatedNetwork network, IEnumerable<TraceJob> trace, int seed = 1, NetworkPolicy? policy = null)
    {
        var outcomes = new List<JobOutcome>();
        new NetworkRun(network with { Start = Networks.Start }, trace, policy ?? Cheapest, seed, outcomes.Add).Run();
        return [.. outcomes.OrderBy(o => o.Job.Number)];
    }

    private static SimulatedNetwork Of(params Site[] sites) => new(sites);

    [Theory]
    [InlineData(EngineSpec.Simulated)]
    [InlineData(EngineSpec.Slurm)]
    public void Jobs_wait_for_the_one_node_and_start_at_the_very_second_in_which_it_comes_free(string engine)
    {
        var outcomes = Run(Of(Networks.Site("a", nodes: 1, cpus: 4, engine: engine)), [Job(1, 10, 100, 4), Job(2, 20, 50, 3), Job(3, 1000, 7)]);
        Assert.Equal([(10, 110), (110, 160), (1000, 1007)], outcomes.Select(o => ((int)o.Start, (int)o.Finish)));
        Assert.All(outcomes, o => Assert.Equal((JobEnd.Completed, "a", 1), (o.End, o.Site, o.Attempts)));
        Assert.True(outcomes[0].Cost > outcomes[1].Cost);
    }

    [Fact]
    public void Over_a_day_what_each_job_costs_and_emits_follows_the_hours_in_which_it_runs()
    {
        var tariff = new HourProfile([.. Enumerable.Range(0, 24).Select(h => 100 * (h + 1))], [.. Enumerable.Repeat(1000, 24)], TimeSpan.FromHours(8));
        var trace = Enumerable.Range(0, 24).Select(h => Job(h, 1800 + (3600 * h), 3600)).ToList();
        var flat = Run(Of(Networks.Site("a", carbon: 1000)), trace);
        var hourly = Run(Of(Networks.Site("a", carbon: 1000) with { Tariff = tariff, CarbonByHour = tariff }), trace);
        Assert.Equal(flat.Select(o => (o.Start, o.Finish, o.Energy)), hourly.Select(o => (o.Start, o.Finish, o.Energy)));
        // Each runs from half past to half past: half of the one hour and half of the next, by the clock of the site, on a Thursday and a Friday.
        foreach (var (o, hour) in hourly.Select((o, hour) => (o, (hour + 8) % 24)))
        {
            var thousandths = 50 * (hour + 1) + 50 * (((hour + 1) % 24) + 1);
            Assert.Equal(flat[(int)o.Job.Number].Cost.Micros * thousandths / 1000.0, o.Cost.Micros, 1.0);
            Assert.Equal(flat[(int)o.Job.Number].Carbon.Grams * thousandths / 1e6, o.Carbon.Grams, 0.01);
        }
    }

    [Fact]
    public void A_job_is_ended_at_the_time_that_it_asked_for()
    {
        var outcome = Assert.Single(Run(Of(Networks.Site("a")), [Job(1, 0, 100) with { RequestedTime = 60 }]));
        Assert.Equal((JobEnd.TimedOut, 60), (outcome.End, outcome.Finish));
    }

    [Fact]
    public void What_no_site_can_ever_hold_is_rejected_with_the_reason_and_the_rest_goes_on()
    {
        var outcomes = Run(Of(Networks.Site("a", nodes: 2, cpus: 4)), [Job(1, 0, cpus: 9), Job(2, 0) with { Accelerators = 1 }, Job(3, 0), Job(4, 0, -1)]);
        Assert.Equal([JobEnd.Rejected, JobEnd.Rejected, JobEnd.Completed, JobEnd.Rejected], outcomes.Select(o => o.End));
        Assert.Contains("num_nodes: asks for 3, has 2", outcomes[0].Why);
        Assert.Contains("accelerators: asks for", outcomes[1].Why);
    }

    [Fact]
    public void Numbers_beyond_all_reason_are_rejected_with_the_reason_and_no_crash()
    {
        var outcomes = Run(
            Of(Networks.Site("a")),
            [Job(1, 0, 1L << 52), Job(2, 0) with { CpuMilli = 1L << 53 }, Job(3, 0) with { RequestedTime = 1L << 53 }, Job(4, 1L << 52)]);
        Assert.Equal([JobEnd.Rejected, JobEnd.Rejected, JobEnd.Completed, JobEnd.Rejected], outcomes.Select(o => o.End));
        Assert.Equal("ran for more than a hundred years", outcomes[0].Why);
        Assert.Contains("num_nodes: asks for", outcomes[1].Why);
        Assert.Equal("was handed in more than a hundred years after the trace's zero", outcomes[3].Why);
    }

    [Fact]
    public void A_job_of_more_processors_than_a_node_has_runs_as_a_gang()
    {
        var outcomes = Run(Of(Networks.Site("a", nodes: 3, cpus: 4)), [Job(1, 0, cpus: 9), Job(2, 0, cpus: 4)]);
        Assert.Equal([(0, 100), (100, 200)], outcomes.Select(o => ((int)o.Start, (int)o.Finish)));
    }

    [Fact]
    public void Each_node_of_a_gang_that_was_one_job_gets_its_part_of_the_memory_and_of_the_accelerators()
    {
        // Three nodes rather than two, so that no accelerator is asked for in vain.
        var network = Of(Networks.Site("a", nodes: 3, cpus: 16, accelerator: "H100", accelerators: 1));
        var memory = network.Sites[0].Pools[0].PerNode.MemoryMiB;
        var outcome = Assert.Single(Run(network, [Job(1, 0, 3600, cpus: 24) with { MemoryMiB = 2 * memory, Accelerators = 3 }]));
        Assert.Equal((JobEnd.Completed, 3600), (outcome.End, outcome.Finish));
        var alike = Assert.Single(Run(network, [Job(1, 0, 3600, cpus: 8) with { Nodes = 3, MemoryMiB = (2 * memory + 2) / 3, Accelerators = 1 }]));
        Assert.Equal(alike.Cost, outcome.Cost);
    }

    [Fact]
    public void A_faster_site_and_a_faster_accelerator_run_a_job_in_less_time()
    {
        var network = Of(Networks.Site("a", accelerator: "H100", accelerators: 1)) with { Speeds = new Dictionary<string, double> { ["a"] = 2, ["H100"] = 5 } };
        Assert.Equal([50, 10], Run(network, [Job(1, 0), Job(2, 0) with { Accelerators = 1 }]).Select(o => o.Finish - o.Start));
    }

    [Fact]
    public void Transfers_over_one_link_share_its_bandwidth()
    {
        var site = Networks.Site("a") with { Link = new(8_000_000, 0, Core.Units.Money.Zero) };
        var outcomes = Run(Of(site), [Job(1, 0) with { InputBytes = 100_000_000 }, Job(2, 0) with { InputBytes = 100_000_000 }, Job(3, 500) with { InputBytes = 1_000_000 }]);
        // 100 MB at 1 MB/s alone take 100 s; two at once 200 s.
        Assert.Equal([200, 200, 501], outcomes.Select(o => (int)o.Start));
    }

    [Fact]
    public void What_ran_on_a_node_that_fails_is_tried_again_and_nothing_is_put_there_until_it_is_repaired()
    {
        var network = Of(Networks.Site("a", nodes: 3, cpus: 1)) with { Failures = [new(Failing.Node, TimeSpan.FromHours(3), TimeSpan.FromHours(1))] };
        var outcomes = Run(network, Enumerable.Range(1, 60).Select(i => Job(i, i, 3600)));
        Assert.All(outcomes, o => Assert.Equal(JobEnd.Completed, o.End));
        Assert.Contains(outcomes, o => o.Attempts > 1);
        Assert.All(outcomes, o => Assert.Equal(3600, o.Finish - o.Start));
        // Three nodes at most, less those that are down: it takes longer than without failures.
        Assert.True(outcomes.Max(o => o.Finish) > 20 * 3600 + 3600);
    }

    [Theory]
    [InlineData(Failing.Site)]
    [InlineData(Failing.Link)]
    public void Sites_and_links_that_fail_cost_time_but_no_job(Failing what)
    {
        var network = Of(Networks.Site("a", nodes: 2), Networks.Site("b", nodes: 2, engine: EngineSpec.Slurm)) with
        {
            Failures = [new(what, TimeSpan.FromHours(4), TimeSpan.FromMinutes(30))],
        };
        var outcomes = Run(network, Enumerable.Range(1, 200).Select(i => Job(i, i * 100, 3000, 4)));
        Assert.All(outcomes, o => Assert.Equal(JobEnd.Completed, o.End));
        Assert.Contains(outcomes, o => o.Attempts > 1);
    }

    [Fact]
    public void In_a_maintenance_window_nothing_new_starts_and_what_runs_goes_on()
    {
        var network = Of(Networks.Site("a")) with { Maintenance = [new("a", TimeSpan.FromSeconds(50), TimeSpan.FromSeconds(500))] };
        Assert.Equal([(0, 100), (500, 600)], Run(network, [Job(1, 0), Job(2, 60)]).Select(o => ((int)o.Start, (int)o.Finish)));
    }

    [Fact]
    public void Nodes_under_maintenance_are_left_out_and_the_others_are_used()
    {
        var network = Of(Networks.Site("a", nodes: 3, cpus: 1)) with
        {
            Maintenance = [new("a", TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1000)) { Pool = "main", First = 1, Last = 2 }],
        };
        Assert.Equal([20, 120, 220], Run(network, [Job(1, 20), Job(2, 20), Job(3, 20)]).Select(o => (int)o.Start));
    }

    [Fact]
    public void A_window_that_ends_ends_no_other_and_neither_does_a_repair()
    {
        static TimeSpan At(int seconds) => TimeSpan.FromSeconds(seconds);
        var site = Of(Networks.Site("a")) with { Maintenance = [new("a", At(0), At(1000)), new("a", At(10), At(20))] };
        Assert.Equal(1000, Assert.Single(Run(site, [Job(1, 60)])).Start);
        var node = Of(Networks.Site("a", nodes: 1)) with
        {
            Maintenance = [new("a", At(0), At(100_000)) { Pool = "main", First = 1, Last = 1 }],
            Failures = [new(Failing.Node, At(3000), At(60))],
        };
        Assert.Equal(100_000, Assert.Single(Run(node, [Job(1, 60, 1)])).Start);
    }

    [Fact]
    public void A_node_that_has_failed_does_not_fail_again_before_it_is_repaired()
    {
        var network = Of(Networks.Site("a", nodes: 1)) with { Failures = [new(Failing.Node, TimeSpan.FromHours(20), TimeSpan.FromHours(400))] };
        var starts = Enumerable.Range(1, 5).SelectMany(seed => Run(network, Enumerable.Range(0, 1000).Select(i => Job(i, i * 3600, 600)), seed).Select(o => o.Start + seed * 1e9)).Order().ToList();
        var outages = starts.Zip(starts.Skip(1), (a, b) => b - a).Where(gap => gap is > 2 * 3600 and < 1e8).ToList();
        Assert.InRange(outages.Average() / 3600, 200, 800);
    }

    [Theory]
    [InlineData(40)]
    [InlineData(300)]
    public void The_end_of_a_long_outage_is_waited_for(int days)
    {
        var network = Of(Networks.Site("a")) with { Maintenance = [new("a", TimeSpan.Zero, TimeSpan.FromDays(days))] };
        Assert.Equal(days * 86_400, Assert.Single(Run(network, [Job(1, 60)])).Start);
    }

    [Fact]
    public void What_was_used_in_vain_counts_as_used()
    {
        var network = Of(Networks.Site("a", nodes: 1, cpus: 4)) with { Start = Networks.Start, Failures = [new(Failing.Node, TimeSpan.FromHours(10), TimeSpan.FromMinutes(1))] };
        var metrics = new RunMetrics([new("a", 4000, 0)]);
        new NetworkRun(network, [Job(1, 0, 36_000, 4), Job(2, 10, 3600, 4), Job(3, 20, 36_000, 4)], Cheapest, 2, metrics.Add).Run();
        var summary = metrics.Result("cost", 2).Summary;
        Assert.Equal(2, Math.Max(2, summary.Retried));
        Assert.InRange(summary.Cpus, 0.95, 1);
    }

    [Fact]
    public void The_same_seed_gives_the_same_outcomes_and_another_seed_others()
    {
        var network = Of(Networks.Site("a", nodes: 3, cpus: 2), Networks.Site("b", nodes: 3, cpus: 2, engine: EngineSpec.Slurm)) with
        {
            Failures = [new(Failing.Node, TimeSpan.FromHours(20), TimeSpan.FromHours(1))],
        };
        List<(JobOutcome, string)> Of100(int seed) => Run(network, Enumerable.Range(1, 100).Select(i => Job(i, i * 60, 1000 + i % 7 * 500)), seed).ConvertAll(o => (o with { Lost = [] }, string.Join(' ', o.Lost)));
        Assert.Equal(Of100(1), Of100(1));
        Assert.NotEqual(Of100(1), Of100(2));
    }

    [Fact]
    public void What_can_never_start_is_told_as_unfinished()
    {
        var network = Of(Networks.Site("a")) with { Maintenance = [new("a", TimeSpan.Zero, TimeSpan.FromDays(10_000))] };
        Assert.Equal(JobEnd.Unfinished, Assert.Single(Run(network, [Job(1, 60)])).End);
    }

    [Fact]
    public void Accelerators_that_are_free_where_no_core_is_are_told_as_fragments()
    {
        var samples = new List<(double At, double Share)>();
        new NetworkRun(Of(Networks.Site("a", nodes: 2, cpus: 8, accelerator: "H100", accelerators: 4)), Trace(), Cheapest, 1, _ => { })
        {
            Fragmentation = (at, share) => samples.Add((at, share)),
        }.Run();
        // What asks for cores only does not count; the first with an accelerator leaves three of the one node that it fills, beside four that one more could use.
        Assert.Equal([(10, 3 / 7.0), (110, 0)], samples.Where(s => s.At >= 10));
        Assert.DoesNotContain(samples, s => s.At < 10);

        static IEnumerable<TraceJob> Trace() => [Job(1, 0, 5, 1), Job(2, 10, 100, 8) with { Accelerators = 1 }];
    }

    [Fact]
    public void Without_accelerators_the_fragments_are_processors()
    {
        var samples = new List<double>();
        new NetworkRun(Of(Networks.Site("a", nodes: 1, cpus: 8)), [Job(1, 0, 100, 5), Job(2, 1, 100, 5), Job(3, 2, 100, 1)], Cheapest, 1, _ => { }) { Fragmentation = (_, share) => samples.Add(share) }.Run();
        // Of the three that are free beside the first no job like it can use any; later two of three jobs are so large.
        Assert.Equal([1, 1, 2 / 3.0], samples.Take(3));
    }

    [Fact]
    public void What_is_unfinished_keeps_what_it_used()
    {
        // Power is lost for ever some time after both have begun.
        var network = Of(Networks.Site("a", nodes: 2)) with { Failures = [new(Failing.Site, TimeSpan.FromHours(2), TimeSpan.FromDays(10_000))] };
        var outcomes = Run(network, [Job(1, 0, 1_000_000, 4), Job(2, 0, 1_000_000, 4)]);
        Assert.All(outcomes, o =>
        {
            Assert.Equal((JobEnd.Unfinished, "", -1), (o.End, o.Site, o.Start));
            Assert.True(o.Attempts > 0 && o.Cost > Core.Units.Money.Zero);
            Assert.Equal("a", o.Lost[0].Site);
        });
    }

    [Fact]
    public void Each_site_is_booked_what_was_used_there()
    {
        var network = Of(Networks.Site("a", cpuHour: 0.01m, nodes: 1), Networks.Site("b", cpuHour: 1m, nodes: 1)) with
        {
            Failures = [new(Failing.Site, TimeSpan.FromHours(5), TimeSpan.FromDays(300)) { Sites = ["a"] }],
        };
        var metrics = new RunMetrics([new("a", 8000, 0), new("b", 8000, 0)]);
        var outcomes = new List<JobOutcome>();
        new NetworkRun(network with { Start = Networks.Start }, [Job(1, 0, 100_000, 4)], Cheapest, 1, o => { metrics.Add(o); outcomes.Add(o); }).Run();
        var (outcome, sites) = (Assert.Single(outcomes), metrics.Result("cost", 1).Sites.ToDictionary(s => s.Name));
        Assert.Equal(("b", "a"), (outcome.Site, Assert.Single(outcome.Lost).Site));
        Assert.True(sites["a"].Cost > Core.Units.Money.Zero && sites["a"].Energy.Joules > 0);
        Assert.Equal(outcome.Cost, sites["a"].Cost + sites["b"].Cost);
        Assert.True(sites["a"].Cost < sites["b"].Cost);
    }

    [Fact]
    public void A_large_job_is_spread_over_nodes_of_a_pool_that_has_enough_of_them()
    {
        // Two large nodes are fewer than three parts of it: five of the smaller ones hold it.
        var network = Of(Networks.Site("a", nodes: 6, cpus: 16), Networks.Site("b", nodes: 2, cpus: 32));
        Assert.Equal((JobEnd.Completed, "a"), Run(network, [Job(1, 0, cpus: 80)]).Select(o => (o.End, o.Site)).Single());
    }
}

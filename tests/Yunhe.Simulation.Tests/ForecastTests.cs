using System.Text.Json;
using Yunhe.Core.Control;
using Yunhe.Core.Scheduling;
using Yunhe.Core.Workloads;
using Yunhe.Simulator.Networks;
using Yunhe.Simulator.Traces;

namespace Yunhe.Simulation.Tests;

/// <summary>What people are told of a start: with the queue ahead, calibrated, and the same after a restart.</summary>
public sealed class ForecastTests
{
    private static WorkloadSpec Hour(int cpus, string name = "job") => Networks.Job(name, cpus) with { TimeLimit = TimeSpan.FromHours(1) };

    /// <summary>One node of eight cores, taken for an hour, and so many that wait for all of it.</summary>
    private static Simulator.Simulation Busy(int waiting)
    {
        var simulation = new Simulator.Simulation(1, Networks.Start, [Networks.Site("a", nodes: 1)], _ => new(TimeSpan.FromMinutes(50)));
        simulation.Run(TimeSpan.FromSeconds(10));
        for (var i = 0; i <= waiting; i++) Assert.Null(simulation.Give(new Submit(Hour(8), "u", null, null)).Refusal);
        simulation.Run(TimeSpan.FromSeconds(10));
        Assert.Equal(waiting, simulation.State.Waiting);
        return simulation;
    }

    private static Candidate Told(Simulator.Simulation simulation, WorkloadSpec spec) => Controller.Forecast(simulation.State, spec, "u", simulation.Now).Candidates[0];

    [Fact]
    public void What_waits_ahead_is_counted()
    {
        var (one, five) = (Told(Busy(1), Hour(8)), Told(Busy(5), Hour(8)));
        // An hour's limit is taken to be used by half before anything has been learned.
        Assert.Equal(60, one.WaitP50.TotalMinutes, 1.0);
        Assert.Equal(180, five.WaitP50.TotalMinutes, 1.0);
        Assert.True(five.WaitP90 > five.WaitP50);
        Assert.Equal(30, Controller.Evaluate(Busy(5).State, Hour(8), "u", Networks.Start).Candidates[0].WaitP50.TotalMinutes, 1.0);
    }

    [Fact]
    public void Who_would_wait_for_a_cheap_site_reckons_with_how_long_the_runs_there_really_take()
    {
        var simulation = new Simulator.Simulation(1, Networks.Start, [Networks.Site("cheap", nodes: 1, cpuHour: 0.01m), Networks.Site("dear", nodes: 1)], _ => new(TimeSpan.FromHours(10)));
        simulation.Run(TimeSpan.FromSeconds(10));
        // Its user always says twenty minutes.
        var job = Networks.Job(cpus: 8) with { Estimate = TimeSpan.FromMinutes(20) };
        Assert.Equal(("cheap", null), (SiteOfNext(), SiteOfNext()));
        for (var i = 0; i < 8; i++) simulation.Run(TimeSpan.FromHours(11));
        for (var i = 0; i < 7; i++)
        {
            Assert.Equal("cheap", SiteOfNext());
            simulation.Run(TimeSpan.FromHours(11));
        }
        Assert.Equal(("cheap", "dear"), (SiteOfNext(), SiteOfNext()));

        string? SiteOfNext()
        {
            var id = simulation.Give(new Submit(job, "u", null, null)).Workload!.Value;
            simulation.Run(TimeSpan.FromSeconds(10));
            return simulation.State.Attempt(new(new(id), 1))?.Site;
        }
    }

    [Fact]
    public void Who_goes_first_waits_for_what_runs_only()
    {
        Assert.Equal(30, Told(Busy(5), Hour(8) with { Priority = 100 }).WaitP50.TotalMinutes, 1.0);
    }

    [Fact]
    public void Each_that_waits_has_its_own_forecast()
    {
        var simulation = Busy(3);
        var starts = simulation.State.WorkloadsBefore().Reverse().Select(w => simulation.State.ForecastOf(w, simulation.Now)).ToList();
        Assert.Null(starts[0]);
        Assert.Equal([30, 60, 90], starts.Skip(1).Select(s => Math.Round((s!.Value.P50 - simulation.Now).TotalMinutes)));
    }

    [Fact]
    public void A_project_that_holds_much_waits_for_one_that_holds_nothing()
    {
        var simulation = Busy(0);
        foreach (var name in (string[])["much", "none"])
            Assert.Null(simulation.Give(new SetProject(new(name))).Refusal);
        for (var i = 0; i < 4; i++) simulation.Give(new Submit(Hour(8) with { Project = "much" }, "u", null, null));
        var (none, much) = (Told(simulation, Hour(8) with { Project = "none" }), Told(simulation, Hour(8) with { Project = "much" }));
        Assert.True(none.WaitP50 < much.WaitP50, $"{none.WaitP50} {much.WaitP50}");
    }

    [Fact]
    public void A_long_queue_is_counted_as_a_sum()
    {
        var simulation = Busy(3000);
        var told = Told(simulation, Hour(8)).WaitP50;
        Assert.InRange(told.TotalHours, 1400, 1600);
        Assert.InRange((simulation.State.ForecastOf(simulation.State.Workload(new(3001))!, simulation.Now)!.Value.P50 - simulation.Now).TotalHours, 1400, 1600);
    }

    [Fact]
    public void Nine_of_ten_starts_come_before_P90_once_it_has_learned()
    {
        var told = new Dictionary<WorkloadId, (DateTimeOffset At, TimeSpan P50, TimeSpan P90)>();
        var (before50, before90, all) = (0, 0, 0);
        var run = Run(3000, seed: 1, (state, fact) =>
        {
            if (fact is WorkloadSubmitted s && s.Workload.Number > 1000 && Controller.Forecast(state, state.Workload(s.Workload)!, s.At).Candidates[0] is var best) told.Add(s.Workload, (s.At, best.WaitP50, best.WaitP90));
            if (fact is not AttemptPlaced p || !told.Remove(p.Attempt.Task.Workload, out var one) || p.At == one.At) return;
            all++;
            if (p.At <= one.At + one.P50) before50++;
            if (p.At <= one.At + one.P90) before90++;
        });
        run.Run(TestContext.Current.CancellationToken);
        Assert.True(all > 400, $"{all} waited");
        // Some hundreds of waits that hang together.
        Assert.InRange((double)before90 / all, 0.82, 0.97);
        Assert.InRange((double)before50 / all, 0.40, 0.62);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Replay_and_snapshot_have_learned_the_same_and_foretell_the_same(int seed)
    {
        var (submitted, looks) = (0, 0);
        NetworkRun? run = null;
        State? replayed = null;
        run = Run(600, seed, (state, fact) =>
        {
            replayed!.Apply(fact);
            if (fact is not WorkloadSubmitted { Foretold: not null } || ++submitted % 20 != 0) return;
            looks++;
            var restored = run!.Simulation.Reread();
            Assert.Equal(Simulator.Simulation.Text(state), Simulator.Simulation.Text(replayed));
            Assert.Equal(Simulator.Simulation.Text(state), Simulator.Simulation.Text(restored));
            // Engines tell how they are again after a restart.
            foreach (var site in state.Sites) Controller.Step(restored, new Observe(site.Site.Name, site.Report!), fact.At, new(1));
            var expected = JsonSerializer.Serialize(Controller.Forecast(state, Hour(4), "u1", fact.At));
            Assert.Equal(expected, JsonSerializer.Serialize(Controller.Forecast(replayed, Hour(4), "u1", fact.At)));
            Assert.Equal(expected, JsonSerializer.Serialize(Controller.Forecast(restored, Hour(4), "u1", fact.At)));
        });
        replayed = run.Simulation.Reread();
        run.Run(TestContext.Current.CancellationToken);
        Assert.True(looks > 5, $"{looks} looks");
    }

    /// <summary>Two sites of sixteen cores, busy, with users whose runs use different shares of their limits.</summary>
    private static NetworkRun Run(int jobs, int seed, Action<State, Event> happened)
    {
        var run = new NetworkRun(
            new([Networks.Site("a", nodes: 2), Networks.Site("b", nodes: 2, cpuHour: 0.12m)]) { Start = Networks.Start },
            Jobs(jobs, seed), NetworkPolicies.Find("balanced")!, 1, _ => { });
        var told = run.Simulation.Happened!;
        run.Simulation.Happened = fact =>
        {
            happened(run.Simulation.State, fact);
            told(fact);
        };
        return run;
    }

    private static IEnumerable<TraceJob> Jobs(int count, int seed)
    {
        var random = new Random(seed);
        var submit = 0.0;
        for (var i = 1; i <= count; i++)
        {
            submit -= Math.Log(1 - random.NextDouble()) * 230;
            var (user, limit) = (random.Next(5), 600 * (1 << random.Next(5)));
            yield return new(i, (long)submit)
            {
                RunTime = Math.Max(1, (long)(limit * random.NextDouble() * (user + 1) / 5)), RequestedTime = limit, CpuMilli = 1000 << random.Next(4), User = $"u{user}",
            };
        }
    }
}

using CsCheck;
using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;
using Yunhe.Simulator;

namespace Yunhe.Simulation.Tests;

/// <summary>Random networks, workloads and faults against what must hold whatever happens. A failing seed is printed and becomes a named test.</summary>
public sealed class FaultSearch
{
    private const int Seeds = 200;

    [Fact]
    public void Whatever_fails_nothing_is_lost_doubled_overcommitted_or_unbilled()
    {
        var failures = new List<string>();
        Parallel.For(0, Seeds, seed =>
        {
            if (Try(seed) is { } failure)
                lock (failures) failures.Add($"seed {seed}: {failure}");
        });
        Assert.True(failures.Count == 0, $"{failures.Count} of {Seeds} seeds fail; the first:\n{failures.Order(StringComparer.Ordinal).FirstOrDefault()}");
    }

    [Fact]
    public void The_same_seed_gives_the_same_decisions_to_the_last_byte() =>
        Assert.Equal(Simulator.Simulation.Text(Run(7).State), Simulator.Simulation.Text(Run(7).State));

    private static string? Try(int seed)
    {
        try
        {
            var simulation = Run(seed);
            Check(simulation);
            return null;
        }
        catch (Exception e) when (e is InvalidOperationException or Xunit.Sdk.XunitException or KeyNotFoundException or ArgumentException)
        {
            return e.ToString();
        }
    }

    private static Simulator.Simulation Run(int seed)
    {
        var random = new Random(seed);
        var sites = Enumerable.Range(0, random.Next(1, 5)).Select(i => Networks.Site(
            $"s{i}", nodes: random.Next(1, 6), cpus: random.Next(1, 9), cpuHour: random.Next(1, 50) / 100m,
            carbon: random.Next(20, 900), engine: random.Next(2) == 0 ? EngineSpec.Simulated : EngineSpec.Slurm)).ToList();
        var faults = new Faults(
            LostAnswer: random.NextDouble() * 0.3, SiteAway: random.Next(2) * 0.05, NodeFailure: random.NextDouble() * 0.01,
            Vanished: random.NextDouble() * 0.01, Crash: random.NextDouble() * 0.1);
        var simulation = new Simulator.Simulation(seed, Networks.Start, sites, l => Behave(seed, l), faults) { AfterCycle = CheckCycle };
        foreach (var site in simulation.Sites.Values) simulation.Give(new Observe(site.Site.Name, site.Observe([], simulation.Now)));
        for (var i = 0; i < 30; i++) simulation.Plan(TimeSpan.FromSeconds(random.Next(600)), new Submit(Spec(random, i), "admin", $"key{i}", null));
        for (var i = 0; i < 4; i++) simulation.Plan(TimeSpan.FromSeconds(random.Next(900)), new Cancel(new(random.Next(1, 30)), "admin"));
        if (simulation.Run(TimeSpan.FromDays(2))) return simulation;
        // What was accepted while a site's capacity was unknown may turn out to fit nowhere; only that may be left.
        foreach (var left in simulation.State.WorkloadsBefore().Where(w => w.EndedAt is null).ToList())
        {
            var decision = Controller.Evaluate(simulation.State, left, simulation.Now);
            if (left.Counts.Active > 0 || left.Counts.Submitted == 0 && decision.Candidates.Any(c => c.Excluded is null))
                throw new InvalidOperationException($"{left.Id} is stuck: {left.Counts} {decision.Candidates[0]}");
            simulation.Give(new Cancel(left.Id, "admin"));
        }
        if (!simulation.Run(TimeSpan.FromDays(1))) throw new InvalidOperationException("cancelled, and yet not ended");
        return simulation;
    }

    private static SimulatedRun Behave(int seed, Launch launch)
    {
        var random = new Random(HashCode.Combine(0, seed) ^ (int)launch.Attempt.Task.Workload.Number * 7919 ^ launch.Attempt.Number * 31 ^ launch.Attempt.Task.Index);
        return new(TimeSpan.FromSeconds(random.Next(1, 400)), random.Next(5) == 0 ? random.Next(1, 128) : 0) { Grace = TimeSpan.FromSeconds(random.Next(3)) };
    }

    private static WorkloadSpec Spec(Random random, int i) => Networks.Job($"job{i % 6}", random.Next(1, 4), random.Next(4) == 0 ? random.Next(1, 4) : 1) with
    {
        Array = random.Next(5) == 0 ? new([.. Enumerable.Range(0, random.Next(1, 12))], random.Next(2) == 0 ? random.Next(1, 4) : null) : null,
        Priority = random.Next(-3, 4),
        Retries = random.Next(3),
        Objective = (Objective)random.Next(4),
        TimeLimit = random.Next(3) == 0 ? TimeSpan.FromSeconds(random.Next(30, 600)) : null,
        Budget = random.Next(6) == 0 ? Money.FromDecimal(random.Next(1, 500) / 1000m) : null,
        Dependencies = i > 0 && random.Next(5) == 0 ? [new((DependencyKind)random.Next(4), new(random.Next(1, Math.Max(2, i / 2))))] : [],
    };

    private static void CheckCycle(Simulator.Simulation simulation)
    {
        foreach (var workload in simulation.State.WorkloadsBefore())
        {
            if (workload.Counts.Total != workload.TaskCount) throw new InvalidOperationException($"{workload.Id} counts {workload.Counts}");
            if (workload.Spec.Array?.Limit is { } limit && workload.Counts.Active > limit)
                throw new InvalidOperationException($"{workload.Id} runs {workload.Counts.Active} of at most {limit}");
        }
    }

    private static void Check(Simulator.Simulation simulation)
    {
        var state = simulation.State;
        // Nothing begun twice; what the engines begun is what the state knows.
        foreach (var site in simulation.Sites.Values)
            foreach (var (attempt, times) in site.Begun)
            {
                Assert.Equal(1, times);
                Assert.NotNull(state.Attempt(attempt));
            }
        // Money adds up, and every attempt that ran is billed once.
        Assert.Equal(state.Usage.Count, state.Usage.Select(u => u.Attempt).Distinct().Count());
        foreach (var workload in state.WorkloadsBefore())
        {
            var sum = state.Usage.Where(u => u.Attempt.Task.Workload == workload.Id).Aggregate(Money.Zero, (a, u) => a + u.Cost);
            Assert.Equal(sum, workload.Cost);
            foreach (var (_, task) in state.TasksOf(workload))
                foreach (var attempt in task.Attempts.Where(a => a.StartedAt is not null))
                    Assert.NotNull(attempt.Usage);
        }
        // Replay and snapshot give the same state.
        Assert.Equal(Simulator.Simulation.Text(state), Simulator.Simulation.Text(simulation.Replay()));
        Assert.Equal(Simulator.Simulation.Text(state), Simulator.Simulation.Text(State.Restore(state.Capture())));
    }
}

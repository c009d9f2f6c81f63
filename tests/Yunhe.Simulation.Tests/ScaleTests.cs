using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;
using Yunhe.Simulator;

namespace Yunhe.Simulation.Tests;

/// <summary>What much work costs, in events and allocated bytes: these are the same on a loaded machine, and a square shows in them.</summary>
public sealed class ScaleTests
{
    [Fact]
    public void An_array_of_10000_tasks_takes_at_most_six_events_and_80_kB_for_each_task()
    {
        var run = Complete(10_000, n => [Networks.Job() with { Array = new([.. Enumerable.Range(0, n)], null) }]);
        Assert.Equal(10_000, run.Simulation.State.Usage.Count);
        // Placed, staged, started, ended, collected, task ended; and the network, its sites and the submission.
        Assert.InRange(run.Simulation.Log.Count, 5 * 10_000, 6 * 10_000 + 5);
        Assert.InRange(run.Bytes, 0, 10_000 * 80_000L);
    }

    [Fact]
    public void Twenty_thousand_workloads_take_at_most_seven_events_and_150_kB_for_each()
    {
        var run = Complete(20_000, Singles);
        Assert.Equal(20_000, run.Simulation.State.Usage.Count);
        Assert.InRange(run.Simulation.Log.Count, 6 * 20_000, 7 * 20_000 + 5);
        Assert.InRange(run.Bytes, 0, 20_000 * 150_000L);
    }

    [Theory]
    [InlineData("workloads", EngineSpec.Simulated)]
    [InlineData("deadlines", EngineSpec.Simulated)]
    [InlineData("array", EngineSpec.Slurm)]
    [InlineData("limited array with a budget", EngineSpec.Simulated)]
    [InlineData("corresponding arrays", EngineSpec.Simulated)]
    public void Twice_the_work_takes_about_twice_the_effort(string kind, string engine)
    {
        Complete(200, n => Work(kind, n), engine);
        var once = Complete(1500, n => Work(kind, n), engine);
        var twice = Complete(3000, n => Work(kind, n), engine);
        Assert.InRange(twice.Bytes / (double)once.Bytes, 1, 2.7);
    }

    private static IEnumerable<WorkloadSpec> Singles(int n) => Enumerable.Range(0, n).Select(i => Networks.Job($"j{i % 50}"));

    private static IEnumerable<WorkloadSpec> Work(string kind, int n)
    {
        var array = Networks.Job() with { Array = new([.. Enumerable.Range(0, n)], null) };
        return kind switch
        {
            "workloads" => Singles(n),
            "deadlines" => Singles(n).Select(s => s with { Deadline = Networks.Start.AddDays(300) }),
            "array" => [array],
            "limited array with a budget" => [array with { Array = new(array.Array!.Indices, 100), Budget = Money.FromDecimal(1_000_000) }],
            _ => [array, array with { Dependencies = [new(DependencyKind.AfterCorresponding, new(1))] }],
        };
    }

    private static (Simulator.Simulation Simulation, long Bytes) Complete(
        int n, Func<int, IEnumerable<WorkloadSpec>> work, string engine = EngineSpec.Simulated)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Site[] sites = [.. new[] { "a", "b", "c" }.Select((name, i) => Networks.Site(name, nodes: 50, cpuHour: 0.1m * (i + 1), engine: engine))];
        var simulation = new Simulator.Simulation(1, Networks.Start, sites, launch => new(TimeSpan.FromSeconds(60 + launch.Attempt.Task.Index % 5 * 10)));
        foreach (var site in simulation.Sites.Values) simulation.Give(new Observe(site.Site.Name, site.Observe([], simulation.Now)));
        foreach (var spec in work(n)) simulation.Give(new Submit(spec, "admin", null, null));
        Assert.True(simulation.Run(TimeSpan.FromDays(1)));
        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.DoesNotContain(simulation.State.WorkloadsBefore(), w => w.Phase != Phase.Succeeded);
        return (simulation, bytes);
    }
}

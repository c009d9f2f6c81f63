using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Shares;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;
using Yunhe.Simulator;

namespace Yunhe.Simulation.Tests;

/// <summary>Shares, quotas, borrowing and preemption in whole runs.</summary>
public sealed class ProjectTests
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private static Simulator.Simulation Network(int nodes, Func<Launch, TimeSpan> length, params Project[] projects)
    {
        var simulation = new Simulator.Simulation(
            1, Networks.Start, [Networks.Site("a", nodes: nodes, cpus: 8)], launch => new(length(launch)) { Grace = Grace });
        foreach (var site in simulation.Sites.Values) simulation.Give(new Observe(site.Site.Name, site.Observe([], simulation.Now)));
        foreach (var project in projects) Assert.Null(simulation.Give(new SetProject(project)).Refusal);
        return simulation;
    }

    private static Amounts Cpus(long cpus) => new() { Cpus = cpus };

    private static WorkloadId Submit(Simulator.Simulation simulation, WorkloadSpec spec)
    {
        var result = simulation.Give(new Submit(spec, "admin", null, null));
        Assert.Null(result.Refusal);
        return result.Workload!.Value;
    }

    private static WorkloadSpec Of(string project, int cpus = 8, int tasks = 1, int priority = 0) => Networks.Job(project.Replace('/', '-'), cpus) with
    {
        Project = project, Priority = priority, Array = tasks > 1 ? new([.. Enumerable.Range(0, tasks)], null) : null,
    };

    private static long Held(Simulator.Simulation simulation, string project) => simulation.State.ShareOf(project, simulation.Now)!.Held.Cpus!.Value;

    [Fact]
    public void An_owner_gets_back_what_others_borrowed_within_the_grace_time()
    {
        var simulation = Network(8, _ => TimeSpan.FromHours(10), new Project("owner") { Quota = Cpus(32) }, new Project("guest"));
        Submit(simulation, Of("guest", tasks: 20));
        simulation.Run(TimeSpan.FromMinutes(10));
        Assert.Equal(64, Held(simulation, "guest"));
        var id = Submit(simulation, Of("owner", tasks: 6));
        var asked = simulation.Now;
        simulation.Run(Grace + TimeSpan.FromSeconds(5));
        Assert.Equal(32, Held(simulation, "owner"));
        Assert.Equal(32, Held(simulation, "guest"));
        simulation.Run(TimeSpan.FromHours(1));
        // Its quota is full: the rest waits like everybody else.
        Assert.Equal(32, Held(simulation, "owner"));
        Assert.Equal(4, simulation.State.Usage.Count);
        Assert.All(simulation.State.TasksOf(simulation.State.Workload(id)!), t => Assert.True(t.Task.Attempts[0].PlacedAt - asked <= Grace + TimeSpan.FromSeconds(5)));
    }
}

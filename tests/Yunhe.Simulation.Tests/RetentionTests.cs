using Yunhe.Core.Control;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;

namespace Yunhe.Simulation.Tests;

/// <summary>What is forgotten of ended workloads, and what stays.</summary>
public sealed class RetentionTests
{
    private static Simulator.Simulation Ended(params WorkloadSpec[] specs)
    {
        var simulation = new Simulator.Simulation(1, Networks.Start, [Networks.Site("a")], l => new(TimeSpan.FromMinutes(10), l.Spec.Name == "bad" ? 1 : 0));
        simulation.Run(TimeSpan.FromSeconds(1));
        foreach (var spec in specs) Assert.Null(simulation.Give(new Submit(spec, "admin", spec.Name, null)).Refusal);
        return simulation;
    }

    [Fact]
    public void A_forgotten_workload_leaves_its_cost_in_the_totals_and_what_it_taught()
    {
        var simulation = Ended(Networks.Job("one"), Networks.Job("array") with { Array = new([0, 1, 2], null) });
        Assert.True(simulation.Run(TimeSpan.FromDays(1)));
        var cost = simulation.State.Usage.Aggregate(Money.Zero, (sum, u) => sum + u.Cost);
        var expected = Controller.Evaluate(simulation.State, Networks.Job("one"), "admin", simulation.Now).Candidates[0].RunTime;
        Assert.Equal(TimeSpan.FromMinutes(10), expected);

        Assert.Equal(2, simulation.Give(new ForgetEnded(simulation.Now.AddDays(1))).Events.Count);
        Assert.Empty(simulation.State.WorkloadsBefore());
        Assert.Empty(simulation.State.Usage);
        var total = Assert.Single(simulation.State.ForgottenUsage);
        Assert.Equal((4, cost, "a", new DateOnly(2026, 1, 1)), (total.Attempts, total.Cost, total.Site, total.Day));
        Assert.Equal(expected, Controller.Evaluate(simulation.State, Networks.Job("one"), "admin", simulation.Now).Candidates[0].RunTime);
        // However the state comes about.
        Assert.Equal(Simulator.Simulation.Text(simulation.State), Simulator.Simulation.Text(simulation.Replay()));
        Assert.Equal(Simulator.Simulation.Text(simulation.State), Simulator.Simulation.Text(simulation.Reread()));
        // The key is free again, and numbers go on.
        Assert.Equal(new WorkloadId(3), simulation.Give(new Submit(Networks.Job("one"), "admin", "one", null)).Workload);
    }

    [Fact]
    public void What_has_not_ended_long_enough_or_is_waited_for_is_kept()
    {
        var simulation = Ended(
            Networks.Job("bad"), Networks.Job("long"),
            Networks.Job("waits") with { Dependencies = [new(DependencyKind.AfterAny, new(1)), new(DependencyKind.AfterAny, new(2))] });
        simulation.Give(new Cancel(new(1), "admin"));
        Assert.Empty(simulation.Give(new ForgetEnded(simulation.Now.AddDays(-1))).Events);
        Assert.Empty(simulation.Give(new ForgetEnded(simulation.Now.AddDays(1))).Events);
        Assert.True(simulation.Run(TimeSpan.FromDays(1)));
        Assert.Equal(3, simulation.Give(new ForgetEnded(simulation.Now.AddDays(1))).Events.Count);
        Assert.Equal(0, simulation.State.Ended);
    }
}

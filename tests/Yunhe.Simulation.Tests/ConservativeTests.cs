using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Shares;
using Yunhe.Core.Workloads;
using Yunhe.Simulator;

namespace Yunhe.Simulation.Tests;

public sealed class ConservativeTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static Simulator.Simulation Over(Backfilling backfill, int nodes = 4)
    {
        var simulation = new Simulator.Simulation(1, Networks.Start, [Networks.Site("a", nodes: nodes)], launch => new(launch.Spec.TimeLimit!.Value));
        foreach (var site in simulation.Sites.Values) simulation.Give(new Observe(site.Site.Name, site.Observe([], simulation.Now)));
        simulation.Give(new SetSharePolicy(new() { Backfill = backfill }));
        return simulation;
    }

    private static Workload Submit(Simulator.Simulation simulation, int nodes, double hours)
    {
        var spec = Networks.Job(cpus: 8, nodes: nodes) with { TimeLimit = hours * Hour };
        return simulation.State.Workload(simulation.Give(new Submit(spec, "admin", null, null)).Workload!.Value)!;
    }

    private static double StartOf(Simulator.Simulation simulation, Workload workload) => Math.Round((simulation.State.Workload(workload.Id)!.StartedAt!.Value - Networks.Start) / Hour, 1);

    /// <summary>
    /// Three of four nodes run for 2 h. A needs all four for 1 h; B one for 3 h, which would keep A; C one for 1.5 h, which would not. EASY looks away
    /// in A's first minute.
    /// </summary>
    [Theory]
    [InlineData(Backfilling.Conservative, 2.0, 3.0, 0.0)]
    [InlineData(Backfilling.Easy, 3.0, 0.0, 4.0)]
    public void Nothing_delays_what_is_ahead_of_it_from_the_first_moment_on(Backfilling backfill, double a, double b, double c)
    {
        var simulation = Over(backfill);
        Submit(simulation, nodes: 3, hours: 2);
        simulation.Run(TimeSpan.FromMinutes(2));
        Workload[] waiting = [Submit(simulation, nodes: 4, hours: 1), Submit(simulation, nodes: 1, hours: 3), Submit(simulation, nodes: 1, hours: 1.5)];
        Assert.True(simulation.Run(TimeSpan.FromDays(2)));
        Assert.Equal([a, b, c], waiting.Select(w => StartOf(simulation, w)));
    }

    /// <summary>
    /// Three of four nodes run for 2 h. A (two nodes, 1 h) waits for them, B (four nodes, 1 h) for A's end at 3 h. C (one node, 2.5 h) is in nobody's way
    /// on the fourth, as it ends before 3 h; EASY keeps nothing for B, but B needs nothing that C has at 3 h.
    /// </summary>
    [Theory]
    [InlineData(Backfilling.Conservative, 2.0, 3.0, 0.1)]
    [InlineData(Backfilling.Easy, 2.0, 3.0, 0.1)]
    public void A_gap_between_the_places_of_others_is_filled(Backfilling backfill, double a, double b, double c)
    {
        var simulation = Over(backfill);
        Submit(simulation, nodes: 3, hours: 2);
        simulation.Run(TimeSpan.FromMinutes(2));
        Workload[] waiting = [Submit(simulation, nodes: 2, hours: 1), Submit(simulation, nodes: 4, hours: 1)];
        simulation.Run(TimeSpan.FromMinutes(2));
        waiting = [.. waiting, Submit(simulation, nodes: 1, hours: 2.5)];
        Assert.True(simulation.Run(TimeSpan.FromDays(2)));
        Assert.Equal([a, b, c], waiting.Select(w => StartOf(simulation, w)));
    }

    [Fact]
    public void A_reservation_counts_as_a_place_that_is_taken()
    {
        var simulation = Over(Backfilling.Conservative, nodes: 2);
        Assert.Null(simulation.Give(new AddReservation(new()
        {
            Name = "r", Site = "a", Pool = "main", Nodes = 2, From = Networks.Start + Hour, To = Networks.Start + 2 * Hour,
        })).Refusal);
        var (large, small) = (Submit(simulation, nodes: 2, hours: 1.5), Submit(simulation, nodes: 1, hours: 0.9));
        Assert.True(simulation.Run(TimeSpan.FromDays(2)));
        Assert.Equal((2.0, 0.0), (StartOf(simulation, large), StartOf(simulation, small)));
    }

    [Fact]
    public void Tasks_that_are_alike_have_their_places_one_behind_the_other_and_the_forecast_counts_those_ahead()
    {
        var simulation = Over(Backfilling.Conservative, nodes: 1);
        for (var i = 0; i < 4; i++) Submit(simulation, nodes: 1, hours: 1);
        simulation.Give(new Tick());
        var shorter = Submit(simulation, nodes: 1, hours: 0.5);
        Assert.True(simulation.Run(TimeSpan.FromDays(2)));
        Assert.Equal(4.0, StartOf(simulation, shorter));
    }
}

using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Workloads;
using Yunhe.Simulator;

namespace Yunhe.Simulation.Tests;

/// <summary>Sites that never answer again, at every moment of an attempt's life.</summary>
public sealed class LostSiteTests
{
    private static readonly AttemptId First = new(new(new(1)), 1);

    /// <summary>A state with two sites, and one workload that is placed at "a" and not answered yet.</summary>
    private static State Placed()
    {
        var state = new State();
        foreach (var site in new[] { Networks.Site("a", cpuHour: 0.01m), Networks.Site("b") })
        {
            Give(state, new AddSite(site), 0);
            See(state, site.Name, 0);
        }
        Give(state, new Submit(Networks.Job() with { Objective = Objective.Cost }, "admin", null, null), 0);
        Give(state, new Tick(), 0);
        Assert.Equal(("a", Phase.Placed), (state.Attempt(First)!.Site, state.Attempt(First)!.Phase));
        return state;
    }

    private static StepResult Give(State state, Input input, double minute) => Controller.Step(state, input, Networks.Start.AddMinutes(minute), new(1));

    private static void See(State state, string site, double minute, params AttemptReport[] attempts) =>
        Give(state, new Observe(site, new() { Pools = [], Attempts = attempts }), minute);

    private static void Lose(State state)
    {
        Give(state, new ReportUnreachable("a", "no answer"), 1);
        Give(state, new Tick(), 11.1);
        Give(state, new Tick(), 12);
    }

    [Fact]
    public void One_whose_start_was_never_answered_is_tried_elsewhere_too()
    {
        var state = Placed();
        Lose(state);
        Assert.Equal("b", state.Task(First.Task)!.Current!.Site);
        Assert.True(state.Attempt(First)!.Unconfirmed);
        // It had begun after all.
        var back = Controller.Step(
            state, new Observe("a", new() { Pools = [], Attempts = [new(First, EnginePhase.Running)] }), Networks.Start.AddMinutes(13), new(1));
        Assert.Contains(back.Effects, e => e is CancelAttempt && e.Attempt == First);
    }

    [Fact]
    public void A_cancelled_one_whose_start_was_never_answered_ends()
    {
        var state = Placed();
        Give(state, new Cancel(new(1), "admin"), 0.5);
        Lose(state);
        Assert.Equal(Phase.Cancelled, state.Workload(new(1))!.Phase);
    }

    [Fact]
    public void One_that_had_ended_there_ends_without_its_results_and_says_so()
    {
        var state = Placed();
        See(state, "a", 0.5, new AttemptReport(First, EnginePhase.Ended) { StartedAt = Networks.Start, EndedAt = Networks.Start.AddSeconds(20), ExitCode = 0 });
        Assert.Equal(Phase.Finishing, state.Workload(new(1))!.Phase);
        Lose(state);
        Assert.Equal(Phase.Succeeded, state.Workload(new(1))!.Phase);
        Assert.Contains("its results are still there: a has been unreachable", state.Task(First.Task)!.Detail);
    }

    [Fact]
    public void A_lost_site_can_be_removed_and_a_new_one_of_its_name_starts_empty()
    {
        var state = Placed();
        Give(state, new ReportUnreachable("a", "no answer"), 1);
        Assert.Equal(RefusalKind.Conflict, Give(state, new RemoveSite("a"), 2).Refusal!.Kind);
        Lose(state);
        Assert.Null(Give(state, new RemoveSite("a"), 13).Refusal);
        Give(state, new AddSite(Networks.Site("a")), 14);
        Assert.Empty(state.ActiveAt("a"));
        Assert.Empty(State.Restore(state.Capture()).ActiveAt("a"));
    }

    [Fact]
    public void The_engine_of_a_site_can_not_be_changed_while_results_lie_there()
    {
        var state = Placed();
        See(state, "a", 0.5, new AttemptReport(First, EnginePhase.Ended) { StartedAt = Networks.Start, ExitCode = 0 });
        Assert.Equal(RefusalKind.Conflict, Give(state, new EditSite(Networks.Site("a", nodes: 9), null), 1).Refusal!.Kind);
        Give(state, new AttemptBroughtBack(First, ""), 1);
        Assert.Null(Give(state, new EditSite(Networks.Site("a", nodes: 9), null), 1).Refusal);
        Assert.Null(state.Site("a")!.Report);
    }

    [Fact]
    public void One_that_failed_by_a_sites_fault_goes_back_there_rather_than_wait_for_another()
    {
        var simulation = new Simulator.Simulation(
            1, Networks.Start, [Networks.Site("a", nodes: 1, cpus: 1), Networks.Site("b", nodes: 1, cpus: 1)], _ => new(TimeSpan.FromHours(1)));
        foreach (var site in simulation.Sites.Values) simulation.Give(new Observe(site.Site.Name, site.Observe([], simulation.Now)));
        for (var i = 0; i < 2; i++) simulation.Give(new Submit(Networks.Job(), "admin", null, null));
        simulation.Run(TimeSpan.FromSeconds(3));
        simulation.Sites["a"].Break(First, FailureReason.NodeFailure, simulation.Now);
        simulation.Run(TimeSpan.FromMinutes(5));
        Assert.Equal(["a", "a"], simulation.State.Task(First.Task)!.Attempts.Select(a => a.Site));
    }

    [Fact]
    public void So_it_does_where_a_third_is_free_but_too_dear_to_be_chosen()
    {
        Site[] sites = [Networks.Site("a", nodes: 1, cpus: 1), Networks.Site("b", nodes: 1, cpus: 1, cpuHour: 0.11m), Networks.Site("c", cpuHour: 9)];
        var simulation = new Simulator.Simulation(1, Networks.Start, sites, _ => new(TimeSpan.FromHours(1)));
        foreach (var site in simulation.Sites.Values) simulation.Give(new Observe(site.Site.Name, site.Observe([], simulation.Now)));
        simulation.Give(new Submit(Networks.Job() with { Objective = Objective.Cost }, "admin", null, null));
        simulation.Give(new Submit(Networks.Job() with { Sites = ["b"] }, "admin", null, null));
        simulation.Run(TimeSpan.FromSeconds(3));
        Assert.Single(simulation.State.ActiveAt("b"));
        simulation.Sites["a"].Break(First, FailureReason.NodeFailure, simulation.Now);
        simulation.Run(TimeSpan.FromMinutes(5));
        Assert.Equal(["a", "a"], simulation.State.Task(First.Task)!.Attempts.Select(a => a.Site));
    }
}

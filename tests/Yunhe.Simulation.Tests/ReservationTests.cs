using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Reserving;
using Yunhe.Core.Scheduling.Shares;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;
using Yunhe.Simulator;

namespace Yunhe.Simulation.Tests;

public sealed class ReservationTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static Simulator.Simulation Over(Site site, TimeSpan? each = null)
    {
        var simulation = new Simulator.Simulation(1, Networks.Start, [site], _ => new(each ?? TimeSpan.FromMinutes(10)));
        foreach (var s in simulation.Sites.Values) simulation.Give(new Observe(s.Site.Name, s.Observe([], simulation.Now)));
        foreach (var project in (string[])["ai", "bio"]) Assert.Null(simulation.Give(new SetProject(new(project))).Refusal);
        return simulation;
    }

    private static ReservationSpec Asked(string name = "r", int nodes = 2, string? project = "ai", TimeSpan? from = null, TimeSpan? to = null) => new()
    {
        Name = name, Site = "a", Pool = "main", Nodes = nodes, Project = project, From = Networks.Start + (from ?? Hour), To = Networks.Start + (to ?? 2 * Hour), Owner = "admin",
    };

    private static Refusal? Reserve(Simulator.Simulation simulation, ReservationSpec asked) => simulation.Give(new AddReservation(asked)).Refusal;

    private static WorkloadSpec Job(string? project = null, int nodes = 1, TimeSpan? limit = null, string? reservation = null) =>
        Networks.Job(cpus: 8, nodes: nodes) with { Project = project, TimeLimit = limit, Reservation = reservation };

    private static Workload Submit(Simulator.Simulation simulation, WorkloadSpec spec)
    {
        var result = simulation.Give(new Submit(spec, "admin", null, null));
        Assert.Null(result.Refusal);
        return simulation.State.Workload(result.Workload!.Value)!;
    }

    private static Attempt Only(Simulator.Simulation simulation, Workload workload) => Assert.Single(simulation.State.Task(workload.TaskAt(0))!.Attempts);

    private static TimeSpan StartOf(Simulator.Simulation simulation, Workload workload) => simulation.State.Workload(workload.Id)!.StartedAt!.Value - Networks.Start;

    [Fact]
    public void Work_that_ends_by_its_limit_before_a_reservation_begins_may_use_its_nodes_and_other_work_may_not()
    {
        var simulation = Over(Networks.Site("a", nodes: 2));
        Assert.Null(Reserve(simulation, Asked()));
        var unlimited = Submit(simulation, Job());
        var (late, early) = (Submit(simulation, Job(limit: 61 * Minute)), Submit(simulation, Job(limit: 59 * Minute)));
        Assert.True(simulation.Run(TimeSpan.FromDays(1)));
        Assert.True(StartOf(simulation, early) < Minute);
        Assert.All([unlimited, late], w => Assert.InRange(StartOf(simulation, w), 2 * Hour, 2 * Hour + Minute));
        Assert.Empty(simulation.State.Reservations);
    }

    [Fact]
    public void Work_of_the_project_runs_inside_and_prefers_the_reserved_nodes()
    {
        var simulation = Over(Networks.Site("a", nodes: 4));
        Assert.Null(Reserve(simulation, Asked(from: TimeSpan.Zero)));
        var own = Submit(simulation, Job("ai", nodes: 2));
        var others = Submit(simulation, Job("bio", nodes: 2));
        Assert.True(simulation.Run(TimeSpan.FromDays(1)));
        Assert.Equal(["a-main-3", "a-main-4"], Only(simulation, own).Nodes.Order());
        Assert.Equal(["a-main-1", "a-main-2"], Only(simulation, others).Nodes.Order());
    }

    [Fact]
    public void Work_that_names_a_reservation_waits_for_it_and_runs_nowhere_else()
    {
        var simulation = Over(Networks.Site("a", nodes: 4));
        Assert.Null(Reserve(simulation, Asked()));
        var named = Submit(simulation, Job("ai", reservation: "r"));
        var decision = Controller.Evaluate(simulation.State, named, simulation.Now);
        Assert.Equal(Hour, decision.Candidates[0].WaitP50);
        Assert.Equal("reservation r begins at 2026-01-01 01:00:00Z", decision.Candidates[0].WaitsFor);
        Assert.True(simulation.Run(TimeSpan.FromDays(1)));
        Assert.InRange(StartOf(simulation, named), Hour, Hour + Minute);
        Assert.Contains(Only(simulation, named).Nodes[0], (string[])["a-main-3", "a-main-4"]);
    }

    [Fact]
    public void A_tenants_reservation_admits_all_its_projects_and_a_maintenance_nobody()
    {
        var simulation = Over(Networks.Site("a", nodes: 4));
        Assert.Null(simulation.Give(new SetProject(new("ai/vision"))).Refusal);
        Assert.Null(Reserve(simulation, Asked(nodes: 2, from: TimeSpan.Zero)));
        Assert.Null(Reserve(simulation, Asked("m", nodes: 2, project: null, from: TimeSpan.Zero)));
        var (inside, outside) = (Submit(simulation, Job("ai/vision", nodes: 2)), Submit(simulation, Job("bio")));
        Assert.True(simulation.Run(TimeSpan.FromDays(1)));
        Assert.True(StartOf(simulation, inside) < Minute);
        Assert.True(StartOf(simulation, outside) >= 2 * Hour);
    }

    [Theory]
    [InlineData("x", null, "there is no reservation x")]
    [InlineData("m", null, "reservation: m is for maintenance")]
    [InlineData("r", "bio", "reservation: r is for project ai, not bio")]
    public void A_workload_that_could_never_run_in_the_reservation_it_names_is_refused(string reservation, string? project, string why)
    {
        var simulation = Over(Networks.Site("a", nodes: 4));
        Assert.Null(Reserve(simulation, Asked(nodes: 2)));
        Assert.Null(Reserve(simulation, Asked("m", nodes: 1, project: null)));
        var refusal = simulation.Give(new Submit(Job(project, reservation: reservation), "admin", null, null)).Refusal;
        Assert.Contains(why, refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_reserved_or_runs_beyond_can_t_be_reserved_and_the_refusal_says_what_is_in_the_way()
    {
        var simulation = Over(Networks.Site("a", nodes: 4));
        Submit(simulation, Job(limit: 90 * Minute));
        Submit(simulation, Job(limit: 30 * Minute));
        Submit(simulation, Job("ai"));
        simulation.Give(new Tick());
        Assert.Null(Reserve(simulation, Asked("first", nodes: 1)));
        var refusal = Reserve(simulation, Asked(nodes: 3));
        Assert.Equal(RefusalKind.Conflict, refusal!.Kind);
        Assert.Equal(
            "only 2 of the 4 nodes of a/main can be reserved from 2026-01-01 01:00:00Z to 2026-01-01 02:00:00Z, not 3: 1 are reserved (first); "
            + "1 are in use beyond 2026-01-01 01:00:00Z (w1.1, until 2026-01-01 01:30:00Z at the latest)", refusal.Message);
        Assert.Null(Reserve(simulation, Asked(nodes: 2)));
        Assert.Null(Reserve(simulation, Asked("later", nodes: 3, from: 2 * Hour, to: 3 * Hour)));
    }

    [Theory]
    [InlineData("name")]
    [InlineData("site")]
    [InlineData("pool")]
    [InlineData("nodes")]
    [InlineData("to")]
    [InlineData("over")]
    [InlineData("project")]
    [InlineData("rate")]
    [InlineData("slurm")]
    public void A_reservation_that_makes_no_sense_is_refused(string wrong)
    {
        var simulation = Over(Networks.Site("a", nodes: 4, engine: wrong == "slurm" ? EngineSpec.Slurm : EngineSpec.Simulated));
        var asked = wrong switch
        {
            "name" => Asked(name: ""),
            "site" => Asked() with { Site = "b" },
            "pool" => Asked() with { Pool = "b" },
            "nodes" => Asked(nodes: 5),
            "to" => Asked(to: Hour),
            "over" => Asked(from: -2 * Hour, to: -Hour),
            "project" => Asked(project: "nobody"),
            "rate" => Asked() with { Rate = Money.FromDecimal(-1) },
            _ => Asked(),
        };
        Assert.Equal(RefusalKind.Invalid, Reserve(simulation, asked)!.Kind);
        Assert.Empty(simulation.State.Reservations);
    }

    [Fact]
    public void What_overstays_is_ended_when_the_reservation_begins_and_tried_again_elsewhere()
    {
        var simulation = Over(Networks.Site("a", nodes: 2) with { Link = new(8_000, 1, Money.Zero) }, Hour);
        Assert.Null(Reserve(simulation, Asked(nodes: 2, from: 61.5 * Minute)));
        // Two transfers share the link, so that both take twice as long as was planned for each.
        var spec = Job(limit: Hour) with { InputBytes = 60_000 };
        var (one, two) = (Submit(simulation, spec), Submit(simulation, spec));
        Assert.True(simulation.Run(TimeSpan.FromDays(1)));
        var attempts = simulation.State.Task(one.TaskAt(0))!.Attempts.Concat(simulation.State.Task(two.TaskAt(0))!.Attempts).ToList();
        Assert.Contains(attempts, a => a.Failure == FailureReason.Preempted);
        Assert.All([one, two], w => Assert.Equal(Phase.Succeeded, simulation.State.Workload(w.Id)!.Phase));
        Assert.DoesNotContain(attempts, a => a.EndedAt > Networks.Start + 62 * Minute && a.EndedAt < Networks.Start + 2 * Hour);
    }

    [Fact]
    public void What_was_reserved_and_not_used_is_told_and_charged_by_the_rate_when_it_is_over_or_removed()
    {
        var simulation = Over(Networks.Site("a", nodes: 4), 30 * Minute);
        Assert.Null(Reserve(simulation, Asked(nodes: 2) with { Rate = Money.FromDecimal(10) }));
        Assert.Null(Reserve(simulation, Asked("early", nodes: 1) with { Rate = Money.FromDecimal(10) }));
        // A whole node for half an hour, and half a node for half an hour.
        Submit(simulation, Job("ai", reservation: "r"));
        Submit(simulation, Networks.Job(cpus: 4) with { Project = "ai", Reservation = "r" });
        simulation.Plan(90 * Minute, new RemoveReservation("early"));
        simulation.Plan(3 * Hour, new Tick());
        Assert.True(simulation.Run(TimeSpan.FromDays(1)));
        var uses = simulation.State.ReservationUse;
        Assert.Equal(["early", "r"], uses.Select(u => u.Name));
        Assert.Equal(0.5, uses[0].UnusedNodeHours, 6);
        Assert.Equal(Money.FromDecimal(5), uses[0].Cost);
        Assert.Equal(2, uses[1].ReservedNodeHours, 6);
        Assert.Equal(1.25, uses[1].UnusedNodeHours, 3);
        Assert.Equal(12.5m, uses[1].Cost.ToDecimal(), 1);
    }

    [Fact]
    public void Removed_before_it_begins_it_costs_nothing_and_gives_its_nodes_back()
    {
        var simulation = Over(Networks.Site("a", nodes: 2));
        Assert.Null(Reserve(simulation, Asked() with { Rate = Money.FromDecimal(10) }));
        var job = Submit(simulation, Job());
        simulation.Plan(10 * Minute, new RemoveReservation("r"));
        Assert.True(simulation.Run(TimeSpan.FromDays(1)));
        Assert.InRange(StartOf(simulation, job), 10 * Minute, 11 * Minute);
        Assert.Empty(simulation.State.ReservationUse);
        Assert.Equal(RefusalKind.NotFound, simulation.Give(new RemoveReservation("r")).Refusal!.Kind);
    }

    [Fact]
    public void Reservations_outlive_a_restart_and_a_replay()
    {
        var simulation = Over(Networks.Site("a", nodes: 4));
        Assert.Null(Reserve(simulation, Asked(from: TimeSpan.Zero) with { Rate = Money.FromDecimal(10) }));
        Submit(simulation, Job("ai"));
        simulation.Run(30 * Minute);
        var text = Simulator.Simulation.Text(simulation.State);
        Assert.Equal(text, Simulator.Simulation.Text(simulation.Replay()));
        Assert.Equal(text, Simulator.Simulation.Text(simulation.Reread()));
        Assert.True(simulation.Reread().Reservation("r")!.Begun);
    }

    [Fact]
    public void Explain_names_the_reservation_that_is_waited_for()
    {
        var simulation = Over(Networks.Site("a", nodes: 2));
        Assert.Null(Reserve(simulation, Asked()));
        var decision = Controller.Evaluate(simulation.State, Job(), "admin", simulation.Now);
        Assert.Equal(
            "2 of 2 nodes are reserved for ai from 2026-01-01 01:00:00Z to 2026-01-01 02:00:00Z (reservation r); it has no time limit by which it would end before",
            decision.Candidates[0].WaitsFor);
        Assert.Equal(2 * Hour, decision.Candidates[0].WaitP50);
        Assert.False(decision.Candidates[0].FreeNow);
    }

    [Fact]
    public void Nodes_that_are_reserved_are_not_cleared_for_others_by_preemption()
    {
        var simulation = Over(Networks.Site("a", nodes: 2), 3 * Hour);
        Assert.Null(simulation.Give(new SetProject(new("bio") { Quota = new() { Cpus = 16 } })).Refusal);
        Assert.Null(Reserve(simulation, Asked(nodes: 1, from: TimeSpan.Zero, to: 5 * Hour)));
        var (inside, outside) = (Submit(simulation, Job("ai")), Submit(simulation, Job("ai")));
        simulation.Give(new Tick());
        Submit(simulation, Job("bio"));
        Submit(simulation, Job("bio"));
        simulation.Run(2 * Minute);
        Assert.Null(Only(simulation, inside).CancelReason);
        Assert.Equal(FailureReason.Preempted, simulation.State.Task(outside.TaskAt(0))!.Attempts[0].CancelReason);
    }

    [Fact]
    public void A_site_keeps_its_machines_while_they_are_reserved()
    {
        var site = Networks.Site("a", nodes: 2);
        var simulation = Over(site);
        Assert.Null(Reserve(simulation, Asked()));
        Assert.Contains("reservation", simulation.Give(new RemoveSite("a")).Refusal!.Message, StringComparison.Ordinal);
        Assert.NotNull(simulation.Give(new EditSite(site with { Pools = [site.Pools[0] with { Nodes = 1 }] }, null)).Refusal);
        Assert.Null(simulation.Give(new EditSite(site with { Prices = PriceBook.Free }, null)).Refusal);
    }
}

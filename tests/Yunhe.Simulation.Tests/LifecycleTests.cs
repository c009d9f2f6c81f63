using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;
using Yunhe.Simulator;

namespace Yunhe.Simulation.Tests;

public sealed class LifecycleTests
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private static Simulator.Simulation Over(Site site, Func<Launch, SimulatedRun>? behaviour = null, Faults? faults = null) =>
        Over([site], behaviour, faults);

    private static Simulator.Simulation Over(Site[] sites, Func<Launch, SimulatedRun>? behaviour = null, Faults? faults = null)
    {
        var simulation = new Simulator.Simulation(1, Networks.Start, sites, behaviour ?? (_ => new(TimeSpan.FromSeconds(30))), faults);
        foreach (var site in simulation.Sites.Values) simulation.Give(new Observe(site.Site.Name, site.Observe([], simulation.Now)));
        return simulation;
    }

    private static Workload Submit(Simulator.Simulation simulation, WorkloadSpec spec)
    {
        var result = simulation.Give(new Submit(spec, "admin", null, null));
        Assert.Null(result.Refusal);
        return simulation.State.Workload(result.Workload!.Value)!;
    }

    private static Workload Now(Simulator.Simulation simulation, Workload workload) => simulation.State.Workload(workload.Id)!;

    [Fact]
    public void A_job_runs_is_brought_back_metered_and_succeeds()
    {
        var simulation = Over(Networks.Site("a"));
        var job = Submit(simulation, Networks.Job(cpus: 2));
        Assert.True(simulation.Run(Day));
        job = Now(simulation, job);
        Assert.Equal(Phase.Succeeded, job.Phase);
        var usage = Assert.Single(simulation.State.Usage);
        Assert.Equal(TimeSpan.FromSeconds(30), usage.EndedAt - usage.StartedAt);
        Assert.Equal(Money.FromDecimal(2 * 0.1m + 2 * 0.01m).Times(30 / 3600m), usage.Cost);
        Assert.Equal(usage.Cost, job.Cost);
        Assert.True(job.Energy > Energy.Zero && job.Carbon > Carbon.Zero);
    }

    [Fact]
    public void A_gang_that_no_site_can_ever_hold_is_refused_with_the_reason_of_each_site()
    {
        var simulation = Over([Networks.Site("a", nodes: 4), Networks.Site("b", nodes: 2)]);
        var refusal = simulation.Give(new Submit(Networks.Job(nodes: 5), "admin", null, null)).Refusal;
        Assert.Equal(RefusalKind.Unsatisfiable, refusal!.Kind);
        Assert.Equal(["num_nodes: asks for 5, has 4", "num_nodes: asks for 5, has 2"], refusal.Candidates.Select(c => c.Excluded));
        Assert.Equal(0, simulation.State.LastWorkload);
    }

    [Fact]
    public void An_array_runs_every_task_once_and_never_more_than_its_limit_at_a_time()
    {
        var simulation = Over(Networks.Site("a"));
        var most = 0;
        var job = Submit(simulation, Networks.Job() with { Array = new([.. Enumerable.Range(0, 40)], 3) });
        simulation.AfterTurn = s => most = Math.Max(most, Now(s, job).Counts.Active);
        Assert.True(simulation.Run(Day));
        Assert.Equal(40, Now(simulation, job).Counts.Succeeded);
        Assert.Equal(3, most);
        Assert.All(simulation.Sites["a"].Begun.Values, times => Assert.Equal(1, times));
        Assert.Equal(40, simulation.Sites["a"].Begun.Count);
    }

    [Fact]
    public void A_program_that_fails_is_retried_as_often_as_its_user_said()
    {
        var simulation = Over(Networks.Site("a"), l => new(TimeSpan.FromSeconds(5), l.Attempt.Number < 3 ? 9 : 0));
        var enough = Submit(simulation, Networks.Job() with { Retries = 2 });
        var tooFew = Submit(simulation, Networks.Job() with { Retries = 1 });
        Assert.True(simulation.Run(Day));
        Assert.Equal(Phase.Succeeded, Now(simulation, enough).Phase);
        Assert.Equal(Phase.Failed, Now(simulation, tooFew).Phase);
        Assert.Equal(2, simulation.State.Task(new(tooFew.Id))!.Attempts.Length);
        Assert.Equal(5, simulation.State.Usage.Count);
    }

    [Theory]
    [InlineData(FailureReason.OutOfMemory)]
    [InlineData(FailureReason.NotExecutable)]
    [InlineData(FailureReason.TimeLimit)]
    public void What_can_not_succeed_is_never_retried(FailureReason reason)
    {
        var simulation = Over(Networks.Site("a"), _ => new(TimeSpan.FromSeconds(5), 1) { Failure = reason });
        var job = Submit(simulation, Networks.Job() with { Retries = 5 });
        Assert.True(simulation.Run(Day));
        Assert.Single(simulation.State.Task(new(job.Id))!.Attempts);
        Assert.Equal(reason, simulation.State.Task(new(job.Id))!.Failure);
    }

    [Fact]
    public void A_node_failure_is_retried_without_using_up_the_users_retries_and_elsewhere_first()
    {
        var simulation = Over([Networks.Site("a", cpuHour: 0.01m), Networks.Site("b")]);
        var job = Submit(simulation, Networks.Job() with { Objective = Objective.Cost });
        simulation.Run(TimeSpan.FromSeconds(3));
        simulation.Sites["a"].Break(new(new(job.Id), 1), FailureReason.NodeFailure, simulation.Now);
        Assert.True(simulation.Run(Day));
        var task = simulation.State.Task(new(job.Id))!;
        Assert.Equal(Phase.Succeeded, task.Phase);
        Assert.Equal(["a", "b"], task.Attempts.Select(t => t.Site));
        Assert.Equal(0, task.ProgramFailures);
    }

    [Fact]
    public void Dependents_run_after_what_they_wait_for_or_end_with_it()
    {
        var simulation = Over(Networks.Site("a"), l => new(TimeSpan.FromSeconds(5), l.Spec.Name == "bad" ? 1 : 0));
        var bad = Submit(simulation, Networks.Job("bad"));
        Workload After(DependencyKind kind, Workload other, string name = "job") =>
            Submit(simulation, Networks.Job(name) with { Dependencies = [new(kind, other.Id)] });
        var ok = After(DependencyKind.AfterOk, bad);
        var chained = After(DependencyKind.AfterOk, ok);
        var any = After(DependencyKind.AfterAny, bad);
        var notOk = After(DependencyKind.AfterNotOk, bad);
        var begun = After(DependencyKind.After, bad);
        Assert.Equal(Phase.Submitted, any.Phase);
        Assert.True(simulation.Run(Day));
        Assert.Equal(
            [Phase.Failed, Phase.Failed, Phase.Succeeded, Phase.Succeeded, Phase.Succeeded],
            new[] { ok, chained, any, notOk, begun }.Select(w => Now(simulation, w).Phase));
        Assert.Equal(FailureReason.DependencyFailed, Now(simulation, chained).Rest!.Reason);
        Assert.True(Now(simulation, any).StartedAt >= Now(simulation, bad).EndedAt);
    }

    [Fact]
    public void Tasks_of_corresponding_arrays_wait_for_each_other_one_by_one()
    {
        var simulation = Over(Networks.Site("a"), l => new(TimeSpan.FromSeconds(5), l is { Spec.Name: "first", Attempt.Task.Index: 1 } ? 1 : 0));
        var array = new ArraySpec([0, 1, 2], null);
        var first = Submit(simulation, Networks.Job("first") with { Array = array });
        var second = Submit(simulation, Networks.Job("second") with
        {
            Array = array, Dependencies = [new(DependencyKind.AfterCorresponding, first.Id)],
        });
        Assert.True(simulation.Run(Day));
        Assert.Equal((2, 1), (Now(simulation, second).Counts.Succeeded, Now(simulation, second).Counts.Failed));
        Assert.Equal(FailureReason.DependencyFailed, simulation.State.Task(new(second.Id, 1))!.Failure);
    }

    [Fact]
    public void Cancelling_ends_what_waits_at_once_and_what_runs_through_its_engine()
    {
        var simulation = Over(Networks.Site("a", nodes: 1, cpus: 2));
        var job = Submit(simulation, Networks.Job() with { Array = new([.. Enumerable.Range(0, 10)], null) });
        simulation.Run(TimeSpan.FromSeconds(3));
        simulation.Give(new Cancel(job.Id, "admin"));
        Assert.Equal(8, Now(simulation, job).Counts.Cancelled);
        Assert.True(simulation.Run(Day));
        Assert.Equal(10, Now(simulation, job).Counts.Cancelled);
        Assert.Equal(2, simulation.State.Usage.Count);
    }

    [Fact]
    public void A_higher_priority_goes_first_and_equals_go_in_order()
    {
        var begun = new List<string>();
        var simulation = Over(Networks.Site("a", nodes: 1, cpus: 1), l => { begun.Add(l.Spec.Name); return new(TimeSpan.FromSeconds(5)); });
        Submit(simulation, Networks.Job("low") with { Priority = -5 });
        Submit(simulation, Networks.Job("first"));
        Submit(simulation, Networks.Job("second"));
        Submit(simulation, Networks.Job("high") with { Priority = 5 });
        Assert.True(simulation.Run(Day));
        Assert.Equal(["high", "first", "second", "low"], begun);
    }

    [Fact]
    public void What_has_not_begun_at_its_deadline_fails_and_what_can_not_meet_it_is_not_begun()
    {
        var simulation = Over(Networks.Site("a", nodes: 1, cpus: 1), _ => new(TimeSpan.FromHours(1)));
        Submit(simulation, Networks.Job("long") with { Estimate = TimeSpan.FromHours(1) });
        var late = Submit(simulation, Networks.Job("late") with { Estimate = TimeSpan.FromMinutes(1), Deadline = Networks.Start.AddMinutes(30) });
        Assert.True(simulation.Run(Day));
        Assert.Equal(FailureReason.DeadlineMissed, Now(simulation, late).Rest!.Reason);
        Assert.Empty(simulation.State.TasksOf(late));
    }

    [Fact]
    public void A_budget_stops_what_would_go_over_it()
    {
        var simulation = Over(Networks.Site("a", cpuHour: 1), _ => new(TimeSpan.FromHours(10)));
        var job = Submit(simulation, Networks.Job() with { Budget = Money.FromDecimal(2), Estimate = TimeSpan.FromMinutes(30) });
        Assert.True(simulation.Run(Day));
        var task = simulation.State.Task(new(job.Id))!;
        Assert.Equal((Phase.Failed, FailureReason.BudgetExceeded), (task.Phase, task.Failure!.Value));
        Assert.InRange(Now(simulation, job).Cost.ToDecimal(), 1.98m, 2.05m);
    }

    [Fact]
    public void The_same_key_is_the_same_workload_and_another_workload_is_a_conflict()
    {
        var simulation = Over(Networks.Site("a"));
        var first = simulation.Give(new Submit(Networks.Job(), "admin", "k1", null));
        var again = simulation.Give(new Submit(Networks.Job(), "admin", "k1", null));
        Assert.Equal(first.Workload, again.Workload);
        Assert.Empty(again.Events);
        Assert.Equal(RefusalKind.Conflict, simulation.Give(new Submit(Networks.Job("other"), "admin", "k1", null)).Refusal!.Kind);
        Assert.NotEqual(first.Workload, simulation.Give(new Submit(Networks.Job(), "someone", "k1", null)).Workload);
    }

    [Fact]
    public void A_quote_binds_its_workload_to_its_site_until_it_expires()
    {
        var simulation = Over([Networks.Site("cheap", cpuHour: 0.01m), Networks.Site("dear")]);
        var spec = Networks.Job() with { Objective = Objective.Cost };
        var quote = simulation.Give(new RequestQuote(spec, "admin")).Quote!;
        Assert.Equal("cheap", quote.Best!.Site);
        simulation.Give(new EditSite(Networks.Site("cheap", cpuHour: 5), null));
        var bound = simulation.Give(new Submit(spec, "admin", null, quote.Id));
        Assert.Equal("cheap", simulation.State.Workload(bound.Workload!.Value)!.BoundSite);
        Assert.Equal(RefusalKind.Conflict, simulation.Give(new Submit(Networks.Job("x"), "admin", null, quote.Id)).Refusal!.Kind);
        simulation.Run(TimeSpan.FromMinutes(1));
        simulation.Plan(TimeSpan.FromHours(1), new Tick());
        simulation.Run(TimeSpan.FromHours(2));
        Assert.Equal("cheap", simulation.State.Task(new(bound.Workload!.Value))!.Current!.Site);
        Assert.Equal(RefusalKind.Conflict, simulation.Give(new Submit(spec, "admin", null, quote.Id)).Refusal!.Kind);
    }

    [Fact]
    public void A_bound_workload_pays_the_quoted_rate_though_the_price_has_risen()
    {
        var simulation = Over(Networks.Site("a", cpuHour: 0.1m));
        var quote = simulation.Give(new RequestQuote(Networks.Job(), "admin")).Quote!;
        simulation.Give(new EditSite(Networks.Site("a", cpuHour: 50), null));
        var bound = simulation.Give(new Submit(Networks.Job(), "admin", null, quote.Id)).Workload!.Value;
        Assert.True(simulation.Run(Day));
        Assert.Equal(Money.FromDecimal(0.11m).Times(30 / 3600m), simulation.State.Workload(bound)!.Cost);
    }

    [Fact]
    public void Work_of_a_site_that_stays_away_is_tried_elsewhere_and_ended_there_when_the_site_returns()
    {
        var simulation = Over([Networks.Site("a", cpuHour: 0.01m), Networks.Site("b")], _ => new(TimeSpan.FromHours(2)), new(SiteAway: 1e-12));
        var job = Submit(simulation, Networks.Job() with { Objective = Objective.Cost });
        simulation.Run(TimeSpan.FromSeconds(10));
        simulation.Sites["a"].Away = true;
        simulation.Run(TimeSpan.FromMinutes(15));
        Assert.Equal("b", simulation.State.Task(new(job.Id))!.Current!.Site);
        simulation.Sites["a"].Away = false;
        Assert.True(simulation.Run(Day));
        Assert.Equal(Phase.Succeeded, Now(simulation, job).Phase);
        Assert.Empty(simulation.Sites["a"].Running);
        Assert.False(simulation.Sites["a"].Holds(new(new(job.Id), 1)));
    }

    [Fact]
    public void A_site_that_still_runs_something_can_not_be_removed_and_a_drained_one_gets_nothing_new()
    {
        var simulation = Over(Networks.Site("a"));
        Submit(simulation, Networks.Job());
        simulation.Run(TimeSpan.FromSeconds(3));
        Assert.Equal(RefusalKind.Conflict, simulation.Give(new RemoveSite("a")).Refusal!.Kind);
        simulation.Give(new DrainSite("a", true));
        var waiting = Submit(simulation, Networks.Job("waiting"));
        simulation.Run(TimeSpan.FromHours(1));
        Assert.Equal(Phase.Queued, Now(simulation, waiting).Phase);
        simulation.Give(new Cancel(waiting.Id, "admin"));
        Assert.Null(simulation.Give(new RemoveSite("a")).Refusal);
    }
}

using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;

namespace Yunhe.Core.Tests;

/// <summary>What is billed when clocks and engines do odd things, and what budgets, limits and far-fetched figures do to decisions.</summary>
public sealed class BillingTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly AttemptId First = new(new(new(1)), 1);

    private static Site Site(string engine = EngineSpec.Slurm, long bitsPerSecond = 1_000_000, params Pool[] pools) => new()
    {
        Name = "a",
        Place = new("east"),
        Link = new(bitsPerSecond, 1, Money.Zero),
        Prices = new(Money.FromDecimal(1), Money.Zero, new Dictionary<string, Money>()),
        Green = new(1, 500, 0, 10),
        Engine = new(engine, new Dictionary<string, string>()),
        Pools = pools.Length > 0 ? pools : [new() { Name = "main", Nodes = 4, PerNode = new(8, 8192, 0) }],
    };

    private static WorkloadSpec Job() => new()
    {
        Name = "job",
        Program = new(ProgramKind.Task) { Run = "true" },
        Requirements = [new(new(1, 1024, 0))],
        Estimate = TimeSpan.FromHours(1),
    };

    private static State Network(Site site)
    {
        var state = new State();
        Give(state, new AddSite(site));
        See(state, 0);
        return state;
    }

    private static State Running(WorkloadSpec? spec = null)
    {
        var state = Network(Site());
        Give(state, new Submit(spec ?? Job(), "admin", null, null));
        Give(state, new Tick());
        Give(state, new AttemptAccepted(First, null, ""));
        See(state, 0, new AttemptReport(First, EnginePhase.Running) { StartedAt = Start });
        return state;
    }

    private static StepResult Give(State state, Input input, double minute = 0) => Controller.Step(state, input, Start.AddMinutes(minute), new(1));

    private static void See(State state, double minute, params AttemptReport[] attempts) => Give(
        state,
        new Observe("a", new() { Pools = [.. state.Site("a")!.Site.Pools.Select(p => new PoolReport(p, [new(p.Nodes, p.PerNode)]))], Attempts = attempts }),
        minute);

    private static AttemptReport Ended(double? from, double to, int restarts = 0) => new(First, EnginePhase.Ended)
    {
        StartedAt = from is { } f ? Start.AddMinutes(f) : null, EndedAt = Start.AddMinutes(to), ExitCode = 0, Restarts = restarts,
    };

    private static double HoursBilled(State state) => Assert.Single(state.Usage).CoreHours;

    [Fact]
    public void Every_run_of_a_requeued_job_is_billed_and_its_wait_between_them_is_not()
    {
        var state = Running();
        See(state, 30, new AttemptReport(First, EnginePhase.Pending) { Restarts = 1 });
        See(state, 60, new AttemptReport(First, EnginePhase.Running) { StartedAt = Start.AddMinutes(60), Restarts = 1 });
        See(state, 75, Ended(60, 75, restarts: 1));
        Assert.Equal(0.75, HoursBilled(state));
        Assert.Equal(Money.FromDecimal(0.75m), state.Workload(new(1))!.Cost);
        Assert.Equal(Start.AddMinutes(60), state.Usage.First().StartedAt);
    }

    [Fact]
    public void A_requeue_between_two_looks_is_billed_too()
    {
        var state = Running();
        See(state, 50, new AttemptReport(First, EnginePhase.Running) { StartedAt = Start.AddMinutes(40), Restarts = 1 });
        See(state, 70, Ended(40, 70, restarts: 1));
        Assert.Equal(70 / 60.0, HoursBilled(state), 9);
    }

    [Fact]
    public void One_cancelled_while_it_waits_after_a_requeue_is_billed_until_the_requeue()
    {
        var state = Running();
        See(state, 30, new AttemptReport(First, EnginePhase.Pending) { Restarts = 1 });
        See(state, 300, Ended(null, 300, restarts: 1));
        Assert.Equal(0.5, HoursBilled(state));
    }

    [Fact]
    public void One_that_only_seemed_to_wait_is_billed_once()
    {
        var state = Running();
        See(state, 30, new AttemptReport(First, EnginePhase.Pending));
        See(state, 40, new AttemptReport(First, EnginePhase.Running) { StartedAt = Start });
        See(state, 60, Ended(0, 60));
        Assert.Equal(1, HoursBilled(state));
    }

    [Fact]
    public void An_engine_clock_that_runs_backwards_bills_nothing_and_never_ends_an_attempt_before_its_start()
    {
        var state = Running();
        See(state, 5, Ended(10, 3));
        Assert.Equal(0, HoursBilled(state));
        Assert.Equal(state.Attempt(First)!.StartedAt, state.Attempt(First)!.EndedAt);
    }

    [Fact]
    public void News_of_a_running_attempt_without_its_start_does_not_move_the_start()
    {
        var state = Running();
        See(state, 30, new AttemptReport(First, EnginePhase.Running) { Detail = "news" });
        See(state, 60, Ended(null, 60));
        Assert.Equal(1, HoursBilled(state));
    }

    [Fact]
    public void What_never_ran_costs_nothing()
    {
        var state = Network(Site());
        Give(state, new Submit(Job(), "admin", null, null));
        Give(state, new Tick());
        Give(state, new AttemptRefused(First, FailureReason.Refused, "no such account"));
        Assert.Empty(state.Usage);
        Assert.Equal((Money.Zero, Money.Zero), (state.Workload(new(1))!.Cost, state.Workload(new(1))!.Committed));
    }

    [Fact]
    public void An_array_begins_only_as_many_tasks_as_its_budget_is_expected_to_pay()
    {
        var state = Network(Site(EngineSpec.Simulated));
        Give(state, new Submit(Job() with { Array = new([.. Enumerable.Range(0, 10)], null), Budget = Money.FromDecimal(2.5m) }, "admin", null, null));
        Give(state, new Tick());
        Assert.Equal((2, 8), (state.Workload(new(1))!.Counts.Active, state.Workload(new(1))!.Counts.Queued));
        Assert.Contains("kept for tasks under way", Controller.Evaluate(state, state.Workload(new(1))!, Start).Candidates[0].Excluded);
    }

    [Fact]
    public void A_limit_that_excludes_one_pool_leaves_another_of_the_same_site()
    {
        var state = Network(Site(EngineSpec.Simulated, pools:
        [
            new() { Name = "small", Nodes = 1, PerNode = new(1, 2048, 0) },
            new() { Name = "large", Nodes = 1, PerNode = new(8, 8192, 0) },
        ]));
        Give(state, new Submit(Job(), "admin", null, null));
        Give(state, new Tick());
        var spec = Job() with { Requirements = [new(new(1, 1024, 0)), new(new(4, 1024, 0))], Objective = Objective.Cost };
        Assert.Equal("large", Best(state, spec with { Deadline = Start.AddMinutes(70) }).Pool);
        var affordable = Best(state, spec with { Requirements = [spec.Requirements[1], spec.Requirements[0]], Ordered = true, Budget = Money.FromDecimal(2) });
        Assert.Equal((null, 1), (affordable.Excluded, affordable.Alternative));
    }

    [Fact]
    public void Far_fetched_figures_give_a_long_forecast_or_a_reason_and_never_an_error()
    {
        var far = Job() with { Deadline = Start.AddYears(5), Estimate = TimeSpan.FromDays(366), InputBytes = long.MaxValue / 16 };
        Assert.True(Best(Network(Site(bitsPerSecond: 1)), far).Staging >= TimeSpan.FromDays(366));
        var alternatives = far with { Requirements = [new(new(1, 1, 1024), "GB200"), new(new(1, 1, 0))] };
        Assert.Equal(TimeSpan.FromDays(366), Best(Network(Site()), alternatives).RunTime);
        var huge = new Pool { Name = "main", Nodes = 100_000, PerNode = new(100_000, 1, 0) };
        Assert.StartsWith("price", Best(Network(Site(pools: huge)), Job() with { Nodes = 100_000, Requirements = [new(new(100_000, 1, 0))] }).Excluded);
    }

    [Fact]
    public void The_same_variables_in_another_order_are_the_same_workload()
    {
        var state = Network(Site());
        WorkloadSpec With(params string[] names) => Job() with { Envs = names.ToDictionary(n => n, _ => "1") };
        var first = Give(state, new Submit(With("A", "B"), "admin", "key", null)).Workload;
        Assert.Equal(first, Give(state, new Submit(With("B", "A"), "admin", "key", null)).Workload);
    }

    [Fact]
    public void A_site_gets_no_more_pending_work_than_its_queue_may_hold_even_while_nodes_are_free()
    {
        var state = Network(Site() with { MaxPending = 3 });
        Give(state, new Submit(Job() with { Array = new([.. Enumerable.Range(0, 10)], null) }, "admin", null, null));
        Give(state, new Tick());
        Assert.Equal(3, state.Workload(new(1))!.Counts.Active);
    }

    [Fact]
    public void Only_so_many_quotes_are_kept_and_the_oldest_go_first()
    {
        var state = Network(Site());
        for (var i = 0; i < 10_001; i++) Give(state, new RequestQuote(Job(), "admin"));
        Assert.Null(state.Quote("q1"));
        Assert.NotNull(state.Quote("q2"));
        Assert.NotNull(state.Quote("q10001"));
    }

    private static Candidate Best(State state, WorkloadSpec spec) => Controller.Evaluate(state, spec, "admin", Start).Candidates[0];
}

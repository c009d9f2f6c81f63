using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Workloads;

namespace Yunhe.Simulation.Tests;

/// <summary>What waits in a site's own queue much longer than was foretold goes where there is room.</summary>
public sealed class SpillOverTests
{
    private static readonly AttemptId First = new(new(new(1)), 1);

    private static WorkloadSpec Whole(string name, double minutes) => Networks.Job(name, cpus: 8) with
    {
        TimeLimit = TimeSpan.FromMinutes(minutes), Objective = Objective.Time,
    };

    [Fact]
    public void Jobs_that_wait_too_long_in_a_queue_run_where_room_comes_free_and_none_runs_twice()
    {
        Site[] sites = [Networks.Site("q", nodes: 1, engine: EngineSpec.Slurm), Networks.Site("b", nodes: 1)];
        var simulation = new Simulator.Simulation(1, Networks.Start, sites, l => new(l.Spec.TimeLimit!.Value * 0.9));
        foreach (var site in simulation.Sites.Values) simulation.Give(new Observe(site.Site.Name, site.Observe([], simulation.Now)));
        simulation.Give(new Submit(Whole("first", 40) with { Sites = ["b"] }, "admin", null, null));
        for (var i = 0; i < 12; i++) simulation.Give(new Submit(Whole($"job{i}", 10), "admin", null, null));
        Assert.True(simulation.Run(TimeSpan.FromDays(1)));

        var tasks = simulation.State.WorkloadsBefore().Select(w => simulation.State.Task(w.TaskAt(0))!).ToList();
        Assert.All(tasks, t => Assert.Equal((Phase.Succeeded, 0, 0), (t.Phase, t.SiteFailures, t.ProgramFailures)));
        var spilled = tasks.Where(t => t.Attempts[0].Failure == FailureReason.SpilledOver).ToList();
        Assert.NotEmpty(spilled);
        Assert.All(spilled, t => Assert.Equal("b", t.Current!.Site));
        Assert.All(spilled, t => Assert.Null(t.Attempts[0].StartedAt));
        // Never more than there is room for: what comes back from q starts at b at once.
        Assert.All(spilled, t => Assert.InRange(t.Current!.StartedAt!.Value - t.Attempts[0].EndedAt!.Value, TimeSpan.Zero, TimeSpan.FromSeconds(5)));
        var requeued = simulation.Log.OfType<TaskRequeued>().ToList();
        Assert.All(requeued, r => Assert.Contains("waited much longer at q than foretold; tried elsewhere (1 of 3)", r.Detail));
        Assert.Equal(spilled.Count, requeued.Count);
    }

    [Fact]
    public void One_that_began_meanwhile_runs_on()
    {
        var state = Recalled();
        See(state, 32, new AttemptReport(First, EnginePhase.Running) { StartedAt = At(31) });
        Give(state, new Tick(), 33);
        See(state, 40, new AttemptReport(First, EnginePhase.Ended) { StartedAt = At(31), EndedAt = At(39), ExitCode = 0 });
        Give(state, new AttemptBroughtBack(First, ""), 40);
        Assert.Equal((Phase.Succeeded, 1), (state.Task(First.Task)!.Phase, state.Task(First.Task)!.Attempts.Length));
    }

    [Fact]
    public void One_that_began_meanwhile_can_fail_be_cancelled_by_its_user_and_by_its_site_as_any_other()
    {
        foreach (var (failure, outcome) in new[] { (FailureReason.ExitCode, Phase.Failed), (FailureReason.CancelledBySite, Phase.Cancelled) })
        {
            var state = Recalled();
            See(state, 32, new AttemptReport(First, EnginePhase.Running) { StartedAt = At(31) });
            See(state, 60, new AttemptReport(First, EnginePhase.Ended) { StartedAt = At(31), EndedAt = At(59), ExitCode = 1, Failure = failure });
            Give(state, new AttemptBroughtBack(First, ""), 60);
            Assert.Equal((outcome, failure), (state.Task(First.Task)!.Phase, state.Task(First.Task)!.Failure));
        }
        Assert.Contains(Give(Recalled(), new Cancel(new(1), "admin"), 31).Effects, e => e is CancelAttempt);
    }

    [Fact]
    public void One_that_was_hit_as_it_began_is_tried_elsewhere()
    {
        var state = Recalled();
        See(state, 32, new AttemptReport(First, EnginePhase.Ended) { StartedAt = At(31), EndedAt = At(31.1), Failure = FailureReason.CancelledBySite });
        Give(state, new AttemptBroughtBack(First, ""), 32);
        Give(state, new Tick(), 32);
        Assert.Equal(("b", 0), (state.Task(First.Task)!.Current!.Site, state.Task(First.Task)!.SiteFailures));
    }

    [Fact]
    public void Who_would_rather_wait_than_pay_more_is_left_to_wait() =>
        Assert.DoesNotContain(Late(Objective.Cost, dear: true).Effects, e => e is RecallAttempt);

    [Fact]
    public void Whom_a_quote_binds_to_the_site_is_left_there() =>
        Assert.DoesNotContain(Late(Objective.Time, bound: true).Effects, e => e is RecallAttempt);

    private static State Recalled()
    {
        var late = Late(Objective.Time);
        Assert.Contains(late.Effects, e => e is RecallAttempt { Site: "q" } && e.Attempt == First);
        return late.State;
    }

    /// <summary>A job that went to "q" while "b" was away, and half an hour later still waits.</summary>
    private static (State State, IReadOnlyList<Effect> Effects) Late(Objective objective, bool dear = false, bool bound = false)
    {
        var state = new State();
        Give(state, new AddSite(Networks.Site("q", nodes: 1, engine: EngineSpec.Slurm)), 0);
        See(state, 0);
        var spec = Whole("job", 10) with { Objective = objective };
        var quote = bound ? Give(state, new RequestQuote(spec, "admin"), 0).Quote!.Id : null;
        Give(state, new Submit(spec, "admin", null, quote), 0);
        Give(state, new Tick(), 0);
        Give(state, new AttemptAccepted(First, "1", ""), 0);
        See(state, 1, new AttemptReport(First, EnginePhase.Pending));
        Give(state, new AddSite(Networks.Site("b", nodes: 1, cpuHour: dear ? 9 : 0.1m)), 1);
        Give(state, new Observe("b", new() { Pools = [], Attempts = [] }), 1);
        Assert.DoesNotContain(Give(state, new Tick(), 4).Effects, e => e is RecallAttempt);
        return (state, Give(state, new Tick(), 30).Effects);
    }

    private static DateTimeOffset At(double minute) => Networks.Start.AddMinutes(minute);

    private static StepResult Give(State state, Input input, double minute) => Controller.Step(state, input, At(minute), new(1));

    private static void See(State state, double minute, params AttemptReport[] attempts) => Give(
        state, new Observe("q", new() { Pools = [new PoolReport(new() { Name = "main", Nodes = 1, PerNode = new(8, 32768, 0) }, [])], Attempts = attempts }), minute);
}

using Yunhe.Core.Network;
using Yunhe.Core.Workloads;
using Yunhe.Engines;

namespace Yunhe.Conformance;

/// <summary>How attempts live and die at every engine, the simulator's included.</summary>
public abstract class LifecycleConformance
{
    protected abstract EngineHarness Harness { get; }

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private async Task<AttemptReport> RunAsync(WorkloadSpec spec)
    {
        await using var engine = Harness.Open();
        return await Harness.EndAsync(engine, await EngineHarness.StartAsync(engine, Harness.Launch(spec)));
    }

    [Fact]
    public async Task A_program_that_ends_with_0_has_succeeded_between_its_start_and_its_end()
    {
        var report = await RunAsync(Harness.Exits(0));
        Assert.Equal((0, null, null), (report.ExitCode, report.Signal, report.Failure));
        Assert.True(report.StartedAt <= report.EndedAt, $"{report.StartedAt} .. {report.EndedAt}");
        Assert.NotNull(report.EngineJob);
    }

    [Fact]
    public async Task A_program_that_ends_with_another_code_has_failed_with_it()
    {
        var report = await RunAsync(Harness.Exits(7));
        Assert.Equal((7, FailureReason.ExitCode), (report.ExitCode, report.Failure));
    }

    [Fact]
    public async Task A_command_that_does_not_exist_is_not_executable()
    {
        var report = await RunAsync(Harness.Exits(127));
        Assert.Equal(FailureReason.NotExecutable, report.Failure);
        Assert.Equal(127, report.ExitCode);
    }

    [Fact]
    public async Task A_program_that_a_signal_ends_reports_the_signal()
    {
        var report = await RunAsync(Harness.KillsItself());
        Assert.Equal((9, FailureReason.Signal), (report.Signal, report.Failure));
        Assert.Null(report.ExitCode);
    }

    [Fact]
    public async Task What_the_engine_has_no_trace_of_is_gone()
    {
        await using var engine = Harness.Open();
        var unknown = EngineHarness.NewAttempt();
        var report = await engine.ObserveAsync([unknown], Cancel);
        Assert.Equal(EnginePhase.Gone, report.Attempts.Single(a => a.Attempt == unknown).Phase);
    }

    [Fact]
    public async Task Running_work_is_reported_with_its_nodes_and_takes_from_what_is_free()
    {
        await using var engine = Harness.Open();
        var attempt = await EngineHarness.StartAsync(engine, Harness.Launch(Harness.Sleeps()));
        var running = await Harness.UntilAsync(engine, attempt, r => r.Phase == EnginePhase.Running);
        Assert.NotNull(running.StartedAt);
        Assert.Single(running.Nodes);
        var report = await engine.ObserveAsync([attempt], Cancel);
        var pool = report.Pools.Single(p => p.Pool.Name == Harness.Pool);
        var total = (long)pool.Pool.PerNode.Cpus * pool.Pool.Nodes;
        Assert.True(pool.Free.Sum(f => (long)f.Count * f.Free.Cpus) < total, $"nothing is taken of {total} cores");
        Assert.Equal(pool.Pool.Nodes, pool.Free.Sum(f => f.Count));
        Assert.NotEmpty(report.Enforcement);
        await engine.CancelAsync([attempt], TimeSpan.FromSeconds(1), Cancel);
        await Harness.EndAsync(engine, attempt);
    }

    [Fact]
    public async Task A_program_that_ignores_SIGTERM_is_killed_after_its_grace()
    {
        await using var engine = Harness.Open();
        var attempt = await EngineHarness.StartAsync(engine, Harness.Launch(Harness.IgnoresSigterm()));
        await Harness.UntilAsync(engine, attempt, r => r.Phase == EnginePhase.Running);
        await engine.CancelAsync([attempt], TimeSpan.FromSeconds(1), Cancel);
        Assert.Equal(FailureReason.CancelledByUser, (await Harness.EndAsync(engine, attempt)).Failure);
    }

    [Fact]
    public async Task Cancelling_twice_or_what_has_ended_or_never_was_is_fine()
    {
        await using var engine = Harness.Open();
        var attempt = await EngineHarness.StartAsync(engine, Harness.Launch(Harness.Exits(0)));
        var ended = await Harness.EndAsync(engine, attempt);
        await engine.CancelAsync([attempt, EngineHarness.NewAttempt()], TimeSpan.FromSeconds(1), Cancel);
        await engine.CancelAsync([attempt], TimeSpan.FromSeconds(1), Cancel);
        var after = await Harness.EndAsync(engine, attempt);
        Assert.Equal((ended.ExitCode, ended.Failure), (after.ExitCode, after.Failure));
    }

    [Fact]
    public async Task A_program_over_its_time_limit_is_ended_for_that()
    {
        await using var engine = Harness.Open();
        var (limit, late) = Harness.TimeLimit;
        var attempt = await EngineHarness.StartAsync(engine, Harness.Launch(Harness.Sleeps() with { TimeLimit = limit }));
        await Harness.UntilAsync(engine, attempt, r => r.Phase == EnginePhase.Running);
        await Task.Delay(limit, Cancel);
        var report = await Harness.EndAsync(engine, attempt);
        Assert.Equal(FailureReason.TimeLimit, report.Failure);
        Assert.InRange(report.EndedAt!.Value - report.StartedAt!.Value, limit - TimeSpan.FromSeconds(1.5), limit + late);
    }

    [Fact]
    public async Task Several_attempts_start_in_one_call()
    {
        await using var engine = Harness.Open();
        var launches = Enumerable.Range(0, 4).Select(i => Harness.Launch(Harness.Exits(i))).ToList();
        var results = await engine.StartAsync(launches, false, Cancel);
        Assert.All(results, r => Assert.Equal(StartOutcome.Started, r.Outcome));
        for (var i = 0; i < launches.Count; i++)
            Assert.Equal(i, (await Harness.EndAsync(engine, launches[i].Attempt)).ExitCode);
    }

    [Fact]
    public async Task Work_goes_on_when_the_control_plane_stops_and_is_found_again()
    {
        AttemptId running, ending;
        await using (var first = Harness.Open())
        {
            running = await EngineHarness.StartAsync(first, Harness.Launch(Harness.Exits(5, TimeSpan.FromSeconds(2))));
            ending = await EngineHarness.StartAsync(first, Harness.Launch(Harness.Exits(6)));
            await Harness.UntilAsync(first, running, r => r.Phase == EnginePhase.Running);
        }
        await using var second = Harness.Open();
        Assert.Contains((await second.ObserveAsync([], Cancel)).Attempts, a => a.Attempt == running);
        Assert.Equal(5, (await Harness.EndAsync(second, running)).ExitCode);
        Assert.Equal(6, (await Harness.EndAsync(second, ending)).ExitCode);
    }

    [Fact]
    public async Task When_one_node_of_a_gang_fails_the_others_are_ended_and_the_attempt_has_failed_with_its_code()
    {
        var report = await RunAsync(Harness.FailsOnTheSecondNode(9));
        Assert.Equal((9, FailureReason.ExitCode), (report.ExitCode, report.Failure));
    }

    [Fact]
    public async Task What_is_forgotten_is_gone_and_forgetting_it_twice_is_fine()
    {
        await using var engine = Harness.Open();
        var attempt = await EngineHarness.StartAsync(engine, Harness.Launch(Harness.Exits(0)));
        await Harness.EndAsync(engine, attempt);
        await engine.ForgetAsync(attempt, Cancel);
        await engine.ForgetAsync(attempt, Cancel);
        Assert.DoesNotContain((await engine.ObserveAsync([], Cancel)).Attempts, a => a.Attempt == attempt && a.Phase is EnginePhase.Pending or EnginePhase.Running);
    }
}

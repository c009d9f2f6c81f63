using Yunhe.Core.Network;
using Yunhe.Core.Workloads;
using Yunhe.Engines;
using static Yunhe.Conformance.Slurm.SlurmBench;

namespace Yunhe.Conformance.Slurm;

/// <summary>Where Slurm or its nodes fail, forget or take back. One cluster is broken, so one test at a time.</summary>
public sealed class SlurmFaultTests(SlurmLab lab)
{
    [Theory]
    [InlineData(Way.CommandLine)]
    [InlineData(Way.Rest)]
    public async Task A_controller_that_is_down_is_unavailable_and_work_goes_on_when_it_is_back(Way way)
    {
        var cluster = await lab.GammaAsync();
        await using var bench = await OfAsync(lab, way, cluster);
        await bench.StartedAsync(Run("w1.1", "sleep 3; exit 5"));
        await bench.RunningAsync("w1.1");

        await SlurmLab.ControllerDownAsync(cluster);
        try
        {
            await Assert.ThrowsAsync<EngineUnavailableException>(() => bench.Engine.ObserveAsync([AttemptId.Parse("w1.1")], default));
            Assert.Equal(StartOutcome.NotStarted, (await bench.StartAsync(Run("w2.1", "true"))).Outcome);
        }
        finally
        {
            await lab.ControllerUpAsync(cluster);
        }

        Assert.Equal(5, (await bench.EndedAsync("w1.1")).ExitCode);
    }

    [Theory]
    [InlineData(Way.CommandLine)]
    [InlineData(Way.Rest)]
    public async Task An_end_that_Slurm_has_forgotten_is_still_known(Way way)
    {
        var cluster = await lab.GammaAsync();
        await using var bench = await OfAsync(lab, way, cluster);
        await bench.StartedAsync(Run("w1.1", "exit 6"), Run("w2.1", "sleep 600"), Batch("w3.1", "#!/bin/sh\nexit 4"));
        await bench.RunningAsync("w2.1");
        await bench.Engine.CancelAsync([AttemptId.Parse("w2.1")], TimeSpan.Zero, default);
        for (var tries = 0; (await bench.JobsAsync()).Count > 0 && tries < 600; tries++) await Task.Delay(100);

        // A server that has just started and so remembers nothing itself.
        await using var later = await OfAsync(lab, way, cluster, bench.Network);
        var end = await later.ReportAsync("w1.1");
        Assert.Equal((EnginePhase.Ended, 6, FailureReason.ExitCode), (end.Phase, end.ExitCode, end.Failure));
        Assert.NotNull(end.StartedAt);
        Assert.Equal(FailureReason.CancelledByUser, (await later.ReportAsync("w2.1")).Failure);
        Assert.Equal(EnginePhase.Gone, (await later.ReportAsync("w9.1")).Phase);

        // Of a native script only the job completion log knows, which slurmrestd does not serve.
        var native = await later.ReportAsync("w3.1");
        Assert.Equal(way == Way.Rest ? EnginePhase.Gone : EnginePhase.Ended, native.Phase);
        Assert.Equal(way == Way.Rest ? null : 4, native.ExitCode);
    }

    [Theory]
    [InlineData(Way.CommandLine)]
    [InlineData(Way.Rest)]
    public async Task A_drained_node_is_no_capacity_and_a_lost_node_is_no_fault_of_the_program(Way way)
    {
        var cluster = await lab.GammaAsync();
        await using var bench = await OfAsync(lab, way, cluster);
        await bench.StartedAsync(Run("w1.1", "sleep 60", spec => spec with { Batch = new() { Requeue = false } }));
        var node = Assert.Single((await bench.RunningAsync("w1.1")).Nodes);
        await bench.OperatorAsync("scontrol", "update", "node=gamma3", "state=drain", "reason=test");
        try
        {
            var main = (await bench.Engine.ObserveAsync([], default)).Pools.Single(pool => pool.Pool.Name == "main");
            Assert.Equal((2, 1, 2), (main.Pool.Nodes, main.Unusable, main.Free.Sum(free => free.Count)));

            await bench.OperatorAsync("scontrol", "update", $"node={node}", "state=down", "reason=test");

            // slurmrestd 22.05 can't say --no-requeue: there Slurm itself begins the attempt anew.
            if (way == Way.Rest) Assert.Equal(1, (await bench.UntilAsync("w1.1", report => report.Phase == EnginePhase.Pending)).Restarts);
            else Assert.Equal(FailureReason.NodeFailure, (await bench.EndedAsync("w1.1")).Failure);
        }
        finally
        {
            // A node whose slurmd answers comes back from "down" by itself, and then can't be resumed.
            foreach (var name in new[] { "gamma3", node }.Distinct())
            {
                if ((await bench.OperatorAsync("sinfo", "-h", "-n", name, "-p", "main", "-o", "%T")).StartsWith("dr", StringComparison.Ordinal))
                    await bench.OperatorAsync("scontrol", "update", $"node={name}", "state=resume");
            }

            for (var tries = 0; tries < 300 && (await bench.OperatorAsync("sinfo", "-h", "-p", "main", "-t", "idle", "-o", "%D")).Trim() != "3"; tries++)
                await Task.Delay(100);
        }
    }

    [Fact]
    public async Task A_job_that_ended_while_it_waited_and_was_forgotten_is_found_in_accounting_and_not_submitted_again()
    {
        var cluster = await lab.GammaAsync();
        await using var bench = await OfAsync(lab, Way.CommandLine, cluster, wrap: transport => new AnswerLost(transport, afterSubmit: true));
        var launch = Run("w1.1", "true", spec => spec with { TimeLimit = TimeSpan.FromHours(9) }, pool: "short");
        Assert.Equal(StartOutcome.Unknown, (await bench.StartAsync(launch)).Outcome);
        await bench.OperatorAsync("scancel", Assert.Single(await bench.JobsAsync()).Split(' ')[0]);
        for (var tries = 0; (await bench.JobsAsync()).Count > 0 && tries < 600; tries++) await Task.Delay(100);

        Assert.Equal(StartOutcome.Started, (await bench.StartAsync(launch, mayExist: true)).Outcome);
        Assert.Empty(await bench.JobsAsync());
        Assert.Equal(FailureReason.CancelledBySite, (await bench.ReportAsync("w1.1")).Failure);
    }

    [Fact]
    public async Task A_preempted_job_that_Slurm_puts_back_goes_on_as_the_same_attempt()
    {
        await using var bench = await OfAsync(lab, Way.CommandLine, await lab.GammaAsync());
        await bench.StartedAsync(Run("w1.1", "[ -n \"$SLURM_RESTART_COUNT\" ] && exit 3; sleep 60", spec => spec with { Nodes = 3, Requirements = [new(new(8, 100, 0))] }));
        await bench.RunningAsync("w1.1");
        await bench.StartedAsync(Run("w2.1", "true", spec => spec with { Requirements = [new(new(8, 100, 0))] }, pool: "short"));

        var waiting = await bench.UntilAsync("w1.1", report => report.Restarts == 1 && report.Phase == EnginePhase.Pending);
        Assert.Equal(0, (await bench.EndedAsync("w2.1")).ExitCode);
        await bench.OperatorAsync("scontrol", "update", $"jobid={IdOf(waiting)}", "StartTime=now");
        var end = await bench.EndedAsync("w1.1");
        Assert.Equal((3, 1), (end.ExitCode, end.Restarts));
    }
}

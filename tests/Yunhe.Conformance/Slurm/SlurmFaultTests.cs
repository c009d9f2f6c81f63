using Yunhe.Core.Network;
using Yunhe.Core.Workloads;
using Yunhe.Engines;
using Yunhe.Engines.Slurm;
using static Yunhe.Conformance.Slurm.SlurmBench;

namespace Yunhe.Conformance.Slurm;

/// <summary>Where Slurm, its nodes or the way to it fail.</summary>
public sealed class SlurmFaultTests(SlurmLab lab)
{
    [Theory]
    [InlineData(Way.CommandLine)]
    [InlineData(Way.Rest)]
    public async Task Nothing_is_submitted_twice_when_the_answer_is_lost(Way way)
    {
        await using var bench = await OfAsync(lab, way, wrap: transport => new AnswerLost(transport, afterSubmit: true));
        var launch = Run("w1.1", "echo once");

        Assert.Equal(StartOutcome.Unknown, (await bench.StartAsync(launch)).Outcome);
        Assert.Equal(StartOutcome.Started, (await bench.StartAsync(launch, mayExist: true)).Outcome);
        await bench.EndedAsync("w1.1");
        Assert.Equal("once\n", await bench.OutputAsync("w1.1"));
        Assert.Single(await bench.JobsAsync());
    }

    [Theory]
    [InlineData(Way.CommandLine)]
    [InlineData(Way.Rest)]
    public async Task A_submission_that_never_arrived_is_made_again_once_it_can_no_longer_turn_up(Way way)
    {
        await using var bench = await OfAsync(lab, way, wrap: transport => new AnswerLost(transport, afterSubmit: false));
        var launch = Run("w1.1", "echo once");

        Assert.Equal(StartOutcome.Unknown, (await bench.StartAsync(launch)).Outcome);
        Assert.Equal(StartOutcome.Unknown, (await bench.StartAsync(launch, mayExist: true)).Outcome);
        await Task.Delay(TimeSpan.FromSeconds(1.1));
        Assert.Equal(StartOutcome.Started, (await bench.StartAsync(launch, mayExist: true)).Outcome);
        await bench.EndedAsync("w1.1");
        Assert.Equal("once\n", await bench.OutputAsync("w1.1"));
        Assert.Single(await bench.JobsAsync());
    }

    [Theory]
    [InlineData(Way.CommandLine)]
    [InlineData(Way.Rest)]
    public async Task A_second_server_of_the_same_network_finds_what_the_first_one_started(Way way)
    {
        await using var first = await OfAsync(lab, way, network: $"shared{way}");
        await first.StartedAsync(Run("w1.1", "echo first; sleep 2"));
        await using var second = await OfAsync(lab, way, network: $"shared{way}");

        Assert.Equal(StartOutcome.Started, (await second.StartAsync(Run("w1.1", "echo second"), mayExist: true)).Outcome);
        await second.EndedAsync("w1.1");
        Assert.Equal("first\n", await second.OutputAsync("w1.1"));
    }

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
    public async Task A_token_that_was_replaced_works_at_the_next_call()
    {
        var cluster = await lab.BetaAsync();
        var token = Path.Combine(lab.Shared, "token");
        await File.WriteAllTextAsync(token, "stale");
        await using var bench = await OfAsync(lab, Way.Rest, more: ("token_file", token));

        await Assert.ThrowsAsync<EngineUnavailableException>(() => bench.Engine.ObserveAsync([], default));
        File.Copy(cluster.Token, token, overwrite: true);
        Assert.NotEmpty((await bench.Engine.ObserveAsync([], default)).Pools);
    }

    [Fact]
    public async Task The_unix_socket_of_slurmrestd_serves_too()
    {
        var cluster = await lab.BetaAsync();
        await using var bench = await OfAsync(lab, Way.Rest, more: ("url", cluster.Socket));
        await bench.StartedAsync(Run("w1.1", "exit 3"));
        Assert.Equal(3, (await bench.EndedAsync("w1.1")).ExitCode);
    }

    [Fact]
    public async Task An_ssh_server_that_is_not_there_is_unavailable_and_starts_nothing()
    {
        await using var bench = await OfAsync(lab, Way.Ssh, more: ("ssh_options", "-F /dev/null -p 1"), wrap: transport => transport, network: "nossh");
        await Assert.ThrowsAsync<EngineUnavailableException>(() => bench.Engine.ObserveAsync([], default));
        Assert.Equal(StartOutcome.NotStarted, (await bench.StartAsync(Run("w1.1", "true"))).Outcome);
    }

    /// <summary>Loses the answer of the first submission, before or after it reached Slurm.</summary>
    private sealed class AnswerLost(ISlurmTransport inner, bool afterSubmit) : ISlurmTransport
    {
        private bool lost;

        public bool RunsSbatch => inner.RunsSbatch;

        public Task<IReadOnlyList<KeyValuePair<string, string>>> LoginEnvironmentAsync(CancellationToken cancel) => inner.LoginEnvironmentAsync(cancel);

        public Task<SlurmLook> LookAsync(CancellationToken cancel) => inner.LookAsync(cancel);

        public async Task<SubmitAnswer> SubmitAsync(SlurmSubmission submission, CancellationToken cancel)
        {
            if (lost) return await inner.SubmitAsync(submission, cancel);
            lost = true;
            if (afterSubmit) await inner.SubmitAsync(submission, cancel);
            return SubmitAnswer.Unknown("the answer was lost");
        }

        public Task CancelAsync(IReadOnlyList<string> jobs, CancellationToken cancel) => inner.CancelAsync(jobs, cancel);

        public Task<IReadOnlyDictionary<long, SlurmEnd>> AccountingAsync(IReadOnlyCollection<long> jobs, CancellationToken cancel) =>
            inner.AccountingAsync(jobs, cancel);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}

/// <summary>Slow by nature, so side by side with the others: limits are whole minutes and strike up to half a minute late.</summary>
public sealed class SlurmTimeLimitTests(SlurmLab lab)
{
    [Fact]
    public async Task The_time_limit_ends_an_attempt()
    {
        await using var command = await OfAsync(lab, Way.CommandLine);
        await using var rest = await OfAsync(lab, Way.Rest);
        var launch = Run("w1.1", "sleep 600", spec => spec with { TimeLimit = TimeSpan.FromSeconds(50) });
        await command.StartedAsync(launch);
        await rest.StartedAsync(launch);
        foreach (var bench in new[] { command, rest })
        {
            var end = await bench.UntilAsync("w1.1", report => report.Phase == EnginePhase.Ended, TimeSpan.FromMinutes(3));
            Assert.Equal(FailureReason.TimeLimit, end.Failure);
        }
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Yunhe.Core.Network;
using Yunhe.Core.Workloads;
using Yunhe.Engines;
using Yunhe.Engines.Slurm;
using static Yunhe.Conformance.Slurm.SlurmBench;

namespace Yunhe.Conformance.Slurm;

/// <summary>Where the way to Slurm fails.</summary>
public sealed class SlurmConnectionTests(SlurmLab lab)
{
    [Fact]
    public async Task Nothing_is_submitted_twice_when_the_answer_is_lost()
    {
        await using var bench = await OfAsync(lab, Way.CommandLine, wrap: transport => new AnswerLost(transport, afterSubmit: true));
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

    [Fact]
    public async Task A_connection_that_is_cut_before_the_answer_leaves_one_job_that_is_found_again()
    {
        await using var proxy = new CuttingProxy((await lab.BetaAsync()).Port + 3);
        await using var bench = await OfAsync(lab, Way.Rest, more: ("url", proxy.Url));
        var launch = Run("w1.1", "echo once");

        Assert.Equal(StartOutcome.Unknown, (await bench.StartAsync(launch)).Outcome);
        Assert.Equal(1, proxy.Cuts);
        Assert.Equal(StartOutcome.Started, (await bench.StartAsync(launch, mayExist: true)).Outcome);
        Assert.Equal(0, (await bench.EndedAsync("w1.1")).ExitCode);
        Assert.Equal("once\n", await bench.OutputAsync("w1.1"));
        Assert.Single(await bench.JobsAsync());
    }

    [Fact]
    public async Task A_command_that_hangs_is_killed_at_its_time_out_and_the_site_unavailable()
    {
        // Takes connections and never answers: squeue would wait for a hundred seconds.
        using var controller = new TcpListener(IPAddress.Loopback, 0);
        controller.Start();
        var conf = Path.Combine(lab.Shared, "silent.conf");
        var own = await File.ReadAllLinesAsync((await lab.AlphaAsync()).Conf);
        await File.WriteAllLinesAsync(conf,
            [.. own.Where(line => !line.StartsWith("SlurmctldPort=", StringComparison.Ordinal)),
                $"SlurmctldPort={((IPEndPoint)controller.LocalEndpoint).Port}", "MessageTimeout=100"]);
        await using var bench = await OfAsync(lab, Way.CommandLine, more: [("conf", conf), ("timeout_seconds", "1")]);

        var watch = Stopwatch.StartNew();
        var error = await Assert.ThrowsAsync<EngineUnavailableException>(() => bench.Engine.ObserveAsync([], default));
        Assert.Contains("did not answer within 1 s", error.Message, StringComparison.Ordinal);
        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(20));
        using var connection = await controller.AcceptTcpClientAsync();
        await connection.GetStream().CopyToAsync(Stream.Null).WaitAsync(TimeSpan.FromSeconds(20));
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
}

/// <summary>Loses the answer of the first submission, before or after it reached Slurm.</summary>
internal sealed class AnswerLost(ISlurmTransport inner, bool afterSubmit) : ISlurmTransport
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

    public Task CancelPendingAsync(IReadOnlyList<string> jobs, CancellationToken cancel) => inner.CancelPendingAsync(jobs, cancel);

    public Task<IReadOnlyDictionary<long, SlurmEnd>> AccountingAsync(IReadOnlyCollection<long> jobs, CancellationToken cancel) =>
        inner.AccountingAsync(jobs, cancel);

    public Task<IReadOnlyDictionary<string, long>> EndedInAsync(string folder, TimeSpan back, CancellationToken cancel) =>
        inner.EndedInAsync(folder, back, cancel);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}

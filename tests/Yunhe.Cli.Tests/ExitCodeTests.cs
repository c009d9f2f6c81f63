using System.Net.Sockets;
using Yunhe.Contracts;
using Yunhe.Contracts.Client;

namespace Yunhe.Cli.Tests;

public sealed class ExitCodeTests
{
    private readonly Terminal terminal = new();

    [Theory]
    [InlineData(PhaseWord.Succeeded, 0, 0)]
    [InlineData(PhaseWord.Failed, 3, 3)]
    [InlineData(PhaseWord.Failed, null, 1)]
    [InlineData(PhaseWord.Cancelled, null, 1)]
    public async Task Run_ends_with_the_jobs_own_exit_code(PhaseWord phase, int? job, int expected)
    {
        terminal.Server.Runs(phase, job);
        Assert.Equal(expected, await terminal.RunAsync("run", "--", "true"));
    }

    [Fact]
    public async Task Run_puts_the_jobs_output_on_stdout_and_its_own_words_on_stderr()
    {
        terminal.Server.Runs(PhaseWord.Succeeded, 0);
        await terminal.RunAsync("run", "--", "true");
        Assert.Equal("hello\n", terminal.Out);
        Assert.Contains("w17 succeeded with exit code 0; ran 3.0 s, ¥0.0123, 0.0042 kWh, 1.7 g CO2e", terminal.Err);
    }

    [Theory]
    [InlineData(400, 2)]
    [InlineData(401, 5)]
    [InlineData(404, 4)]
    [InlineData(409, 5)]
    [InlineData(412, 5)]
    [InlineData(422, 5)]
    [InlineData(500, 1)]
    [InlineData(507, 1)]
    public async Task A_refusal_is_one_line_and_a_code(int status, int expected)
    {
        terminal.Server.Refuse("GET /v1/workloads/w1", status, new() { Status = status, Detail = "because of this" });
        Assert.Equal(expected, await terminal.RunAsync("show", "w1"));
        Assert.StartsWith("error: because of this\n", terminal.Err);
        Assert.Equal("", terminal.Out);
        Assert.DoesNotContain("   at ", terminal.Err);
    }

    [Fact]
    public async Task An_impossible_workload_shows_what_excludes_each_site()
    {
        terminal.Server.Refuse("POST /v1/workloads", 422, new()
        {
            Status = 422, Detail = "no site can run it",
            Candidates = [new() { Site = "hangzhou", Excluded = "has no A100" }, new() { Site = "ulanqab", Excluded = "4 cores per node, 64 asked for" }],
        });
        Assert.Equal(5, await terminal.RunAsync("submit", "--", "true"));
        Assert.Contains("hangzhou  has no A100", terminal.Err);
        Assert.Contains("ulanqab   4 cores per node, 64 asked for", terminal.Err);
    }

    [Fact]
    public async Task No_server_says_how_to_start_one()
    {
        var shell = terminal.Shell with { Connect = (server, _) => new YunheClient(new HttpClient(new Nobody()) { BaseAddress = server }) };
        Assert.Equal(3, await App.RunAsync(["list"], shell, CancellationToken.None));
        Assert.Contains("no Yunhe server answers at http://127.0.0.1:7717", terminal.Err);
        Assert.Contains("yunhe up", terminal.Err);
    }

    [Fact]
    public async Task Letting_go_of_a_job_says_that_it_goes_on()
    {
        using var stop = new CancellationTokenSource();
        terminal.Server.Runs(PhaseWord.Running, null);
        terminal.Server.AnswerText("GET /v1/workloads/w17/watch", "", "text/event-stream");
        stop.CancelAfter(TimeSpan.FromMilliseconds(300));
        Assert.Equal(130, await terminal.RunAsync(stop.Token, "run", "--", "sleep", "100"));
        Assert.Contains("detached; w17 goes on; follow again: yunhe logs -f w17", terminal.Err);
        Assert.DoesNotContain(terminal.Server.Asked, a => a.Call.EndsWith("/cancel", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_unknown_command_is_a_usage_error() => Assert.Equal(2, await terminal.RunAsync("frobnicate"));

    private sealed class Nobody : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new HttpRequestException("refused", new SocketException((int)SocketError.ConnectionRefused));
    }
}

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
            Status = 422, Detail = "no site can run it: hangzhou: has no A100 | ulanqab: 4 cores per node",
            Candidates = [new() { Site = "hangzhou", Excluded = "has no A100" }, new() { Site = "ulanqab", Excluded = "4 cores per node, 64 asked for" }],
        });
        Assert.Equal(5, await terminal.RunAsync("submit", "--", "true"));
        Assert.StartsWith("error: no site can run it\nSITE", terminal.Err);
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

    [Theory]
    [InlineData("there is no command frobnicate", "frobnicate")]
    [InlineData("there is no command frob", "site", "frob")]
    [InlineData("there is no option --frob", "--frob")]
    [InlineData("--limit: 'abc' isn't a whole number", "list", "--limit", "abc")]
    [InlineData("--limit must be 1 or more", "list", "--limit", "0")]
    [InlineData("--port: 'abc' isn't a whole number", "up", "--port", "abc")]
    [InlineData("--port must be 0 to 65535", "up", "--port", "65536")]
    [InlineData("--pue: 'abc' isn't a number", "site", "add", "x", "--pue", "abc")]
    [InlineData("--from: 'yesterday' isn't a time such as", "usage", "--from", "yesterday")]
    [InlineData("'running'", "list", "--phase", "runing")]
    [InlineData("there is no file /nowhere/train.yaml", "run", "/nowhere/train.yaml")]
    [InlineData("is a folder: name a file", "run", "/")]
    [InlineData("there is no file /nowhere/site.yaml", "site", "add", "-f", "/nowhere/site.yaml")]
    [InlineData("nothing to run: no command stands behind '--'", "run", "--")]
    public async Task A_wrong_command_line_is_told_in_words_without_types(string expected, params string[] args)
    {
        Assert.Equal(2, await terminal.RunAsync(args));
        Assert.Contains(expected, terminal.Err);
        Assert.DoesNotContain("Yunhe.", terminal.Err);
        Assert.DoesNotContain("System.", terminal.Err);
    }

    [Theory]
    [InlineData("demo")]
    [InlineData("drain", "site")]
    public async Task A_group_of_commands_alone_shows_its_help(string expected, params string[] args)
    {
        Assert.Equal(2, await terminal.RunAsync(args));
        Assert.Contains(expected, terminal.Err);
        Assert.Equal("", terminal.Out);
    }

    [Fact]
    public async Task Wrong_fields_of_a_declaration_are_a_usage_error()
    {
        terminal.Server.Refuse("POST /v1/sites", 422, new()
        {
            Status = 422, Detail = "pue: 0.5 is out of range", Errors = new Dictionary<string, IReadOnlyList<string>> { ["pue"] = ["0.5 is out of range"] },
        });
        Assert.Equal(2, await terminal.RunAsync("site", "add", "x", "--engine", "local", "--cpus", "1", "--pue", "0.5"));
        Assert.Equal("error: pue: 0.5 is out of range\n", terminal.Err);
    }

    [Fact]
    public void A_reader_that_has_gone_ends_the_command_without_a_word()
    {
        var broken = new IOException("Broken pipe", 32);
        Assert.Equal(1, Failures.Tell(broken, terminal.Shell));
        Assert.Equal("", terminal.Err);
    }

    private sealed class Nobody : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new HttpRequestException("refused", new SocketException((int)SocketError.ConnectionRefused));
    }
}

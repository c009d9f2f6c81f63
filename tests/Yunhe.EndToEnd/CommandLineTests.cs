using System.Diagnostics;
using Yunhe.Contracts;

namespace Yunhe.EndToEnd;

/// <summary>The command as a user has it: a process, its outputs, its exit code, its signals.</summary>
public sealed class CommandLineTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("yunhe-cli-").FullName;
    private ServerProcess server = null!;

    public async ValueTask InitializeAsync()
    {
        server = new(folder);
        await server.StartAsync();
        await server.Client().AddSiteAsync(
            new() { Name = "here", Engine = "local", PriceCpuHour = 0.1m, Pools = [new() { Name = "main", Nodes = 2, Cpus = 2, MemoryMib = 2048 }] }, default);
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private Task<(int ExitCode, string Output, string Errors)> RunAsync(string command) => Shell.RunAsync(folder, folder, server, command);

    [Fact]
    public async Task Run_ends_with_the_jobs_own_exit_code_and_its_own_output_alone_on_stdout()
    {
        var (code, output, errors) = await RunAsync("./yunhe run -- bash -c 'echo out; echo err >&2; exit 42'");
        Assert.Equal((42, "out\n"), (code, output));
        Assert.Contains("err\n", errors, StringComparison.Ordinal);
        Assert.Contains("exit code 42", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_workdir_travels_there_and_outputs_travel_back()
    {
        Directory.CreateDirectory(Path.Combine(folder, "code"));
        await File.WriteAllTextAsync(Path.Combine(folder, "code", "double.sh"), "while read n; do echo $((2 * n)); done < numbers.txt > doubled.csv\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "numbers.txt"), "1\n2\n21\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "task.yaml"), "workdir: code\nfile_mounts: {numbers.txt: numbers.txt}\nrun: bash double.sh\noutputs: ['*.csv']\nresources: {memory: 0.25}\n");
        Assert.Equal(0, (await RunAsync("./yunhe run task.yaml")).ExitCode);
        Assert.Equal(0, (await RunAsync("./yunhe results w1 -o back")).ExitCode);
        Assert.Equal("2\n4\n42\n", await File.ReadAllTextAsync(Path.Combine(folder, "back", "doubled.csv")));
    }

    [Fact]
    public async Task A_quote_can_be_bound_to()
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "task.yaml"), "run: echo bound\nresources: {memory: 0.25}\n");
        var (code, output, _) = await RunAsync("./yunhe quote task.yaml --output json");
        Assert.Equal(0, code);
        var quote = System.Text.Json.JsonSerializer.Deserialize<QuoteView>(output, Wire.Json)!;
        Assert.Equal("here", quote.Best);
        Assert.Equal(0, (await RunAsync($"./yunhe run task.yaml --quote {quote.Id}")).ExitCode);
        Assert.Equal(quote.Id, (await server.Client().WorkloadAsync("w1", default)).Quote);
        Assert.Equal(5, (await RunAsync($"./yunhe run --quote {quote.Id} -- true")).ExitCode);
    }

    [Fact]
    public async Task Ctrl_C_on_a_follow_lets_the_job_go_on()
    {
        // The shell tells the process's ID and becomes it. Tests that are run in the background ignore the signal, and so would it.
        var following = RunAsync("echo $$ > pid; exec env --default-signal=INT ./yunhe run -- bash -c 'echo begun; sleep 3; echo ended'");
        var client = server.Client();
        while (true)
        {
            var page = await client.WorkloadsAsync(new(), 10, null, default);
            if (page.Items is [{ Phase: PhaseWord.Running }]) break;
            await Task.Delay(20);
        }
        using (var kill = Process.Start("kill", ["-INT", (await File.ReadAllTextAsync(Path.Combine(folder, "pid"))).Trim()])) await kill.WaitForExitAsync();
        var (code, _, errors) = await following;
        Assert.Equal(130, code);
        Assert.Contains("detached; w1 goes on", errors, StringComparison.Ordinal);
        var (followed, log, _) = await RunAsync("./yunhe logs -f w1");
        Assert.Equal((0, "begun\nended\n"), (followed, log));
        while ((await client.WorkloadAsync("w1", default)).EndedAt is null) await Task.Delay(20);
        Assert.Equal(PhaseWord.Succeeded, (await client.WorkloadAsync("w1", default)).Phase);
    }
}

namespace Yunhe.EndToEnd;

/// <summary>What a user does first, against a real server and a real local site.</summary>
public sealed class CliTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("yunhe-cli-").FullName;
    private readonly ServerProcess server;

    public CliTests() => server = new(folder);

    public async ValueTask InitializeAsync()
    {
        await server.StartAsync();
        var (code, _, errors) = await RunAsync("./yunhe site add here --engine local --nodes 2 --cpus 2 --memory 2");
        Assert.True(code == 0, errors);
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_job_is_run_followed_and_its_results_fetched()
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "job.sbatch"), "#!/bin/bash\necho \"out $1 $GREETING\"\necho err >&2\necho done > \"$YUNHE_OUTPUT_DIR/made.txt\"\nexit 3\n");
        var run = await RunAsync("./yunhe run --env GREETING='two words' --outputs 'outputs/*' job.sbatch 'one argument'");
        Assert.Equal(3, run.ExitCode);
        Assert.Equal("out one argument two words\n", run.Output);
        Assert.Contains("err\n", run.Errors);
        Assert.Contains("w1 failed with exit code 3", run.Errors);

        var results = await RunAsync("./yunhe results w1 -o got");
        Assert.Equal(0, results.ExitCode);
        var made = Directory.GetFiles(Path.Combine(folder, "got"), "made.txt", SearchOption.AllDirectories).Single();
        Assert.Equal("done\n", await File.ReadAllTextAsync(made));
        Assert.Equal("out one argument two words\n", await File.ReadAllTextAsync(Path.Combine(folder, "got", "stdout")));
    }

    [Fact]
    public async Task Interrupting_a_follow_leaves_the_job_running()
    {
        var run = await RunAsync("timeout --preserve-status -s INT 3 ./yunhe run -- sleep 60");
        Assert.Equal(130, run.ExitCode);
        Assert.Contains("detached; w1 goes on; follow again: yunhe logs -f w1", run.Errors);
        var running = await RunAsync("./yunhe list --phase running");
        Assert.Contains("w1  sleep", running.Output);
        Assert.Equal(0, (await RunAsync("./yunhe cancel w1")).ExitCode);
        var followed = await RunAsync("./yunhe logs -f w1");
        Assert.Contains("w1 cancelled", followed.Errors);
    }

    [Fact]
    public async Task A_folder_travels_to_the_job_and_impossible_wishes_name_the_site()
    {
        var work = Directory.CreateDirectory(Path.Combine(folder, "work")).FullName;
        await File.WriteAllTextAsync(Path.Combine(work, "data.txt"), "carried\n");
        var run = await RunAsync("./yunhe run --workdir work -- cat data.txt");
        Assert.Equal((0, "carried\n"), (run.ExitCode, run.Output));
        var impossible = await RunAsync("./yunhe submit --cpus 64 -- true");
        Assert.Equal(5, impossible.ExitCode);
        Assert.Contains("here", impossible.Errors);
        Assert.Contains("64", impossible.Errors);
    }

    private Task<(int ExitCode, string Output, string Errors)> RunAsync(string command) => Shell.RunAsync(folder, folder, server, command);
}

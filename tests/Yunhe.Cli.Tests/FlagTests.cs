using Yunhe.Contracts;

namespace Yunhe.Cli.Tests;

public sealed class FlagTests
{
    private readonly Terminal terminal = new();

    public FlagTests() => terminal.Server.Answer("POST /v1/workloads", new SubmittedView("w17", PhaseWord.Queued));

    [Fact]
    public async Task Every_flag_reaches_the_request()
    {
        terminal.Environment["TOKEN"] = "s3cret";
        var code = await terminal.RunAsync(
            "submit", "--name", "n", "--gpus", "A100:2", "--cpus", "4", "--memory", "8", "--num-nodes", "3", "--time", "2h", "--estimate", "90s",
            "--optimize", "carbon", "--budget", "12.5", "--region", "East,West", "--site", "a", "--site", "b", "--priority", "-5", "--retries", "2",
            "--outputs", "*.csv", "--array", "0-9%4", "--after", "afterany:w3", "--env", "A=1", "-e", "B=x=y", "--secret", "TOKEN", "--quote", "q3",
            "--deadline", "6h", "--max-wait", "12h", "--residency", "East,浙江", "--max-pue", "1.3", "--min-renewable", "0.5", "--", "true");
        Assert.True(code == 0, terminal.Err);
        var r = terminal.Server.Submitted();
        Assert.Equal(("n", 3, -5, 2, 12.5m, "q3"), (r.Name, r.NumNodes, r.Priority, r.Retries, r.Budget, r.Quote));
        Assert.Equal(new ResourceRequest { Cpus = 4, MemoryMib = 8192, Accelerator = "A100", Accelerators = 2 }, r.Resources.Single());
        Assert.Equal((7200L, 90L, 43_200L, ObjectiveWord.Carbon), (r.TimeLimitSeconds, r.EstimateSeconds, r.MaxWaitSeconds, r.Optimize));
        Assert.Equal(["East", "West"], r.Regions);
        Assert.Equal(["East", "浙江"], r.Residency);
        Assert.Equal((1.3, 0.5), (r.MaxPue, r.MinRenewableShare));
        Assert.Equal(["a", "b"], r.Sites);
        Assert.Equal(["*.csv"], r.Outputs);
        Assert.Equal(new ArrayRequest { Indices = "0-9", Limit = 4 }, r.Array);
        Assert.Equal([new DependencyRequest(DependencyWord.Afterany, "w3")], r.Dependencies);
        Assert.Equal(new Dictionary<string, string> { ["A"] = "1", ["B"] = "x=y" }, r.Envs);
        Assert.Equal(new Dictionary<string, string> { ["TOKEN"] = "s3cret" }, r.Secrets);
        Assert.NotNull(r.Deadline);
        Assert.Equal("w17\n", terminal.Out);
    }

    [Fact]
    public async Task Variables_come_from_a_file_too()
    {
        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, "# comment\nA=1\nexport B=two words\n\n");
        Assert.Equal(0, await terminal.RunAsync("submit", "--env-file", path, "--env", "A=2", "--", "true"));
        Assert.Equal(new Dictionary<string, string> { ["A"] = "2", ["B"] = "two words" }, terminal.Server.Submitted().Envs);
        File.Delete(path);
    }

    [Fact]
    public async Task A_wrong_value_names_its_flag_and_exits_2()
    {
        Assert.Equal(2, await terminal.RunAsync("submit", "--optimize", "speed", "--cpus", "-1", "--", "true"));
        Assert.Contains("error: --optimize: ", terminal.Err);
        Assert.Contains("error: --cpus: ", terminal.Err);
        Assert.Equal("", terminal.Out);
    }

    [Fact]
    public async Task A_workdir_is_uploaded_before_the_workload_is_handed_in()
    {
        var folder = Directory.CreateTempSubdirectory("yunhe-cli-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "data.txt"), "1");
        await terminal.RunAsync("submit", "--workdir", folder, "--", "true");
        var put = terminal.Server.Asked.FindIndex(a => a.Call.StartsWith("PUT /v1/blobs/", StringComparison.Ordinal));
        Assert.True(put > terminal.Server.Asked.FindIndex(a => a.Call.StartsWith("HEAD /v1/blobs/", StringComparison.Ordinal)));
        Directory.Delete(folder, recursive: true);
    }
}

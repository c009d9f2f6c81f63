using System.Text.Json;
using Yunhe.Conformance.Slurm;
using Yunhe.Contracts;
using Yunhe.Planning.Census;

namespace Yunhe.EndToEnd;

/// <summary>A site is measured by a job on its nodes, and the figures stand where people look for them.</summary>
public sealed class MeasureTests(SlurmLab lab) : IAsyncLifetime
{
    private const string Quick = "--nodes 2 --cpus 1 --seconds 1 --order 128 --disk-mib 4";

    private readonly string folder = Directory.CreateTempSubdirectory("yunhe-measure-e2e-").FullName;
    private ServerProcess server = null!;

    public async ValueTask InitializeAsync()
    {
        server = new(folder);
        await server.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private Task<(int ExitCode, string Output, string Errors)> RunAsync(string command) => Shell.RunAsync(folder, folder, server, command);

    [Fact]
    public async Task A_local_site_is_measured_and_the_census_and_the_report_have_it_beside_the_nominal_rate_until_its_machines_change()
    {
        var client = server.Client();
        await client.AddSiteAsync(Local(cpus: 2), default);
        var (code, output, errors) = await RunAsync($"./yunhe site measure here {Quick} --program {Program()} --output json");
        Assert.True(code == 0, errors);
        var kept = JsonSerializer.Deserialize<MeasurementView>(output, Wire.Json)!.Measured;
        Assert.Equal(("main", "w1", 2, 1), (kept.Pool, kept.Workload, kept.Nodes, kept.Cores));
        Assert.Equal(["fp64", "fp32"], kept.Processors.Select(p => p.Type));
        Assert.All(kept.Processors, p => Assert.InRange(p.Gigaflops, 0.001, 10_000));
        Assert.True(kept is { MemoryGbPerSecond: > 0, DiskWriteMbPerSecond: > 0, NetworkGbitPerSecond: null }, output);

        var (_, shown, _) = await RunAsync("./yunhe site show here");
        Assert.Contains("by w1: pool main, 2 nodes, 1 core each", shown, StringComparison.Ordinal);
        var counted = await MeasuredAsync();
        Assert.Equal(kept.Processors[0].Gigaflops * 2 / 1e6, (double)counted!.Value, 9);
        var (_, report, _) = await RunAsync("./yunhe report");
        Assert.Contains("Measured beside nominal", report, StringComparison.Ordinal);

        await client.EditSiteAsync(Local(cpus: 1), (await client.SiteAsync("here", default)).Revision, default);
        Assert.Null(await MeasuredAsync());
    }

    [Fact]
    public async Task A_job_that_fails_leaves_no_measurement()
    {
        await server.Client().AddSiteAsync(Local(cpus: 2), default);
        var (code, _, errors) = await RunAsync("./yunhe site measure here --program /bin/false");
        Assert.NotEqual(0, code);
        Assert.Contains("w1 failed", errors, StringComparison.Ordinal);
        Assert.Empty((await server.Client().SiteAsync("here", default)).Measurements ?? []);
    }

    [Fact]
    public async Task A_Slurm_cluster_is_measured_by_a_job_of_its_own()
    {
        var cluster = await lab.AlphaAsync();
        var shared = Directory.CreateDirectory(Path.Combine(lab.Shared, Path.GetFileName(folder))).FullName;
        await server.Client().AddSiteAsync(
            new() { Name = "hpc", Engine = "slurm", Settings = new Dictionary<string, string> { ["conf"] = cluster.Conf, ["work_folder"] = shared } }, default);
        while ((await server.Client().SiteAsync("hpc", default)).Pools.Count == 0) await Task.Delay(50);
        var (code, output, errors) = await RunAsync($"./yunhe site measure hpc {Quick} --program {Program()} --accelerators 'echo bf16 2 TFLOPS' --output json");
        Assert.True(code == 0, errors);
        var kept = JsonSerializer.Deserialize<MeasurementView>(output, Wire.Json)!.Measured;
        Assert.Equal((2, 1), (kept.Nodes, kept.Cores));
        Assert.Equal(new RateView("bf16", 2000), Assert.Single(kept.Accelerators));
        Assert.Single((await server.Client().SiteAsync("hpc", default)).Measurements!);
    }

    /// <summary>10^15 per second of FP64 by the census; null: nominal only.</summary>
    private async Task<decimal?> MeasuredAsync() => (await server.Client().CensusAsync<CensusDocument>(null, null, default))
        .Facilities.Single(f => f.Name == "here").Capacity.Single(c => c.Type == "fp64").MeasuredPetaflops;

    private static SiteRequest Local(int cpus) => new() { Name = "here", Engine = "local", Pools = [new() { Name = "main", Nodes = 2, Cpus = cpus, MemoryMib = 2048 }] };

    /// <summary>The command as one file, which is what nodes are given.</summary>
    private string Program()
    {
        var path = Path.Combine(folder, "yunhe");
        File.WriteAllText(path, $"#!/bin/sh\nexec dotnet \"{ServerProcess.Executable}\" \"$@\"\n");
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
        return path;
    }
}

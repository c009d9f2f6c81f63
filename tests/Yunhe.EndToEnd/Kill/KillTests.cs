using System.Collections.Concurrent;
using System.Globalization;
using Yunhe.Conformance.Slurm;
using Yunhe.Contracts;
using Yunhe.Contracts.Client;

namespace Yunhe.EndToEnd.Kill;

/// <summary>
/// The real server is killed at random moments while work is handed in and runs on this machine and on a real Slurm cluster. Every program
/// writes its attempt's ID into one file, so that what really ran is known from outside.
/// </summary>
public sealed class KillTests(SlurmLab lab)
{
    private const int Kills = 50;
    private const int Submitters = 3;

    private readonly string folder = Directory.CreateTempSubdirectory("yunhe-kill-").FullName;
    private readonly ConcurrentDictionary<string, string> acknowledged = new();

    [Fact]
    public async Task Killed_fifty_times_it_loses_no_acknowledged_submission_runs_no_attempt_twice_and_forgets_no_usage()
    {
        var cluster = await lab.AlphaAsync();
        var seed = Environment.GetEnvironmentVariable("YUNHE_KILL_SEED") is { } given ? int.Parse(given) : Random.Shared.Next();
        TestContext.Current.SendDiagnosticMessage($"YUNHE_KILL_SEED={seed}");
        await using var server = new ServerProcess(folder);
        await server.StartAsync();
        await AttachAsync(server.Client(), cluster);

        using var stop = new CancellationTokenSource();
        var submitters = Enumerable.Range(0, Submitters).Select(n => SubmitAsync(server, n, new(seed + n), stop.Token)).ToList();
        await KillRepeatedlyAsync(server, new(seed));
        await stop.CancelAsync();
        await Task.WhenAll(submitters);

        await AllEndAsync(server);
        await CheckAsync(server, seed);
        Directory.Delete(folder, recursive: true);
    }

    private string Ledger => Path.Combine(folder, "ledger");

    private async Task AttachAsync(YunheClient client, Cluster cluster)
    {
        await client.AddSiteAsync(new() { Name = "here", Engine = "local", PriceCpuHour = 1, Pools = [new() { Name = "main", Nodes = 2, Cpus = 4, MemoryMib = 4096 }] }, default);
        var shared = Directory.CreateDirectory(Path.Combine(lab.Shared, "kill")).FullName;
        await client.AddSiteAsync(new()
        {
            Name = "alpha", Engine = "slurm", PriceCpuHour = 1, Settings = new Dictionary<string, string> { ["conf"] = cluster.Conf, ["work_folder"] = shared },
        }, default);
    }

    private static async Task KillRepeatedlyAsync(ServerProcess server, Random random)
    {
        for (var kill = 0; kill < Kills; kill++)
        {
            await Task.Delay(random.Next(20, 1500));
            await server.KillAsync();
            await server.StartAsync();
        }
    }

    /// <summary>Hands in jobs until told to stop; each is sent again, with its key, until it is acknowledged.</summary>
    private async Task SubmitAsync(ServerProcess server, int submitter, Random random, CancellationToken stop)
    {
        var client = server.Client();
        for (var n = 0; !stop.IsCancellationRequested; n++)
        {
            var key = $"{submitter}-{n}";
            var request = Request(random, key);
            while (!acknowledged.ContainsKey(key))
            {
                try
                {
                    acknowledged[key] = (await client.SubmitAsync(request, key, default)).Id;
                }
                catch (Exception e) when (e is ServerUnreachableException or HttpRequestException or ApiException { Status: 503 })
                {
                    await Task.Delay(50, CancellationToken.None);
                }
            }
            await Task.Delay(random.Next(100, 500), CancellationToken.None);
        }
    }

    private WorkloadRequest Request(Random random, string key) => new()
    {
        Name = "kill",
        Program = new() { Kind = ProgramWord.Task, Run = $"echo \"$YUNHE_ATTEMPT\" >> \"$LEDGER\"; sleep {(random.NextDouble() * 2).ToString("0.00", CultureInfo.InvariantCulture)}" },
        Resources = [new() { Cpus = 1, MemoryMib = 64 }],
        Envs = new Dictionary<string, string> { ["LEDGER"] = Ledger, ["KEY"] = key },
        Sites = [random.Next(2) == 0 ? "here" : "alpha"],
        Array = random.Next(6) == 0 ? new() { Indices = "0-3" } : null,
    };

    private async Task AllEndAsync(ServerProcess server)
    {
        var client = server.Client();
        var end = DateTime.UtcNow + TimeSpan.FromMinutes(5);
        while (await client.WorkloadsAsync(new(), 1000, null, default) is var page && page.Items.Any(w => w.EndedAt is null))
        {
            Assert.True(DateTime.UtcNow < end, $"not ended: {string.Join(", ", page.Items.Where(w => w.EndedAt is null).Select(w => $"{w.Id} {w.Phase} {w.Detail}"))}\n{server.Log}");
            await Task.Delay(500);
        }
    }

    private async Task CheckAsync(ServerProcess server, int seed)
    {
        var client = server.Client();
        var attempts = new List<AttemptView>();
        Assert.True(acknowledged.Count > Kills, $"only {acknowledged.Count} were handed in (seed {seed})");
        foreach (var (key, id) in acknowledged)
        {
            // What was acknowledged is there, is the same under its key, and has succeeded.
            var workload = await client.WorkloadAsync(id, default);
            Assert.Equal(key, workload.Request.Envs["KEY"]);
            Assert.True(workload.Phase == PhaseWord.Succeeded, $"{id} {workload.Phase}: {workload.Detail} (seed {seed})\n{server.Log}");
            Assert.Equal(workload.Tasks, workload.FirstTasks.Count);
            attempts.AddRange(workload.FirstTasks.SelectMany(t => t.Attempts));
        }
        Assert.Equal(acknowledged.Count, acknowledged.Values.Distinct().Count());

        // No attempt ran twice, and every attempt that succeeded ran.
        var ran = await File.ReadAllLinesAsync(Ledger);
        Assert.Equal(ran.Distinct().Count(), ran.Length);
        Assert.Equal(attempts.Select(a => a.Id).Order(StringComparer.Ordinal), ran.Order(StringComparer.Ordinal));

        // Every attempt is billed, once.
        Assert.All(attempts, a => Assert.True(a.Used?.Cost > 0, $"{a.Id} is not billed"));
        var usage = await client.UsageAsync("workload", null, null, null, default);
        Assert.Equal(attempts.Count, usage.Total.Attempts);
        Assert.Equal(attempts.Sum(a => a.Used!.Cost), usage.Total.Cost);
    }
}

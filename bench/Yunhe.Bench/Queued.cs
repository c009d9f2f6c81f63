using System.Diagnostics;
using System.Globalization;
using Yunhe.Contracts;
using Yunhe.Contracts.Client;
using Yunhe.EndToEnd;

namespace Yunhe.Bench;

/// <summary>A long queue costs memory and a start, and nothing else.</summary>
internal static class Queued
{
    private const int Count = 100_000;
    private const int Clients = 32;

    public static async Task<IReadOnlyList<Row>> RunAsync(Options options)
    {
        var folder = Directory.CreateTempSubdirectory("yunhe-bench-").FullName;
        await using var server = new ServerProcess(folder);
        await server.StartAsync();
        var client = server.Client();
        await QuietSite.AddAsync(client);
        for (var i = 0; i < 100; i++) await client.SubmitAsync(QuietSite.Request, $"warm-{i}", default);
        var (listBefore, showBefore) = await LatencyAsync(client);
        var emptyStart = await RestartAsync(server);
        var emptyMemory = await ResidentMiBAsync(server);

        await Parallel.ForEachAsync(Enumerable.Range(0, Count), new ParallelOptions { MaxDegreeOfParallelism = Clients },
            async (i, cancel) => await client.SubmitAsync(QuietSite.Request, $"job-{i}", cancel));
        var (listAfter, showAfter) = await LatencyAsync(client);
        var fullStart = await RestartAsync(server);
        var fullMemory = await ResidentMiBAsync(server);
        await server.KillAsync();
        Directory.Delete(folder, recursive: true);
        return
        [
            new("memory per queued workload, after restart", "KiB", (fullMemory - emptyMemory) * 1024 / Count, null, $"resident {emptyMemory:0} -> {fullMemory:0} MiB"),
            new("restart with 100,000 queued (kill -9 to ready)", "s", fullStart, 3, "aim: under 3 s"),
            new("restart with 100 queued", "s", emptyStart, null, "for comparison"),
            new("list of 50, p50", "ms", listAfter, listBefore, "the same with 100 queued, same run"),
            new("show, p50", "ms", showAfter, showBefore, "the same with 100 queued, same run"),
        ];
    }

    private static async Task<(double List, double Show)> LatencyAsync(YunheClient client)
    {
        var list = await Timings.MeasureAsync(1, TimeSpan.FromSeconds(2), _ => client.WorkloadsAsync(new(), 50, null, default));
        var show = await Timings.MeasureAsync(1, TimeSpan.FromSeconds(2), _ => client.WorkloadAsync("w7", default));
        return (list.Percentile(0.5), show.Percentile(0.5));
    }

    private static async Task<double> RestartAsync(ServerProcess server)
    {
        await server.KillAsync();
        var start = Stopwatch.StartNew();
        await server.StartAsync();
        return start.Elapsed.TotalSeconds;
    }

    private static async Task<double> ResidentMiBAsync(ServerProcess server)
    {
        await Task.Delay(TimeSpan.FromSeconds(3));
        var line = (await File.ReadAllLinesAsync($"/proc/{server.ProcessId}/status")).First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }
}

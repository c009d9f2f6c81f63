using System.Diagnostics;
using Yunhe.Contracts;
using Yunhe.EndToEnd;

namespace Yunhe.Bench;

/// <summary>How long a user waits for the first sign of life of his program, beside starting the same program by hand.</summary>
internal static class FirstLine
{
    private const int Times = 40;

    public static async Task<IReadOnlyList<Row>> RunAsync(Options options)
    {
        var folder = Directory.CreateTempSubdirectory("yunhe-bench-").FullName;
        await using var server = new ServerProcess(folder);
        await server.StartAsync();
        var client = server.Client();
        await client.AddSiteAsync(new() { Name = "here", Engine = "local", Pools = [new() { Name = "main", Nodes = 1, Cpus = 64, MemoryMib = 65536 }] }, default);
        using var http = QuietSite.Http(server);
        var request = QuietSite.Request with { Program = new() { Kind = ProgramWord.Task, Run = "echo first" }, Resources = [new() { Cpus = 1, MemoryMib = 64 }] };
        var (ours, own) = (new List<double>(), new List<double>());
        for (var i = 0; i < Times; i++)
        {
            var start = Stopwatch.GetTimestamp();
            var id = (await client.SubmitAsync(request, $"first-{i}", default)).Id;
            using (var answer = await http.GetAsync($"{Routes.Workloads}/{id}/logs?follow=true", HttpCompletionOption.ResponseHeadersRead))
                await (await answer.Content.ReadAsStreamAsync()).ReadExactlyAsync(new byte[6]);
            ours.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            start = Stopwatch.GetTimestamp();
            using var process = Process.Start(new ProcessStartInfo("bash", ["-c", "echo first"]) { RedirectStandardOutput = true })!;
            await process.StandardOutput.ReadLineAsync();
            own.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        await server.KillAsync();
        Directory.Delete(folder, recursive: true);
        // The first few warm both up.
        var (a, b) = (new Timings([.. ours.Skip(5)], TimeSpan.Zero), new Timings([.. own.Skip(5)], TimeSpan.Zero));
        return
        [
            new("submit to first line, p50", "ms", a.Percentile(0.5), b.Percentile(0.5), "bash -c 'echo first' by hand, same run"),
            new("submit to first line, p95", "ms", a.Percentile(0.95), b.Percentile(0.95), "the same"),
            new("beyond the process's own start, p50", "ms", a.Percentile(0.5) - b.Percentile(0.5), 150, "aim: under 150 ms"),
        ];
    }
}

using System.Diagnostics;
using System.Globalization;
using Yunhe.Contracts;
using Yunhe.Contracts.Client;

namespace Yunhe.EndToEnd.Hostile;

public sealed class LargeTests : IAsyncLifetime
{
    private const long Gigabyte = 1_000_000_000;

    private readonly string folder = Directory.CreateTempSubdirectory("yunhe-large-").FullName;
    private ServerProcess server = null!;

    public async ValueTask InitializeAsync()
    {
        server = new(folder);
        await server.StartAsync();
        await server.Client().AddSiteAsync(
            new() { Name = "here", Engine = "local", Pools = [new() { Name = "main", Nodes = 2, Cpus = 4, MemoryMib = 2048 }] }, default);
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_log_of_a_gigabyte_of_any_bytes_is_kept_whole_and_costs_the_server_no_memory()
    {
        var client = server.Client();
        var before = ResidentMiB();
        // \377 is in no UTF-8 text.
        var id = (await client.SubmitAsync(Job($"head -c {Gigabyte} /dev/zero | tr '\\0' '\\377'"), "log", default)).Id;
        await EndAsync(client, id);
        long read = 0;
        using (var http = new HttpClient { BaseAddress = new(server.Address) })
        {
            http.DefaultRequestHeaders.Authorization = new("Bearer", server.Token);
            await using var log = await http.GetStreamAsync($"{Routes.Workloads}/{id}/logs");
            var buffer = new byte[1 << 20];
            while (await log.ReadAsync(buffer) is var n and > 0)
            {
                Assert.Equal(-1, buffer.AsSpan(0, n).IndexOfAnyExcept((byte)0xFF));
                read += n;
            }
        }
        Assert.Equal(Gigabyte, read);
        Assert.True(ResidentMiB() - before < 300, $"{before} MiB before, {ResidentMiB()} MiB after");
    }

    [Fact]
    public async Task An_array_of_ten_thousand_tasks_is_accepted_paged_through_and_cancelled_while_others_go_on()
    {
        var client = server.Client();
        var array = (await client.SubmitAsync(Job("sleep 0.2") with { Array = new() { Indices = "0-9999", Limit = 2 } }, "array", default)).Id;
        var other = (await client.SubmitAsync(Job("echo other"), "other", default)).Id;
        Assert.Equal(PhaseWord.Succeeded, (await EndAsync(client, other)).Phase);
        while ((await client.WorkloadAsync(array, default)).Counts.Succeeded < 5) await Task.Delay(50);
        await client.CancelAsync(array, default);
        var ended = await EndAsync(client, array);
        Assert.Equal(PhaseWord.Cancelled, ended.Phase);
        Assert.Equal((10_000, 10_000), (ended.Tasks, ended.Counts.Succeeded + ended.Counts.Cancelled + ended.Counts.Failed));
        var began = 0;
        string? cursor = null;
        do
        {
            var page = await client.TasksAsync(array, null, 1000, cursor, default);
            began += page.Items.Count(t => t.Attempts.Count > 0);
            cursor = page.Next;
        }
        while (cursor is not null);
        Assert.InRange(began, 5, 1000);
    }

    private static WorkloadRequest Job(string run) => new()
    {
        Name = "large", Program = new() { Kind = ProgramWord.Task, Run = run }, Resources = [new() { Cpus = 1, MemoryMib = 128 }],
    };

    private static async Task<WorkloadView> EndAsync(YunheClient client, string id)
    {
        var end = DateTime.UtcNow + TimeSpan.FromMinutes(3);
        while (true)
        {
            var view = await client.WorkloadAsync(id, default);
            if (view.EndedAt is not null) return view;
            Assert.True(DateTime.UtcNow < end, $"{id} is still {view.Phase}: {view.Detail}");
            await Task.Delay(100);
        }
    }

    private long ResidentMiB() => long.Parse(
        File.ReadAllLines($"/proc/{server.ProcessId}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
}

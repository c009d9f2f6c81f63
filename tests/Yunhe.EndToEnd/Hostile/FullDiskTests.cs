using System.Diagnostics;
using Yunhe.Contracts;
using Yunhe.Contracts.Client;

namespace Yunhe.EndToEnd.Hostile;

/// <summary>A real file system of 24 MiB that really runs full under the server.</summary>
public sealed class FullDiskTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("yunhe-full-").FullName;

    private string Disk => Path.Combine(folder, "disk");

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Disk);
        await RunAsync("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", Disk);
    }

    public async ValueTask DisposeAsync()
    {
        await RunAsync("umount", "-l", Disk);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task On_a_full_disk_submissions_are_refused_nothing_acknowledged_is_lost_and_space_heals_it()
    {
        await using var server = new ServerProcess(Disk);
        await server.StartAsync();
        var client = server.Client();
        await client.AddSiteAsync(new() { Name = "here", Engine = "local", Pools = [new() { Name = "main", Cpus = 1, MemoryMib = 512 }] }, default);
        await client.DrainSiteAsync("here", default);
        var acknowledged = new List<string>();
        ApiException? refused = null;
        for (var n = 0; refused is null && n < 1000; n++)
        {
            try
            {
                acknowledged.Add((await client.SubmitAsync(Request(n), $"key-{n}", default)).Id);
            }
            catch (ApiException e)
            {
                refused = e;
            }
        }
        Assert.Equal(507, refused?.Status);
        Assert.NotEmpty(acknowledged);

        // Everything acknowledged is there, now and after a kill; then there is space again.
        await AllThereAsync(client, acknowledged);
        await RunAsync("mount", "-o", "remount,size=200m", Disk);
        await server.KillAsync();
        await server.StartAsync();
        client = server.Client();
        await AllThereAsync(client, acknowledged);
        acknowledged.Add((await client.SubmitAsync(Request(5000), "after", default)).Id);
        await AllThereAsync(client, acknowledged);
    }

    private static async Task AllThereAsync(YunheClient client, List<string> ids)
    {
        foreach (var id in ids) Assert.Equal(PhaseWord.Queued, (await client.WorkloadAsync(id, default)).Phase);
        Assert.Equal(ids.Count, (await client.WorkloadsAsync(new(), 1000, null, default)).Items.Count);
    }

    private static WorkloadRequest Request(int n) => new()
    {
        Name = $"job-{n}",
        Program = new() { Kind = ProgramWord.Task, Run = "true" },
        Resources = [new() { MemoryMib = 64 }],
        Envs = new Dictionary<string, string> { ["BALLAST"] = new('x', 100_000) },
    };

    private static async Task RunAsync(string command, params string[] arguments)
    {
        using var process = Process.Start(command, arguments);
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{command} ended with {process.ExitCode}");
    }
}

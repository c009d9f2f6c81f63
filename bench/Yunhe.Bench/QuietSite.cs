using System.Net.Http.Headers;
using Yunhe.Contracts;
using Yunhe.Contracts.Client;
using Yunhe.EndToEnd;

namespace Yunhe.Bench;

/// <summary>A drained site: what is handed in waits, so that only the control plane works.</summary>
internal static class QuietSite
{
    public static WorkloadRequest Request => new()
    {
        Name = "bench",
        Program = new() { Kind = ProgramWord.Task, Run = "python train.py --epochs 10 --lr 0.001" },
        Resources = [new() { Cpus = 4, MemoryMib = 8192 }],
        Envs = new Dictionary<string, string> { ["DATA"] = "/data/set-17", ["MODE"] = "fast" },
        TimeLimitSeconds = 3600,
    };

    public static async Task AddAsync(YunheClient client)
    {
        await client.AddSiteAsync(new() { Name = "quiet", Engine = "local", Pools = [new() { Name = "main", Nodes = 4, Cpus = 8, MemoryMib = 32768 }] }, default);
        await client.DrainSiteAsync("quiet", default);
    }

    public static HttpClient Http(ServerProcess server)
    {
        var http = new HttpClient { BaseAddress = new(server.Address) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.Token);
        return http;
    }
}

using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Yunhe.Contracts;

namespace Yunhe.Server.Tests;

public sealed class TrainingPlanTests
{
    [Fact]
    public async Task A_plan_is_answered_over_clusters_and_nothing_is_stored()
    {
        await using var server = await TestServer.StartAsync(withSite: false);
        using var answer = await PlanAsync(server, """{"model": "llama-3-8b", "tokens": "1T", "clusters": ["64xH100,name=a", "1xL4,name=b"]}""");
        Assert.Equal("a", answer.RootElement.GetProperty("hosts")[0].GetProperty("name").GetString());
        Assert.Equal("b", answer.RootElement.GetProperty("rejected")[0].GetProperty("name").GetString());
        Assert.Equal(JsonValueKind.Array, answer.RootElement.GetProperty("assumptions").ValueKind);
    }

    [Fact]
    public async Task Without_clusters_it_is_over_the_networks_own_sites()
    {
        await using var server = await TestServer.StartAsync(withSite: false);
        await server.PostAsync<SiteView>(Routes.Sites, TestServer.Site("west") with
        {
            Pools = [new() { Name = "gpu", Nodes = 8, Cpus = 64, MemoryMib = 1 << 20, Accelerator = "H100", Accelerators = 8, ScaleOutGbitPerSecond = 200 }],
        });
        using var answer = await PlanAsync(server, """{"model": "llama-3-8b", "tokens": "1T", "failures_per_thousand_node_days": 0, "optimize": "cost"}""");
        var host = answer.RootElement.GetProperty("hosts")[0];
        Assert.Equal(("west", "gpu", 64), (host.GetProperty("site").GetString(), host.GetProperty("pool").GetString(), host.GetProperty("devices").GetInt32()));
        Assert.Equal(1, host.GetProperty("checkpoints").GetProperty("goodput").GetDouble());
    }

    [Theory]
    [InlineData("""{"model": "lama-3-8b", "clusters": ["8xH100"]}""", "model", "did you mean 'Llama-3-8B'")]
    [InlineData("""{"model": "7B", "clusters": ["8xH100"], "tokens": "-1"}""", "tokens", "is no amount")]
    [InlineData("""{"model": "7B", "clusters": ["8xQ100"]}""", "cluster", "no accelerator 'Q100'")]
    [InlineData("""{"model": "7B"}""", "cluster", "there is no site to plan over")]
    [InlineData("""{"model": "7B", "shape": {"name": "x", "layers": 0, "hidden": 1, "heads": 1, "kv_heads": 1, "ffn": 1, "vocabulary": 1}, "clusters": ["8xH100"]}""", "model", "layers is 0")]
    public async Task What_cannot_be_planned_is_a_problem_of_its_field(string body, string field, string message)
    {
        await using var server = await TestServer.StartAsync(withSite: false);
        var problem = await TestServer.ProblemAsync(await server.Http.PostAsync(Routes.PlanTrain, Json(body)), 422);
        Assert.Contains(message, problem.Errors![field][0]);
    }

    private static async Task<JsonDocument> PlanAsync(TestServer server, string body)
    {
        using var response = await server.Http.PostAsync(Routes.PlanTrain, Json(body));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        return JsonDocument.Parse(text);
    }

    private static StringContent Json(string body) => new(body, System.Text.Encoding.UTF8, "application/json");
}

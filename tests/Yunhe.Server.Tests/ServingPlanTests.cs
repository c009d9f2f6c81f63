using System.Net;
using System.Text.Json;
using Yunhe.Contracts;

namespace Yunhe.Server.Tests;

public sealed class ServingPlanTests
{
    [Fact]
    public async Task A_plan_is_answered_over_accelerators_and_clusters()
    {
        await using var server = await TestServer.StartAsync(withSite: false);
        using var answer = await PlanAsync(server, """{"model": "llama-3.1-8b", "input_tokens": 500, "output_tokens": 200, "requests_per_second": 3, "per_token_ms": 40, "accelerators": ["H100"], "clusters": ["8xL4,name=small"]}""");
        Assert.Equal(["H100-SXM", "small"], answer.RootElement.GetProperty("options").EnumerateArray().Select(o => o.GetProperty("place").GetString()!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Without_names_it_is_over_the_networks_own_sites()
    {
        await using var server = await TestServer.StartAsync(withSite: false);
        await server.PostAsync<SiteView>(Routes.Sites, TestServer.Site("west") with
        {
            Pools = [new() { Name = "gpu", Nodes = 8, Cpus = 64, MemoryMib = 1 << 20, Accelerator = "H100", Accelerators = 8, ScaleOutGbitPerSecond = 200 }],
        });
        using var answer = await PlanAsync(server, """{"model": "llama-3.1-8b", "input_tokens": 500, "output_tokens": 200, "requests_per_second": 3}""");
        Assert.Equal("west", answer.RootElement.GetProperty("options")[0].GetProperty("place").GetString());
    }

    [Theory]
    [InlineData("""{"model": "llama-3.1-8b", "input_tokens": 500, "output_tokens": 200}""", "requests_per_second", "missing")]
    [InlineData("""{"model": "llama-3.1-8b", "input_tokens": 500, "output_tokens": 200, "requests_per_second": 0}""", "requests_per_second", "from")]
    [InlineData("""{"model": "lama-3-8b", "input_tokens": 500, "output_tokens": 200, "requests_per_second": 1}""", "model", "no model")]
    public async Task What_cannot_be_planned_is_a_problem_of_its_field(string body, string field, string message)
    {
        await using var server = await TestServer.StartAsync(withSite: false);
        var problem = await TestServer.ProblemAsync(await server.Http.PostAsync(Routes.PlanServe, Json(body)), 422);
        Assert.Contains(message, problem.Errors![field][0]);
    }

    private static async Task<JsonDocument> PlanAsync(TestServer server, string body)
    {
        using var response = await server.Http.PostAsync(Routes.PlanServe, Json(body));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        return JsonDocument.Parse(text);
    }

    private static StringContent Json(string body) => new(body, System.Text.Encoding.UTF8, "application/json");
}

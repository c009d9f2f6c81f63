using System.Text.Json;
using System.Text.Json.Nodes;
using Yunhe.Contracts;

namespace Yunhe.Server.Tests;

public sealed class SitingTests
{
    private const string Request = """
        {
          "start_year": 2026, "years": 2,
          "demand": [{"place": "hangzhou", "kind": "training", "data_type": "bf16", "pflops": 100, "growth": 0.5}],
          "candidates": [{"place": "guian-cluster", "name": "guian", "power_cny_per_kwh": 0.38, "max_mw": 20, "build_years": 0}],
          "accelerators": [{"model": "Ascend910B2", "price_cny": 115000, "block_devices": 64, "efficiency": {"training": 0.35}}]
        }
        """;

    [Fact]
    public async Task A_request_is_answered_with_a_plan()
    {
        await using var server = await TestServer.StartAsync(withSite: false);
        var answer = await PostAsync(server, Request);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        var plan = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal("proven", plan.GetProperty("status").GetString());
        Assert.Equal("guian", plan.GetProperty("plan").GetProperty("years")[0].GetProperty("builds")[0].GetProperty("site").GetString());
    }

    [Theory]
    [InlineData("max_mw", "-1", "candidates[0].max_mw")]
    [InlineData("max_mw", "1e300", "candidates[0].max_mw")]
    [InlineData("pflops", "1e30", "demand[0].pflops")]
    [InlineData("block_devices", "0", "accelerators[0].block_devices")]
    public async Task What_is_absurd_is_told_by_its_field(string field, string value, string told)
    {
        await using var server = await TestServer.StartAsync(withSite: false);
        var request = System.Text.RegularExpressions.Regex.Replace(Request, $"\"{field}\": [0-9]+", $"\"{field}\": {value}");
        var problem = await TestServer.ProblemAsync(await PostAsync(server, request), 422);
        Assert.Contains(told, problem.Errors!.Keys);
    }

    [Fact]
    public async Task What_can_not_be_done_is_an_answer_with_its_conflicts()
    {
        await using var server = await TestServer.StartAsync(withSite: false);
        var request = JsonNode.Parse(Request)!;
        request["budgets"] = new JsonObject { ["total_cny"] = 0 };
        var answer = JsonDocument.Parse(await (await PostAsync(server, request.ToJsonString())).Content.ReadAsStringAsync()).RootElement;
        Assert.Equal("infeasible", answer.GetProperty("status").GetString());
        Assert.Contains("budgets.total_cny", answer.GetProperty("conflicts").EnumerateArray().Select(c => c.GetProperty("limit").GetString()));
    }

    private static Task<HttpResponseMessage> PostAsync(TestServer server, string json) =>
        server.Http.PostAsync(Routes.PlanSites, new StringContent(json, System.Text.Encoding.UTF8, "application/json"));
}

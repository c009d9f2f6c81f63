using Yunhe.Contracts;

namespace Yunhe.Server.Tests;

public sealed class ReservationTests
{
    private static ReservationRequest Asked(string name = "demo", int? nodes = 1, string? project = "ai") => new()
    {
        Name = name, Site = "here", Nodes = nodes, Project = project, From = DateTimeOffset.UtcNow.AddHours(1), To = DateTimeOffset.UtcNow.AddHours(2), Rate = project is null ? null : 10,
    };

    private static async Task<TestServer> StartAsync()
    {
        var server = await TestServer.StartAsync(withSite: false);
        await server.PostAsync<SiteView>(Routes.Sites, TestServer.Site("here"));
        while ((await server.GetAsync<SiteView>($"{Routes.Sites}/here")).Status != "up") await Task.Delay(5);
        using var made = await server.SendAsync(HttpMethod.Put, "/v1/projects/ai", new ProjectRequest());
        return server;
    }

    [Fact]
    public async Task One_is_declared_shown_outlives_a_restart_and_is_removed()
    {
        await using var server = await StartAsync();
        using var made = await server.SendAsync(HttpMethod.Post, Routes.Reservations, Asked(nodes: null) with { Cpus = 9 });
        Assert.Equal(201, (int)made.StatusCode);
        await server.EndAsync();
        await server.BeginAsync();
        var shown = await server.GetAsync<ReservationView>("/v1/reservations/demo");
        Assert.Equal(("here", "main", (int?)2, "ai", (decimal?)10, "upcoming"), (shown.Reservation.Site, shown.Reservation.Pool, shown.Reservation.Nodes, shown.Reservation.Project, shown.Reservation.Rate, shown.Status));
        Assert.Equal(["here-main-1", "here-main-2"], shown.Nodes);
        using var twice = await server.SendAsync(HttpMethod.Post, Routes.Reservations, Asked());
        await TestServer.ProblemAsync(twice, 409);
        using var more = await server.SendAsync(HttpMethod.Post, Routes.Reservations, Asked("more"));
        Assert.Contains("only 0 of the 2 nodes", (await TestServer.ProblemAsync(more, 409)).Detail, StringComparison.Ordinal);
        Assert.Equal(204, (int)(await server.Http.DeleteAsync("/v1/reservations/demo")).StatusCode);
        await TestServer.ProblemAsync(await server.Http.GetAsync("/v1/reservations/demo"), 404);
        Assert.Empty(await server.GetAsync<IReadOnlyList<ReservationView>>(Routes.Reservations));
    }

    [Theory]
    [InlineData("""{"nodes":0}""", 422, "nodes")]
    [InlineData("""{"nodes":1,"cpus":1}""", 422, "nodes")]
    [InlineData("""{"nodes":3}""", 422, "nodes")]
    [InlineData("""{"accelerators":1}""", 422, "accelerators")]
    [InlineData("""{"nodes":1,"pool":"large"}""", 422, "pool")]
    [InlineData("""{"nodes":1,"site":"there"}""", 422, "site")]
    [InlineData("""{"nodes":1,"project":"nobody"}""", 422, "project")]
    [InlineData("""{"nodes":1,"rate":1}""", 422, "rate")]
    [InlineData("""{"nodes":1,"to":"2020-01-01T00:00:00Z"}""", 422, "to")]
    [InlineData("""{"nodes":1,"from":"soon"}""", 400, "from")]
    [InlineData("""{"nodes":1,"name":"../x"}""", 422, "name")]
    [InlineData("""{"nodes":1,"colour":"red"}""", 400, "colour")]
    public async Task A_wrong_one_is_refused_with_what_is_wrong(string changes, int status, string field)
    {
        await using var server = await StartAsync();
        var body = new System.Text.Json.Nodes.JsonObject
        {
            ["name"] = "x", ["site"] = "here", ["from"] = DateTimeOffset.UtcNow.AddDays(1), ["to"] = DateTimeOffset.UtcNow.AddDays(2),
        };
        foreach (var (key, value) in System.Text.Json.Nodes.JsonNode.Parse(changes)!.AsObject()) body[key] = value?.DeepClone();
        var problem = await TestServer.ProblemAsync(await server.PostTextAsync(body.ToJsonString(), path: Routes.Reservations), status);
        Assert.Contains(field, problem.Detail + string.Join(' ', problem.Errors?.Keys ?? []), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Quotes_and_explanations_name_the_reservation_and_usage_tells_what_was_not_used()
    {
        await using var server = await StartAsync();
        using var made = await server.SendAsync(HttpMethod.Post, Routes.Reservations, Asked(nodes: 2) with { From = DateTimeOffset.UtcNow.AddSeconds(-60) });
        Assert.Equal(201, (int)made.StatusCode);
        var quote = await server.PostAsync<QuoteView>(Routes.Quotes, TestServer.Work());
        Assert.Contains("2 of 2 nodes are reserved for ai", quote.Candidates[0].WaitsFor, StringComparison.Ordinal);
        var id = await server.SubmitAsync(TestServer.Work());
        Assert.Contains("(reservation demo)", (await server.GetAsync<ExplainView>($"/v1/workloads/{id}/explain")).Summary, StringComparison.Ordinal);
        var inside = await server.SubmitAsync(TestServer.Work() with { Project = "ai", Reservation = "demo", Fabric = FabricWord.Same });
        await server.UntilEndedAsync(inside);
        var request = (await server.GetAsync<WorkloadView>($"/v1/workloads/{inside}")).Request;
        Assert.Equal(("demo", FabricWord.Same), (request.Reservation, request.Fabric));
        Assert.Equal("active", (await server.GetAsync<ReservationView>("/v1/reservations/demo")).Status);
        Assert.Equal(204, (int)(await server.Http.DeleteAsync("/v1/reservations/demo")).StatusCode);
        var usage = await server.GetAsync<UsageView>("/v1/usage?by=project");
        var ai = usage.Rows.Single(r => r.Key == "ai");
        Assert.True(ai.UnusedNodeHours > 0.03 && ai.UnusedNodeHours <= ai.ReservedNodeHours);
        Assert.True(ai.Cost > 0.3m);
        Assert.Equal("(reservation demo)", (await server.GetAsync<UsageView>("/v1/usage?by=workload")).Rows[0].Key);
        await server.UntilEndedAsync(id);
    }
}

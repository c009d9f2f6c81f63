using Yunhe.Contracts;
using Yunhe.Core.Scheduling.Shares;

namespace Yunhe.Server.Tests;

public sealed class ProjectTests
{
    private static readonly ProjectRequest Ai = new()
    {
        Weight = 2, Quota = new() { Cpus = 8, Accelerators = new Dictionary<string, decimal> { ["A100"] = 0.5m } }, Limit = new() { Cpus = 16 }, Reclaim = ReclaimWord.Any,
    };

    [Fact]
    public async Task A_project_is_declared_changed_shown_and_removed_and_outlives_a_restart()
    {
        await using var server = await TestServer.StartAsync();
        using var made = await server.SendAsync(HttpMethod.Put, "/v1/projects/acme", new ProjectRequest());
        Assert.Equal(201, (int)made.StatusCode);
        using var child = await server.SendAsync(HttpMethod.Put, "/v1/projects/acme/ai", Ai);
        Assert.Equal(201, (int)child.StatusCode);
        using var again = await server.SendAsync(HttpMethod.Put, "/v1/projects/acme/ai", Ai with { Weight = 3 });
        Assert.Equal(200, (int)again.StatusCode);
        await server.EndAsync();
        await server.BeginAsync();
        var shown = (await server.GetAsync<ProjectView>("/v1/projects/acme/ai")).Project;
        Assert.Equal(("acme/ai", 3.0, 8L, 0.5m, 16L, ReclaimWord.Any), (shown.Name, shown.Weight, shown.Quota!.Cpus, shown.Quota.Accelerators["A100"], shown.Limit!.Cpus, shown.Reclaim));
        Assert.Equal(["acme", "acme/ai", "default"], (await server.GetAsync<IReadOnlyList<ProjectView>>(Routes.Projects)).Select(p => p.Project.Name));
        await TestServer.ProblemAsync(await server.Http.DeleteAsync("/v1/projects/acme"), 409);
        Assert.Equal(204, (int)(await server.Http.DeleteAsync("/v1/projects/acme/ai")).StatusCode);
        Assert.Equal(204, (int)(await server.Http.DeleteAsync("/v1/projects/acme")).StatusCode);
        await TestServer.ProblemAsync(await server.Http.GetAsync("/v1/projects/acme/ai"), 404);
    }

    [Theory]
    [InlineData("acme", """{"weight":-1}""", 422, "weight")]
    [InlineData("acme", """{"weight":"much"}""", 400, "weight")]
    [InlineData("acme", """{"quota":{"cpus":-1}}""", 422, "quota.cpus")]
    [InlineData("acme", """{"quota":{"accelerators":{"a b":1}}}""", 422, "quota.accelerators")]
    [InlineData("acme", """{"quota":{"cpus":9},"limit":{"cpus":8}}""", 422, "limit")]
    [InlineData("acme", """{"quota":{}}""", 422, "quota")]
    [InlineData("acme", """{"reclaim":"perhaps"}""", 400, "reclaim")]
    [InlineData("acme", """{"name":"other"}""", 422, "name")]
    [InlineData("acme", """{"colour":"red"}""", 400, "colour")]
    [InlineData("none/ai", "{}", 422, "tenant")]
    [InlineData("a%20b", "{}", 422, "name")]
    public async Task A_wrong_declaration_is_refused_with_what_is_wrong(string name, string body, int status, string field)
    {
        await using var server = await TestServer.StartAsync(withSite: false);
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        var problem = await TestServer.ProblemAsync(await server.Http.PutAsync($"/v1/projects/{name}", content), status);
        Assert.Contains(field, problem.Detail + string.Join(' ', problem.Errors?.Keys ?? []), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Work_is_shown_listed_and_summed_by_its_project()
    {
        await using var server = await TestServer.StartAsync();
        using var made = await server.SendAsync(HttpMethod.Put, "/v1/projects/ai", new ProjectRequest { Limit = new() { Cpus = 1 } });
        await server.UntilEndedAsync(await server.SubmitAsync(TestServer.Work() with { Project = "ai", Preemptible = false }));
        await server.UntilEndedAsync(await server.SubmitAsync(TestServer.Work() with { Project = "default" }));
        var shown = await server.GetAsync<WorkloadView>("/v1/workloads/w1");
        Assert.Equal(("ai", "ai", false), (shown.Project, shown.Request.Project, shown.Request.Preemptible));
        Assert.Equal("default", (await server.GetAsync<WorkloadView>("/v1/workloads/w2")).Project);
        Assert.Equal(["w1"], (await server.GetAsync<Page<WorkloadSummary>>("/v1/workloads?project=ai")).Items.Select(w => w.Id));
        Assert.Equal(["ai", "default"], (await server.GetAsync<UsageView>("/v1/usage?by=project")).Rows.Select(r => r.Key));
        using var unknown = await server.SendAsync(HttpMethod.Post, Routes.Workloads, TestServer.Work() with { Project = "nobody" });
        Assert.Contains("there is no project nobody", (await TestServer.ProblemAsync(unknown, 422)).Detail, StringComparison.Ordinal);
        using var large = await server.SendAsync(HttpMethod.Post, Routes.Workloads, TestServer.Work() with { Project = "ai", Resources = [new() { Cpus = 2 }] });
        Assert.Contains("limit of project ai", (await TestServer.ProblemAsync(large, 422)).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_half_life_is_shown_and_changed()
    {
        await using var server = await TestServer.StartAsync(withSite: false);
        Assert.Equal(7 * 24 * 3600, (await server.GetAsync<SharingView>(Routes.Sharing)).HalfLifeSeconds);
        using var changed = await server.SendAsync(HttpMethod.Put, Routes.Sharing, new SharingView { HalfLifeSeconds = 3600 });
        Assert.Equal(new SharingView { HalfLifeSeconds = 3600, Order = OrderWord.Arrival, Together = false, Backfill = BackfillWord.Easy }, await TestServer.BodyAsync<SharingView>(changed));
        using var order = await server.SendAsync(HttpMethod.Put, Routes.Sharing, new SharingView { Order = OrderWord.Slowdown, Together = true });
        Assert.Equal(new SharingView { HalfLifeSeconds = 3600, Order = OrderWord.Slowdown, Together = true, Backfill = BackfillWord.Easy }, await TestServer.BodyAsync<SharingView>(order));
        using var wrong = await server.SendAsync(HttpMethod.Put, Routes.Sharing, new SharingView { HalfLifeSeconds = 1 });
        await TestServer.ProblemAsync(wrong, 422);
    }

    [Fact]
    public void Words_of_the_wire_are_those_of_the_domain() => Assert.Equal(Enum.GetNames<Reclaim>(), Enum.GetNames<ReclaimWord>());
}

using Yunhe.Contracts;

namespace Yunhe.Server.Tests;

/// <summary>What an operator and his users are told.</summary>
public sealed class OperatorTests
{
    private static async Task<string> ExplainAsync(TestServer server, string id) => (await server.GetAsync<ExplainView>($"{Routes.Workloads}/{id}/explain")).Summary;

    [Fact]
    public async Task Names_may_be_of_any_script()
    {
        await using var server = await TestServer.StartAsync(withSite: false);
        using var site = await server.SendAsync(HttpMethod.Post, Routes.Sites, TestServer.Site("贵阳"));
        using var project = await server.SendAsync(HttpMethod.Put, $"{Routes.Projects}/{Uri.EscapeDataString("视觉")}", new ProjectRequest());
        var from = DateTimeOffset.UtcNow.AddHours(1);
        using var reservation = await server.SendAsync(HttpMethod.Post, Routes.Reservations, new ReservationRequest { Name = "预留", Site = "贵阳", Nodes = 1, Project = "视觉", From = from, To = from.AddHours(1) });
        foreach (var made in new[] { site, project, reservation })
        {
            Assert.Equal(201, (int)made.StatusCode);
            Assert.Equal(200, (int)(await server.Http.GetAsync(made.Headers.Location)).StatusCode);
        }
    }

    [Theory]
    [InlineData("w0")]
    [InlineData("w007")]
    public async Task An_ID_that_no_workload_can_have_is_told(string id)
    {
        await using var server = await TestServer.StartAsync();
        using var response = await server.SendAsync(HttpMethod.Post, Routes.Workloads, TestServer.Work() with { Dependencies = [new(DependencyWord.Afterok, id)] });
        Assert.Contains("isn't a workload ID", (await TestServer.ProblemAsync(response, 422)).Errors!["dependencies[0].workload"][0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_is_there_twice_is_told()
    {
        await using var server = await TestServer.StartAsync();
        using var response = await server.PostTextAsync("""{"program":{"kind":"task","run":"true"},"name":"a","name":"b"}""");
        Assert.Contains("name", (await TestServer.ProblemAsync(response, 400)).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_quote_of_an_array_says_that_it_is_of_one_task()
    {
        await using var server = await TestServer.StartAsync();
        var quote = await server.PostAsync<QuoteView>(Routes.Quotes, TestServer.Work() with { Array = new() { Indices = "0-99" }, EstimateSeconds = 3600, Budget = 10 });
        Assert.Equal(2, quote.Warnings.Count);
        Assert.Matches("^array: the figures are of one task, .* all 100 tasks? would cost about 100|^array: the figures are of one task, .* all 100 would cost about 100", quote.Warnings[0]);
        Assert.Contains("is enough for about 10 of 100 tasks", quote.Warnings[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_array_is_explained_as_a_whole()
    {
        await using var server = await TestServer.StartAsync();
        server.Machines.Program = _ => null;
        var id = await server.SubmitAsync(TestServer.Work() with { Array = new() { Indices = "0-4", Limit = 2 } });
        await server.UntilAsync(id, v => v.Counts.Running == 2);
        Assert.Equal("5 tasks: 3 waiting, 2 at a site. waits for tasks of its own: its array runs 2 at once", await ExplainAsync(server, id));
    }

    [Fact]
    public async Task What_no_open_site_would_take_is_refused_while_one_is_drained()
    {
        await using var server = await TestServer.StartAsync();
        using var made = await server.SendAsync(HttpMethod.Put, $"{Routes.Projects}/small", new ProjectRequest { Limit = new() { Cpus = 2 } });
        await server.PostAsync<SiteView>($"{Routes.Sites}/alpha/drain");
        using var response = await server.SendAsync(HttpMethod.Post, Routes.Workloads, TestServer.Work() with { Project = "small", Resources = [new() { Cpus = 4 }] });
        Assert.Contains("limit of project small", (await TestServer.ProblemAsync(response, 422)).Detail, StringComparison.Ordinal);
        Assert.Equal("w1", await server.SubmitAsync(TestServer.Work() with { Project = "small", Resources = [new() { Cpus = 2 }] }));
    }

    [Fact]
    public async Task No_start_is_foretold_that_nobody_can_tell()
    {
        await using var server = await TestServer.StartAsync();
        using var made = await server.SendAsync(HttpMethod.Put, $"{Routes.Projects}/ai", new ProjectRequest());
        var from = DateTimeOffset.UtcNow.AddHours(1);
        await server.PostAsync<ReservationView>(Routes.Reservations, new ReservationRequest { Name = "later", Site = "alpha", Nodes = 1, Project = "ai", From = from, To = from.AddHours(1) });
        var id = await server.SubmitAsync(TestServer.Work() with { Project = "ai", Reservation = "later" });
        Assert.Null((await server.GetAsync<WorkloadView>($"{Routes.Workloads}/{id}")).ExpectedStart);
        Assert.Contains("waits for room", await ExplainAsync(server, id), StringComparison.Ordinal);
    }
}

using System.Net.ServerSentEvents;
using System.Text.Json;
using Yunhe.Contracts;

namespace Yunhe.Server.Tests;

public sealed class WatchTests
{
    [Fact]
    public async Task A_workload_is_watched_in_order_until_it_has_ended()
    {
        await using var server = await TestServer.StartAsync();
        server.Machines.Program = _ => null;
        var id = await server.SubmitAsync(TestServer.Work());
        var watching = WatchAsync(server, $"/v1/workloads/{id}/watch", "0");
        await server.UntilAsync(id, v => v.Phase == PhaseWord.Running);
        server.Machines.Jobs.Values.Single().End(0, null, DateTimeOffset.UtcNow);
        var changes = await watching;

        Assert.Equal(changes.Select(c => c.Version).Order(), changes.Select(c => c.Version));
        Assert.All(changes, c => Assert.Equal(id, c.Workload));
        Assert.Equal(
            ["workload-submitted", "attempt-placed", "attempt-ended", "attempt-collected", "task-ended"],
            changes.Select(c => c.Kind).Where(k => k is not ("attempt-staged" or "attempt-started")));
        Assert.Equal(PhaseWord.Succeeded, changes[^1].Phase);
    }

    [Fact]
    public async Task Who_comes_again_with_the_last_event_he_saw_misses_nothing()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.SubmitAsync(TestServer.Work());
        await server.UntilEndedAsync(id);
        var all = await WatchAsync(server, $"/v1/workloads/{id}/watch", "0");
        var rest = await WatchAsync(server, $"/v1/workloads/{id}/watch", $"{all[1].Version}");
        Assert.Equal(all.Skip(2).Select(c => c.Version), rest.Select(c => c.Version));
    }

    [Fact]
    public async Task The_network_is_watched_live()
    {
        await using var server = await TestServer.StartAsync(withSite: false);
        using var response = await server.Http.GetAsync("/v1/watch", HttpCompletionOption.ResponseHeadersRead);
        await server.AddSiteAsync("alpha");
        var parser = SseParser.Create(await response.Content.ReadAsStreamAsync(), (_, data) => JsonSerializer.Deserialize<ChangeView>(data, Wire.Json)!);
        await foreach (var item in parser.EnumerateAsync())
        {
            Assert.Equal(("site-added", "alpha"), (item.EventType, item.Data.Site));
            Assert.Equal(item.Data.Version.ToString(), item.EventId);
            break;
        }
    }

    [Fact]
    public async Task An_id_that_is_none_is_a_problem()
    {
        await using var server = await TestServer.StartAsync(withSite: false);
        using var response = await server.SendAsync(HttpMethod.Get, "/v1/watch", null, ("Last-Event-ID", "yesterday"));
        await TestServer.ProblemAsync(response, 400);
    }

    [Fact]
    public void Who_reads_too_slowly_is_cut_off()
    {
        var watcher = new Watching.Watcher(null);
        for (var n = 1; n <= 10_000; n++) watcher.Give(new() { Version = n, At = default, Kind = "x" });
        Assert.True(watcher.Overrun);
        Assert.InRange(watcher.Changes.Count, 1, 9_999);
    }

    private static async Task<List<ChangeView>> WatchAsync(TestServer server, string path, string lastId)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Last-Event-ID", lastId);
        using var response = await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var parser = SseParser.Create(await response.Content.ReadAsStreamAsync(), (_, data) => JsonSerializer.Deserialize<ChangeView>(data, Wire.Json)!);
        var changes = new List<ChangeView>();
        await foreach (var item in parser.EnumerateAsync()) changes.Add(item.Data);
        return changes;
    }
}

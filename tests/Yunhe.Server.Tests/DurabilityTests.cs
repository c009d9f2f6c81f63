using Microsoft.Extensions.DependencyInjection;
using Yunhe.Contracts;
using Yunhe.Storage;

namespace Yunhe.Server.Tests;

public sealed class DurabilityTests
{
    [Fact]
    public async Task After_a_restart_everything_looks_as_before_and_running_work_is_adopted()
    {
        await using var server = await TestServer.StartAsync();
        server.Machines.Program = launch => launch.Spec.Name == "long" ? null : ("hello\n", 0);
        for (var n = 0; n < 5; n++) await server.UntilEndedAsync(await server.SubmitAsync(TestServer.Work($"n{n}"), $"key{n}"));
        var running = await server.SubmitAsync(TestServer.Work("long"));
        await server.UntilAsync(running, v => v.Phase == PhaseWord.Running);
        var before = await PicturesAsync(server);

        await server.EndAsync();
        await server.BeginAsync();
        Assert.Equal(before, await PicturesAsync(server));
        Assert.Equal("w1", await server.SubmitAsync(TestServer.Work("n0"), "key0"));
        server.Machines.Jobs.Values.Single().End(0, null, DateTimeOffset.UtcNow);
        Assert.Equal(PhaseWord.Succeeded, (await server.UntilEndedAsync(running)).Phase);
        Assert.Equal(6, server.Machines.Starts.Count);
    }

    [Fact]
    public async Task What_was_ordered_and_not_done_is_done_by_the_next_server_once()
    {
        await using var server = await TestServer.StartAsync();
        server.Machines.Deaf = true;
        var id = await server.SubmitAsync(TestServer.Work());
        await server.UntilAsync(id, v => v.Phase == PhaseWord.Placed);
        await server.EndAsync();
        server.Machines.Deaf = false;
        await server.BeginAsync();
        Assert.Equal(PhaseWord.Succeeded, (await server.UntilEndedAsync(id)).Phase);
        Assert.Single(server.Machines.Starts);
    }

    [Fact]
    public async Task A_full_disk_refuses_submissions_politely_and_nothing_acknowledged_is_lost()
    {
        await using var server = await TestServer.StartAsync();
        server.Machines.Program = _ => null;
        var store = server.Services.GetRequiredService<SqliteStore>();
        var first = await server.SubmitAsync(TestServer.Work());
        store.LimitPages(store.Pages() + 8);
        var accepted = new List<string> { first };
        ProblemView? refusal = null;
        for (var n = 0; n < 200 && refusal is null; n++)
        {
            using var response = await server.SendAsync(HttpMethod.Post, Routes.Workloads, TestServer.Work($"n{n}") with
            {
                Envs = new Dictionary<string, string> { ["PADDING"] = new('x', 2_000) },
            });
            if (response.IsSuccessStatusCode) accepted.Add((await TestServer.BodyAsync<SubmittedView>(response)).Id);
            else refusal = await TestServer.ProblemAsync(response, 507);
        }

        Assert.NotNull(refusal);
        store.LimitPages(0);
        await Task.Delay(TimeSpan.FromSeconds(1.1));
        accepted.Add(await server.SubmitAsync(TestServer.Work("after")));
        await server.EndAsync();
        await server.BeginAsync();
        var kept = (await server.GetAsync<Page<WorkloadSummary>>("/v1/workloads?limit=1000")).Items.Select(w => w.Id).Reverse();
        Assert.Equal(accepted, kept);
    }

    [Fact]
    public async Task A_second_server_on_the_same_directory_is_refused()
    {
        await using var server = await TestServer.StartAsync(withSite: false);
        Assert.Contains("in use", Assert.Throws<ServerStartException>(() => YunheServer.Build(server.Options)).Message, StringComparison.Ordinal);
    }

    /// <summary>All that can be asked about workloads and usage, as text.</summary>
    private static async Task<string> PicturesAsync(TestServer server)
    {
        var text = await server.Http.GetStringAsync("/v1/workloads") + await server.Http.GetStringAsync("/v1/usage");
        foreach (var workload in (await server.GetAsync<Page<WorkloadSummary>>(Routes.Workloads)).Items)
            text += await server.Http.GetStringAsync($"/v1/workloads/{workload.Id}") + await server.Http.GetStringAsync($"/v1/workloads/{workload.Id}/logs");
        return text;
    }
}

using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Yunhe.Contracts;
using Yunhe.Core.Control;
using Yunhe.Core.Workloads;
using Yunhe.Server.Control;

namespace Yunhe.Server.Tests;

public sealed class RetentionTests
{
    [Fact]
    public async Task A_snapshot_is_a_network_that_can_be_carried_on_and_holds_no_secrets()
    {
        await using var server = await TestServer.StartAsync();
        server.Machines.Program = _ => null;
        var id = await server.SubmitAsync(TestServer.Work() with
        {
            Envs = new Dictionary<string, string> { ["A"] = "variable-value" }, Secrets = new Dictionary<string, string> { ["B"] = "secret-value" },
        });
        await server.UntilAsync(id, v => v.Phase == PhaseWord.Running);
        var text = await server.Http.GetStringAsync(Routes.Snapshot);
        Assert.DoesNotContain("variable-value", text);
        Assert.DoesNotContain("secret-value", text);
        var snapshot = LiveSnapshot.FromJson(Encoding.UTF8.GetBytes(text));
        Assert.Equal(Phase.Running, State.Restore(snapshot.State).Workload(WorkloadId.Parse(id))!.Phase);
        Assert.Equal("alpha", Assert.Single(snapshot.Reports).Key);
    }

    [Fact]
    public async Task A_forgotten_workload_is_not_found_and_its_use_stays_in_the_bills_also_after_a_restart()
    {
        await using var server = await TestServer.StartAsync();
        var id = await server.SubmitAsync(TestServer.Work());
        await server.UntilEndedAsync(id);
        var before = await server.Http.GetStringAsync($"{Routes.Usage}?by=site");
        var loop = server.Services.GetRequiredService<ControlLoop>();
        Assert.Single((await loop.StepAsync(new ForgetEnded(DateTimeOffset.UtcNow.AddDays(1)))).Events);
        await TestServer.ProblemAsync(await server.Http.GetAsync($"{Routes.Workloads}/{id}"), 404);
        Assert.Equal(before, await server.Http.GetStringAsync($"{Routes.Usage}?by=site"));
        await server.EndAsync();
        await server.BeginAsync();
        Assert.Equal(before, await server.Http.GetStringAsync($"{Routes.Usage}?by=site"));
        Assert.Contains("not kept any more", await server.Http.GetStringAsync($"{Routes.Usage}?by=workload"));
        Assert.NotEqual(id, await server.SubmitAsync(TestServer.Work()));
    }
}

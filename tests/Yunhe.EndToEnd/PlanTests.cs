using Yunhe.Contracts;

namespace Yunhe.EndToEnd;

/// <summary>From a plan to a training that really runs, as a gang with checkpoints at the planned site.</summary>
public sealed class PlanTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("yunhe-plan-").FullName;
    private ServerProcess server = null!;

    public async ValueTask InitializeAsync()
    {
        server = new(folder);
        await server.StartAsync();
        // What the cards are only matters to the plan: the training is one for processors.
        await server.Client().AddSiteAsync(
            new() { Name = "here", Engine = "local", Pools = [new() { Name = "gpu", Nodes = 2, Cpus = 1, MemoryMib = 1024, Accelerator = "L4", Accelerators = 1 }] }, default);
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_plan_is_handed_in_and_trains_with_the_planned_sizes()
    {
        var (code, output, errors) = await Shell.RunAsync(folder, folder, server,
            "./yunhe plan train --model 100M --tokens 10M --sequence 512 --batch 16 --tp 1 --pp 1 --submit "
            + "--run 'echo \"sizes $TP $PP $DP of $WORLD_SIZE\"; ./yunhe work train --steps 4 --batch 8 --every 2 --checkpoints checkpoints'");
        Assert.True(code == 0, errors);
        Assert.Contains("submitted w1", output, StringComparison.Ordinal);
        var client = server.Client();
        WorkloadView view;
        do
        {
            await Task.Delay(50);
            view = await client.WorkloadAsync("w1", default);
        }
        while (view.Phase < PhaseWord.Succeeded);
        var (_, log, _) = await Shell.RunAsync(folder, folder, server, "./yunhe logs w1");
        Assert.True(view.Phase == PhaseWord.Succeeded, $"{view.Detail}\n{log}");
        Assert.Contains("sizes 1 1 2 of 2", log, StringComparison.Ordinal);
        Assert.Contains("4 steps", log, StringComparison.Ordinal);
    }
}

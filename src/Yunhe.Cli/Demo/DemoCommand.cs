using System.CommandLine;
using Yunhe.Cli.Commands;
using Yunhe.Contracts;
using Yunhe.Contracts.Client;

namespace Yunhe.Cli.Demo;

internal static class DemoCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    public static Command Create(CommandContext context)
    {
        var keep = new Option<bool>("--keep") { Description = "Leaves the server running afterwards, until Ctrl-C" };
        var command = new Described("demo", "Starts a network on this machine, runs real work on it and shows what came of it",
            "yunhe demo", "yunhe demo --keep", "YUNHE_DEMO_SLURM=/srv/alpha/slurm.conf:/srv/beta/slurm.conf yunhe demo") { keep };
        command.SetAction(async (parsed, cancel) =>
        {
            var folder = Directory.CreateTempSubdirectory("yunhe-demo-").FullName;
            var data = Path.Combine(folder, "data");
            var fine = await RunAsync(context, folder, data, parsed.GetValue(keep), cancel);
            if (!parsed.GetValue(keep) && Directory.Exists(data)) Directory.Delete(data, recursive: true);
            return fine ? ExitCodes.Success : ExitCodes.Failed;
        });
        return command;
    }

    private static async Task<bool> RunAsync(CommandContext context, string folder, string data, bool keep, CancellationToken cancel)
    {
        var shell = context.Shell;
        var started = shell.Time.GetTimestamp();

        // 1. A network.
        var clusters = await SlurmClusters.FindAsync(shell, cancel);
        await using var network = await DemoNetwork.StartAsync(data, shell, cancel);
        var sites = DemoSites.Local(Environment.ProcessorCount)
            .Concat(clusters.Select(c => DemoSites.Slurm(c, Directory.CreateDirectory(Path.Combine(folder, c.Site)).FullName))).ToList();
        await network.AttachAsync(sites, shell, cancel);
        await shell.Err.WriteLineAsync($"control plane at {network.Address.GetLeftPart(UriPartial.Authority)}; sites: {string.Join(", ", sites.Select(s => s.Name))}");
        await shell.Err.WriteLineAsync("All sites are on this machine. Their places, prices, PUE, grid carbon and links are assumptions.");

        // 2. Work for it. The first one measures the machine, so the others wait for it.
        var launcher = DemoNetwork.WriteLauncher(folder);
        var tasks = new List<(DemoTask Task, string Id)>();
        foreach (var task in DemoTask.All(clusters))
        {
            var draft = task.Read(launcher, tasks.Select(t => t.Id).FirstOrDefault(), shell.Time.GetUtcNow());
            tasks.Add((task, (await network.Client.SubmitAsync(draft.Request, $"demo-{tasks.Count}", cancel)).Id));
        }

        // 3. Until all of it has ended.
        using var telling = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var progress = TellAsync(network.Client, shell, started, telling.Token);
        await EndedAsync(network.Client, tasks.Count, shell, cancel);
        await telling.CancelAsync();
        await progress;

        // 4. What came of it.
        var results = new List<(DemoTask Task, DemoResult Result)>();
        foreach (var (task, id) in tasks) results.Add((task, await FetchAsync(network.Client, id, Path.Combine(folder, "results", id), shell, cancel)));
        var fine = DemoReport.Write(context, results, (await network.Client.ServerAsync(cancel)).Currency);
        await shell.Err.WriteLineAsync($"results in {Path.Combine(folder, "results")}; took {Format.Duration(shell.Time.GetElapsedTime(started).TotalSeconds)}");
        await shell.Err.WriteLineAsync(fine ? "all as it should be, the failure of 'fails' included" : "not all went as it should");
        if (keep) await KeepAsync(network, data, shell, cancel);
        return fine;
    }

    private static async Task TellAsync(YunheClient client, Shell shell, long started, CancellationToken cancel)
    {
        try
        {
            await foreach (var change in client.WatchAsync(null, 0, cancel))
            {
                if (change is not { Phase: { } phase and not (PhaseWord.Finishing or PhaseWord.Queued) }) continue;
                var at = shell.Time.GetElapsedTime(started).TotalSeconds;
                var detail = string.Join(' ', new[] { change.Site is null ? null : $"at {change.Site}", change.Detail }.Where(t => !string.IsNullOrEmpty(t)));
                await shell.Err.WriteLineAsync($"{at,5:0.0} s  {change.Attempt ?? change.Task ?? change.Workload,-6} {Format.Word(phase),-9} {detail}".TrimEnd());
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return;
        }
    }

    private static async Task EndedAsync(YunheClient client, int count, Shell shell, CancellationToken cancel)
    {
        var start = shell.Time.GetTimestamp();
        while (true)
        {
            var page = await client.WorkloadsAsync(new(), count, null, cancel);
            var open = page.Items.Where(w => w.Phase < PhaseWord.Succeeded).ToList();
            if (open.Count == 0) return;
            if (shell.Time.GetElapsedTime(start) > Patience)
                throw new IOException($"{open[0].Id} {open[0].Name} is still {Format.Word(open[0].Phase)} after {Format.Duration(Patience.TotalSeconds)}: {open[0].Detail}");
            await Task.Delay(Look, shell.Time, cancel);
        }
    }

    private static async Task<DemoResult> FetchAsync(YunheClient client, string id, string folder, Shell shell, CancellationToken cancel)
    {
        var workload = await client.WorkloadAsync(id, cancel);
        await using var tar = await client.ResultsAsync(id, null, null, cancel);
        await Unpacking.UnpackAsync(tar, folder, shell.Err, cancel);
        return new(workload, await client.ExplainAsync(id, null, cancel), folder);
    }

    private static async Task KeepAsync(DemoNetwork network, string data, Shell shell, CancellationToken cancel)
    {
        await shell.Err.WriteLineAsync($"the server goes on until Ctrl-C; in another terminal: export YUNHE_SERVER={network.Address.GetLeftPart(UriPartial.Authority)} YUNHE_DATA={data}; yunhe list");
        await Task.WhenAny(network.Running, Task.Delay(Timeout.InfiniteTimeSpan, shell.Time, cancel));
    }
}

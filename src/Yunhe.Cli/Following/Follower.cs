using System.CommandLine;
using System.Threading.Channels;
using Yunhe.Contracts;
using Yunhe.Contracts.Client;

namespace Yunhe.Cli.Following;

/// <summary>
/// Follows one workload: phases on stderr, the job's own output where it belongs. Ctrl-C only lets go of it.
/// </summary>
/// <param name="aside">All of it goes to stderr: stdout is for what the command makes of the job.</param>
internal sealed class Follower(YunheClient client, CommandContext context, ParseResult parsed, bool aside = false)
{
    /// <summary>A stream of changes that ends or breaks before the workload does is taken up again so often.</summary>
    private const int MaxReconnects = 100;

    private const int MaxChanges = 1024;

    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(5);

    /// <summary>How often the counts of a busy array are told.</summary>
    private static readonly TimeSpan CountsInterval = TimeSpan.FromSeconds(1);

    private readonly Shell shell = context.Shell;
    private readonly Dictionary<string, Task> logs = new(StringComparer.Ordinal);
    private readonly HashSet<string> told = new(StringComparer.Ordinal);

    /// <returns>The job's exit code, or one of <see cref="ExitCodes"/>.</returns>
    public async Task<int> FollowAsync(string id, CancellationToken cancel)
    {
        try
        {
            return await ToEndAsync(id, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            await shell.Err.WriteLineAsync($"\ndetached; {id} goes on; follow again: yunhe logs -f {id}");
            return ExitCodes.Detached;
        }
    }

    private async Task<int> ToEndAsync(string id, CancellationToken cancel)
    {
        var workload = await client.WorkloadAsync(id, cancel);
        Tell(workload, cancel);
        for (var connects = 0; !Ended(workload); connects++)
        {
            if (connects > MaxReconnects) throw new IOException($"the stream of changes of {id} keeps ending; ask again: yunhe show {id}");
            if (connects > 0) await Task.Delay(FirstLook, shell.Time, cancel);
            workload = await WatchAsync(id, workload, cancel);
        }

        Tell(workload, cancel);
        await Task.WhenAll(logs.Values);
        await EndAsync(workload, cancel);
        return CodeOf(workload);
    }

    /// <summary>
    /// Tells changes as they come. What happened just before the stream began is not in it, so whenever it is quiet the
    /// workload itself is looked at, less and less often.
    /// </summary>
    private async Task<WorkloadView> WatchAsync(string id, WorkloadView workload, CancellationToken cancel)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var changes = Channel.CreateBounded<ChangeView>(MaxChanges);
        var pump = PumpAsync(id, changes.Writer, ending.Token);
        var quiet = FirstLook;
        var lookedAt = shell.Time.GetTimestamp();
        var next = changes.Reader.WaitToReadAsync(ending.Token).AsTask();
        while (!Ended(workload))
        {
            var looking = await Task.WhenAny(next, Task.Delay(quiet, shell.Time, ending.Token)) != next;
            var open = looking || await next;
            if (open && !looking && !(workload.Tasks > 1 && shell.Time.GetElapsedTime(lookedAt) > CountsInterval))
            {
                while (changes.Reader.TryRead(out var change)) Tell(change, workload.Tasks > 1, cancel);
                next = changes.Reader.WaitToReadAsync(ending.Token).AsTask();
                continue;
            }

            workload = await client.WorkloadAsync(id, cancel);
            lookedAt = shell.Time.GetTimestamp();
            Tell(workload, cancel);
            if (!open) break;
            quiet = quiet * 2 < LongestLook ? quiet * 2 : LongestLook;
        }

        await ending.CancelAsync();
        await pump;
        return workload;
    }

    private async Task PumpAsync(string id, ChannelWriter<ChangeView> to, CancellationToken cancel)
    {
        try
        {
            await foreach (var change in client.WatchAsync(id, null, cancel)) await to.WriteAsync(change, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return;
        }
        finally
        {
            to.TryComplete();
        }
    }

    /// <summary>What happened before the stream of changes began.</summary>
    private void Tell(WorkloadView workload, CancellationToken cancel)
    {
        if (workload.Tasks > 1)
        {
            Line(workload.Id, Format.Counts(workload.Counts, workload.Tasks));
            return;
        }

        foreach (var attempt in workload.FirstTasks.SelectMany(t => t.Attempts))
        {
            if (attempt.EndedAt is null) Line(attempt.Id, PhaseWord.Placed, attempt.Site, null);
            if (attempt.StartedAt is null) continue;
            if (attempt.EndedAt is null) Line(attempt.Id, PhaseWord.Running, attempt.Site, null);
            CopyLogs(workload.Id, attempt.Id, cancel);
        }

        if (workload is { Phase: PhaseWord.Queued or PhaseWord.Submitted, Detail: { } detail }) Line(workload.Id, workload.Phase, null, detail);
    }

    private void Tell(ChangeView change, bool array, CancellationToken cancel)
    {
        // An array is told by its counts, and how a workload ended by the last line.
        if (array || change is not { Workload: { } workload, Phase: { } phase and < PhaseWord.Finishing }) return;
        Line(change.Attempt ?? change.Task ?? workload, phase, change.Site, change.Detail);
        if (phase == PhaseWord.Running && change.Attempt is { } attempt) CopyLogs(workload, attempt, cancel);
    }

    private void Line(string what, PhaseWord phase, string? site, string? detail)
    {
        // With its detail, since each retry is queued again.
        if (!told.Add($"{what} {phase} {detail}")) return;
        var at = site is null ? "" : $" at {site}";
        var why = string.IsNullOrEmpty(detail) ? "" : $": {detail}";
        shell.Err.WriteLine($"{what} {Format.Word(phase)}{at}{why}");
    }

    private void Line(string what, string counts)
    {
        if (told.Add($"{what} {counts}")) shell.Err.WriteLine($"{what} {counts}");
    }

    private void CopyLogs(string workload, string attempt, CancellationToken cancel)
    {
        if (logs.ContainsKey(attempt) || !int.TryParse(attempt[(attempt.LastIndexOf('.') + 1)..], out var number)) return;
        logs[attempt] = Task.WhenAll(
            client.CopyLogAsync(new(workload, null, number), 0, true, aside || context.Json(parsed) ? shell.RawErr : shell.RawOut, cancel),
            client.CopyLogAsync(new(workload, null, number, LogWord.Stderr), 0, true, shell.RawErr, cancel));
    }

    private async Task EndAsync(WorkloadView workload, CancellationToken cancel)
    {
        if (context.Json(parsed) && !aside)
        {
            context.Show(parsed, workload, () => { });
            return;
        }

        var currency = (await client.ServerAsync(cancel)).Currency;
        var (used, err) = (workload.Used, shell.Err);
        var how = Format.Word(workload.Phase) + (workload.Tasks > 1 ? $" ({Format.Counts(workload.Counts, workload.Tasks)})" : "");
        var exit = workload.ExitCode is { } code ? $" with exit code {code}" : "";
        await err.WriteLineAsync($"{workload.Id} {how}{exit}; ran {Format.Between(workload.StartedAt, workload.EndedAt)}, "
            + $"{Format.Money(used.Cost, currency)}, {Format.Energy(used.EnergyKwh)}, {Format.Carbon(used.CarbonG)} CO2e");
        if (workload.Phase != PhaseWord.Succeeded && workload.Detail is { } detail && detail != Format.Word(workload.Phase)) await err.WriteLineAsync(detail);
        if (workload.Tasks > 1) await err.WriteLineAsync($"output of one task: yunhe logs {workload.Id} --task N");
    }

    private static bool Ended(WorkloadView workload) => workload.Phase is PhaseWord.Succeeded or PhaseWord.Failed or PhaseWord.Cancelled;

    private static int CodeOf(WorkloadView workload) => workload.Phase == PhaseWord.Succeeded
        ? ExitCodes.Success
        : workload.ExitCode is > 0 and <= 255 and { } code ? code : ExitCodes.Failed;
}

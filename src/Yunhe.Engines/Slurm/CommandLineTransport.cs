using System.Globalization;
using Yunhe.Core.Network;

namespace Yunhe.Engines.Slurm;

/// <summary>sbatch, squeue, sinfo, scontrol, sacct and scancel, here or through ssh.</summary>
internal sealed class CommandLineTransport(CommandRunner runner) : ISlurmTransport
{
    // Well below the 128 KiB that Linux allows for one argument (ssh sends one).
    private const int JobsPerCommand = 2000;
    private const int NamesPerCommand = 50;

    private IReadOnlyList<KeyValuePair<string, string>>? login;
    private string[]? sacct;

    public bool RunsSbatch => true;

    public async Task<IReadOnlyList<KeyValuePair<string, string>>> LoginEnvironmentAsync(CancellationToken cancel)
    {
        if (login is { } known) return known;
        var text = await runner.AskAsync(["env", "-0"], cancel).ConfigureAwait(false);
        return login =
        [
            .. text.Split('\0').Select(pair => pair.Split('=', 2))
                .Where(pair => pair.Length == 2 && CommandRunner.LoginVariables.Contains(pair[0]))
                .Select(pair => new KeyValuePair<string, string>(pair[0], pair[1])),
        ];
    }

    public async Task<SlurmLook> LookAsync(CancellationToken cancel)
    {
        var jobs = QueryAsync(["squeue", "--json"], SlurmJson.JobsAsync, cancel);
        var nodes = QueryAsync(["sinfo", "--json"], SlurmJson.NodesAsync, cancel);
        var partitions = runner.AskAsync(["scontrol", "-o", "show", "partition"], cancel);
        await Task.WhenAll(jobs, nodes, partitions).ConfigureAwait(false);
        return new(await jobs.ConfigureAwait(false), await nodes.ConfigureAwait(false), Partitions(await partitions.ConfigureAwait(false)));
    }

    public async Task<SubmitAnswer> SubmitAsync(SlurmSubmission submission, CancellationToken cancel)
    {
        CommandResult result;
        try
        {
            result = await runner.RunAsync(SbatchArguments.Of(submission), cancel).ConfigureAwait(false);
        }
        catch (EngineUnavailableException e)
        {
            return SubmitAnswer.NotStarted(e.Message);
        }

        if (result.ExitCode != 0) return SubmitFailure.Read(result);

        // "13" or "13;cluster"
        var text = result.Stdout.Trim().Split(';')[0];
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var job)
            ? SubmitAnswer.Started(job)
            : SubmitAnswer.Unknown($"sbatch answered '{result.Stdout.Trim()}'");
    }

    public async Task CancelAsync(IReadOnlyList<string> jobs, CancellationToken cancel)
    {
        foreach (var some in JobList.Of(jobs).Chunk(NamesPerCommand))
        {
            // --quiet: those that have ended are fine.
            await runner.AskAsync(["scancel", "--quiet", .. some], cancel).ConfigureAwait(false);
        }
    }

    public async Task CancelPendingAsync(IReadOnlyList<string> jobs, CancellationToken cancel)
    {
        // Not as lists of tasks: with a filter scancel holds every name against the queue. That it finds none is fine.
        foreach (var some in jobs.Chunk(NamesPerCommand))
        {
            var result = await runner.RunAsync(ScancelPending(some), cancel).ConfigureAwait(false);
            if (result.ExitCode is null) throw CommandRunner.Unavailable("scancel", result);
        }
    }

    public async Task<IReadOnlyDictionary<long, SlurmEnd>> AccountingAsync(IReadOnlyCollection<long> jobs, CancellationToken cancel)
    {
        var ends = new Dictionary<long, SlurmEnd>();
        foreach (var some in jobs.Chunk(JobsPerCommand))
        {
            foreach (var line in (await SacctAsync(["-j", string.Join(',', some)], cancel).ConfigureAwait(false)).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                if (End(line) is var (job, end)) ends[job] = end;
            }
        }

        return ends;
    }

    public async Task<IReadOnlyDictionary<string, long>> EndedInAsync(string folder, TimeSpan back, CancellationToken cancel)
    {
        var jobs = new Dictionary<string, long>(StringComparer.Ordinal);
        var text = await SacctAsync(["-S", string.Create(CultureInfo.InvariantCulture, $"now-{(long)back.TotalHours}hours")], cancel).ConfigureAwait(false);
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // The folder is the last cell, so that a | in it does no harm.
            var cells = line.Split('|', Columns);
            if (End(line) is not var (job, end) || SlurmStates.PhaseOf(end.State) != EnginePhase.Ended) continue;
            if (!cells[^1].StartsWith(folder + '/', StringComparison.Ordinal)) continue;
            jobs.TryAdd(cells[^1][(folder.Length + 1)..].Split('/')[0], job);
        }

        return jobs;
    }

    public ValueTask DisposeAsync() => runner.DisposeAsync();

    private const int Columns = 6;
    private static readonly string[] FromDatabase = ["sacct", "-X", "-n", "-P", "-o", "JobIDRaw,State,ExitCode,Start,End,WorkDir"];
    private static readonly string[] FromCompletionLog = ["sacct", "-c", "-n", "-P", "-o", "JobID,State,ExitCode,Start,End,WorkDir"];

    internal static string[] ScancelPending(IEnumerable<string> jobs) => ["scancel", "--quiet", "--state=PENDING", .. jobs];

    /// <summary>The accounting database, or the job completion log where there is none; what answered once is asked from then on.</summary>
    private async Task<string> SacctAsync(IReadOnlyList<string> which, CancellationToken cancel)
    {
        foreach (var command in sacct is { } known ? [known] : new[] { FromDatabase, FromCompletionLog })
        {
            var result = await runner.RunAsync([.. command, .. which], cancel).ConfigureAwait(false);
            if (result.ExitCode is null) throw CommandRunner.Unavailable("sacct", result);
            if (result.ExitCode != 0) continue;
            sacct = command;
            return result.Stdout;
        }

        return "";
    }

    private static (long Job, SlurmEnd End)? End(string line)
    {
        var cells = line.Split('|', Columns);
        if (cells.Length < Columns || !long.TryParse(cells[0], NumberStyles.None, CultureInfo.InvariantCulture, out var job)) return null;
        var code = cells[2].Split(':');
        var (exit, signal) = code.Length == 2 && int.TryParse(code[0], out var c) && int.TryParse(code[1], out var s) ? (c, s) : (0, 0);

        // "CANCELLED by 1000"
        return (job, new(cells[1].Split(' ')[0], exit, signal, Time(cells[3]), Time(cells[4])));
    }

    private static DateTimeOffset? Time(string text)
    {
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)) return DateTimeOffset.FromUnixTimeSeconds(seconds);
        return null;
    }

    private async Task<IReadOnlyList<T>> QueryAsync<T>(
        string[] command, Func<Stream, CancellationToken, Task<IReadOnlyList<T>>> parse, CancellationToken cancel)
    {
        IReadOnlyList<T> rows = [];
        EngineUnavailableException? broken = null;
        var result = await runner.RunAsync(command, cancel, read: ReadAsync).ConfigureAwait(false);
        if (result.ExitCode != 0) throw CommandRunner.Unavailable(command[0], result);
        return broken is null ? rows : throw broken;

        async Task ReadAsync(Stream stdout, CancellationToken limit)
        {
            try
            {
                rows = await parse(stdout, limit).ConfigureAwait(false);
            }
            catch (EngineUnavailableException e)
            {
                // The command's own words, when it failed, tell more than its broken JSON; the rest is read so that it can end.
                broken = e;
                await stdout.CopyToAsync(Stream.Null, limit).ConfigureAwait(false);
            }
        }
    }

    private static IReadOnlyList<SlurmPartition> Partitions(string text) =>
    [
        .. text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ').Select(cell => cell.Split('=', 2)).Where(cell => cell.Length == 2)
                .ToLookup(cell => cell[0], cell => cell[1]))
            .Where(cells => cells.Contains("PartitionName"))
            .Select(cells => new SlurmPartition(
                cells["PartitionName"].First(), cells["State"].FirstOrDefault() is null or "UP", SlurmTime(cells["MaxTime"].FirstOrDefault()))),
    ];

    /// <summary>[days-]hours:minutes:seconds; null: UNLIMITED.</summary>
    private static TimeSpan? SlurmTime(string? text)
    {
        var day = text?.Split('-') ?? [];
        var clock = day.Length == 2 ? day[1] : text;
        var days = day.Length == 2 && int.TryParse(day[0], out var d) ? d : 0;
        return TimeSpan.TryParse(clock, CultureInfo.InvariantCulture, out var time) ? time + TimeSpan.FromDays(days) : null;
    }
}

/// <summary>Names of jobs for scancel: tasks of one array become <c>13_[0-99,120]</c>.</summary>
internal static class JobList
{
    // Slurm reads the indices of one such name into a buffer; far below it.
    private const int TasksPerName = 200;

    public static IReadOnlyList<string> Of(IEnumerable<string> names)
    {
        var parts = names.Select(name => name.Split('_')).ToList();
        return
        [
            .. parts.Where(part => part.Length == 1).Select(part => part[0]).Order(StringComparer.Ordinal),
            .. parts.Where(part => part.Length == 2).GroupBy(part => part[0]).OrderBy(group => group.Key, StringComparer.Ordinal)
                .SelectMany(group => group.Select(part => int.Parse(part[1])).Order().Chunk(TasksPerName)
                    .Select(some => some.Length == 1 ? $"{group.Key}_{some[0]}" : $"{group.Key}_[{ArrayIndices.Text(some)}]")),
        ];
    }
}

using System.Text.Json;
using Yunhe.Contracts;
using Yunhe.Simulator.Machines;
using Yunhe.Simulator.Networks;
using Yunhe.Simulator.Results;
using Yunhe.Simulator.Studies;
using Yunhe.Simulator.Traces;
using Yunhe.Simulator.Traces.Generator;

namespace Yunhe.Cli.Simulating;

/// <summary>What the command line of `yunhe simulate` asks for.</summary>
internal sealed record ComparisonOptions
{
    public string? Network { get; init; }

    public required string Trace { get; init; }

    public required string Policies { get; init; }

    public int Seeds { get; init; } = 1;

    public IReadOnlyList<string> Output { get; init; } = [];

    public string Jobs { get; init; } = "none";

    public int? Parallel { get; init; }

    public bool SkipBad { get; init; }

    public long? LimitJobs { get; init; }

    public string? From { get; init; }

    public string? To { get; init; }

    public string? Generate { get; init; }

    public int? Processors { get; init; }

    /// <summary>The words that every command's --output knows; anything else names a folder.</summary>
    public bool Json => Output.Contains("json");

    public IReadOnlyList<string> Folders => [.. Output.Where(o => o is not ("json" or "table"))];

    public string? Folder => Folders is [var first, ..] ? first : null;
}

/// <summary>Policies compared over one trace.</summary>
internal static class Comparison
{
    public static int Run(Shell shell, ComparisonOptions options, CancellationToken cancel)
    {
        // 1. What is asked for.
        Files.MustExist(options.Trace);
        var bad = new BadLines(options.SkipBad);
        var study = StudyOf(shell, options, bad) with { Parallel = options.Parallel ?? Environment.ProcessorCount };
        if (options.Folders.Count > 1) throw new UsageException($"--output names more than one folder: {string.Join(", ", options.Folders)}");
        if (options.Folder is { } wanted) MustBeWritable(wanted);
        if (options.Folder is { } folder && options.Jobs != "none")
        {
            Directory.CreateDirectory(Path.Combine(folder, "jobs"));
            study = study with { JobFile = (policy, seed) => Path.Combine(folder, "jobs", $"{policy}-{seed}.{options.Jobs}") };
        }

        // 2. It runs.
        IReadOnlyList<RunResult> results;
        try
        {
            using var progress = new StudyBar(shell, study.Policies.Count * study.Seeds, options.LimitJobs);
            results = (study with { Progress = progress.Tell }).Run(cancel);
        }
        finally
        {
            TellBad(shell, bad);
        }

        // 3. It is told.
        if (results.Count > 0 && results.All(r => r.Summary.Jobs == 0)) throw new UsageException("no job is left to run: look at --from, --to and --generate");
        if (cancel.IsCancellationRequested) shell.Err.WriteLine($"cut off: {results.Count} of {study.Policies.Count * study.Seeds} runs are complete");
        if (results.Count > 0) ComparisonTable.Write(shell, results, options.Json);
        if (options.Folder is { } report && results.Count > 0) Reports.Write(shell, report, options, bad, results, cancel.IsCancellationRequested);
        return cancel.IsCancellationRequested ? ExitCodes.Detached : ExitCodes.Success;
    }

    /// <summary>Found out before the run, not after it.</summary>
    private static void MustBeWritable(string folder)
    {
        if (folder.Length == 0) throw new UsageException("--output names no folder");
        try
        {
            Directory.CreateDirectory(folder);
            var probe = Path.Combine(folder, $".{Guid.NewGuid():N}");
            File.Create(probe, 1, FileOptions.DeleteOnClose).Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--output: can't write to {folder}: {e.Message}");
        }
    }

    private static Study StudyOf(Shell shell, ComparisonOptions options, BadLines bad)
    {
        var names = options.Policies.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct().ToList();
        if (names.Count == 0) throw new UsageException("--policy names none");
        var traceOf = TraceOf(options, bad);
        if (options.Network is { } file)
        {
            if (options.Processors is not null) throw new UsageException("--processors is of one machine: it doesn't go with --network, which says what its sites have");
            var network = NetworkFile.Read(file);
            foreach (var name in names.Where(n => NetworkPolicies.Find(n) is null)) throw Unknown(name, "of a network", NetworkPolicies.Names);
            return Studies.OfNetwork(names, network, traceOf) with { Seeds = SeedsOf(shell, options, network.Failures.Count > 0) };
        }
        foreach (var name in names.Where(n => MachinePolicies.Find(n, 1) is null)) throw Unknown(name, "of a machine", MachinePolicies.Names);
        return Studies.OfMachine(names, ProcessorsOf(options), traceOf) with { Seeds = SeedsOf(shell, options, false) };
    }

    private static int SeedsOf(Shell shell, ComparisonOptions options, bool isRandom)
    {
        if (isRandom || options.Generate is not null || options.Seeds == 1) return options.Seeds;
        shell.Err.WriteLine("warning: nothing here depends on a seed (nothing fails, and nothing is generated): one run of each policy");
        return 1;
    }

    private static UsageException Unknown(string name, string of, IReadOnlyList<string> known) =>
        new($"there is no policy {name} {of}: use {string.Join(", ", known)}");

    private static int ProcessorsOf(ComparisonOptions options)
    {
        if (options.Processors is { } given) return given;
        if (!Trace.IsSwf(options.Trace)) throw new UsageException("give a --network, or the --processors of one machine: this trace does not tell");
        using var log = SwfReader.Open(options.Trace, new(options.SkipBad));
        return log.Header.Processors is { } told and <= int.MaxValue
            ? (int)told
            : throw new UsageException($"{options.Trace} has no MaxProcs from 1 to {int.MaxValue} in its header: give --processors, or a --network");
    }

    private static Func<int, IEnumerable<TraceJob>> TraceOf(ComparisonOptions options, BadLines bad)
    {
        var (from, to) = (Seconds(options.From, "--from") ?? 0, Seconds(options.To, "--to") ?? long.MaxValue);
        if (to <= from) throw new UsageException("--to must be later than --from");
        IEnumerable<TraceJob> Read(BadLines lines)
        {
            var jobs = Trace.Open(options.Trace, lines).SkipWhile(j => j.Submit < from).TakeWhile(j => j.Submit < to);
            if (options.LimitJobs is { } most) jobs = jobs.Take((int)Math.Min(most, int.MaxValue));
            return from == 0 ? jobs : jobs.Select(j => j with { Submit = j.Submit - from });
        }

        if (options.Generate is { } length)
        {
            var (model, span) = (ModelOf(options.Trace, Read(bad)), TimeSpan.FromSeconds(Seconds(length, "--generate")!.Value));
            return seed => SyntheticTrace.Jobs(model, (ulong)seed, span);
        }
        // Only the first of the runs, which all read the same, counts bad lines.
        var first = 0;
        return _ => Read(Interlocked.Exchange(ref first, 1) == 0 ? bad : new BadLines(options.SkipBad));
    }

    private static WorkloadModel ModelOf(string file, IEnumerable<TraceJob> jobs)
    {
        try
        {
            return ModelFit.Of(jobs);
        }
        catch (ArgumentException e)
        {
            throw new UsageException($"--generate: {file}: {e.Message}");
        }
    }

    private static long? Seconds(string? text, string option)
    {
        try
        {
            return text is null ? null : text == "0" ? 0 : (long)Durations.Parse(text).TotalSeconds;
        }
        catch (FormatException e)
        {
            throw new UsageException($"{option}: {e.Message}");
        }
    }

    private static void TellBad(Shell shell, BadLines bad)
    {
        if (bad.Count == 0) return;
        shell.Err.WriteLine($"warning: {(bad.Count == 1 ? "1 bad line was skipped" : $"{bad.Count} bad lines were skipped, the first of them")}:");
        foreach (var problem in bad.First.Take(5)) shell.Err.WriteLine($"  {problem.Message}");
    }
}

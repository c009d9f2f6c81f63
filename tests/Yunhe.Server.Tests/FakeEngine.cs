using System.Collections.Concurrent;
using System.Formats.Tar;
using System.Text;
using Yunhe.Core.Network;
using Yunhe.Core.Workloads;
using Yunhe.Engines;
using Yunhe.Engines.Launching;

namespace Yunhe.Server.Tests;

/// <summary>
/// The machines of the sites, which outlive a server: what was started runs until the test (or a cancel) ends it. It counts what an
/// engine must never be asked twice.
/// </summary>
internal sealed class FakeMachines
{
    public ConcurrentDictionary<AttemptId, FakeJob> Jobs { get; } = [];

    public ConcurrentQueue<AttemptId> Starts { get; } = [];

    /// <summary>Answers of the next starts, before they succeed; for Unknown the job is started all the same.</summary>
    public ConcurrentQueue<StartOutcome> NextStarts { get; } = [];

    /// <summary>What started jobs write at once, and end with; null: they run on.</summary>
    public Func<Launch, (string Output, int ExitCode)?> Program { get; set; } = _ => ("hello\n", 0);

    /// <summary>Where working directories are made, for workloads with a checkpoint folder.</summary>
    public string? WorkFolder { get; set; }

    /// <summary>Called when a checkpoint is being copied.</summary>
    public Action<AttemptId>? Packing { get; set; }

    public volatile bool Down;

    /// <summary>Starts are not answered, looks are.</summary>
    public volatile bool Deaf;

    public IEngine Open(EngineContext context) => new FakeEngine(this, context);
}

internal sealed class FakeJob
{
    private readonly Lock gate = new();
    private byte[] output = [];

    public required string Site { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>A real folder, where the test gives one.</summary>
    public string Workdir { get; init; } = "/nonexistent";

    public int? ExitCode { get; private set; }

    public int? Signal { get; private set; }

    public DateTimeOffset? EndedAt { get; private set; }

    public void Write(byte[] bytes)
    {
        lock (gate) output = [.. output, .. bytes];
    }

    public byte[] Read(long offset, int most)
    {
        lock (gate) return [.. output.Skip((int)offset).Take(most)];
    }

    public void End(int? exitCode, int? signal, DateTimeOffset at) => (ExitCode, Signal, EndedAt) = (exitCode, signal, at);
}

internal sealed class FakeEngine(FakeMachines machines, EngineContext context) : IEngine
{
    public event Action? Changed;

    public Task<SiteReport> ObserveAsync(IReadOnlyCollection<AttemptId> expected, CancellationToken cancel)
    {
        Check();
        var mine = machines.Jobs.Where(j => j.Value.Site == context.Site.Name).ToDictionary();
        return Task.FromResult(new SiteReport
        {
            Pools = [.. context.Site.Pools.Select(p => new PoolReport(p, [new(p.Nodes, p.PerNode)]))],
            Attempts = [.. mine.Keys.Union(expected).Select(id => mine.TryGetValue(id, out var job) ? ReportOf(id, job) : new(id, EnginePhase.Gone))],
            Enforcement = "nothing is enforced",
        });
    }

    public Task<IReadOnlyList<StartResult>> StartAsync(IReadOnlyList<Launch> launches, bool mayExist, CancellationToken cancel)
    {
        Check();
        if (machines.Deaf) throw new EngineUnavailableException($"{context.Site.Name} takes nothing");
        return Task.FromResult<IReadOnlyList<StartResult>>([.. launches.Select(l => Start(l, mayExist))]);
    }

    public Task CancelAsync(IReadOnlyList<AttemptId> attempts, TimeSpan grace, CancellationToken cancel)
    {
        Check();
        foreach (var id in attempts)
            if (machines.Jobs.TryGetValue(id, out var job) && job.EndedAt is null) job.End(null, 15, context.Time.GetUtcNow());
        Changed?.Invoke();
        return Task.CompletedTask;
    }

    public Task<byte[]> ReadLogAsync(AttemptId attempt, LogStream stream, long offset, int maxBytes, CancellationToken cancel)
    {
        Check();
        return Task.FromResult(stream == LogStream.Stdout && machines.Jobs.TryGetValue(attempt, out var job) ? job.Read(offset, maxBytes) : []);
    }

    public async Task CollectAsync(AttemptId attempt, IReadOnlyList<string> globs, Stream tar, CancellationToken cancel)
    {
        Check();
        await using var writer = new TarWriter(tar, leaveOpen: true);
        await writer.WriteEntryAsync(
            new PaxTarEntry(TarEntryType.RegularFile, "result.txt") { DataStream = new MemoryStream(Encoding.UTF8.GetBytes("42\n")) }, cancel);
    }

    public Task<FolderListing> ListAsync(AttemptId attempt, string path, CancellationToken cancel)
    {
        Check();
        return Task.FromResult(machines.Jobs.TryGetValue(attempt, out var job) ? CheckpointFolder.List(job.Workdir, path) : FolderListing.Empty);
    }

    public Task PackAsync(AttemptId attempt, string path, IReadOnlyList<FileStamp> files, Stream tar, CancellationToken cancel)
    {
        Check();
        machines.Packing?.Invoke(attempt);
        return CheckpointFolder.PackAsync(machines.Jobs[attempt].Workdir, path, files, tar, cancel);
    }

    public Task ForgetAsync(AttemptId attempt, CancellationToken cancel)
    {
        Check();
        machines.Jobs.TryRemove(attempt, out _);
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private StartResult Start(Launch launch, bool mayExist)
    {
        if (mayExist && machines.Jobs.ContainsKey(launch.Attempt)) return new(StartOutcome.Started);
        var outcome = machines.NextStarts.TryDequeue(out var next) ? next : StartOutcome.Started;
        if (outcome is StartOutcome.Refused or StartOutcome.NotStarted) return new(outcome, Detail: "as the test wants it");
        machines.Starts.Enqueue(launch.Attempt);
        var now = context.Time.GetUtcNow();
        var job = new FakeJob { Site = context.Site.Name, StartedAt = now, Workdir = Prepare(launch) };
        if (machines.Program(launch) is { } program)
        {
            job.Write(Encoding.UTF8.GetBytes(program.Output));
            job.End(program.ExitCode, null, now);
        }

        machines.Jobs[launch.Attempt] = job;
        Changed?.Invoke();
        return new(outcome, "job 1");
    }

    private string Prepare(Launch launch)
    {
        if (launch.Spec.Checkpoint is null || machines.WorkFolder is not { } folder) return "/nonexistent";
        var workdir = Path.Combine(folder, launch.Attempt.ToString());
        Workspace.PrepareAsync(launch.Spec, context.BlobFolder, context.CheckpointOf(launch), workdir, default).GetAwaiter().GetResult();
        return workdir;
    }

    private void Check()
    {
        if (machines.Down) throw new EngineUnavailableException($"{context.Site.Name} is down");
    }

    private static AttemptReport ReportOf(AttemptId id, FakeJob job) => new(id, job.EndedAt is null ? EnginePhase.Running : EnginePhase.Ended)
    {
        StartedAt = job.StartedAt,
        EndedAt = job.EndedAt,
        ExitCode = job.ExitCode,
        Signal = job.Signal,
        Failure = job.Signal is not null ? FailureReason.Signal : job.ExitCode is > 0 ? FailureReason.ExitCode : null,
    };
}

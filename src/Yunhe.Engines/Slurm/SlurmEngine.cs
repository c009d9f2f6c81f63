using System.Collections.Concurrent;
using Yunhe.Core.Network;
using Yunhe.Core.Workloads;
using Yunhe.Engines.Launching;

namespace Yunhe.Engines.Slurm;

/// <summary>
/// A Slurm cluster. Every job carries a mark (<see cref="SlurmMark"/>) by which it is found again, and every attempt has a folder
/// (<see cref="AttemptFiles"/>) whose making tells a first start from a repeated one.
/// </summary>
/// <remarks>
/// On cancelling, Slurm's own KillWait is the time between SIGTERM and SIGKILL. Time limits are whole minutes, rounded up, and Slurm
/// strikes up to half a minute late.
/// </remarks>
public sealed class SlurmEngine : IEngine
{
    private readonly EngineContext context;
    private readonly SlurmSettings settings;
    private readonly ISlurmTransport transport;
    private readonly ISlurmFolder folder;
    private readonly SlurmStarter starter;
    private readonly SlurmObserver observer;

    /// <summary>Slurm's names of the jobs of the last look and of those started since.</summary>
    private readonly ConcurrentDictionary<AttemptId, string> names = new();

    /// <summary>The site's pools by name as last seen.</summary>
    private volatile IReadOnlyDictionary<string, SlurmPool>? pools;

    internal SlurmEngine(EngineContext context, SlurmSettings settings, ISlurmTransport transport, ISlurmFolder folder)
    {
        this.context = context;
        this.settings = settings;
        this.transport = transport;
        this.folder = folder;
        starter = new(context, settings, transport, folder);
        observer = new(context, transport, folder);
    }

    /// <exception cref="SlurmSettingsException">The site's settings can't be used.</exception>
    public static SlurmEngine Create(EngineContext context) => Create(context, transport => transport);

    internal static SlurmEngine Create(EngineContext context, Func<ISlurmTransport, ISlurmTransport> wrap)
    {
        var settings = SlurmSettings.Parse(context.Site.Engine.Settings);
        var root = $"{settings.WorkFolder}/{context.Network}";
        if (settings.Url is not null)
        {
            // Files are 0600 and written as the user of this process; the job runs as the user of slurmrestd's token.
            if (settings.User is { } user && user != Environment.UserName)
                throw new SlurmSettingsException($"user '{user}' could not read what '{Environment.UserName}' writes: run Yunhe as '{user}'");
            return new(context, settings, wrap(new RestTransport(settings)), new LocalFolder(root));
        }

        var runner = new CommandRunner(settings);
        ISlurmFolder folder = settings.Ssh is null
            ? new LocalFolder(root)
            : new SshFolder(runner, root, Path.Combine(context.WorkFolder, "slurm", context.Site.Name));
        return new(context, settings, wrap(new CommandLineTransport(runner)), folder);
    }

    /// <summary>Never raised: Slurm tells nobody.</summary>
    public event Action? Changed
    {
        add { }
        remove { }
    }

    public async Task<SiteReport> ObserveAsync(IReadOnlyCollection<AttemptId> expected, CancellationToken cancel)
    {
        var look = await transport.LookAsync(cancel).ConfigureAwait(false);
        var queue = Remember(look);

        // One that is being started meanwhile may go too: a cancellation that misses it looks again.
        var kept = queue.Attempts.Concat(expected).ToHashSet();
        foreach (var attempt in names.Keys.Where(attempt => !kept.Contains(attempt))) names.TryRemove(attempt, out _);
        var reports = SlurmPools.Of(look, settings);
        return new()
        {
            Pools = [.. reports.Select(pair => pair.Report)],
            Queue = SlurmPools.Queue(look, [.. reports.Select(pair => pair.Pool)], settings, context.Time.GetUtcNow()),
            Attempts = await observer.ReportAsync(queue, expected, cancel).ConfigureAwait(false),
            Enforcement = "cores, memory and time as Slurm is configured to enforce them",
        };
    }

    public async Task<IReadOnlyList<StartResult>> StartAsync(IReadOnlyList<Launch> launches, bool mayExist, CancellationToken cancel)
    {
        var results = await starter.StartAsync(launches, PoolsAsync, async stop => Remember(await transport.LookAsync(stop).ConfigureAwait(false)), cancel)
            .ConfigureAwait(false);
        foreach (var (attempt, name) in SlurmStarter.Names(results)) names[attempt] = name;
        return [.. launches.Select(launch => results[launch.Attempt].Result)];
    }

    public async Task CancelAsync(IReadOnlyList<AttemptId> attempts, TimeSpan grace, CancellationToken cancel)
    {
        var known = Known();
        if (known.Count < attempts.Count)
        {
            Remember(await transport.LookAsync(cancel).ConfigureAwait(false), attempts);
            known = Known();
        }

        // First, so that the end is never mistaken for the doing of the site's operator.
        await folder.NoteAsync(known.Keys, AttemptTrace.CancelledFile, "", cancel).ConfigureAwait(false);
        await transport.CancelAsync([.. known.Values], cancel).ConfigureAwait(false);
        await folder.NoteAsync(known.Keys, AttemptTrace.AcceptedFile, "", cancel).ConfigureAwait(false);

        Dictionary<AttemptId, string> Known()
        {
            var found = new Dictionary<AttemptId, string>();
            foreach (var attempt in attempts)
            {
                if (names.TryGetValue(attempt, out var name)) found[attempt] = name;
            }

            return found;
        }
    }

    /// <remarks>
    /// No note is left: should it begin all the same, a later cancellation is not Yunhe's. scancel itself holds the state against the filter:
    /// one that begins in that moment may be hit, and is tried again like those that came back.
    /// </remarks>
    public Task RecallAsync(IReadOnlyList<AttemptId> attempts, CancellationToken cancel) =>
        transport.CancelPendingAsync([.. attempts.Select(attempt => names.GetValueOrDefault(attempt)).OfType<string>()], cancel);

    public Task<byte[]> ReadLogAsync(AttemptId attempt, LogStream stream, long offset, int maxBytes, CancellationToken cancel) =>
        folder.ReadAsync(attempt, stream == LogStream.Stdout ? AttemptFiles.Stdout : AttemptFiles.Stderr, offset, maxBytes, cancel);

    public Task CollectAsync(AttemptId attempt, IReadOnlyList<string> globs, Stream tar, CancellationToken cancel) =>
        folder.CollectAsync(attempt, globs, tar, cancel);

    public Task<FolderListing> ListAsync(AttemptId attempt, string path, CancellationToken cancel) => folder.ListAsync(attempt, path, cancel);

    public Task PackAsync(AttemptId attempt, string path, IReadOnlyList<FileStamp> files, Stream tar, CancellationToken cancel) =>
        folder.PackAsync(attempt, path, files, tar, cancel);

    public async Task ForgetAsync(AttemptId attempt, CancellationToken cancel)
    {
        await folder.DeleteAsync([attempt], cancel).ConfigureAwait(false);
        observer.Forget(attempt);
        starter.Forget(attempt);
        names.TryRemove(attempt, out _);
    }

    public ValueTask DisposeAsync() => transport.DisposeAsync();

    private async Task<IReadOnlyDictionary<string, SlurmPool>> PoolsAsync(CancellationToken cancel)
    {
        if (pools is null) Remember(await transport.LookAsync(cancel).ConfigureAwait(false));
        return pools!;
    }

    /// <param name="asked">Attempts that may be among those that Slurm does not list one by one.</param>
    private SlurmQueue Remember(SlurmLook look, IReadOnlyCollection<AttemptId>? asked = null)
    {
        pools = SlurmPools.Of(look, settings).ToDictionary(pair => pair.Pool.Pool.Name, pair => pair.Pool);
        var queue = new SlurmQueue(look, context.Network);
        foreach (var attempt in queue.Attempts) names[attempt] = SlurmQueue.Name(attempt, queue.JobOf(attempt)!);
        foreach (var attempt in asked ?? [])
        {
            if (queue.JobOf(attempt) is null && queue.UnlistedOf(attempt) is { } array) names.TryAdd(attempt, SlurmQueue.Name(attempt, array));
        }

        return queue;
    }
}

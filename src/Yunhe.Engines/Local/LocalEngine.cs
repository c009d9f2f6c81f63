using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Yunhe.Core.Network;
using Yunhe.Core.Workloads;
using Yunhe.Engines.Launching;

namespace Yunhe.Engines.Local;

/// <summary>
/// Runs work as processes of this machine, on the logical nodes of the site's declared pools. All state is in the work folder,
/// one folder for each attempt, and a runner of its own carries each attempt to its end, so nothing depends on this object's life.
/// </summary>
public sealed class LocalEngine : IEngine
{
    private readonly EngineContext context;
    private readonly ControlGroups limits;
    private readonly RunnerScripts scripts;
    private readonly FileSystemWatcher watcher;
    private readonly string groupPrefix;
    private readonly ConcurrentDictionary<AttemptId, Lazy<Task<StartResult>>> starting = new();
    private readonly ConcurrentDictionary<AttemptId, LaunchNote> notes = new();
    private readonly ConcurrentDictionary<AttemptId, AttemptReport> ended = new();

    public LocalEngine(EngineContext context)
        : this(context, ControlGroups.Find())
    {
    }

    internal LocalEngine(EngineContext context, ControlGroups limits)
    {
        (this.context, this.limits) = (context, limits);
        Directory.CreateDirectory(context.WorkFolder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        scripts = new(context.WorkFolder);
        scripts.Write();

        // Control groups are named machine-wide: what sets this engine's apart is its folder.
        var folder = Path.GetFullPath(context.WorkFolder);
        groupPrefix = $"yunhe-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder)))[..12]}-";
        watcher = new(scripts.Events) { NotifyFilter = NotifyFilters.FileName | NotifyFilters.LastWrite };
        watcher.Created += (_, _) => Changed?.Invoke();
        watcher.Changed += (_, _) => Changed?.Invoke();
        watcher.Error += (_, _) => Changed?.Invoke();
        watcher.EnableRaisingEvents = true;
    }

    public event Action? Changed;

    public Task<SiteReport> ObserveAsync(IReadOnlyCollection<AttemptId> expected, CancellationToken cancel)
    {
        var found = Directory.EnumerateDirectories(context.WorkFolder)
            .Select(path => (Known: AttemptId.TryParse(Path.GetFileName(path), null, out var id), Id: id))
            .Where(entry => entry.Known)
            .Select(entry => entry.Id)
            .Concat(starting.Keys)
            .Distinct()
            .Order();
        var reports = new List<AttemptReport>();
        foreach (var attempt in found)
        {
            cancel.ThrowIfCancellationRequested();
            if (LookOrMiss(attempt) is { } report) reports.Add(report);
        }

        var known = reports.Select(report => report.Attempt).ToHashSet();
        reports.AddRange(expected.Where(known.Add).Order().Select(attempt => new AttemptReport(attempt, EnginePhase.Gone)));
        var active = reports.Where(report => report.Phase is EnginePhase.Pending or EnginePhase.Running)
            .Select(report => notes.GetValueOrDefault(report.Attempt)).OfType<LaunchNote>().ToList();
        return Task.FromResult(new SiteReport
        {
            Pools = [.. context.Site.Pools.Select(pool => Free(context.Site.Name, pool, active))],
            Attempts = reports,
            Enforcement = limits.Description,
        });
    }

    public async Task<IReadOnlyList<StartResult>> StartAsync(IReadOnlyList<Launch> launches, bool mayExist, CancellationToken cancel)
    {
        // An attempt that is there is never begun again, whether the caller expects it or not. Only one call at a time prepares it.
        var results = new List<StartResult>(launches.Count);
        foreach (var launch in launches)
        {
            var start = starting.GetOrAdd(launch.Attempt, _ => new(() => StartAsync(launch, cancel)));
            try
            {
                results.Add(await start.Value.ConfigureAwait(false));
            }
            finally
            {
                starting.TryRemove(new(launch.Attempt, start));
            }
        }

        return results;
    }

    public async Task CancelAsync(IReadOnlyList<AttemptId> attempts, TimeSpan grace, CancellationToken cancel)
    {
        foreach (var attempt in attempts)
        {
            if (starting.TryGetValue(attempt, out var start)) await Task.WhenAny(start.Value).WaitAsync(cancel).ConfigureAwait(false);
            var folder = Folder(attempt);
            if (!folder.Exists || folder.HasEnded) continue;
            folder.RequestStop(grace);
            if (folder.Fence()) folder.WriteEnd("cancelled", null, context.Time.GetUtcNow());
            else folder.ReadClaim()?.Runner.Stop();
        }
    }

    public async Task<byte[]> ReadLogAsync(AttemptId attempt, LogStream stream, long offset, int maxBytes, CancellationToken cancel)
    {
        var file = Folder(attempt).In(stream == LogStream.Stdout ? "stdout" : "stderr");
        if (!File.Exists(file)) return [];
        using var handle = File.OpenHandle(file, options: FileOptions.Asynchronous);
        var bytes = new byte[Math.Clamp(RandomAccess.GetLength(handle) - offset, 0, maxBytes)];
        var count = await RandomAccess.ReadAsync(handle, bytes, offset, cancel).ConfigureAwait(false);
        return count == bytes.Length ? bytes : bytes[..count];
    }

    public Task CollectAsync(AttemptId attempt, IReadOnlyList<string> globs, Stream tar, CancellationToken cancel)
    {
        var folder = Folder(attempt);
        if (!folder.Exists) throw new EngineUnavailableException($"{context.Site.Name} keeps nothing of {attempt}");
        return Workspace.CollectAsync(folder.Workdir, [.. globs, .. NoteOf(folder).LogFiles], tar, cancel);
    }

    public Task<FolderListing> ListAsync(AttemptId attempt, string path, CancellationToken cancel) =>
        Task.FromResult(CheckpointFolder.List(Folder(attempt).Workdir, path));

    public Task PackAsync(AttemptId attempt, string path, IReadOnlyList<FileStamp> files, Stream tar, CancellationToken cancel) =>
        CheckpointFolder.PackAsync(Folder(attempt).Workdir, path, files, tar, cancel);

    public Task ForgetAsync(AttemptId attempt, CancellationToken cancel)
    {
        var folder = Folder(attempt);
        if (folder.Exists && Look(attempt) is { Phase: EnginePhase.Ended })
        {
            if (!limits.Remove(GroupName(attempt))) throw new EngineUnavailableException($"processes of {attempt} have not quite gone yet");
            FolderTree.Delete(folder.Root, Temporary(attempt));
        }

        if (!folder.Exists && !starting.ContainsKey(attempt)) Discard(attempt);
        File.Delete(Path.Combine(scripts.Events, attempt.ToString()));
        notes.TryRemove(attempt, out _);
        ended.TryRemove(attempt, out _);
        return Task.CompletedTask;
    }

    /// <summary>What runs goes on.</summary>
    public ValueTask DisposeAsync()
    {
        watcher.Dispose();
        Changed = null;
        return ValueTask.CompletedTask;
    }

    private AttemptFolder Folder(AttemptId attempt) => new(Path.Combine(Path.GetFullPath(context.WorkFolder), attempt.ToString()), attempt);

    private string GroupName(AttemptId attempt) => groupPrefix + attempt;

    private string Temporary(AttemptId attempt) => Path.Combine(Path.GetFullPath(context.WorkFolder), $".partial-{attempt}");

    private LaunchNote NoteOf(AttemptFolder folder) => notes.GetOrAdd(folder.Attempt, _ => folder.ReadNote());

    private AttemptReport? LookOrMiss(AttemptId attempt)
    {
        try
        {
            return Look(attempt);
        }
        catch (IOException) when (!Folder(attempt).Exists)
        {
            // Forgotten in between.
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngineUnavailableException($"{context.Site.Name} can't read what it keeps of {attempt}: {e.Message}", e);
        }
    }

    /// <summary>Null where there is nothing of it after all.</summary>
    private AttemptReport? Look(AttemptId attempt)
    {
        if (ended.TryGetValue(attempt, out var last)) return last;
        var folder = Folder(attempt);
        if (!folder.Exists) return starting.ContainsKey(attempt) ? new(attempt, EnginePhase.Pending) : null;
        var now = context.Time.GetUtcNow();
        var note = NoteOf(folder);
        var report = folder.Report(note, now);

        // Forgotten in another lane while it was read: what was read is of no worth.
        if (!folder.Exists) return null;
        if (report is null)
        {
            if (folder.ReadClaim() is not { } claim) return null;
            claim.Runner.KillSession(limits.Members(GroupName(attempt)));
            if (limits.Members(GroupName(attempt)) is not [])
            {
                // It takes a moment to die, and holds its nodes until then.
                return new(attempt, EnginePhase.Running) { Nodes = note.Nodes, StartedAt = claim.At, EngineJob = AttemptFolder.JobName(claim.Runner.Id) };
            }

            folder.WriteEnd(File.Exists(folder.In("cancel")) ? "cancelled" : "node", claim.At, now);
            report = folder.Report(note, now)!;
        }
        else if (report.Phase == EnginePhase.Pending && !starting.ContainsKey(attempt) && folder.IsOverdue(now))
        {
            // The server went down between the two steps of a start; of two runners only one goes on.
            Spawn(folder);
        }

        if (report.Phase == EnginePhase.Ended && limits.Remove(GroupName(attempt))) ended[attempt] = report;
        return report;
    }

    private async Task<StartResult> StartAsync(Launch launch, CancellationToken cancel)
    {
        var folder = Folder(launch.Attempt);
        if (folder.Exists) return Found(folder);
        if (ProgramEnvironment.Problem(launch.Spec) is { } problem) return new(StartOutcome.Refused, Reason: FailureReason.Refused, Detail: problem);

        var partial = Temporary(launch.Attempt);
        var isPlaced = false;
        try
        {
            if (Directory.Exists(partial)) FolderTree.Delete(partial);
            var confinement = limits.Create(GroupName(launch.Attempt), launch.Requirement.PerNode, launch.Spec.Nodes);
            var preparation = new Preparation(launch, context.Site, folder.Root, scripts.Shims);
            await preparation.FillAsync(partial, context, confinement, cancel).ConfigureAwait(false);
            Directory.Move(partial, folder.Root);
            isPlaced = true;
        }
        catch (StagingException e)
        {
            return new(StartOutcome.Refused, Reason: FailureReason.Staging, Detail: e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new(StartOutcome.NotStarted, Detail: e.Message);
        }
        finally
        {
            if (!isPlaced) Discard(launch.Attempt);
        }

        return Spawn(folder);
    }

    /// <summary>An attempt whose runner was never begun gets one; otherwise nothing is to be done.</summary>
    private StartResult Found(AttemptFolder folder)
    {
        if (folder.HasEnded) return new(StartOutcome.Started);
        return folder.ReadClaim() is { } claim ? new(StartOutcome.Started, AttemptFolder.JobName(claim.Runner.Id)) : Spawn(folder);
    }

    private StartResult Spawn(AttemptFolder folder)
    {
        // A session of its own: neither the end of the server nor a signal to its group reaches it. Of the server's own
        // environment it gets nothing; .NET opens all files and sockets close-on-exec.
        var command = new ProcessStartInfo("setsid", ["bash", scripts.Runner, folder.Root]) { WorkingDirectory = folder.Root };
        command.Environment.Clear();
        command.Environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        command.Environment["LANG"] = "C.UTF-8";
        var runner = new Process { StartInfo = command, EnableRaisingEvents = true };
        runner.Exited += (_, _) => Changed?.Invoke();
        try
        {
            runner.Start();
        }
        catch (Win32Exception e)
        {
            // The folder is there, so the next look tries again.
            return new(StartOutcome.Unknown, Detail: $"no runner could be started: {e.Message}");
        }

        return new(StartOutcome.Started, AttemptFolder.JobName(runner.Id));
    }

    /// <summary>Removes what a start that came to nothing has left.</summary>
    private void Discard(AttemptId attempt)
    {
        limits.Remove(GroupName(attempt));
        if (Directory.Exists(Temporary(attempt))) FolderTree.Delete(Temporary(attempt));
    }

    private static PoolReport Free(string site, Pool pool, IReadOnlyList<LaunchNote> active)
    {
        var used = active.Where(note => note.Pool == pool.Name)
            .SelectMany(note => note.Nodes.Select(node => (Node: node, note.PerNode)))
            .ToLookup(use => use.Node, use => use.PerNode, StringComparer.Ordinal);
        var free = Enumerable.Range(1, pool.Nodes)
            .Select(number => used[pool.NodeName(site, number)].Aggregate(pool.PerNode, (left, use) => left - use))
            .GroupBy(left => left)
            .Select(group => new FreeNodes(group.Count(), group.Key))
            .OrderByDescending(nodes => nodes.Free.Cpus).ThenByDescending(nodes => nodes.Free.MemoryMiB).ThenByDescending(nodes => nodes.Free.Accelerators);
        return new(pool, [.. free]);
    }
}

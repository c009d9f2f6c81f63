using Yunhe.Core.Control;
using Yunhe.Core.Workloads;
using Yunhe.Engines;
using Yunhe.Engines.Launching;
using Yunhe.Server.Control;

namespace Yunhe.Server.Checkpoints;

/// <summary>
/// Copies checkpoint folders from sites to the server. A copy is on the disk before the loop is told of it, and the one before is deleted after
/// it has stored that: whenever the server is killed, the copy that the state names is there.
/// </summary>
internal sealed class CheckpointCopier(ServerOptions options, ControlLoop loop, CheckpointStore store) : IDisposable
{
    /// <summary>Looks at a folder that keeps changing, until the next time that it is due.</summary>
    private const int MaxLooks = 5;

    /// <summary>Linux' ENOSPC and EDQUOT, which .NET gives as the HResult of an IOException.</summary>
    private const int NoSpace = 28;
    private const int OverQuota = 122;

    /// <summary>
    /// Of two copies of one task, told one after the other, the one that the state names stays; without it both might be deleted. One lock for
    /// all: it is held for milliseconds.
    /// </summary>
    private readonly SemaphoreSlim settling = new(1);

    /// <param name="known">The files as they were last copied; null: not known.</param>
    /// <param name="atEnd">The attempt has ended, so nothing changes any more.</param>
    /// <param name="tell">False: it could not be stored.</param>
    /// <returns>The files as they are copied now; null: they are not, and the state says why.</returns>
    /// <exception cref="EngineUnavailableException">The site does not answer.</exception>
    /// <exception cref="IOException">It can't be written or stored here now.</exception>
    public async Task<FolderListing?> CopyAsync(
        IEngine engine, AttemptId attempt, CheckpointSpec spec, FolderListing? known, bool atEnd, Func<Input, Task<bool>> tell, CancellationToken cancel)
    {
        var before = await LookAsync(engine, attempt, spec, cancel);
        if (known is not null && CheckpointRule.IsSame(known, before)) return known;
        for (var looks = 0; looks < MaxLooks; looks++)
        {
            // 1. What is whole.
            if (CheckpointRule.Problem(before, options.MaxCheckpointBytes) is { } problem)
            {
                await tell(new CheckpointMissed(attempt, Problem(spec, problem), atEnd));
                return null;
            }
            if (before.Files.Count == 0) return before;
            if (!atEnd) await Task.Delay(options.CheckpointQuiet, options.Time, cancel);
            var seenAt = options.Time.GetUtcNow();
            var now = atEnd ? before : await LookAsync(engine, attempt, spec, cancel);
            var whole = now.Problem is null ? CheckpointRule.Whole(before, now) : null;
            before = now;
            if (whole is null or { Files: [] }) continue;

            // 2. The copy, thrown away if something was written to meanwhile.
            var (copy, isUnreadable) = await TryWriteAsync(engine, attempt, spec, whole, cancel);
            if (isUnreadable)
            {
                await tell(new CheckpointMissed(attempt, Problem(spec, "a file in it can't be read"), atEnd));
                return null;
            }
            if (copy is not null)
            {
                // 3. It takes the place of the one before.
                await SettleAsync(attempt, copy, seenAt, atEnd, tell, cancel);
                return whole;
            }
            before = await LookAsync(engine, attempt, spec, cancel);
        }

        await tell(new CheckpointMissed(attempt, Problem(spec, "what is in it keeps changing: write under a name with .tmp behind, and rename it"), atEnd));
        return null;
    }

    /// <summary>Deletes the copies of a task that its state does not name.</summary>
    public async Task SweepAsync(TaskId task, CancellationToken cancel)
    {
        if (!store.HasAny(task)) return;
        await settling.WaitAsync(cancel);
        try
        {
            await KeepNamedAsync(task);
        }
        finally
        {
            settling.Release();
        }
    }

    /// <summary>After a start: what a crash left over goes.</summary>
    public async Task TidyAsync(CancellationToken cancel)
    {
        store.Tidy();
        foreach (var task in store.Tasks().ToList()) await SweepAsync(task, cancel);
    }

    public void Dispose() => settling.Dispose();

    private static async Task<FolderListing> LookAsync(IEngine engine, AttemptId attempt, CheckpointSpec spec, CancellationToken cancel) =>
        CheckpointRule.Finished(await engine.ListAsync(attempt, spec.Path, cancel));

    /// <summary>No copy: a file changed meanwhile, or can't be read.</summary>
    /// <exception cref="IOException">This machine's disk is full.</exception>
    private async Task<(CheckpointStore.Copy? Copy, bool IsUnreadable)> TryWriteAsync(
        IEngine engine, AttemptId attempt, CheckpointSpec spec, FolderListing files, CancellationToken cancel)
    {
        try
        {
            var copy = await store.WriteAsync(attempt.Task, tar => engine.PackAsync(attempt, spec.Path, files.Files, tar, cancel), cancel);
            if (CheckpointRule.IsUntouched(files, await LookAsync(engine, attempt, spec, cancel))) return (copy, false);
            CheckpointStore.Discard(copy);
            return (null, false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException && e.HResult is not (NoSpace or OverQuota))
        {
            return (null, CheckpointRule.Whole(files, await LookAsync(engine, attempt, spec, cancel))?.Files.Count == files.Files.Count);
        }
    }

    private async Task SettleAsync(
        AttemptId attempt, CheckpointStore.Copy copy, DateTimeOffset seenAt, bool atEnd, Func<Input, Task<bool>> tell, CancellationToken cancel)
    {
        await settling.WaitAsync(cancel);
        try
        {
            store.Settle(attempt.Task, copy);
            if (!await tell(new CheckpointStored(attempt, copy.Sha256, copy.Bytes, seenAt, atEnd))) throw new IOException("that it was copied can't be stored now");
            await KeepNamedAsync(attempt.Task);
        }
        finally
        {
            settling.Release();
        }
    }

    private async Task KeepNamedAsync(TaskId task)
    {
        try
        {
            store.KeepOnly(task, await loop.ReadAsync(state => state.Task(task)?.Checkpoint?.Sha256));
        }
        catch (OverloadedException)
        {
            // The next one deletes them.
        }
    }

    private static string Problem(CheckpointSpec spec, string why) => $"the checkpoint folder {spec.Path} is not copied: {why}";
}

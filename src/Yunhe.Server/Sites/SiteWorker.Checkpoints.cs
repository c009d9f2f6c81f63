using Yunhe.Core.Control;
using Yunhe.Core.Workloads;
using Yunhe.Engines;
using Yunhe.Engines.Launching;
using Yunhe.Server.Control;

namespace Yunhe.Server.Sites;

/// <summary>Copying the checkpoint folders of what runs, each as often as its workload says.</summary>
internal sealed partial class SiteWorker
{
    /// <summary>Copied at once at one site.</summary>
    private const int CopiesAtOnce = 4;

    private static readonly TimeSpan CopyPace = TimeSpan.FromSeconds(1);

    private async Task CopyCheckpointsAsync(IEngine engine)
    {
        var known = new Dictionary<AttemptId, Copied>();
        while (true)
        {
            var now = time.GetUtcNow();
            var running = await CheckpointedAsync();
            foreach (var gone in known.Where(k => k.Value.Copying.IsCompleted && !running.ContainsKey(k.Key)).ToList())
            {
                known.Remove(gone.Key);
                await gone.Value.Copying;
            }

            foreach (var (attempt, (spec, since)) in running) known.TryAdd(attempt, new() { Due = since + spec.Every });
            var free = CopiesAtOnce - known.Values.Count(c => !c.Copying.IsCompleted);
            var due = known.Where(k => running.ContainsKey(k.Key) && k.Value.Copying.IsCompleted && k.Value.Due <= now).OrderBy(k => k.Value.Due).Take(free).ToList();
            foreach (var (attempt, copied) in due)
            {
                await copied.Copying;
                copied.Copying = CopyAsync(engine, attempt, running[attempt].Spec, copied);
            }

            await Task.Delay(CopyPace, time, stopping.Token);
        }
    }

    private async Task CopyAsync(IEngine engine, AttemptId attempt, CheckpointSpec spec, Copied copied)
    {
        try
        {
            copied.Files = await copier.CopyAsync(engine, attempt, spec, copied.Files, atEnd: false, TellAsync, stopping.Token);
        }
        catch (EngineUnavailableException)
        {
            // That it does not answer is seen, and told, by the look at the site.
        }
        catch (Exception e) when (IsOutage(e) || e is OverloadedException)
        {
            LogNotCopied(attempt.ToString(), e.Message);
        }
        finally
        {
            copied.Due = time.GetUtcNow() + spec.Every;
        }
    }

    /// <summary>What runs here and writes checkpoints, and since when.</summary>
    private async Task<Dictionary<AttemptId, (CheckpointSpec Spec, DateTimeOffset Since)>> CheckpointedAsync()
    {
        try
        {
            return await loop.ReadAsync(Checkpointed);
        }
        catch (OverloadedException) when (!stopping.IsCancellationRequested)
        {
            return [];
        }
    }

    private Dictionary<AttemptId, (CheckpointSpec Spec, DateTimeOffset Since)> Checkpointed(State state) =>
        state.ActiveAt(site.Name)
            .Select(id => (Attempt: state.Attempt(id)!, state.Workload(id.Task.Workload)!.Spec.Checkpoint))
            .Where(a => a is { Checkpoint: not null, Attempt: { Phase: Phase.Running, StartedAt: not null, EndedAt: null } })
            .ToDictionary(a => a.Attempt.Id, a => (a.Checkpoint!, a.Attempt.StartedAt!.Value));

    private sealed class Copied
    {
        public DateTimeOffset Due { get; set; }

        /// <summary>As they were last copied.</summary>
        public FolderListing? Files { get; set; }

        public Task Copying { get; set; } = Task.CompletedTask;
    }

    [LoggerMessage(13, LogLevel.Warning, "The checkpoint of {Attempt} could not be copied: {Problem}")]
    private partial void LogNotCopied(string attempt, string problem);
}

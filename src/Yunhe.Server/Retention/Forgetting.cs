using Yunhe.Core.Control;
using Yunhe.Core.Workloads;
using Yunhe.Server.Control;

namespace Yunhe.Server.Retention;

/// <summary>
/// Lets go of workloads that ended longer ago than they are kept, and of the logs and outputs that were brought back of them. What they used
/// stays in the bills, by day, owner and site.
/// </summary>
internal sealed partial class Forgetting(ControlLoop loop, Sites.Collector collector, Checkpoints.CheckpointCopier checkpoints, ServerOptions options, ILogger<Forgetting> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        if (options.Retention is not { } kept) return;
        using var timer = new PeriodicTimer(Interval, options.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping)) await ForgetAsync(options.Time.GetUtcNow() - kept, stopping);
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private async Task ForgetAsync(DateTimeOffset before, CancellationToken stopping)
    {
        IReadOnlyList<Event> forgotten;
        do
        {
            try
            {
                forgotten = (await loop.StepAsync(new ForgetEnded(before))).Events;
            }
            catch (Exception e) when (e is OverloadedException or Storage.StoreFullException)
            {
                return;
            }
            foreach (var attempt in forgotten.OfType<WorkloadForgotten>().SelectMany(e => e.Attempts))
            {
                Delete(attempt);
                if (attempt.Number == 1) await checkpoints.SweepAsync(attempt.Task, stopping);
            }
        }
        while (forgotten.Count > 0 && !stopping.IsCancellationRequested);
    }

    private void Delete(AttemptId attempt)
    {
        var folder = collector.FolderOf(attempt);
        try
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogLeft(folder, e.Message);
        }
    }

    [LoggerMessage(40, LogLevel.Warning, "{Folder} is of a forgotten workload and can't be deleted: {Problem}")]
    private partial void LogLeft(string folder, string problem);
}

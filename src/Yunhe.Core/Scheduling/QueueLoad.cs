namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Network;

/// <summary>What a site's own queue holds for one pool: the sum of what waits, and what runs, the first to reach its limit first.</summary>
internal sealed class QueueLoad
{
    public QueueLoad(SiteReport report, string pool)
    {
        var queue = report.Queue.Where(w => w.Pool == pool).ToList();
        foreach (var work in queue.Where(w => !w.Running))
            Waiting = (Waiting.Cpus + (long)work.PerNode.Cpus * work.Nodes, Waiting.Memory + work.PerNode.MemoryMiB * work.Nodes,
                Waiting.Acc + (long)work.PerNode.Accelerators * work.Nodes);
        Running = [.. queue.Where(w => w.Running).OrderBy(w => w.Limit ?? StartForecast.Unlimited)];
    }

    public (long Cpus, long Memory, long Acc) Waiting { get; }

    public IReadOnlyList<QueuedWork> Running { get; }
}

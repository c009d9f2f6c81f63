using Yunhe.Core.Workloads;

namespace Yunhe.Simulator;

/// <summary>
/// The queue of a site that schedules itself: first come, first served, and behind a head that does not fit EASY backfill (Lifka 1995) on its
/// nodes: what would not delay the head by what everybody's limits promise may go first.
/// </summary>
internal sealed class SiteQueue(SimulatedNodes nodes, bool backfills)
{
    /// <summary>How far behind the head is looked; as far as Slurm's backfill does by default (bf_max_job_test).</summary>
    private const int Depth = 500;

    private readonly LinkedList<SimulatedJob> waiting = new();

    public void Add(SimulatedJob job) => waiting.AddLast(job);

    /// <summary>The next job to begin and where; null: none can.</summary>
    public (SimulatedJob Job, List<(string Pool, int Node)> On)? Next(IEnumerable<SimulatedJob> running, DateTimeOffset now)
    {
        while (waiting.First is { Value.Phase: not Core.Network.EnginePhase.Pending }) waiting.RemoveFirst();
        if (waiting.First is not { } head) return null;
        if (Find(head.Value) is { } free) return Taken(head, free);
        return backfills && waiting.Count > 1 ? Backfill(head, [.. running.OrderBy(j => j.LimitedEnd).ThenBy(j => j.Id)], now) : null;
    }

    private (SimulatedJob Job, List<(string Pool, int Node)> On)? Backfill(LinkedListNode<SimulatedJob> head, List<SimulatedJob> running, DateTimeOffset now)
    {
        if (Reserve(head.Value, running) is not { } reserved) return null;
        var looked = 0;
        for (var next = head.Next; next is not null && looked < Depth; next = next.Next, looked++)
        {
            if (next.Value.Phase != Core.Network.EnginePhase.Pending || Find(next.Value) is not { } free) continue;
            if (now + next.Value.Limit <= reserved || !Hinders(next.Value, free, head.Value, running, reserved)) return Taken(next, free);
        }
        return null;
    }

    /// <summary>When the head fits if everybody runs as long as he may; null: not even then.</summary>
    private DateTimeOffset? Reserve(SimulatedJob head, List<SimulatedJob> running)
    {
        using var later = nodes.Suppose();
        for (var i = 0; i < running.Count; i++)
        {
            Give(running[i]);
            // All that end together make room together.
            if (i + 1 < running.Count && running[i + 1].LimitedEnd == running[i].LimitedEnd) continue;
            if (Find(head) is not null) return running[i].LimitedEnd;
        }
        return null;
    }

    private bool Hinders(SimulatedJob candidate, List<(string Pool, int Node)> on, SimulatedJob head, List<SimulatedJob> running, DateTimeOffset reserved)
    {
        using var later = nodes.Suppose();
        foreach (var job in running.TakeWhile(j => j.LimitedEnd <= reserved)) Give(job);
        foreach (var (_, node) in on) nodes.Take(candidate.Pool, node, candidate.Launch.Requirement.PerNode);
        return Find(head) is null;
    }

    private void Give(SimulatedJob job)
    {
        foreach (var (_, node) in job.Nodes) nodes.Give(job.Pool, node, job.Launch.Requirement.PerNode);
    }

    private List<(string Pool, int Node)>? Find(SimulatedJob job) => nodes.Find(job.Pool, job.Launch.Requirement.PerNode, job.Launch.Spec.Nodes);

    private (SimulatedJob, List<(string, int)>) Taken(LinkedListNode<SimulatedJob> job, List<(string, int)> on)
    {
        waiting.Remove(job);
        return (job.Value, on);
    }
}

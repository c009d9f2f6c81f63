using Yunhe.Core.Control;
using Yunhe.Core.Scheduling.Shares;
using Yunhe.Core.Workloads;

namespace Yunhe.Core.Scheduling.Forecasts;

/// <summary>A place in the queue of whom one asks about: all that goes before it is ahead. Of one that is not there yet: behind its like.</summary>
internal readonly record struct Place(string Project, Ready Entry);

/// <summary>
/// What waits, in the order in which it is likely to be served, without serving it: of each project by rank, and of the projects the one whose
/// turn it would be if what came before it had started (<see cref="Turns"/>).
/// </summary>
internal sealed class TurnOrder
{
    private readonly State state;
    private readonly Dictionary<string, PriorityQueue<Cursor, Ready>> queues = new(StringComparer.Ordinal);
    private readonly PriorityQueue<string, Standing> projects = new();
    private readonly Place? before;
    private readonly bool shared;

    private sealed record Cursor(ReadyClass Class, IEnumerator<Ready> Entries);

    /// <param name="state">The network.</param>
    /// <param name="now">The time.</param>
    /// <param name="before">Only what is ahead of this place; null: all.</param>
    public TurnOrder(State state, DateTimeOffset now, Place? before)
    {
        (this.state, this.before) = (state, before);
        foreach (var (alike, first) in state.Ready.Heads())
        {
            var entries = ((IEnumerable<Ready>)alike.Entries(first.Limited)).GetEnumerator();
            entries.MoveNext();
            QueueOf(alike.ProjectIn(state, first)).Enqueue(new(alike, entries), first);
        }
        if (before is { } place) QueueOf(place.Project);
        shared = queues.Count > 1;
        foreach (var project in queues.Keys) projects.Enqueue(project, shared ? state.Shares.StandingOf(project, now) : default);
    }

    public IEnumerable<(ReadyClass Class, Ready Entry, Workload Workload)> Served()
    {
        while (projects.TryDequeue(out var project, out var standing))
        {
            var queue = queues[project];
            if (before is { } place && place.Project == project && (!queue.TryPeek(out _, out var first) || first.CompareTo(place.Entry) >= 0)) yield break;
            if (!queue.TryDequeue(out var cursor, out var entry)) continue;
            if (cursor.Entries.MoveNext()) queue.Enqueue(cursor, cursor.Entries.Current);
            var workload = state.Workload(entry.Workload)!;
            projects.Enqueue(project, shared ? state.Shares.After(standing, Use.Of(workload.Spec.Requirements[0], workload.Spec.Nodes)) : default);
            yield return (cursor.Class, entry, workload);
        }
    }

    private PriorityQueue<Cursor, Ready> QueueOf(string project)
    {
        if (!queues.TryGetValue(project, out var queue)) queues.Add(project, queue = new());
        return queue;
    }
}

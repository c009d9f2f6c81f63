namespace Yunhe.Core.Control;

using Yunhe.Core.Scheduling;
using Yunhe.Core.Workloads;

/// <summary>
/// Classes whose first would rather wait for a full pool than go where there is room. Each behind it would wait longer, so that one of them goes: the
/// second tells by how much a place in that line costs more than the one before it, and so how many more would wait.
/// </summary>
internal sealed class WaitingBehind(State state, Reservations kept)
{
    private readonly Dictionary<ReadyClass, Line> lines = [];

    /// <param name="Last">The last entry that was asked, or passed over.</param>
    /// <param name="Tasks">How many of its tasks would wait.</param>
    /// <param name="Pool">For which pool the last that was asked would.</param>
    /// <param name="Score">Its score there.</param>
    /// <param name="More">So many behind it would as well.</param>
    private readonly record struct Line(Ready Last, int Tasks, int Pool, double Score, int More);

    public bool Has(ReadyClass alike) => lines.ContainsKey(alike);

    /// <summary>The next task of an entry would rather wait.</summary>
    /// <param name="alike">Its class.</param>
    /// <param name="entry">Which.</param>
    /// <param name="pool">For this pool.</param>
    /// <param name="score">Its score there.</param>
    /// <param name="free">The best score where there is room; null: it can't be held against the other.</param>
    public void Add(ReadyClass alike, Ready entry, int pool, double score, double? free)
    {
        var more = 0;
        if (free is { } there && lines.TryGetValue(alike, out var line) && line.Pool == pool && score >= line.Score)
        {
            var places = Math.Ceiling((there - score) / (score - line.Score)) - 1;
            more = places < state.Waiting ? Math.Max(0, (int)places) : state.Waiting;
        }
        lines[alike] = new(entry, TasksOf(alike, entry) + 1, pool, score, more);
    }

    /// <summary>Whom to ask after one that was placed, or would rather wait: its next task, or who comes behind those that are known to wait. Null: nobody.</summary>
    public Ready? After(ReadyClass alike, Ready entry)
    {
        if (entry.Limited || !lines.TryGetValue(alike, out var line)) return entry.Task is null && alike.Entries(entry.Limited).Contains(entry) ? entry : alike.After(entry);
        var asked = TasksOf(alike, entry);
        for (Ready? at = entry; at is { } next; at = alike.After(next))
        {
            var tasks = Math.Max(0, StartableOf(alike, next) - asked);
            if (tasks > line.More)
            {
                kept.Wait(line.Pool, line.More);
                lines[alike] = line with { Last = next, Tasks = asked + line.More, More = 0 };
                return next;
            }
            kept.Wait(line.Pool, tasks);
            (line, asked) = (line with { More = line.More - tasks }, 0);
        }
        return null;
    }

    /// <summary>How many tasks of a workload that never left the queue may start now.</summary>
    public static int StartableOf(Workload workload) => Math.Min(workload.Unstarted, (workload.Spec.Array?.Limit ?? int.MaxValue) - workload.Counts.Active);

    private int TasksOf(ReadyClass alike, Ready entry) => lines.TryGetValue(alike, out var line) && line.Last == entry ? line.Tasks : 0;

    private int StartableOf(ReadyClass alike, Ready entry) =>
        !alike.Alike.Contains(entry) ? 0 : entry.Task is null ? StartableOf(state.Workload(entry.Workload)!) : 1;
}

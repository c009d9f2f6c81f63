namespace Yunhe.Core.Control;

using Yunhe.Core.Workloads;

/// <summary>
/// Classes whose first would rather wait for a full pool than go where there is room, and how far those behind it were asked in a pass: each of them
/// would wait longer, so that one of them goes.
/// </summary>
internal sealed class WaitingBehind(State state)
{
    private readonly Dictionary<ReadyClass, (Ready Last, int Tasks, double Score)> lines = [];

    public bool Has(ReadyClass alike) => lines.ContainsKey(alike);

    /// <summary>Waiting makes its score worse than that of the one before it. If not, none of them will ever go.</summary>
    public bool Matters(ReadyClass alike, double score) => !lines.TryGetValue(alike, out var line) || score > line.Score;

    /// <summary>The next task of an entry would rather wait, with this score.</summary>
    public void Add(ReadyClass alike, Ready entry, double score) => lines[alike] = (entry, TasksOf(alike, entry) + 1, score);

    /// <summary>Whom to ask after one that was placed, or would rather wait: the next task of its array that has not been asked, or who comes behind it.</summary>
    public Ready? After(ReadyClass alike, Ready entry) =>
        entry.Task is null && alike.Entries(entry.Limited).Contains(entry) && TasksOf(alike, entry) < StartableOf(state.Workload(entry.Workload)!) ? entry : alike.After(entry);

    /// <summary>How many tasks of a workload that never left the queue may start now.</summary>
    public static int StartableOf(Workload workload) => Math.Min(workload.Unstarted, (workload.Spec.Array?.Limit ?? int.MaxValue) - workload.Counts.Active);

    private int TasksOf(ReadyClass alike, Ready entry) => lines.TryGetValue(alike, out var line) && line.Last == entry ? line.Tasks : 0;
}

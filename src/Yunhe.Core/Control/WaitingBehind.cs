namespace Yunhe.Core.Control;

using Yunhe.Core.Workloads;

/// <summary>
/// Classes whose first would rather wait for a full pool than go where there is room, and how far those behind it were asked in a pass: each of them
/// would wait longer, so that one of them goes.
/// </summary>
internal sealed class WaitingBehind(State state)
{
    private readonly Dictionary<ReadyClass, (Ready Last, int Tasks)> lines = [];

    public bool Has(ReadyClass alike) => lines.ContainsKey(alike);

    /// <summary>Waiting longer makes a full pool worse for it. If not, nobody behind one that would rather wait ever goes elsewhere.</summary>
    public static bool Matters(WorkloadSpec spec) => spec.Objective is Objective.Time or Objective.Balanced;

    /// <summary>The next task of an entry would rather wait.</summary>
    public void Add(ReadyClass alike, Ready entry) => lines[alike] = (entry, TasksOf(alike, entry) + 1);

    /// <summary>Whom to ask after one that was placed, or would rather wait: the next task of its array that has not been asked, or who comes behind it.</summary>
    public Ready? After(ReadyClass alike, Ready entry) =>
        entry.Task is null && alike.Entries(entry.Limited).Contains(entry) && TasksOf(alike, entry) < StartableOf(state.Workload(entry.Workload)!) ? entry : alike.After(entry);

    /// <summary>How many tasks of a workload that never left the queue may start now.</summary>
    public static int StartableOf(Workload workload) => Math.Min(workload.Unstarted, (workload.Spec.Array?.Limit ?? int.MaxValue) - workload.Counts.OnSite);

    private int TasksOf(ReadyClass alike, Ready entry) => lines.TryGetValue(alike, out var line) && line.Last == entry ? line.Tasks : 0;
}

namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Workloads;

/// <summary>Runs of one name by one owner that succeeded: their number, and the sum of seconds times <see cref="Speed"/>.</summary>
public sealed record LearnedRuns(string Owner, string Name, double Work, int Count);

/// <summary>Run times of like workloads: same owner, same name. Learned from the attempts that succeeded.</summary>
internal sealed class RunHistory
{
    private readonly Dictionary<(string Owner, string Name), (double Work, int Count)> runs = [];

    public void Add(string owner, WorkloadSpec spec, Requirement requirement, TimeSpan time)
    {
        var key = (owner, spec.Name);
        var (work, count) = runs.GetValueOrDefault(key);
        runs[key] = (work + time.TotalSeconds * Speed.Of(requirement), count + 1);
    }

    public IReadOnlyList<LearnedRuns> Capture() =>
    [
        .. runs.Select(r => new LearnedRuns(r.Key.Owner, r.Key.Name, r.Value.Work, r.Value.Count))
            .OrderBy(r => r.Owner, StringComparer.Ordinal).ThenBy(r => r.Name, StringComparer.Ordinal),
    ];

    public void Restore(IReadOnlyList<LearnedRuns> learned)
    {
        runs.Clear();
        foreach (var run in learned) runs.Add((run.Owner, run.Name), (run.Work, run.Count));
    }

    /// <summary>Mean work of a run; null: none has succeeded.</summary>
    public double? Mean(string owner, string name) => runs.TryGetValue((owner, name), out var run) ? run.Work / run.Count : null;
}

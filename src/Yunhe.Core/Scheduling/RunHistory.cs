namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Workloads;

/// <summary>Runs of one name by one owner that succeeded: their number, and the sum of seconds times <see cref="Speed"/>.</summary>
public sealed record LearnedRuns(string Owner, string Name, double Work, int Count);

/// <summary>Run times of like workloads: same owner, same name. Learned from the attempts that succeeded.</summary>
internal sealed class RunHistory
{
    /// <summary>Names that are remembered; of more those are forgotten of which nothing was learned for longest.</summary>
    private const int MostNames = 16_384;

    private readonly Dictionary<(string Owner, string Name), (double Work, int Count, long Taught)> runs = [];
    private long taught;

    public void Add(string owner, WorkloadSpec spec, Requirement requirement, TimeSpan time)
    {
        var key = (owner, spec.Name);
        if (!runs.TryGetValue(key, out var known) && runs.Count >= MostNames)
            foreach (var old in runs.OrderBy(r => r.Value.Taught).Take(MostNames / 4).Select(r => r.Key).ToList()) runs.Remove(old);
        runs[key] = (known.Work + time.TotalSeconds * Speed.Of(requirement), known.Count + 1, ++taught);
    }

    /// <summary>In the order in which they were taught last.</summary>
    public IReadOnlyList<LearnedRuns> Capture() => [.. runs.OrderBy(r => r.Value.Taught).Select(r => new LearnedRuns(r.Key.Owner, r.Key.Name, r.Value.Work, r.Value.Count))];

    public void Restore(IReadOnlyList<LearnedRuns> learned)
    {
        runs.Clear();
        taught = 0;
        foreach (var run in learned) runs.Add((run.Owner, run.Name), (run.Work, run.Count, ++taught));
    }

    /// <summary>Mean work of a run; null: none has succeeded.</summary>
    public double? Mean(string owner, string name) => runs.TryGetValue((owner, name), out var run) ? run.Work / run.Count : null;
}

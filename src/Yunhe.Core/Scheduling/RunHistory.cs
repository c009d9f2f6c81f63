namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Workloads;

/// <summary>Run times of like workloads: same owner, same name. An index over the attempts that succeeded.</summary>
internal sealed class RunHistory
{
    private readonly Dictionary<(string Owner, string Name), (double Work, int Count)> runs = [];

    public void Add(string owner, WorkloadSpec spec, Requirement requirement, TimeSpan time)
    {
        var key = (owner, spec.Name);
        var (work, count) = runs.GetValueOrDefault(key);
        runs[key] = (work + time.TotalSeconds * Speed.Of(requirement), count + 1);
    }

    public TimeSpan? Mean(string owner, WorkloadSpec spec, Requirement requirement) =>
        runs.TryGetValue((owner, spec.Name), out var run)
            ? RunTime.Sane(run.Work / run.Count / Speed.Of(requirement))
            : null;
}

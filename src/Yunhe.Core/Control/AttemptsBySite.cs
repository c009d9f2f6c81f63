namespace Yunhe.Core.Control;

using Yunhe.Core.Scheduling;
using Yunhe.Core.Workloads;

/// <summary>Sets of attempts, by site, each in order of ID. An index over the state: rebuilt, never stored.</summary>
internal sealed class AttemptsBySite
{
    private readonly Dictionary<string, SortedChunks<AttemptId>> sites = new(StringComparer.Ordinal);

    public IReadOnlyCollection<AttemptId> At(string site) => sites.TryGetValue(site, out var attempts) ? attempts : [];

    /// <summary>Those of one workload.</summary>
    public IEnumerable<AttemptId> At(string site, WorkloadId workload) => sites.TryGetValue(site, out var attempts)
        ? attempts.From(new(new(workload, int.MinValue), 0)).TakeWhile(a => a.Task.Workload == workload)
        : [];

    public void Add(string site, AttemptId attempt)
    {
        if (!sites.TryGetValue(site, out var attempts)) sites.Add(site, attempts = new());
        attempts.Add(attempt);
    }

    public void Remove(string site, AttemptId attempt)
    {
        if (sites.TryGetValue(site, out var attempts)) attempts.Remove(attempt);
    }

    public void Forget(string site) => sites.Remove(site);
}

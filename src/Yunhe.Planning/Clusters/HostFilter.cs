using Yunhe.Planning.Specs;

namespace Yunhe.Planning.Clusters;

/// <summary>Those sites that are meant, and no more than can be planned at once.</summary>
public static class HostFilter
{
    public const int MostCandidates = 300;

    /// <param name="names">Of sites or clusters; empty: all.</param>
    /// <exception cref="PlanException">A name is of none, there is nothing to plan over, or too much.</exception>
    public static (IReadOnlyList<HostCandidate> Candidates, IReadOnlyList<UnusableHost> Unusable) Only(
        IReadOnlyList<HostCandidate> candidates, IReadOnlyList<UnusableHost> unusable, IReadOnlyList<string> names)
    {
        if (names.Count > 0)
        {
            var known = candidates.Select(c => c.Site).Concat(candidates.Select(c => c.Cluster.Name)).Concat(unusable.Select(u => u.Name)).ToHashSet(StringComparer.Ordinal);
            foreach (var name in names)
                if (!known.Contains(name)) throw new PlanException("site", $"there is no site '{name}'{NearestWord.Hint(name, known)}");
            candidates = [.. candidates.Where(c => names.Contains(c.Site) || names.Contains(c.Cluster.Name))];
            unusable = [.. unusable.Where(u => names.Contains(u.Name))];
        }
        if (candidates.Count == 0 && unusable.Count == 0) throw new PlanException("cluster", "there is no site to plan over: give --cluster 1024xH100 or --network FILE, or attach sites");
        if (candidates.Count > MostCandidates) throw new PlanException("site", $"{candidates.Count} clusters are more than the {MostCandidates} that one plan takes: name the sites that are meant");
        if (candidates.GroupBy(c => c.Cluster.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new PlanException("cluster", $"two clusters are called {twice.Key}: give each a name=");
        return (candidates, unusable);
    }
}

namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Control;
using Yunhe.Core.Network;

/// <summary>
/// All pools of the network by number, what room has come free in them, and the rankings and openings made of them for requests that are
/// alike. An index over the state: rebuilt, never stored.
/// </summary>
internal sealed class PoolIndex
{
    /// <summary>Rankings and openings kept; when there would be more all are made anew as they are needed.</summary>
    private const int MostRankings = 512;
    private const int MostOpenings = 16_384;

    private readonly Dictionary<string, Ranking> rankings = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Openings> openings = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Site, string Pool), int> numbers = [];
    private readonly List<(string Site, string Pool)> pools = [];
    private readonly List<int> freed = [];
    private long freedBefore;
    private bool stale = true;

    /// <summary>Rises when rankings and openings are dropped: what holds on to one knows that it is out of date.</summary>
    private int generation;

    /// <summary>A pool has a limit of time, so that requests with different limits are not alike.</summary>
    private bool limitsTime;

    public int Count => pools.Count;

    public (string Site, string Pool) this[int number] => pools[number];

    /// <summary>Sites or pools are others than before, or have other prices.</summary>
    public void Invalidate() => stale = true;

    public void Freed(string site, string pool)
    {
        if (stale || !numbers.TryGetValue((site, pool), out var number)) return;
        if (freed.Count >= 4 * pools.Count + 1000) ForgetFreed();
        freed.Add(number);
    }

    public void Freed(SiteState site)
    {
        foreach (var pool in site.Pools) Freed(site.Site.Name, pool.Name);
    }

    public Openings OpeningsFor(State state, Subject subject)
    {
        if (stale) Rebuild(state);
        var (ofRanking, ofOpenings) = RankingKey.Of(state, subject, limitsTime);
        if (!openings.TryGetValue(ofOpenings, out var found))
        {
            if (openings.Count >= MostOpenings || rankings.Count >= MostRankings)
            {
                openings.Clear();
                rankings.Clear();
                generation++;
            }
            if (!rankings.TryGetValue(ofRanking, out var ranking)) rankings.Add(ofRanking, ranking = Ranking.Make(state, this, subject));
            openings.Add(ofOpenings, found = new(state, ranking, subject) { Generation = generation });
        }
        found.CatchUp(freed, freedBefore);
        return found;
    }

    /// <summary>False: none of its pools has room.</summary>
    public bool MayHaveRoom(Openings known)
    {
        if (stale || known.Generation != generation) return true;
        known.CatchUp(freed, freedBefore);
        return known.NextMarked(0) >= 0;
    }

    public (SiteState Site, Pool Pool, int Alternative) At(State state, Ranking ranking, int rank)
    {
        var (number, alternative) = ranking[rank];
        var (siteName, poolName) = pools[number];
        var site = state.Site(siteName)!;
        foreach (var pool in site.Pools)
            if (pool.Name == poolName) return (site, pool, alternative);
        throw new InvalidOperationException($"the index knows a pool {poolName} that {siteName} has not");
    }

    private void ForgetFreed()
    {
        freedBefore += freed.Count;
        freed.Clear();
    }

    private void Rebuild(State state)
    {
        rankings.Clear();
        openings.Clear();
        generation++;
        numbers.Clear();
        pools.Clear();
        ForgetFreed();
        limitsTime = false;
        foreach (var site in state.Sites)
            foreach (var pool in site.Pools)
            {
                numbers[(site.Site.Name, pool.Name)] = pools.Count;
                pools.Add((site.Site.Name, pool.Name));
                limitsTime |= pool.MaxTime is not null;
            }
        stale = false;
    }
}

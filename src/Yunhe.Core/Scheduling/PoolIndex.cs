namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Control;
using Yunhe.Core.Network;

/// <summary>
/// All pools of the network by number, what room has come free in them, and the rankings made of them. An index over the state: rebuilt,
/// never stored. A ranking is made once for requests that are alike and then follows the pools that came free, so that a decision costs
/// as much as has changed since the last one, whatever the size of the network.
/// </summary>
internal sealed class PoolIndex
{
    /// <summary>Rankings kept; the one that was not used for longest makes room.</summary>
    private const int MostRankings = 256;

    private readonly Dictionary<string, Ranking> rankings = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Site, string Pool), int> numbers = [];
    private readonly List<(string Site, string Pool)> pools = [];
    private readonly List<int> freed = [];
    private long freedBefore;
    private long uses;
    private bool stale = true;

    /// <summary>A pool has a limit of time, so that requests with different limits are not alike.</summary>
    public bool LimitsTime { get; private set; }

    public int Count => pools.Count;

    public (string Site, string Pool) this[int number] => pools[number];

    /// <summary>Sites or pools are others than before, or have other prices.</summary>
    public void Invalidate() => stale = true;

    public void Freed(string site, string pool)
    {
        if (stale || !numbers.TryGetValue((site, pool), out var number)) return;
        if (freed.Count >= 4 * pools.Count + 1000)
        {
            freedBefore += freed.Count;
            freed.Clear();
        }
        freed.Add(number);
    }

    public void Freed(SiteState site)
    {
        foreach (var pool in site.Pools) Freed(site.Site.Name, pool.Name);
    }

    public Ranking RankingFor(State state, Subject subject)
    {
        if (stale) Rebuild(state);
        var key = RankingKey.Of(state, subject, LimitsTime);
        if (!rankings.TryGetValue(key, out var ranking))
        {
            if (rankings.Count >= MostRankings) rankings.Remove(rankings.MinBy(r => r.Value.LastUse).Key);
            rankings.Add(key, ranking = Ranking.Make(state, this, subject));
        }
        ranking.LastUse = ++uses;
        ranking.CatchUp(freed, freedBefore);
        return ranking;
    }

    private void Rebuild(State state)
    {
        rankings.Clear();
        numbers.Clear();
        pools.Clear();
        freedBefore += freed.Count;
        freed.Clear();
        LimitsTime = false;
        foreach (var site in state.Sites)
            foreach (var pool in site.Pools)
            {
                numbers[(site.Site.Name, pool.Name)] = pools.Count;
                pools.Add((site.Site.Name, pool.Name));
                LimitsTime |= pool.MaxTime is not null;
            }
        stale = false;
    }
}

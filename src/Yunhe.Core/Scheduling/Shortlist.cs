namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Control;
using Yunhe.Core.Network;

/// <summary>
/// Weighs a request in a large network without looking at every site: the best pools that have room now, and those better ones that would
/// have to be waited for. It chooses what weighing all would, but for pools beyond the first few that are full (see <see cref="MostRivals"/>).
/// </summary>
internal static class Shortlist
{
    /// <summary>Full pools that are weighed against those with room: the best so many of the ranking.</summary>
    private const int MostRivals = 8;

    /// <summary>Pools with room that a decision shows.</summary>
    private const int MostShown = 3;

    public static Decision Evaluate(State state, Subject subject, DateTimeOffset now, Reservations? kept)
    {
        var ranking = state.Pools.RankingFor(state, subject);
        var found = new List<Candidate>(MostShown + 1);
        Candidate? limited = null;
        var last = FindRoom(state, ranking, subject, now, kept, found, ref limited);
        AddRivals(state, ranking, subject, now, kept, last, found, ref limited);
        if (found.Count == 0 && limited is not null) found.Add(limited);
        var decision = Placement.Rank(found, subject, now);
        return decision with
        {
            Omitted = state.Sites.Count - decision.Candidates.Select(c => c.Site).Distinct().Count(),
            Exclusions = ranking.Exclusions,
        };
    }

    /// <summary>The first pools that have room; returns the rank of the first of them, or how many there are if there is none.</summary>
    private static int FindRoom(
        State state, Ranking ranking, Subject subject, DateTimeOffset now, Reservations? kept, List<Candidate> found, ref Candidate? limited)
    {
        var first = ranking.Count;
        for (var rank = ranking.NextMarked(0); rank >= 0 && found.Count < MostShown; rank = ranking.NextMarked(rank + 1))
        {
            var (site, pool, alternative) = At(state, ranking, rank);
            var asked = subject.Spec.Requirements[alternative].In(pool);
            if (SiteFilter.Closed(site) is not null || state.Capacity(site.Site.Name)?.Fits(pool.Name, asked.PerNode, subject.Spec.Nodes) != true)
            {
                ranking.Unmark(rank);
                continue;
            }
            if (Estimates.Of(state, site, pool, subject, alternative) is not { } offer || !Estimates.IsFree(state, offer, subject.Spec.Nodes, now, kept)) continue;
            if (!Keep(ranking, offer.Candidate with { FreeNow = true }, subject, now, found, ref limited)) continue;
            if (site.Site.Name != subject.Avoid) first = Math.Min(first, rank);
        }
        return first;
    }

    /// <summary>Pools of a better rank than <paramref name="before"/>, which are full now, each with its wait.</summary>
    private static void AddRivals(
        State state, Ranking ranking, Subject subject, DateTimeOffset now, Reservations? kept, int before, List<Candidate> found, ref Candidate? limited)
    {
        if (kept is null || ranking.Rivals.Pass != kept) ranking.Rivals = new(kept);
        LookForRivals(state, ranking, subject, now, kept, before);
        foreach (var (rank, p50, p90) in ranking.Rivals.Waits)
        {
            if (rank >= before) return;
            var (site, pool, alternative) = At(state, ranking, rank);
            if (Estimates.Of(state, site, pool, subject, alternative) is { } offer)
                Keep(ranking, offer.Candidate with { WaitP50 = p50, WaitP90 = p90 }, subject, now, found, ref limited);
        }
    }

    /// <summary>Goes on where an earlier request of the same pass left off: in one pass room only becomes less.</summary>
    private static void LookForRivals(State state, Ranking ranking, Subject subject, DateTimeOffset now, Reservations? kept, int before)
    {
        var rivals = ranking.Rivals;
        for (; rivals.Next < before && rivals.Waits.Count < MostRivals; rivals.Next++)
        {
            var (site, pool, alternative) = At(state, ranking, rivals.Next);
            if (SiteFilter.Closed(site) is not null || Estimates.Of(state, site, pool, subject, alternative) is not { } offer) continue;
            if (Estimates.IsFree(state, offer, subject.Spec.Nodes, now, kept)) continue;
            var (p50, p90) = StartForecast.Wait(state, site, pool, offer.Asked, subject.Spec.Nodes, now);
            rivals.Waits.Add((rivals.Next, p50, p90));
        }
    }

    private static bool Keep(Ranking ranking, Candidate candidate, Subject subject, DateTimeOffset now, List<Candidate> found, ref Candidate? limited)
    {
        var scored = Limits.Apply(candidate with { Score = ranking.Yardstick.Score(candidate, subject.Spec.Objective) }, subject, now);
        if (scored.Excluded is null) found.Add(scored);
        else if (limited is null || (scored.Passing && !limited.Passing)) limited = scored;
        return scored.Excluded is null;
    }

    private static (SiteState Site, Pool Pool, int Alternative) At(State state, Ranking ranking, int rank)
    {
        var (number, alternative) = ranking[rank];
        var (siteName, poolName) = state.Pools[number];
        var site = state.Site(siteName)!;
        foreach (var pool in site.Pools)
            if (pool.Name == poolName) return (site, pool, alternative);
        throw new InvalidOperationException($"the index knows a pool {poolName} that {siteName} has not");
    }
}

namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Control;

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
        var openings = state.Pools.OpeningsFor(state, subject);
        var found = new List<Candidate>(MostShown + 1);
        Candidate? limited = null;
        var first = FindRoom(state, openings, subject, now, kept, found, ref limited);
        AddRivals(state, openings, subject, now, kept, first, found, ref limited);
        if (found.Count == 0 && limited is not null) found.Add(Never(state, openings, subject, now) ?? limited with { Passing = true });
        var decision = Placement.Rank(found, subject, now);
        return decision with
        {
            Hopeless = openings.Cheapest < 0 || (found.Count > 0 && decision.Hopeless),
            Omitted = state.Sites.Count - decision.Candidates.Select(c => c.Site).Distinct().Count(),
            Exclusions = openings.Exclusions,
        };
    }

    /// <summary>The lowest price is over its budget, or the shortest time over its deadline; null: neither.</summary>
    private static Candidate? Never(State state, Openings openings, Subject subject, DateTimeOffset now)
    {
        foreach (var rank in (ReadOnlySpan<int>)[openings.Cheapest, openings.Fastest])
        {
            var (site, pool, alternative) = state.Pools.At(state, openings.Ranking, rank);
            if (Estimates.Of(state, site, pool, subject, alternative) is { } offer
                && Limits.Apply(offer.Candidate, subject, now) is { Excluded: not null, Passing: false } never) return never;
        }
        return null;
    }

    /// <summary>The first pools that have room; returns the rank of the first of them, or how many there are if there is none.</summary>
    private static int FindRoom(
        State state, Openings openings, Subject subject, DateTimeOffset now, Reservations? kept, List<Candidate> found, ref Candidate? limited)
    {
        var first = openings.Ranking.Count;
        for (var rank = openings.NextMarked(0); rank >= 0 && found.Count < MostShown; rank = openings.NextMarked(rank + 1))
        {
            var (site, pool, alternative) = state.Pools.At(state, openings.Ranking, rank);
            var asked = subject.Spec.Requirements[alternative].In(pool);
            if (SiteFilter.Closed(site) is not null || state.Capacity(site.Site.Name)?.Fits(pool.Name, asked.PerNode, subject.Spec.Nodes) != true)
            {
                openings.Unmark(rank);
                continue;
            }
            if (Estimates.Of(state, site, pool, subject, alternative) is not { } offer || !Estimates.IsFree(state, offer, subject.Spec.Nodes, now, kept)) continue;
            if (!Keep(openings, offer.Candidate with { FreeNow = true }, subject, now, found, ref limited)) continue;
            if (site.Site.Name != subject.Avoid) first = Math.Min(first, rank);
        }
        return first;
    }

    /// <summary>Pools of a better rank than <paramref name="before"/>, which are full now, each with its wait.</summary>
    private static void AddRivals(
        State state, Openings openings, Subject subject, DateTimeOffset now, Reservations? kept, int before, List<Candidate> found, ref Candidate? limited)
    {
        if (kept is null || openings.Rivals.Pass != kept) openings.Rivals = new(kept);
        LookForRivals(state, openings, subject, now, kept, before);
        foreach (var (rank, p50, p90) in openings.Rivals.Waits)
        {
            if (rank >= before) return;
            var (site, pool, alternative) = state.Pools.At(state, openings.Ranking, rank);
            if (Estimates.Of(state, site, pool, subject, alternative) is { } offer)
                Keep(openings, offer.Candidate with { WaitP50 = p50, WaitP90 = p90 }, subject, now, found, ref limited);
        }
    }

    /// <summary>Goes on where an earlier request of the same pass left off: in one pass room only becomes less.</summary>
    private static void LookForRivals(State state, Openings openings, Subject subject, DateTimeOffset now, Reservations? kept, int before)
    {
        var rivals = openings.Rivals;
        for (; rivals.Next < before && rivals.Waits.Count < MostRivals; rivals.Next++)
        {
            if (!openings.IsAllowed(rivals.Next)) continue;
            var (site, pool, alternative) = state.Pools.At(state, openings.Ranking, rivals.Next);
            if (SiteFilter.Closed(site) is not null || Estimates.Of(state, site, pool, subject, alternative) is not { } offer) continue;
            if (Estimates.IsFree(state, offer, subject.Spec.Nodes, now, kept)) continue;
            var (p50, p90) = StartForecast.Wait(state, site, pool, offer.Asked, subject.Spec.Nodes, now);
            rivals.Waits.Add((rivals.Next, p50, p90));
        }
    }

    private static bool Keep(Openings openings, Candidate candidate, Subject subject, DateTimeOffset now, List<Candidate> found, ref Candidate? limited)
    {
        var scored = Limits.Apply(candidate with { Score = openings.Ranking.Yardstick.Score(candidate, subject.Spec.Objective) }, subject, now);
        if (scored.Excluded is null) found.Add(scored);
        else if (limited is null || (scored.Passing && !limited.Passing)) limited = scored;
        return scored.Excluded is null;
    }
}

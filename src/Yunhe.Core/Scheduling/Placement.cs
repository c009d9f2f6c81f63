namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Workloads;

/// <summary>Which site for one task: filter, estimate, score, choose. The same for quotes, placements and explanations.</summary>
internal static class Placement
{
    /// <summary>A network with more sites is not weighed site by site, but from an index (<see cref="Shortlist"/>).</summary>
    public const int MostWeighed = 50;

    /// <param name="state">The network.</param>
    /// <param name="subject">The task.</param>
    /// <param name="now">The time.</param>
    /// <param name="kept">Pools that are kept free for others; null: none is.</param>
    public static Decision Evaluate(State state, Subject subject, DateTimeOffset now, Reservations? kept = null)
    {
        if (state.Sites.Count <= MostWeighed) return Weigh(state, state.Sites, subject, now, kept);
        return subject.NamedSites is { } named
            ? Weigh(state, [.. named.Select(state.Site).OfType<SiteState>()], subject, now, kept) with { Omitted = state.Sites.Count - named.Count }
            : Shortlist.Evaluate(state, subject, now, kept);
    }

    private static Decision Weigh(State state, IReadOnlyCollection<SiteState> sites, Subject subject, DateTimeOffset now, Reservations? kept)
    {
        var order = CandidateOrder.For(subject.Spec);
        var yardstick = new Yardstick();
        var offers = sites.Select(site => Estimates.Offers(state, site, subject)).ToList();
        foreach (var offer in offers.SelectMany(o => o.Feasible)) yardstick.Add(offer.Candidate);
        var best = new List<Candidate>(offers.Count);
        foreach (var (site, feasible, why) in offers)
        {
            if (feasible.Count == 0 || SiteFilter.Closed(site) is not null) best.Add(Shut(site, feasible.Count > 0, why));
            else best.Add(feasible.Select(o => Limits.Apply(Scored(o), subject, now)).Order(Comparer<Candidate>.Create((a, b) => Better(a, b, order))).First());
        }
        return Rank(best, subject, now);

        Candidate Scored(Offer offer)
        {
            var weighed = Estimates.WithWait(state, offer, subject.Spec.Nodes, now, kept);
            return weighed with { Score = yardstick.Score(weighed, subject.Spec.Objective) };
        }
    }

    /// <summary>Best first, the site to be avoided last of those that are feasible, then the excluded ones.</summary>
    public static Decision Rank(List<Candidate> candidates, Subject subject, DateTimeOffset now)
    {
        var feasible = candidates.Where(c => c.Excluded is null);
        // Rather there again than wait for another.
        var avoided = feasible.Any(c => c.FreeNow && c.Site != subject.Avoid) ? subject.Avoid : null;
        return new(now, subject.Spec.Objective,
        [
            .. feasible.OrderBy(c => avoided is not null && c.Site == avoided).ThenBy(c => c, CandidateOrder.For(subject.Spec)),
            .. candidates.Where(c => c.Excluded is not null),
        ])
        {
            Ordered = subject.Spec.Ordered,
            Avoided = avoided,
        };
    }

    /// <summary>One that is within its limits beats any that is not; of those that are not, one that may come within them.</summary>
    private static int Better(Candidate a, Candidate b, CandidateOrder order)
    {
        var c = (a.Excluded is not null).CompareTo(b.Excluded is not null);
        if (c == 0 && a.Excluded is not null) c = b.Passing.CompareTo(a.Passing);
        return c == 0 ? order.Compare(a, b) : c;
    }

    private static Candidate Shut(SiteState site, bool couldTakeIt, string why) =>
        (couldTakeIt || why.Length == 0) && SiteFilter.Closed(site) is { } closed
            ? new(site.Site.Name) { Excluded = closed, Passing = true }
            : new(site.Site.Name) { Excluded = why };
}

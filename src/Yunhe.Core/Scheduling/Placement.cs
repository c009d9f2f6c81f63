namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Forecasts;
using Yunhe.Core.Workloads;

/// <summary>Which site for one task: filter, estimate, score, choose. The same for quotes, placements and explanations.</summary>
internal static class Placement
{
    /// <summary>A network with more sites is not weighed site by site, but from an index (<see cref="Shortlist"/>).</summary>
    public const int MostWeighed = 50;

    /// <param name="state">The network.</param>
    /// <param name="subject">The task.</param>
    /// <param name="now">The time.</param>
    /// <param name="kept">Nodes that are kept free for others; null: none are.</param>
    /// <param name="known">Where it could start, if that was found out for another that is alike.</param>
    /// <param name="ahead">What is ahead of it in the queue, and what earlier forecasts teach; null: its turn has come.</param>
    public static Decision Evaluate(State state, Subject subject, DateTimeOffset now, Reservations? kept = null, Openings? known = null, StartOutlook? ahead = null)
    {
        if (UsesIndex(state, subject)) return Shortlist.Decide(state, subject, now, kept, known ?? state.Pools.OpeningsFor(state, subject, now), ahead);
        var sites = ToWeigh(state, subject);
        return Weigh(state, sites, subject, now, kept, ahead);
    }

    /// <summary>Site by site, however many there are: what the index is held against.</summary>
    public static Decision WeighAll(State state, Subject subject, DateTimeOffset now) => Weigh(state, state.Sites, subject, now, null, null);

    public static bool UsesIndex(State state, Subject subject) => state.Sites.Count > MostWeighed && subject.NamedSites is null && subject.Spec.Reservation is null;

    /// <summary>What the candidates for a request are measured by.</summary>
    public static Yardstick Measure(State state, Subject subject, DateTimeOffset now)
    {
        if (UsesIndex(state, subject)) return Shortlist.Measure(state, subject, now);
        var yardstick = new Yardstick();
        foreach (var site in ToWeigh(state, subject))
            foreach (var offer in Estimates.Offers(state, site, subject, now).Offers) yardstick.Add(offer.Figures);
        return yardstick;
    }

    private static IReadOnlyCollection<SiteState> ToWeigh(State state, Subject subject)
    {
        if (state.Sites.Count <= MostWeighed) return state.Sites;
        var names = subject.NamedSites ?? [];
        if (subject.Spec.Reservation is { } reservation && state.Reserved.Find(reservation) is { Of.Site: var site } && !names.Contains(site)) names = [.. names, site];
        return [.. names.Select(state.Site).OfType<SiteState>()];
    }

    private static Decision Weigh(State state, IReadOnlyCollection<SiteState> sites, Subject subject, DateTimeOffset now, Reservations? kept, StartOutlook? ahead)
    {
        var order = CandidateOrder.For(subject.Spec);
        var yardstick = new Yardstick();
        var all = sites.Select(site => (Site: site, Found: Estimates.Offers(state, site, subject, now))).ToList();
        foreach (var offer in all.SelectMany(a => a.Found.Offers)) yardstick.Add(offer.Figures);
        return Rank(all.ConvertAll(a => Best(a.Site, a.Found.Offers, a.Found.Why)), subject, now, state.Sites.Count - sites.Count, []);

        Candidate Best(SiteState site, List<Offer> offers, string why)
        {
            var name = site.Site.Name;
            if ((SiteFilter.Unwanted(site.Site, subject) ?? state.Reserved.Unwanted(site.Site, subject)) is { } unwanted) return new(name) { Excluded = unwanted };
            var large = offers.Where(o => TooMany(o) is null).ToList();
            if (SiteFilter.Closed(site) is { } closed && (large.Count > 0 || site.Pools.Count == 0))
            {
                // What it would not take if it were open it is not waited for.
                var open = large.ConvertAll(o => Limits.Apply(state, o.Now(), o.Asked, subject, now));
                return open.Count > 0 && open.TrueForAll(c => c is { Excluded: not null, Passing: false }) ? open[0] : new(name) { Excluded = closed, Passing = true };
            }
            if (large.Count > 0) return large.Select(o => Limits.Apply(state, Scored(o), o.Asked, subject, now)).Order(Comparer<Candidate>.Create((x, y) => Better(x, y, order))).First();
            return new(name) { Excluded = string.Join("; ", offers.Select(o => TooMany(o)!).Append(why).Where(w => w.Length > 0).Distinct()) };
        }

        string? TooMany(Offer offer) => state.Reserved.Unwanted(offer.Pool, subject) ?? SiteFilter.TooMany(offer.Pool, subject.Spec);

        Candidate Scored(Offer offer)
        {
            var weighed = Estimates.WithWait(state, offer, subject, now, kept, ahead);
            return weighed with { Score = yardstick.Score(weighed, subject.Spec.Objective) };
        }
    }

    /// <summary>Best first, the site to be avoided last of those that are feasible, then the excluded ones. Sorts the list itself.</summary>
    /// <param name="candidates">Of the sites that are shown.</param>
    /// <param name="subject">For whom.</param>
    /// <param name="now">The time.</param>
    /// <param name="omitted">How many sites are not shown.</param>
    /// <param name="exclusions">Those of them that can't take it, by reason.</param>
    /// <param name="someCould">There are others that could take it once.</param>
    public static Decision Rank(List<Candidate> candidates, Subject subject, DateTimeOffset now, int omitted, IReadOnlyList<Exclusion> exclusions, bool someCould = false)
    {
        var order = CandidateOrder.For(subject.Spec);
        var avoided = subject.Avoid is { } avoid && StartsElsewhere(candidates, avoid, order) ? avoid : null;
        if (candidates.Count > 1) candidates.Sort(new DecisionOrder(order, avoided));
        return new(now, subject.Spec.Objective, candidates)
        {
            Hopeless = !someCould && candidates.TrueForAll(c => c.Excluded is not null && !c.Passing),
            Ordered = subject.Spec.Ordered,
            Avoided = avoided,
            Omitted = omitted,
            Exclusions = exclusions,
        };
    }

    /// <summary>The best of the others is free. If not, rather there again than wait for it.</summary>
    private static bool StartsElsewhere(List<Candidate> candidates, string avoid, CandidateOrder order)
    {
        Candidate? best = null;
        foreach (var candidate in candidates)
            if (candidate.Excluded is null && candidate.Site != avoid && (best is null || order.Compare(candidate, best) < 0)) best = candidate;
        return best is { FreeNow: true };
    }

    /// <summary>One that is within its limits beats any that is not; of those that are not, one that may come within them.</summary>
    private static int Better(Candidate a, Candidate b, CandidateOrder order)
    {
        var c = (a.Excluded is not null).CompareTo(b.Excluded is not null);
        if (c == 0 && a.Excluded is not null) c = b.Passing.CompareTo(a.Passing);
        return c == 0 ? order.Compare(a, b) : c;
    }
}

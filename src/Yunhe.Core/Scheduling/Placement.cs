namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Accounts;
using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Workloads;

/// <summary>Which site for one task: filter, estimate, score, choose. The same for quotes, placements and explanations.</summary>
internal static class Placement
{
    /// <summary>Candidates that a decision keeps; the rest is only counted.</summary>
    private const int MostKept = 50;

    public static Decision Evaluate(State state, Subject subject, DateTimeOffset now)
    {
        var all = state.Sites.Select(site => Consider(state, site, subject, now)).ToList();
        var ranked = Scoring.Rank([.. all.Where(c => c.Excluded is null)], subject.Spec, subject.Avoid);
        var excluded = all.Where(c => c.Excluded is not null);
        return new(now, subject.Spec.Objective, [.. ranked.Concat(excluded).Take(MostKept)]) { Omitted = Math.Max(0, all.Count - MostKept) };
    }

    private static Candidate Consider(State state, SiteState site, Subject subject, DateTimeOffset now)
    {
        if (SiteFilter.Unwanted(site, subject) is { } unwanted) return new(site.Site.Name) { Excluded = unwanted };
        var closed = SiteFilter.Closed(site);
        var reasons = new List<string>();
        Candidate? best = null;
        var spec = subject.Spec;
        for (var alternative = 0; alternative < spec.Requirements.Count; alternative++)
            foreach (var pool in site.Pools)
            {
                if (SiteFilter.Exclude(site.Site, pool, spec, spec.Requirements[alternative]) is { } why) reasons.Add(why);
                else if (closed is not null) return new(site.Site.Name) { Excluded = closed, Passing = true };
                else
                {
                    var candidate = Weigh(state, site, pool, subject, alternative, now);
                    if (best is null || Better(candidate, best, spec)) best = candidate;
                }
            }
        if (best is not null) return best;
        return site.Pools.Count == 0
            ? new(site.Site.Name) { Excluded = closed, Passing = true }
            : new(site.Site.Name) { Excluded = string.Join("; ", reasons.Distinct().Take(4)) };
    }

    private static Candidate Weigh(State state, SiteState site, Pool pool, Subject subject, int alternative, DateTimeOffset now)
    {
        try
        {
            return Limit(Estimate(state, site, pool, subject, alternative, now), subject, now);
        }
        catch (OverflowException)
        {
            return new(site.Site.Name) { Excluded = "price: it would cost, or draw, more than can be counted" };
        }
    }

    private static Candidate Estimate(State state, SiteState site, Pool pool, Subject subject, int alternative, DateTimeOffset now)
    {
        var (spec, asked) = (subject.Spec, subject.Spec.Requirements[alternative].In(pool));
        var free = state.Capacity(site.Site.Name)?.Fits(pool.Name, asked.PerNode, spec.Nodes) == true;
        var (p50, p90) = free ? (TimeSpan.Zero, TimeSpan.Zero) : StartForecast.Wait(state, site, pool, asked, spec.Nodes, now);
        var (time, basis) = RunTime.Estimate(state.History, subject.Owner, spec, asked);
        var terms = Rating.TermsOf(site.Site, subject.BoundPrices ?? site.Site.Prices, asked, spec.Nodes, spec.InputBytes);
        var (cost, energy, carbon) = Rating.Rate(terms, time, Rating.AssumedUtilisation);
        return new(site.Site.Name)
        {
            Pool = pool.Name,
            Alternative = alternative,
            FreeNow = free,
            WaitP50 = p50,
            WaitP90 = p90,
            Staging = StagingTime(site.Site.Link, spec.InputBytes),
            RunTime = time,
            Basis = basis,
            Cost = cost,
            Energy = energy,
            Carbon = carbon,
        };
    }

    /// <summary>Hard limits on what an otherwise feasible site would take and cost.</summary>
    private static Candidate Limit(Candidate candidate, Subject subject, DateTimeOffset now)
    {
        if (subject.Spec.Budget is { } budget && subject.Spent + subject.Committed + candidate.Cost > budget)
        {
            // What is kept for tasks that run may turn out not to be needed.
            var never = subject.Spent + candidate.Cost > budget;
            return new(candidate.Site)
            {
                Excluded = $"budget: would cost about ¥{candidate.Cost}, ¥{budget - subject.Spent} of ¥{budget} are left"
                    + (never ? "" : $", ¥{subject.Committed} of it kept for tasks under way"),
                OverBudget = never,
                Passing = !never,
            };
        }
        if (subject.Spec.Deadline is { } deadline && now + candidate.FinishIn > deadline)
            return new(candidate.Site)
            {
                Excluded = $"deadline: would finish about {now + candidate.FinishIn:u}, after {deadline:u}",
                Passing = now + candidate.Staging + candidate.RunTime <= deadline,
            };
        return candidate;
    }

    /// <summary>One that is within its limits beats any that is not; of those that are not, one that may come within them.</summary>
    private static bool Better(Candidate a, Candidate b, WorkloadSpec spec)
    {
        if (a.Excluded is not null || b.Excluded is not null)
            return b.Excluded is not null && (a.Excluded is null || (a.Passing && !b.Passing));
        if (spec.Ordered && a.Alternative != b.Alternative) return a.Alternative < b.Alternative;
        var byObjective = spec.Objective switch
        {
            Objective.Cost => a.Cost.CompareTo(b.Cost),
            Objective.Carbon => a.Carbon.CompareTo(b.Carbon),
            _ => a.FinishIn.CompareTo(b.FinishIn),
        };
        return byObjective != 0 ? byObjective < 0 : a.FinishIn < b.FinishIn || (a.FinishIn == b.FinishIn && a.Cost < b.Cost);
    }

    private static TimeSpan StagingTime(Link link, long bytes) =>
        bytes == 0 ? TimeSpan.Zero
        : RunTime.Sane(bytes * 8.0 / Math.Max(1, link.BitsPerSecond) + 2 * link.RoundTripMs / 1000);
}

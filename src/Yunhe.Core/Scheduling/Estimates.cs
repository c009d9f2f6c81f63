namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Accounts;
using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Forecasts;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;

/// <summary>What a request would take and cost at a pool that it would not have to wait for.</summary>
/// <param name="Staging">Moving its inputs there.</param>
/// <param name="RunTime">As estimated.</param>
/// <param name="Basis">How that is known.</param>
/// <param name="LeastCost">In the cheapest hours of the site; null: the same at any hour.</param>
internal readonly record struct Figures(TimeSpan Staging, TimeSpan RunTime, EstimateBasis Basis, Money Cost, Energy Energy, Carbon Carbon, Money? LeastCost)
{
    public TimeSpan Length => Staging + RunTime;

    /// <summary>However long it waited it would cost no less.</summary>
    public Money Floor => LeastCost ?? Cost;
}

/// <summary>What one pool offers to a request, were it free at once.</summary>
internal readonly record struct Offer(Site Site, Pool Pool, int? Number, int Alternative, Requirement Asked, Terms Terms, Figures Figures)
{
    /// <summary>The number of the pool, good while a pass over the queue goes on.</summary>
    public int NumberIn(State state) => Number ?? state.Pools.NumberOf(Site.Name, Pool.Name);

    /// <summary>When a run that begins then has ended at the latest: without a time limit at the end of all times.</summary>
    public DateTimeOffset LatestEnd(Subject subject, DateTimeOffset start) =>
        subject.Spec.TimeLimit is { } limit ? start + Figures.Staging + limit : DateTimeOffset.MaxValue;

    /// <summary>Where it starts now.</summary>
    public Candidate Now(double score = 0, long packing = 0) =>
        Candidate(TimeSpan.Zero, TimeSpan.Zero, (Figures.Cost, Figures.Energy, Figures.Carbon), true, score, null, packing);

    /// <summary>The same once it has waited: at the prices and the grid of those hours.</summary>
    public Candidate After(TimeSpan p50, TimeSpan p90, DateTimeOffset now, string? waitsFor = null)
    {
        var isSame = p50 == TimeSpan.Zero || (Terms.Tariff is null && Terms.CarbonByHour is null);
        var rated = isSame ? (Figures.Cost, Figures.Energy, Figures.Carbon) : HourlyRating.Rate(Terms, now + p50 + Figures.Staging, Figures.RunTime, Rating.AssumedUtilisation);
        return Candidate(p50, p90, rated, false, 0, waitsFor, 0);
    }

    private Candidate Candidate(TimeSpan p50, TimeSpan p90, (Money Cost, Energy Energy, Carbon Carbon) rated, bool freeNow, double score, string? waitsFor, long packing) => new(Site.Name)
    {
        Pool = Pool.Name,
        Alternative = Alternative,
        FreeNow = freeNow,
        WaitP50 = p50,
        WaitP90 = p90,
        Staging = Figures.Staging,
        RunTime = Figures.RunTime,
        Basis = Figures.Basis,
        Cost = rated.Cost,
        Energy = rated.Energy,
        Carbon = rated.Carbon,
        LeastCost = Figures.LeastCost,
        Score = score,
        WaitsFor = waitsFor,
        Packing = packing,
    };
}

/// <summary>Time, money, energy and carbon of a request at a pool.</summary>
internal static class Estimates
{
    /// <summary>Reasons of one site that are told.</summary>
    private const int MostReasons = 4;

    /// <summary>All pools and alternatives of a site whose nodes could take it, wherever the user wants it, and why the others can't.</summary>
    public static (List<Offer> Offers, string Why) Offers(State state, SiteState site, Subject subject, DateTimeOffset now)
    {
        var offers = new List<Offer>();
        List<string>? reasons = null;
        var spec = subject.Spec;
        for (var alternative = 0; alternative < spec.Requirements.Count; alternative++)
            foreach (var pool in site.Pools)
            {
                var why = SiteFilter.Exclude(site.Site, pool, spec, spec.Requirements[alternative]);
                if (why is null && Of(state, site.Site, pool, subject, alternative, now) is { } offer) offers.Add(offer);
                else (reasons ??= []).Add(why ?? "price: it would cost, or draw, more than can be counted");
            }
        return (offers, reasons is null ? "" : string.Join("; ", reasons.Distinct().Take(MostReasons)));
    }

    /// <summary>As if it were handed over at <paramref name="now"/>. Null: its figures can't be counted.</summary>
    public static Offer? Of(State state, Site site, Pool pool, Subject subject, int alternative, DateTimeOffset now) =>
        Of(state, site, pool, null, default, subject, alternative, now);

    /// <summary>The same by number, at prices that no quote has promised.</summary>
    /// <param name="state">The network.</param>
    /// <param name="pool">Its number.</param>
    /// <param name="shape">That of the alternative.</param>
    /// <param name="subject">For whom.</param>
    /// <param name="alternative">What is asked for.</param>
    /// <param name="now">The time.</param>
    public static Offer? Of(State state, int pool, int shape, Subject subject, int alternative, DateTimeOffset now)
    {
        ref readonly var at = ref state.Pools[pool];
        return Of(state, at.Site, at.Pool, pool, shape, subject, alternative, now);
    }

    private static Offer? Of(State state, Site site, Pool pool, int? number, int shape, Subject subject, int alternative, DateTimeOffset now)
    {
        var spec = subject.Spec;
        try
        {
            var (asked, terms) = number is { } known
                ? state.Pools.Charge(known, shape, spec.Requirements[alternative], spec.Nodes, spec.InputBytes)
                : Charged.Of(Rates.Of(site, subject.BoundPrices, pool.Accelerator), spec.Requirements[alternative].In(pool), spec.Nodes, spec.InputBytes);
            var (time, basis) = RunTime.Estimate(state.History, subject, asked);
            var staging = StagingTime(site.Link, spec.InputBytes);
            var (cost, energy, carbon) = HourlyRating.Rate(terms, now + staging, time, Rating.AssumedUtilisation);
            return new(site, pool, number, alternative, asked, terms, new(staging, time, basis, cost, energy, carbon, HourlyRating.Least(terms, time)));
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    public static Candidate WithWait(State state, Offer offer, Subject subject, DateTimeOffset now, Reservations? kept, StartOutlook? ahead = null)
    {
        var room = Room.Of(state, offer, subject, now, kept) is not null;
        if (ahead is not null) return ahead.WithWait(offer, room);
        if (room) return offer.Now(packing: Room.Packing(state, offer));
        var nodes = subject.Spec.Nodes;
        var (p50, p90) = StartForecast.Wait(state, offer.Site, offer.Pool, offer.Asked, nodes, now, Room.OneFabric(offer.Pool, subject.Spec));
        var behind = kept is null ? TimeSpan.Zero : kept.WaitBehind(offer.NumberIn(state), offer.Pool.Nodes, nodes, offer.Figures.RunTime);
        return Room.Waiting(state, offer, subject, p50 + behind, p90 + behind, now, kept);
    }

    private static TimeSpan StagingTime(Link link, long bytes) =>
        bytes == 0 ? TimeSpan.Zero
        : RunTime.Sane(bytes * 8.0 / Math.Max(1, link.BitsPerSecond) + 2 * link.RoundTripMs / 1000);
}

namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Control;
using Yunhe.Core.Network;

/// <summary>The pools whose nodes could take requests of one kind, best first as if all were free. See <see cref="Openings"/>.</summary>
internal sealed class Ranking
{
    private readonly int[] pools;
    private readonly byte[] alternatives;
    private readonly int[] firstOf;
    private readonly int[] rankOf;
    private readonly int[] nodes;
    private readonly double[] scores;
    private readonly long[] costs;
    private readonly long[] times;

    private Ranking(List<(int Pool, int Nodes, Candidate Offer)> ranked, int poolCount, Yardstick yardstick, double perSecond, IReadOnlyList<Exclusion> exclusions)
    {
        Yardstick = yardstick;
        PerSecond = perSecond;
        Exclusions = exclusions;
        pools = [.. ranked.Select(r => r.Pool)];
        alternatives = [.. ranked.Select(r => (byte)r.Offer.Alternative)];
        nodes = [.. ranked.Select(r => r.Nodes)];
        scores = [.. ranked.Select(r => r.Offer.Score)];
        costs = [.. ranked.Select(r => r.Offer.Floor.Micros)];
        times = [.. ranked.Select(r => (r.Offer.Staging + r.Offer.RunTime).Ticks)];
        // The ranks of pool p lie in rankOf from firstOf[p] to firstOf[p + 1].
        firstOf = new int[poolCount + 1];
        foreach (var pool in pools) firstOf[pool + 1]++;
        for (var i = 0; i < poolCount; i++) firstOf[i + 1] += firstOf[i];
        rankOf = new int[pools.Length];
        var next = firstOf.AsSpan(0, poolCount).ToArray();
        for (var rank = 0; rank < pools.Length; rank++) rankOf[next[pools[rank]]++] = rank;
    }

    /// <summary>Told apart by it from all others that were ever made of the index.</summary>
    public required int Number { get; init; }

    /// <summary>Of the request that the ranking was made for; others may have more nodes, or run longer.</summary>
    public Yardstick Yardstick { get; }

    /// <summary>What a second of waiting adds to a score.</summary>
    public double PerSecond { get; }

    /// <summary>Sites whose nodes can't take it, by reason.</summary>
    public IReadOnlyList<Exclusion> Exclusions { get; }

    public int Count => pools.Length;

    public (int Pool, int Alternative) this[int rank] => (pools[rank], alternatives[rank]);

    /// <summary>How many nodes the pool has.</summary>
    public int NodesAt(int rank) => nodes[rank];

    /// <summary>Were it free.</summary>
    public double ScoreOf(int rank) => scores[rank];

    /// <summary>With its wait, by the time scale of the request that the ranking was made for.</summary>
    public double Score(int rank, TimeSpan length, TimeSpan wait) =>
        wait == TimeSpan.Zero ? scores[rank] : scores[rank] + PerSecond * wait.TotalSeconds * (length > TimeSpan.Zero ? (double)times[rank] / length.Ticks : 1);

    /// <summary>Price (µ¥, in the cheapest hours) and time (ticks) were it free, to compare ranks by; those of one request may differ from another's.</summary>
    public (long Cost, long Time) Figures(int rank) => (costs[rank], times[rank]);

    public ReadOnlySpan<int> RanksOf(int pool) => rankOf.AsSpan(firstOf[pool], firstOf[pool + 1] - firstOf[pool]);

    /// <param name="state">The network.</param>
    /// <param name="index">Its pools.</param>
    /// <param name="subject">For whom.</param>
    /// <param name="at">Prices and grids of sites where they change by the hour are those of a start then.</param>
    public static Ranking Make(State state, PoolIndex index, Subject subject, DateTimeOffset at)
    {
        var offers = new List<(int Pool, Offer Offer)>();
        var exclusions = new ExclusionCount();
        var yardstick = new Yardstick();
        var first = 0;
        foreach (var site in state.Sites)
        {
            var (feasible, why) = Estimates.Offers(state, site, subject, at);
            foreach (var offer in feasible)
            {
                var number = first;
                while (index[number].Pool.Name != offer.Pool.Name) number++;
                offers.Add((number, offer));
                yardstick.Add(offer.Figures);
            }
            if (feasible.Count == 0 && why.Length > 0) exclusions.Add(why, site.Site.Name);
            first += site.Pools.Count;
        }
        var order = CandidateOrder.For(subject.Spec);
        var ranked = offers.ConvertAll(o => (o.Pool, o.Offer.Pool.Nodes, Offer: o.Offer.Now(yardstick.Score(o.Offer.Figures, subject.Spec.Objective))));
        ranked.Sort((a, b) => order.Compare(a.Offer, b.Offer));
        return new(ranked, index.Count, yardstick, yardstick.PerSecond(subject.Spec.Objective), exclusions.ToList()) { Number = index.NextRanking() };
    }
}

/// <summary>Counts sites by what excludes them.</summary>
internal sealed class ExclusionCount
{
    /// <summary>Kinds of exclusion that are told.</summary>
    private const int Most = 12;

    private readonly Dictionary<string, (int Sites, string First)> reasons = new(StringComparer.Ordinal);

    public void Add(string why, string site) =>
        reasons[why] = reasons.TryGetValue(why, out var same)
            ? (same.Sites + 1, string.CompareOrdinal(site, same.First) < 0 ? site : same.First)
            : (1, site);

    /// <summary>The most frequent first.</summary>
    public IReadOnlyList<Exclusion> ToList() =>
        [.. reasons.Select(r => new Exclusion(r.Key, r.Value.Sites, r.Value.First))
            .OrderByDescending(e => e.Sites).ThenBy(e => e.Why, StringComparer.Ordinal).Take(Most)];
}

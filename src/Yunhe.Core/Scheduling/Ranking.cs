namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Control;
using Yunhe.Core.Network;

/// <summary>
/// The pools that could ever take requests of one kind, best first as if all were free, with a mark on those that may have room now.
/// A mark is taken away where a look found no room, and set again when room comes free.
/// </summary>
internal sealed class Ranking
{
    /// <summary>Kinds of exclusion that are told.</summary>
    private const int MostExclusions = 12;

    private readonly int[] pools;
    private readonly byte[] alternatives;
    private readonly int[] firstRank;
    private readonly int[] rankOf;
    private readonly ulong[] marks;
    private long seen;

    private Ranking(List<(int Pool, Candidate Offer)> ranked, int poolCount, Yardstick yardstick, IReadOnlyList<Exclusion> exclusions)
    {
        Yardstick = yardstick;
        Exclusions = exclusions;
        pools = [.. ranked.Select(r => r.Pool)];
        alternatives = [.. ranked.Select(r => (byte)r.Offer.Alternative)];
        Sites = ranked.Select(r => r.Offer.Site).Distinct().Count();
        // Ranks of each pool, one behind the other: those of pool p lie in rankOf from firstRank[p] to firstRank[p + 1].
        firstRank = new int[poolCount + 1];
        foreach (var pool in pools) firstRank[pool + 1]++;
        for (var i = 0; i < poolCount; i++) firstRank[i + 1] += firstRank[i];
        rankOf = new int[pools.Length];
        var next = firstRank.AsSpan(0, poolCount).ToArray();
        for (var rank = 0; rank < pools.Length; rank++) rankOf[next[pools[rank]]++] = rank;
        marks = new ulong[(pools.Length + 63) / 64];
        MarkAll();
    }

    public Yardstick Yardstick { get; }

    /// <summary>Sites that can't take it, by reason.</summary>
    public IReadOnlyList<Exclusion> Exclusions { get; }

    public int Count => pools.Length;

    /// <summary>Sites that have a pool in it.</summary>
    public int Sites { get; }

    public long LastUse { get; set; }

    public Rivals Rivals { get; set; } = new(null);

    public static Ranking Make(State state, PoolIndex index, Subject subject)
    {
        var offers = new List<(int Pool, Candidate Offer)>();
        var reasons = new Dictionary<string, (int Sites, string First)>(StringComparer.Ordinal);
        var yardstick = new Yardstick();
        var first = 0;
        foreach (var site in state.Sites)
        {
            var (_, feasible, why) = Estimates.Offers(state, site, subject);
            foreach (var offer in feasible)
            {
                var number = first;
                while (index[number].Pool != offer.Pool.Name) number++;
                offers.Add((number, offer.Candidate));
                yardstick.Add(offer.Candidate);
            }
            if (feasible.Count == 0 && why.Length > 0)
                reasons[why] = reasons.TryGetValue(why, out var same) ? (same.Sites + 1, same.First) : (1, site.Site.Name);
            first += site.Pools.Count;
        }
        var order = CandidateOrder.For(subject.Spec);
        var ranked = offers.ConvertAll(o => (o.Pool, Offer: o.Offer with { Score = yardstick.Score(o.Offer, subject.Spec.Objective) }));
        ranked.Sort((a, b) => order.Compare(a.Offer, b.Offer));
        return new(ranked, index.Count, yardstick,
            [.. reasons.Select(r => new Exclusion(r.Key, r.Value.Sites, r.Value.First))
                .OrderByDescending(e => e.Sites).ThenBy(e => e.Why, StringComparer.Ordinal).Take(MostExclusions)]);
    }

    public (int Pool, int Alternative) this[int rank] => (pools[rank], alternatives[rank]);

    /// <summary>Marks the pools that came free since the last time.</summary>
    public void CatchUp(List<int> freed, long freedBefore)
    {
        var until = freedBefore + freed.Count;
        if (seen < freedBefore || until - seen > pools.Length) MarkAll();
        else
            for (var i = (int)(seen - freedBefore); i < freed.Count; i++)
                for (var at = firstRank[freed[i]]; at < firstRank[freed[i] + 1]; at++) marks[rankOf[at] >> 6] |= 1UL << (rankOf[at] & 63);
        seen = until;
    }

    /// <summary>The best rank from <paramref name="from"/> on that may have room; −1: there is none.</summary>
    public int NextMarked(int from)
    {
        if (from >= pools.Length) return -1;
        var word = from >> 6;
        var bits = marks[word] & (ulong.MaxValue << (from & 63));
        while (bits == 0)
        {
            if (++word >= marks.Length) return -1;
            bits = marks[word];
        }
        return (word << 6) + System.Numerics.BitOperations.TrailingZeroCount(bits);
    }

    public void Unmark(int rank) => marks[rank >> 6] &= ~(1UL << (rank & 63));

    private void MarkAll()
    {
        Array.Fill(marks, ulong.MaxValue);
        if ((pools.Length & 63) != 0) marks[^1] = (1UL << (pools.Length & 63)) - 1;
    }
}

/// <summary>What one pass found of the best pools that are full: how long to wait for them, and the rank that was not looked at yet.</summary>
internal sealed class Rivals(Reservations? pass)
{
    public Reservations? Pass => pass;

    public List<(int Rank, TimeSpan P50, TimeSpan P90)> Waits { get; } = [];

    public int Next { get; set; }
}

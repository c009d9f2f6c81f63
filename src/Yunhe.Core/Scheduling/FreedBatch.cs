using System.Numerics;

namespace Yunhe.Core.Scheduling;

/// <summary>The pools that came free between two passes over the queue, and which of them have room for what; found out once for all.</summary>
/// <param name="from">Count of all that had come free before the first of them.</param>
/// <param name="pools">Their numbers.</param>
/// <param name="fits">Whether a shape of request fits in a pool now.</param>
internal sealed class FreedBatch(long from, IReadOnlyList<int> pools, Func<int, int, bool> fits)
{
    /// <summary>Of so few what has room is found out each time rather than kept.</summary>
    private const int Few = 32;

    /// <summary>In order, so that looking them up in a ranking goes through its arrays from front to back.</summary>
    private readonly List<int> distinct = [.. pools.Distinct().Order()];

    private readonly Dictionary<int, ulong[]> ranks = [];
    private readonly Dictionary<long, ulong[]> withRoom = [];

    public long From => from;

    public long Until => from + pools.Count;

    public bool IsEmpty => pools.Count == 0;

    /// <summary>Null: they are too many to be looked at one by one; see <see cref="WithRoom"/>.</summary>
    public IReadOnlyList<int>? Pools => distinct.Count <= Few ? distinct : null;

    public bool Fits(int pool, int shape) => fits(pool, shape);

    /// <summary>Ranks that have room for an alternative of the shape, a bit each.</summary>
    public ulong[] WithRoom(Ranking ranking, int alternative, int shape)
    {
        var key = ((long)ranking.Number << 32) | ((long)alternative << 24) | (long)shape;
        if (withRoom.TryGetValue(key, out var bits)) return bits;
        var among = RanksIn(ranking);
        bits = new ulong[among.Length];
        for (var word = 0; word < among.Length; word++)
            for (var left = among[word]; left != 0; left &= left - 1)
            {
                var rank = (word << 6) + BitOperations.TrailingZeroCount(left);
                var (pool, at) = ranking[rank];
                if (at == alternative && fits(pool, shape)) bits[word] |= left & (0 - left);
            }
        return withRoom[key] = bits;
    }

    /// <summary>The ranks of all these pools, a bit each.</summary>
    private ulong[] RanksIn(Ranking ranking)
    {
        if (ranks.TryGetValue(ranking.Number, out var bits)) return bits;
        ranks.Add(ranking.Number, bits = new ulong[(ranking.Count + 63) / 64]);
        foreach (var pool in distinct)
            foreach (var rank in ranking.RanksOf(pool)) bits[rank >> 6] |= 1UL << (rank & 63);
        return bits;
    }
}

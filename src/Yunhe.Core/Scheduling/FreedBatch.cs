namespace Yunhe.Core.Scheduling;

/// <summary>The pools that came free between two passes over the queue, and which of them have room for what; found out once for all.</summary>
/// <param name="from">Count of all that had come free before the first of them.</param>
/// <param name="pools">Their numbers.</param>
/// <param name="fits">Whether a shape of request fits in a pool now.</param>
internal sealed class FreedBatch(long from, IReadOnlyList<int> pools, Func<int, int, bool> fits)
{
    /// <summary>Of so few what has room is found out each time rather than kept.</summary>
    private const int Few = 32;

    private readonly List<int> distinct = [.. pools.Distinct()];
    private readonly Dictionary<long, ulong[]> ranks = [];

    public long From => from;

    public long Until => from + pools.Count;

    /// <summary>Null: they are too many to be looked at one by one; see <see cref="WithRoom"/>.</summary>
    public IReadOnlyList<int>? Pools => distinct.Count <= Few ? distinct : null;

    public bool Fits(int pool, int shape) => fits(pool, shape);

    /// <summary>Ranks that have room for an alternative of the shape, a bit each.</summary>
    public ulong[] WithRoom(Ranking ranking, int alternative, int shape)
    {
        var key = ((long)ranking.Number << 32) | ((long)alternative << 24) | (long)shape;
        if (ranks.TryGetValue(key, out var found)) return found;
        var bits = new ulong[(ranking.Count + 63) / 64];
        foreach (var pool in distinct)
        {
            var those = ranking.RanksOf(pool);
            if (those.IsEmpty || !fits(pool, shape)) continue;
            foreach (var rank in those)
                if (ranking[rank].Alternative == alternative) bits[rank >> 6] |= 1UL << (rank & 63);
        }
        return ranks[key] = bits;
    }
}

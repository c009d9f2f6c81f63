namespace Yunhe.Core.Scheduling;

/// <summary>The pools that came free between two passes over the queue, and which of them have room for what; found out once for all.</summary>
/// <param name="from">Count of all that had come free before the first of them.</param>
/// <param name="pools">Their numbers.</param>
/// <param name="fits">Whether a shape of request fits in a pool now.</param>
internal sealed class FreedBatch(long from, IReadOnlyList<int> pools, Func<int, int, bool> fits)
{
    private readonly Dictionary<int, int[]> withRoom = [];

    public long From => from;

    public long Until => from + pools.Count;

    public int[] WithRoom(int shape)
    {
        if (!withRoom.TryGetValue(shape, out var found)) withRoom.Add(shape, found = [.. pools.Distinct().Where(pool => fits(pool, shape))]);
        return found;
    }
}

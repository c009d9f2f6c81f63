namespace Yunhe.Core.Scheduling.Assignment;

using Yunhe.Core.Network;

/// <summary>
/// Free nodes by what they have free, tightest first. Gives nodes out as <c>SiteCapacity</c> does, so that what fits here fits there.
/// </summary>
internal sealed class NodeSet
{
    private Resources[] free;
    private int[] counts;
    private int used;

    public NodeSet(IReadOnlyList<FreeNodes> nodes)
    {
        free = new Resources[nodes.Count + 8];
        counts = new int[nodes.Count + 8];
        foreach (var group in nodes)
            if (group.Count > 0) Add(group.Free, group.Count);
    }

    public NodeSet(NodeSet other) => (free, counts, used) = ([.. other.free], [.. other.counts], other.used);

    public void CopyFrom(NodeSet other)
    {
        if (free.Length < other.used) (free, counts) = (new Resources[other.free.Length], new int[other.free.Length]);
        Array.Copy(other.free, free, other.used);
        Array.Copy(other.counts, counts, other.used);
        used = other.used;
    }

    public ReadOnlySpan<Resources> Free => free.AsSpan(0, used);

    public ReadOnlySpan<int> Counts => counts.AsSpan(0, used);

    /// <summary>Takes the tightest nodes that hold a gang, or none.</summary>
    public bool TryTake(Resources each, int nodes)
    {
        var fitting = 0L;
        for (var i = 0; i < used && fitting < nodes; i++)
            if (each.Fits(free[i])) fitting += counts[i];
        if (fitting < nodes) return false;
        for (var i = 0; nodes > 0; i++)
        {
            if (!each.Fits(free[i])) continue;
            var taken = Math.Min(nodes, counts[i]);
            nodes -= taken;
            var left = free[i] - each;
            if (left == free[i]) continue;
            counts[i] -= taken;
            if (counts[i] == 0) RemoveAt(i--);
            // What is left of a node is tighter: it stands before this place and is not met again by the same gang.
            if (Add(left, taken)) i++;
        }
        return true;
    }

    /// <returns>True: a group was inserted.</returns>
    private bool Add(Resources each, int count)
    {
        var at = 0;
        while (at < used && Tighter(free[at], each) < 0) at++;
        if (at < used && free[at] == each)
        {
            counts[at] += count;
            return false;
        }
        if (used == free.Length)
        {
            Array.Resize(ref free, used * 2);
            Array.Resize(ref counts, used * 2);
        }
        Array.Copy(free, at, free, at + 1, used - at);
        Array.Copy(counts, at, counts, at + 1, used - at);
        (free[at], counts[at]) = (each, count);
        used++;
        return true;
    }

    private void RemoveAt(int at)
    {
        used--;
        Array.Copy(free, at + 1, free, at, used - at);
        Array.Copy(counts, at + 1, counts, at, used - at);
    }

    private static int Tighter(Resources a, Resources b)
    {
        var c = a.Accelerators.CompareTo(b.Accelerators);
        if (c == 0) c = a.Cpus.CompareTo(b.Cpus);
        return c == 0 ? a.MemoryMiB.CompareTo(b.MemoryMiB) : c;
    }
}

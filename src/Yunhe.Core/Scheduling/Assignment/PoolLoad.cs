namespace Yunhe.Core.Scheduling.Assignment;

/// <summary>
/// Who has which nodes of a contested pool in a decision that is being searched. Kept as the order in which they took them, since that
/// is what proves that they fit.
/// </summary>
internal sealed class PoolLoad
{
    private const int MostPromoted = 4;

    private readonly Units units;
    private readonly ContestPool pool;
    private readonly List<int> taken = [];
    private readonly List<int> next = [];
    private readonly NodeSet left;
    private readonly NodeSet trial;
    private readonly (long Cpus, long Memory, long Accelerators) whole;
    private readonly Comparison<int> largestFirst;
    private readonly Comparison<int> widestFirst;

    public PoolLoad(Units units, ContestPool pool)
    {
        this.units = units;
        this.pool = pool;
        (left, trial) = (new(pool.Nodes), new(pool.Nodes));
        for (var g = 0; g < pool.Nodes.Free.Length; g++)
        {
            var (free, count) = (pool.Nodes.Free[g], (long)pool.Nodes.Counts[g]);
            whole = (whole.Cpus + (count * free.Cpus), whole.Memory + (count * free.MemoryMiB), whole.Accelerators + (count * free.Accelerators));
        }
        largestFirst = (a, b) =>
            units.Size[a] != units.Size[b] ? units.Size[b].CompareTo(units.Size[a])
            : units.Gang[a] != units.Gang[b] ? units.Gang[b].CompareTo(units.Gang[a]) : a.CompareTo(b);
        widestFirst = (a, b) => units.Gang[a] != units.Gang[b] ? units.Gang[b].CompareTo(units.Gang[a]) : largestFirst(a, b);
    }

    /// <summary>Options in the order in which they fit.</summary>
    public IReadOnlyList<int> Taken => taken;

    public void CopyFrom(PoolLoad other)
    {
        taken.Clear();
        taken.AddRange(other.taken);
        left.CopyFrom(other.left);
    }

    public void Clear()
    {
        taken.Clear();
        left.CopyFrom(pool.Nodes);
    }

    /// <summary>Adds it where the others leave room, else by packing all anew.</summary>
    public bool TryAdd(int option)
    {
        if (taken.Count >= pool.Places) return false;
        if (left.TryTake(units.Each[option], units.Gang[option]))
        {
            taken.Add(option);
            return true;
        }
        return TryChange(-1, -1, option, commit: true);
    }

    /// <summary>Whether it fits without two of those that are there; −1: none of them, and none to be added.</summary>
    public bool TryChange(int without, int without2, int added, bool commit)
    {
        next.Clear();
        foreach (var option in taken)
            if (option != without && option != without2) next.Add(option);
        if (added >= 0) next.Add(added);
        if (next.Count > pool.Places) return false;
        if (!IsEnough() || !PacksInSomeOrder()) return false;
        if (!commit) return true;
        taken.Clear();
        taken.AddRange(next);
        left.CopyFrom(trial);
        return true;
    }

    /// <summary>As many cores, memory and accelerators in all as they need; mostly this tells already that they don't fit.</summary>
    private bool IsEnough()
    {
        var (cpus, memory, accelerators) = whole;
        foreach (var option in next)
        {
            var (each, gang) = (units.Each[option], units.Gang[option]);
            cpus -= (long)each.Cpus * gang;
            memory -= each.MemoryMiB * gang;
            accelerators -= (long)each.Accelerators * gang;
        }
        return cpus >= 0 && memory >= 0 && accelerators >= 0;
    }

    /// <summary>As they are, by size, by width, and with those first that found no room.</summary>
    private bool PacksInSomeOrder()
    {
        if (Packs() < 0) return true;
        next.Sort(widestFirst);
        if (Packs() < 0) return true;
        next.Sort(largestFirst);
        for (var promoted = 0; Packs() is var stuck && stuck >= 0; promoted++)
        {
            if (stuck == 0 || promoted == MostPromoted) return false;
            var option = next[stuck];
            next.RemoveAt(stuck);
            next.Insert(0, option);
        }
        return true;
    }

    /// <returns>The place of the first that finds no room; −1: all fit.</returns>
    private int Packs()
    {
        trial.CopyFrom(pool.Nodes);
        for (var i = 0; i < next.Count; i++)
            if (!trial.TryTake(units.Each[next[i]], units.Gang[next[i]])) return i;
        return -1;
    }
}

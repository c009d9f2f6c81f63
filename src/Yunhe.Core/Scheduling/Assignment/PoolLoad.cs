namespace Yunhe.Core.Scheduling.Assignment;

/// <summary>
/// Who has which nodes of a contested pool in a decision that is being searched. Kept as the order in which they took them, since that
/// is what proves that they fit.
/// </summary>
internal sealed class PoolLoad
{
    private readonly Units units;
    private readonly ContestPool pool;
    private readonly List<int> taken = [];
    private readonly List<int> next = [];
    private readonly NodeSet left;
    private readonly NodeSet trial;
    private readonly Comparison<int> largestFirst;
    private readonly Comparison<int> widestFirst;

    public PoolLoad(Units units, ContestPool pool)
    {
        this.units = units;
        this.pool = pool;
        (left, trial) = (new(pool.Nodes), new(pool.Nodes));
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
        if (!Packs())
        {
            next.Sort(largestFirst);
            if (!Packs())
            {
                next.Sort(widestFirst);
                if (!Packs()) return false;
            }
        }
        if (!commit) return true;
        taken.Clear();
        taken.AddRange(next);
        left.CopyFrom(trial);
        return true;
    }

    private bool Packs()
    {
        trial.CopyFrom(pool.Nodes);
        foreach (var option in next)
            if (!trial.TryTake(units.Each[option], units.Gang[option])) return false;
        return true;
    }
}

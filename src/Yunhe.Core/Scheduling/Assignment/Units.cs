namespace Yunhe.Core.Scheduling.Assignment;

using Yunhe.Core.Network;

/// <summary>A contest with every task by itself, in flat arrays: the options of unit u are those from <c>First[u]</c> to <c>First[u + 1]</c>.</summary>
internal sealed class Units
{
    public Units(Contest contest)
    {
        Contest = contest;
        Count = contest.Units;
        Item = new int[Count];
        First = new int[Count + 1];
        var options = contest.Items.Sum(i => i.Count * i.Choices.Count);
        (Unit, Choice, Pool) = (new int[options], new int[options], new int[options]);
        (Each, Gang, Cost, Size) = (new Resources[options], new int[options], new long[options], new long[options]);
        var (unit, at) = (0, 0);
        for (var i = 0; i < contest.Items.Count; i++)
            for (var n = 0; n < contest.Items[i].Count; n++, unit++)
            {
                (Item[unit], First[unit]) = (i, at);
                foreach (var choice in contest.Items[i].Choices)
                {
                    (Unit[at], Choice[at], Pool[at]) = (unit, choice.Number, choice.Pool);
                    (Each[at], Gang[at], Cost[at]) = (choice.PerNode, choice.Nodes, choice.Cost);
                    Size[at] = SizeOf(choice);
                    at++;
                }
            }
        First[Count] = at;
    }

    public Contest Contest { get; }

    public int Count { get; }

    /// <summary>Number in the contest, by unit.</summary>
    public int[] Item { get; }

    public int[] First { get; }

    /// <summary>The unit whose option it is; this and what follows by option.</summary>
    public int[] Unit { get; }

    /// <summary>Number in the window's item.</summary>
    public int[] Choice { get; }

    public int[] Pool { get; }

    public Resources[] Each { get; }

    public int[] Gang { get; }

    public long[] Cost { get; }

    /// <summary>The largest share of the pool's largest node that one node of the gang takes, in millionths.</summary>
    public long[] Size { get; }

    public long WayOut(int unit) => Contest.Items[Item[unit]].WayOutCost;

    private long SizeOf(ContestChoice choice)
    {
        var largest = Resources.None;
        foreach (var free in Contest.Pools[choice.Pool].Nodes.Free)
            largest = new(Math.Max(largest.Cpus, free.Cpus), Math.Max(largest.MemoryMiB, free.MemoryMiB), Math.Max(largest.Accelerators, free.Accelerators));
        return Math.Max(
            Share(choice.PerNode.Cpus, largest.Cpus),
            Math.Max(Share(choice.PerNode.MemoryMiB, largest.MemoryMiB), Share(choice.PerNode.Accelerators, largest.Accelerators)));
    }

    private static long Share(long part, long whole) => part == 0 ? 0 : part * 1_000_000 / whole;
}

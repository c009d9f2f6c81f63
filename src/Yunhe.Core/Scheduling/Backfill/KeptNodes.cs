using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Packing;
using Yunhe.Core.Scheduling.Reserving;

namespace Yunhe.Core.Scheduling.Backfill;

/// <summary>
/// The nodes that are kept for a gang which waits: of those that are expected to be free first as many as it takes. Whoever runs into its time
/// may use the other nodes of the pool, and of these what the gang leaves.
/// </summary>
internal sealed class KeptNodes
{
    /// <summary>By node, from 0: what the gang leaves of what is free when it begins. Cards count where they are wholly free.</summary>
    private readonly Dictionary<int, Left> left;

    private readonly Dictionary<Resources, NodeFilter> beside = [];

    private readonly record struct Left(int CpuMilli, long MemoryMiB, int Cards)
    {
        public bool Fits(in PackRequest asked) => asked.CpuMilli <= CpuMilli && asked.MemoryMiB <= MemoryMiB && asked.Cards <= Math.Max(0, Cards);

        /// <summary>A share of a card may be the first of a card that was wholly free.</summary>
        public Left Less(in PackRequest asked) => new(CpuMilli - asked.CpuMilli, MemoryMiB - asked.MemoryMiB, Cards - asked.Cards);
    }

    private KeptNodes(Dictionary<int, Left> left) => this.left = left;

    /// <summary>How many.</summary>
    public int Count => left.Count;

    /// <summary>Null: as far as it is known the gang never finds room, or others than Yunhe choose the nodes.</summary>
    /// <param name="state">The network.</param>
    /// <param name="waiter">The gang.</param>
    /// <param name="start">When it is to begin.</param>
    /// <param name="now">The time.</param>
    public static KeptNodes? Of(State state, Waiter waiter, DateTimeOffset start, DateTimeOffset now)
    {
        if (state.Capacity(waiter.Site) is not { } capacity) return null;
        var within = new Within(Open(state, waiter, start), waiter.OneFabric);
        var ends = state.Ends(waiter.Site, waiter.Pool).Select(h => (At: StartForecast.EndOf(state, h, now), Run: h)).OrderBy(e => e.At).ThenBy(e => e.Run.Attempt).ToList();
        // What ends by then makes the room, unless the start was found out a while ago.
        if ((Find(ends.TakeWhile(e => e.At <= start)) ?? Find(ends)) is not { } found) return null;
        var asked = PackedPool.Request(waiter.Each);
        return new(found.ToDictionary(f => f.Node, f => new Left(f.CpuMilli, f.MemoryMiB, f.Cards).Less(asked)));

        List<FreeThen>? Find(IEnumerable<(DateTimeOffset At, Holding Run)> ending) =>
            capacity.FindAfter(waiter.Pool, waiter.Each, waiter.Nodes, [.. ending.Select(e => new Held(e.Run.Nodes, e.Run.Each, e.Run.Cards))], within);
    }

    /// <summary>Where one may be that runs into the gang's time.</summary>
    public NodeFilter Beside(Resources each)
    {
        if (beside.TryGetValue(each, out var filter)) return filter;
        var asked = PackedPool.Request(each);
        return beside[each] = new(left.Where(l => !l.Value.Fits(asked)).Select(l => l.Key).ToHashSet(), Only: false);
    }

    /// <summary>One that runs into the gang's time starts on a node.</summary>
    /// <returns>False: it takes what was kept, so that other nodes have to be.</returns>
    public bool Take(int node, Resources each)
    {
        if (!left.TryGetValue(node, out var has)) return true;
        var asked = PackedPool.Request(each);
        if (!has.Fits(asked)) return false;
        left[node] = has.Less(asked);
        beside.Clear();
        return true;
    }

    /// <summary>Nodes that are reserved for others while the gang would run are none of those that it gets.</summary>
    private static NodeFilter? Open(State state, Waiter waiter, DateTimeOffset start)
    {
        if (state.Reserved.At(waiter.Site, waiter.Pool).Count == 0) return null;
        var subject = Subject.Of(state.Workload(waiter.Workload)!);
        var end = subject.Spec.TimeLimit is { } limit ? start + waiter.Staging + limit : DateTimeOffset.MaxValue;
        return state.Reserved.Open(waiter.Site, waiter.Pool, subject, start, end, inside: false);
    }
}

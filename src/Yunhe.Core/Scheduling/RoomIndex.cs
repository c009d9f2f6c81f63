namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Reserving;
using Yunhe.Core.Workloads;

/// <summary>
/// Which shapes of request have room in which pool now. Of a pool that Yunhe packs it is found out for all shapes at once, after each
/// change: many classes of waiting work ask for the same few shapes.
/// </summary>
internal sealed class RoomIndex
{
    /// <summary>Shapes that are kept track of; what else is asked for is looked up each time.</summary>
    private const int MostTracked = 64;

    private readonly Dictionary<Shape, int> numbers = [];
    private readonly List<Shape> shapes = [];
    private Tracked[] pools = [];

    internal readonly record struct Shape(Resources Each, int Nodes, bool OneFabric);

    /// <summary>Null: not looked at, or its engine packs it.</summary>
    private struct Tracked
    {
        public PackedPool? Packed;
        public int Changes;
        public int Shapes;
        public ulong Fitting;
    }

    public void Clear(int poolCount)
    {
        numbers.Clear();
        shapes.Clear();
        pools = new Tracked[poolCount];
    }

    /// <summary>The pool is counted anew.</summary>
    public void Forget(int pool) => pools[pool] = default;

    /// <summary>Number of a shape: what each node needs, how many nodes, and whether in one fabric.</summary>
    public int NumberOf(Resources each, WorkloadSpec spec)
    {
        var shape = new Shape(each, spec.Nodes, spec.Fabric == FabricWish.Same && spec.Nodes > 1);
        if (numbers.TryGetValue(shape, out var number)) return number;
        numbers.Add(shape, shapes.Count);
        shapes.Add(shape);
        return shapes.Count - 1;
    }

    public Shape this[int shape] => shapes[shape];

    public bool Fits(in SitePool at, int pool, int shape)
    {
        ref var tracked = ref pools[pool];
        if (tracked.Packed is null)
        {
            if (at.Slot.Capacity is not { } capacity) return false;
            if (capacity.Packed(at.Pool.Name) is not { } packed) return Fits(at, shape, null);
            tracked = new() { Packed = packed, Changes = -1 };
        }
        if (shape >= MostTracked) return Fits(tracked.Packed, shape);
        if (tracked.Changes != tracked.Packed.Changes || tracked.Shapes <= shape) LookAt(ref tracked);
        return (tracked.Fitting >> shape & 1) != 0;
    }

    /// <summary>The same on some of its nodes only; null: on any.</summary>
    public bool Fits(in SitePool at, int shape, NodeFilter? within)
    {
        var (each, nodes, oneFabric) = shapes[shape];
        return at.Slot.Capacity?.Fits(at.Pool.Name, each, nodes, new(within, oneFabric)) == true;
    }

    private void LookAt(ref Tracked pool)
    {
        (pool.Changes, pool.Shapes, pool.Fitting) = (pool.Packed!.Changes, Math.Min(shapes.Count, MostTracked), 0);
        for (var shape = 0; shape < pool.Shapes; shape++)
            if (Fits(pool.Packed, shape)) pool.Fitting |= 1UL << shape;
    }

    private bool Fits(PackedPool pool, int shape) => pool.Fits(shapes[shape].Each, shapes[shape].Nodes, new(null, shapes[shape].OneFabric));
}

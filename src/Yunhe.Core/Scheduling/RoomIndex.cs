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
    public const int MostTracked = 64;

    private readonly Dictionary<Shape, int> numbers = [];
    private readonly List<Shape> shapes = [];

    /// <summary>By number of the pool; null: not looked at, or its engine packs it.</summary>
    private PackedPool?[] packed = [];

    /// <summary>The shapes that fit in it, a bit each, of the first so many; see <see cref="looked"/>.</summary>
    private ulong[] fitting = [];

    /// <summary>For how many shapes that is known; 0: it has changed since. Apart, so that a pass over thousands of pools finds it in the processor's cache.</summary>
    private int[] looked = [];

    internal readonly record struct Shape(Resources Each, int Nodes, bool OneFabric);

    /// <summary>How many different ones have been asked for.</summary>
    public int Shapes => shapes.Count;

    public void Clear(int poolCount)
    {
        numbers.Clear();
        shapes.Clear();
        // Pools that are packed go on to tell the arrays of before of their changes.
        (packed, fitting, looked) = (new PackedPool?[poolCount], new ulong[poolCount], new int[poolCount]);
    }

    /// <summary>The pool is counted anew.</summary>
    public void Forget(int pool) => (packed[pool], looked[pool]) = (null, 0);

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
        if (looked[pool] > shape) return (fitting[pool] >> shape & 1) != 0;
        if (packed[pool] is null)
        {
            if (at.Slot.Capacity is not { } capacity) return false;
            if (capacity.Packed(at.Pool.Name) is not { } found) return Fits(at, shape, null);
            packed[pool] = found;
        }
        if (shape >= MostTracked) return Fits(packed[pool]!, shape);
        LookAt(pool);
        return (fitting[pool] >> shape & 1) != 0;
    }

    /// <summary>The same on some of its nodes only; null: on any.</summary>
    public bool Fits(in SitePool at, int shape, NodeFilter? within)
    {
        var (each, nodes, oneFabric) = shapes[shape];
        return at.Slot.Capacity?.Fits(at.Pool.Name, each, nodes, new(within, oneFabric)) == true;
    }

    private void LookAt(int pool)
    {
        packed[pool]!.TellOfChange(looked, pool);
        (looked[pool], fitting[pool]) = (Math.Min(shapes.Count, MostTracked), 0);
        for (var shape = 0; shape < looked[pool]; shape++)
            if (Fits(packed[pool]!, shape)) fitting[pool] |= 1UL << shape;
    }

    private bool Fits(PackedPool pool, int shape) => pool.Fits(shapes[shape].Each, shapes[shape].Nodes, new(null, shapes[shape].OneFabric));
}

namespace Yunhe.Core.Scheduling.Assignment;

/// <summary>
/// Lagrangian relaxation of what pools hold (Fisher 1981): prices per resource of each pool, moved by subgradients until demand meets
/// supply. Gives a bound below which no decision can be, and prices that tell who should have the scarce pools.
/// </summary>
internal sealed class PriceSearch
{
    /// <summary>Priced of each pool: cores, memory, accelerators, nodes for those with too many cores or accelerators to share one, places.</summary>
    private const int Rows = 6;

    private readonly Units units;
    private readonly double[] use;
    private readonly bool[] binding;
    private readonly double[] slope;

    public PriceSearch(Units units)
    {
        this.units = units;
        var rows = units.Contest.Pools.Count * Rows;
        (Prices, slope, binding) = (new double[rows], new double[rows], new bool[rows]);
        use = new double[units.Pool.Length * Rows];
        for (var p = 0; p < units.Contest.Pools.Count; p++) Scale(p);
    }

    /// <summary>Of the whole of each row; use is a share of it.</summary>
    public double[] Prices { get; }

    /// <summary>What an option takes of its pool, in money.</summary>
    public double RentOf(int option, double[] prices)
    {
        var (rent, price) = (0.0, units.Pool[option] * Rows);
        for (var r = 0; r < Rows; r++) rent += prices[price + r] * use[(option * Rows) + r];
        return rent;
    }

    /// <summary>The bound at the present prices; moves the prices toward <paramref name="target"/>, a cost that can be had.</summary>
    public double Step(long target, double stride)
    {
        Array.Clear(slope);
        for (var row = 0; row < slope.Length; row++)
            if (binding[row]) slope[row] = -1;
        var bound = 0.0;
        for (var row = 0; row < slope.Length; row++) bound -= Prices[row];
        for (var u = 0; u < units.Count; u++)
        {
            var (best, cost) = (Draft.Out, (double)units.WayOut(u));
            for (var o = units.First[u]; o < units.First[u + 1]; o++)
                if (units.Cost[o] < cost && units.Cost[o] + RentOf(o, Prices) is var all && all < cost) (best, cost) = (o, all);
            bound += cost;
            if (best < 0) continue;
            for (var r = 0; r < Rows; r++) slope[(units.Pool[best] * Rows) + r] += use[(best * Rows) + r];
        }
        Move(stride * Math.Max(target - bound, 1));
        return bound;
    }

    private void Move(double distance)
    {
        var norm = 0.0;
        for (var row = 0; row < slope.Length; row++)
        {
            if (Prices[row] <= 0 && slope[row] < 0) slope[row] = 0;
            norm += slope[row] * slope[row];
        }
        if (norm <= 0) return;
        for (var row = 0; row < slope.Length; row++) Prices[row] = Math.Max(0, Prices[row] + (distance / norm * slope[row]));
    }

    private void Scale(int p)
    {
        var pool = units.Contest.Pools[p];
        var wanting = Enumerable.Range(0, units.Pool.Length).Where(o => units.Pool[o] == p).ToList();
        var (cpus, memory, accelerators, useful) = (0.0, 0.0, 0.0, 0.0);
        // Two that need more than this of the same thing can't share a node.
        var (halfCpus, halfAccelerators) = (0L, 0L);
        for (var g = 0; g < pool.Nodes.Free.Length; g++)
        {
            var (free, count) = (pool.Nodes.Free[g], pool.Nodes.Counts[g]);
            if (!wanting.Any(o => units.Each[o].Fits(free))) continue;
            useful += count;
            cpus += (double)count * Usable(free.Cpus, wanting.Select(o => (long)units.Each[o].Cpus));
            memory += (double)count * Usable(free.MemoryMiB, wanting.Select(o => units.Each[o].MemoryMiB));
            accelerators += (double)count * Usable(free.Accelerators, wanting.Select(o => (long)units.Each[o].Accelerators));
            halfCpus = Math.Max(halfCpus, free.Cpus / 2);
            halfAccelerators = Math.Max(halfAccelerators, free.Accelerators / 2);
        }
        foreach (var o in wanting)
        {
            var (each, gang) = (units.Each[o], (double)units.Gang[o]);
            Use(o, 0, each.Cpus * gang, cpus);
            Use(o, 1, each.MemoryMiB * gang, memory);
            Use(o, 2, each.Accelerators * gang, accelerators);
            Use(o, 3, each.Cpus > halfCpus ? gang : 0, useful);
            Use(o, 4, each.Accelerators > halfAccelerators ? gang : 0, useful);
            Use(o, 5, 1, pool.Slots ?? pool.Places);
        }
    }

    private void Use(int option, int row, double needed, double whole)
    {
        if (needed <= 0) return;
        use[(option * Rows) + row] = needed / whole;
        binding[(units.Pool[option] * Rows) + row] = true;
    }

    /// <summary>What no sum of needs can reach of a node is not there: rounded down to a multiple of what all needs are multiples of.</summary>
    private static long Usable(long free, IEnumerable<long> needs)
    {
        var common = needs.Aggregate(0L, Gcd);
        return common == 0 ? free : free / common * common;
    }

    private static long Gcd(long a, long b) => b == 0 ? a : Gcd(b, a % b);
}

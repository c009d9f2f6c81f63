namespace Yunhe.Core.Scheduling.Assignment;

/// <summary>
/// A contest of different sizes, gangs among them: packing and assignment at once, which no fast method solves exactly. Prices say who
/// should have what, exchange betters it, and the relaxation's bound says how far from the best it can be.
/// </summary>
internal sealed class MixedSizes
{
    private const int PriceSteps = 120;
    private const int StepsPerDraft = 20;

    private readonly Contest contest;
    private readonly Units units;
    private readonly PriceSearch prices;
    private readonly int packings;
    private readonly Draft best;
    private double bound = double.MinValue;
    private double[] rents;

    public MixedSizes(Contest contest, int packings)
    {
        (this.contest, this.packings) = (contest, packings);
        units = new(contest);
        prices = new(units);
        best = new(units);
        rents = new double[units.Pool.Length];
    }

    public (List<Share> Shares, long Bound, List<ScarcePool> Scarce) Solve(List<Assigned> greedy)
    {
        Adopt(greedy);
        new ExchangeSearch(units, best, packings / 4).Exchange();
        FollowPrices();
        if (best.Cost > Least) new ExchangeSearch(units, best, packings / 2).Run();
        return (Shares(), Math.Min(best.Cost, Least), Scarce());
    }

    /// <summary>Costs are whole numbers, so the bound may be rounded up; less what the sums of its parts may be off.</summary>
    private long Least => (long)Math.Ceiling(bound - 1e-6 - (1e-9 * Math.Abs(bound)));

    private void Adopt(List<Assigned> greedy)
    {
        var items = contest.Items.Select((item, i) => (item.Number, i)).ToDictionary(x => x.Number, x => x.i);
        var next = new int[contest.Items.Count];
        for (var u = units.Count - 1; u >= 0; u--) next[units.Item[u]] = u;
        foreach (var (item, choice, count) in greedy)
        {
            if (!items.TryGetValue(item, out var i)) continue;
            for (var n = 0; n < count; n++)
            {
                var unit = next[i]++;
                for (var o = units.First[unit]; o < units.First[unit + 1]; o++)
                    if (units.Choice[o] == choice) best.TryAdd(o);
            }
        }
    }

    private void FollowPrices()
    {
        var (draft, stride, stale) = (new Draft(units), 1.0, 0);
        for (var step = 1; step <= PriceSteps && best.Cost > Least; step++)
        {
            var before = (double[])prices.Prices.Clone();
            var reached = prices.Step(best.Cost, stride);
            if (reached > bound)
            {
                (bound, stale) = (reached, 0);
                for (var o = 0; o < rents.Length; o++) rents[o] = prices.RentOf(o, before);
            }
            else if (++stale % 8 == 0)
            {
                stride /= 2;
            }
            if (step % StepsPerDraft != 0) continue;
            Fill(draft);
            new ExchangeSearch(units, draft, packings / 4 / (PriceSteps / StepsPerDraft)).Exchange();
            if (draft.Cost < best.Cost) best.CopyFrom(draft);
        }
    }

    /// <summary>Each in turn what is cheapest with the rent; those first who would lose most by their second best.</summary>
    private void Fill(Draft draft)
    {
        draft.Clear();
        var order = Enumerable.Range(0, units.Count).Select(u => (Unit: u, Regret: Regret(u))).OrderByDescending(u => u.Regret).ThenBy(u => u.Unit);
        foreach (var (unit, _) in order)
        {
            var options = Enumerable.Range(units.First[unit], units.First[unit + 1] - units.First[unit])
                .Where(o => units.Cost[o] + rents[o] < units.WayOut(unit) * (1 + 1e-9) + 1).OrderBy(o => units.Cost[o] + rents[o]).ThenBy(o => o);
            foreach (var o in options)
                if (draft.TryAdd(o)) break;
        }
        // Those who would not pay the rent take what is left over.
        for (var u = 0; u < units.Count; u++)
            for (var o = units.First[u]; o < units.First[u + 1] && draft.OptionOf(u) < 0; o++) draft.TryAdd(o);
    }

    private double Regret(int unit)
    {
        var (best, second) = ((double)units.WayOut(unit), (double)units.WayOut(unit));
        for (var o = units.First[unit]; o < units.First[unit + 1]; o++)
        {
            var cost = units.Cost[o] + rents[o];
            if (cost < best) (best, second) = (cost, best);
            else if (cost < second) second = cost;
        }
        return second - best;
    }

    /// <summary>Pool by pool in the order in which they fit, then those that went their way out.</summary>
    private List<Share> Shares()
    {
        var shares = new List<Share>();
        for (var p = 0; p < contest.Pools.Count; p++)
            foreach (var o in best.Load(p).Taken) Add(units.Unit[o], units.Choice[o]);
        for (var u = 0; u < units.Count; u++)
            if (best.OptionOf(u) < 0) Add(u, contest.Items[units.Item[u]].WayOut);
        return shares;

        void Add(int unit, int choice)
        {
            var item = contest.Items[units.Item[unit]].Number;
            if (shares.Count > 0 && shares[^1] is var last && last.Item == item && last.Choice == choice) shares[^1] = last with { Count = last.Count + 1 };
            else shares.Add(new(item, choice, 1));
        }
    }

    /// <summary>The mean rent of those who got in.</summary>
    private List<ScarcePool> Scarce()
    {
        var scarce = new List<ScarcePool>();
        for (var p = 0; p < contest.Pools.Count; p++)
        {
            var taken = best.Load(p).Taken;
            if (taken.Count == 0 || taken.Average(o => rents[o]) is var rent && rent < 1) continue;
            scarce.Add(new(contest.Pools[p].Number, (long)rent));
        }
        return scarce;
    }
}

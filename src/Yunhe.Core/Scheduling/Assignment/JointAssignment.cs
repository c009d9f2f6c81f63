namespace Yunhe.Core.Scheduling.Assignment;

/// <summary>
/// A window of waiting work decided at once. Where everybody gets what is cheapest for him, one after the other is the answer. What is
/// contested is taken apart; contests for slots are solved exactly, the others by prices and exchange. Never dearer than greedy.
/// </summary>
public static class JointAssignment
{
    /// <summary>Items of a window; a larger one stays as greedy has it.</summary>
    public const int MostItems = 1024;

    /// <summary>Tasks of one contest; a larger one, where sizes differ, stays as greedy has it.</summary>
    public const int MostUnits = 1024;

    /// <summary>Tasks times choices of one contest; a larger one stays as greedy has it.</summary>
    public const int MostOptions = 64 * 1024;

    /// <summary>Packings of one pool that the search of a contest may try, of which a window of a few dozen tasks needs a part.</summary>
    public const int MostPackings = 100_000;

    public static WindowAnswer Solve(Window window, int packings = MostPackings)
    {
        int[][] bestFirst = [.. window.Items.Select(GreedyAssignment.BestFirst)];
        var (taken, greedy, bestOfAll) = GreedyAssignment.Solve(window, bestFirst);
        if (bestOfAll) return new(taken, greedy, greedy, greedy, []);
        if (window.Items.Count > MostItems) return new(taken, greedy, greedy, window.Items.Sum(BestOf), []);

        var (contests, shares) = Contests.Of(window, bestFirst);
        var bound = shares.Sum(s => CostOf(window, s));
        var scarce = new List<ScarcePool>();
        foreach (var contest in contests)
        {
            var (mine, least, prices) = Solve(contest, taken, packings);
            shares.AddRange(mine);
            scarce.AddRange(prices);
            bound = checked(bound + least);
        }
        scarce.Sort((a, b) => a.Pool.CompareTo(b.Pool));
        // The same cost keeps the order of the queue.
        if (shares.Sum(s => CostOf(window, s)) is var cost && cost < greedy && InOrder(window, shares) is { } ordered)
            return new(ordered, cost, greedy, bound, scarce);
        return new(taken, greedy, greedy, bound, scarce);
    }

    private static (List<Share> Shares, long Bound, List<ScarcePool> Scarce) Solve(Contest contest, List<Assigned> greedy, int packings)
    {
        if (contest.Pools.All(p => p.Slots is not null))
        {
            var (shares, scarce) = SlotFlow.Solve(contest);
            return (shares, CostOf(contest, shares), scarce);
        }
        if (contest.Units > MostUnits || contest.Items.Sum(i => (long)i.Count * i.Choices.Count) > MostOptions)
            return ([.. SharesOf(contest, greedy)], contest.Items.Sum(i => i.Count * Math.Min(i.WayOutCost, i.Choices[0].Cost)), []);
        return new MixedSizes(contest, packings).Solve(greedy);
    }

    private static long BestOf(WindowItem item) => item.Count * Math.Min(item.Waiting, item.Choices.Select(c => c.Cost).DefaultIfEmpty(item.Waiting).Min());

    private static IEnumerable<Share> SharesOf(Contest contest, List<Assigned> greedy)
    {
        var given = greedy.ToLookup(a => a.Item);
        foreach (var item in contest.Items)
        {
            var left = item.Count;
            foreach (var (number, choice, count) in given[item.Number])
            {
                yield return new(number, choice, count);
                left -= count;
            }
            if (left > 0) yield return new(item.Number, -1, left);
        }
    }

    /// <summary>Order of taking in which everything fits; null: none was found, which only gangs and odd nodes can bring about.</summary>
    private static List<Assigned>? InOrder(Window window, List<Share> shares)
    {
        var ordered = new List<Assigned>();
        foreach (var pool in shares.Where(s => s.Choice >= 0).GroupBy(s => window.Items[s.Item].Choices[s.Choice].Pool).OrderBy(p => p.Key))
        {
            var given = pool.Select(s => new Assigned(s.Item, s.Choice, s.Count)).ToList();
            var largestFirst = given.OrderByDescending(a => window.Items[a.Item].Choices[a.Choice].PerNode.Accelerators)
                .ThenByDescending(a => window.Items[a.Item].Choices[a.Choice].PerNode.Cpus).ThenBy(a => a.Item).ThenBy(a => a.Choice).ToList();
            if (!Fit(window, pool.Key, given))
            {
                if (!Fit(window, pool.Key, largestFirst)) return null;
                given = largestFirst;
            }
            ordered.AddRange(given);
        }
        return ordered;
    }

    private static bool Fit(Window window, int pool, List<Assigned> all)
    {
        if (all.Sum(a => (long)a.Count) > window.Pools[pool].Places) return false;
        var nodes = new NodeSet(window.Pools[pool].Free);
        foreach (var (item, choice, count) in all)
            for (var n = 0; n < count; n++)
                if (!nodes.TryTake(window.Items[item].Choices[choice].PerNode, window.Items[item].Choices[choice].Nodes)) return false;
        return true;
    }

    private static long CostOf(Window window, Share share) =>
        checked(share.Count * (share.Choice < 0 ? window.Items[share.Item].Waiting : window.Items[share.Item].Choices[share.Choice].Cost));

    private static long CostOf(Contest contest, List<Share> shares)
    {
        var items = contest.Items.ToDictionary(i => i.Number);
        return shares.Sum(s => s.Count * (s.Choice == items[s.Item].WayOut ? items[s.Item].WayOutCost
            : items[s.Item].Choices.First(c => c.Number == s.Choice).Cost));
    }
}

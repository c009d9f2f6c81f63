namespace Yunhe.Core.Scheduling.Assignment;

using Yunhe.Core.Network;

/// <summary>
/// Takes apart a window: pools that hold all who could want them bind nobody, and what then hangs together by no contested pool can be
/// decided apart. Mostly little or nothing is left that needs a search.
/// </summary>
internal sealed class Contests
{
    private readonly Window window;
    private readonly int[] pools;
    private readonly int[][] wanted;
    private readonly int[] wayOut;
    private readonly NodeSet[] nodes;
    private readonly bool[] uncontested;
    private readonly bool[] anyMix;

    private Contests(Window window, int[][] bestFirst)
    {
        this.window = window;
        pools = [.. Enumerable.Range(0, window.Pools.Count).OrderBy(p => window.Pools[p].Name, StringComparer.Ordinal)];
        nodes = [.. window.Pools.Select(p => new NodeSet(p.Free))];
        (uncontested, anyMix) = (new bool[pools.Length], new bool[pools.Length]);
        wayOut = [.. Enumerable.Repeat(-1, window.Items.Count)];
        wanted = new int[window.Items.Count][];
        for (var i = 0; i < wanted.Length; i++)
        {
            var item = window.Items[i];
            wanted[i] = item.Count == 0 ? [] : [.. bestFirst[i].Where(c => item.Choices[c].Cost <= item.Waiting && FitsAlone(item.Choices[c]))];
        }
    }

    /// <returns>The contests, and for all items in none of them where they go.</returns>
    public static (List<Contest> Contests, List<Share> Settled) Of(Window window, int[][] bestFirst)
    {
        var parts = new Contests(window, bestFirst);
        while (parts.FindUncontested()) parts.DropDearer();
        return parts.Split();
    }

    private bool FitsAlone(WindowChoice choice) =>
        window.Pools[choice.Pool].Places > 0 && new NodeSet(nodes[choice.Pool]).TryTake(choice.PerNode, choice.Nodes);

    private bool FindUncontested()
    {
        var found = false;
        var wanting = Enumerable.Range(0, wanted.Length)
            .SelectMany(i => wanted[i].Select(c => (Item: i, Choice: window.Items[i].Choices[c]))).ToLookup(w => w.Choice.Pool);
        foreach (var p in pools.Where(p => !uncontested[p]))
        {
            // An item with two alternatives here is counted with both: a pool may look contested that is not, never the other way round.
            var all = wanting[p].Select(w => (w.Choice, window.Items[w.Item].Count)).ToList();
            anyMix[p] = HoldsAll(new(nodes[p]), all);
            uncontested[p] = anyMix[p] && all.Sum(w => (long)w.Count) <= window.Pools[p].Places;
            found |= uncontested[p];
        }
        return found;
    }

    private static bool HoldsAll(NodeSet left, List<(WindowChoice Choice, int Count)> all)
    {
        foreach (var (choice, count) in all)
            for (var n = 0; n < count; n++)
                if (!left.TryTake(choice.PerNode, choice.Nodes)) return false;
        return true;
    }

    /// <summary>Nobody needs what costs him more than what he can have in any case.</summary>
    private void DropDearer()
    {
        for (var i = 0; i < wanted.Length; i++)
        {
            var item = window.Items[i];
            var sure = Array.FindIndex(wanted[i], c => uncontested[item.Choices[c].Pool]);
            if (sure < 0) continue;
            wayOut[i] = wanted[i][sure];
            wanted[i] = wanted[i][..sure];
        }
    }

    private (List<Contest> Contests, List<Share> Settled) Split()
    {
        var group = Enumerable.Range(0, pools.Length).ToArray();
        int Find(int p) => group[p] == p ? p : group[p] = Find(group[p]);
        for (var i = 0; i < wanted.Length; i++)
            foreach (var c in wanted[i].Skip(1))
                group[Find(window.Items[i].Choices[c].Pool)] = Find(window.Items[i].Choices[wanted[i][0]].Pool);

        var settled = new List<Share>();
        var members = new Dictionary<int, List<int>>();
        for (var i = 0; i < wanted.Length; i++)
        {
            if (wanted[i].Length > 0)
            {
                var root = Find(window.Items[i].Choices[wanted[i][0]].Pool);
                if (!members.TryGetValue(root, out var list)) members.Add(root, list = []);
                list.Add(i);
            }
            else if (window.Items[i].Count > 0)
            {
                settled.Add(new(i, wayOut[i], window.Items[i].Count));
            }
        }
        // In the order of their first items, which is the order of insertion.
        return ([.. members.Values.Select(ContestOf)], settled);
    }

    private Contest ContestOf(List<int> items)
    {
        var wantedPools = items.SelectMany(i => wanted[i].Select(c => window.Items[i].Choices[c].Pool)).ToHashSet();
        var mine = pools.Where(wantedPools.Contains).ToList();
        var numbers = mine.Select((p, n) => (p, n)).ToDictionary(m => m.p, m => m.n);
        return new(
            [.. mine.Select(p => new ContestPool(p, nodes[p], window.Pools[p].Places, SlotsOf(p, items)))],
            [.. items.Select(i =>
            {
                var item = window.Items[i];
                return new ContestItem(
                    i, item.Count,
                    [.. wanted[i].Select(c => (Number: c, Choice: item.Choices[c]))
                        .Select(c => new ContestChoice(c.Number, numbers[c.Choice.Pool], c.Choice.PerNode, c.Choice.Nodes, c.Choice.Cost))],
                    wayOut[i], wayOut[i] < 0 ? item.Waiting : item.Choices[wayOut[i]].Cost);
            })]);
    }

    /// <summary>Where all who want a pool are of one size, or only its places bind, it has so many slots, and nothing else matters.</summary>
    private long? SlotsOf(int pool, List<int> items)
    {
        if (anyMix[pool]) return window.Pools[pool].Places;
        var sizes = items.SelectMany(i => wanted[i].Select(c => window.Items[i].Choices[c])).Where(c => c.Pool == pool)
            .Select(c => (c.PerNode, c.Nodes)).Distinct().ToList();
        if (sizes is not [var (each, gang)]) return null;
        var (left, slots) = (new NodeSet(nodes[pool]), 0L);
        while (slots < window.Pools[pool].Places && left.TryTake(each, gang)) slots++;
        // Gangs that share nodes with each other may do better than the tightest nodes first; then the count is not exact.
        return gang == 1 || !MayShare(pool, each) ? slots : null;
    }

    private bool MayShare(int pool, Resources each)
    {
        foreach (var free in nodes[pool].Free)
            if (each.Fits(free) && each.Fits(free - each)) return true;
        return false;
    }
}

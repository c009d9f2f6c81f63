namespace Yunhe.Core.Scheduling.Assignment;

/// <summary>One after the other in the order of the queue, each what is cheapest for it of what is left: what a placement pass does.</summary>
public static class GreedyAssignment
{
    public static (IReadOnlyList<Assigned> Taken, long Cost) Solve(Window window)
    {
        var (taken, cost, _) = Solve(window, [.. window.Items.Select(BestFirst)]);
        return (taken, cost);
    }

    /// <summary>Choices by cost, among equal costs in the order given.</summary>
    internal static int[] BestFirst(WindowItem item) => [.. Enumerable.Range(0, item.Choices.Count).OrderBy(c => item.Choices[c].Cost)];

    /// <param name="window">What waits.</param>
    /// <param name="bestFirst">Choices of each item, cheapest first.</param>
    /// <returns>BestOfAll: everyone got what is cheapest for it, so that nothing can be cheaper.</returns>
    internal static (List<Assigned> Taken, long Cost, bool BestOfAll) Solve(Window window, int[][] bestFirst)
    {
        var (nodes, places) = (new NodeSet?[window.Pools.Count], new int[window.Pools.Count]);
        var (taken, cost, bestOfAll) = (new List<Assigned>(), 0L, true);
        for (var i = 0; i < window.Items.Count; i++)
        {
            var (item, left) = (window.Items[i], window.Items[i].Count);
            var cheapest = item.Waiting;
            foreach (var c in bestFirst[i])
            {
                var choice = item.Choices[c];
                // Rather started than left waiting at the same cost.
                if (left == 0 || choice.Cost > item.Waiting) break;
                cheapest = Math.Min(cheapest, choice.Cost);
                var pool = nodes[choice.Pool] ??= new(window.Pools[choice.Pool].Free);
                var fitting = 0;
                while (fitting < left && places[choice.Pool] < window.Pools[choice.Pool].Places && pool.TryTake(choice.PerNode, choice.Nodes))
                {
                    fitting++;
                    places[choice.Pool]++;
                }
                if (fitting == 0) continue;
                taken.Add(new(i, c, fitting));
                cost = checked(cost + (fitting * choice.Cost));
                bestOfAll &= choice.Cost == cheapest;
                left -= fitting;
            }
            if (left == 0) continue;
            cost = checked(cost + (left * item.Waiting));
            bestOfAll &= item.Waiting == cheapest;
        }
        return (taken, cost, bestOfAll);
    }
}

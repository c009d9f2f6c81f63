namespace Yunhe.Core.Scheduling.Assignment;

/// <summary>
/// The cheapest way to send supplies to demands over edges of limited capacity: successive shortest paths with node potentials
/// (Edmonds and Karp 1972; Tomizawa 1971). Whole numbers throughout; among equal paths the one over lower node numbers.
/// </summary>
public sealed class MinCostFlow(int nodes)
{
    private const long Unreached = long.MaxValue;

    // Edge 2k and its reverse 2k + 1.
    private readonly List<int> to = [];
    private readonly List<int> nextOut = [];
    private readonly List<long> residual = [];
    private readonly List<long> costs = [];
    private readonly int[] firstOut = [.. Enumerable.Repeat(-1, nodes)];
    private readonly long[] excess = new long[nodes];
    private readonly long[] potential = new long[nodes];
    private readonly long[] distance = new long[nodes];
    private readonly int[] reachedBy = new int[nodes];
    private readonly bool[] settled = new bool[nodes];
    private readonly PriorityQueue<int, (long Distance, int Node)> frontier = new();

    /// <param name="cost">Of one unit; zero or more.</param>
    /// <returns>Its number, for <see cref="Flow"/>.</returns>
    public int AddEdge(int from, int target, long capacity, long cost)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        ArgumentOutOfRangeException.ThrowIfNegative(cost);
        AddHalf(from, target, capacity, cost);
        AddHalf(target, from, 0, -cost);
        return (to.Count / 2) - 1;
    }

    /// <param name="amount">Below zero: a demand.</param>
    public void AddSupply(int node, long amount) => excess[node] = checked(excess[node] + amount);

    /// <returns>What could not be sent for want of capacity or of demands.</returns>
    public long Solve()
    {
        var unsent = 0L;
        for (var node = 0; node < nodes; node++)
        {
            while (excess[node] > 0 && FindPath(node) is var end && end >= 0) Send(node, end);
            if (excess[node] > 0) unsent += excess[node];
        }
        return unsent;
    }

    public long Flow(int edge) => residual[(2 * edge) + 1];

    public long Cost
    {
        get
        {
            var sum = 0L;
            for (var edge = 0; edge < to.Count; edge += 2) sum = checked(sum + (residual[edge + 1] * costs[edge]));
            return sum;
        }
    }

    /// <summary>Dual of the node: along an edge with room left it rises by no more than the edge's cost.</summary>
    public long Potential(int node) => potential[node];

    private void AddHalf(int from, int target, long capacity, long cost)
    {
        to.Add(target);
        residual.Add(capacity);
        costs.Add(cost);
        nextOut.Add(firstOut[from]);
        firstOut[from] = to.Count - 1;
    }

    /// <summary>Dijkstra over reduced costs up to the nearest demand; −1: none can be reached.</summary>
    private int FindPath(int source)
    {
        Array.Fill(distance, Unreached);
        Array.Clear(settled);
        frontier.Clear();
        distance[source] = 0;
        reachedBy[source] = -1;
        frontier.Enqueue(source, (0, source));
        while (frontier.TryDequeue(out var node, out _))
        {
            if (settled[node]) continue;
            settled[node] = true;
            if (excess[node] < 0)
            {
                Reprice(distance[node]);
                return node;
            }
            for (var edge = firstOut[node]; edge >= 0; edge = nextOut[edge])
            {
                if (residual[edge] == 0 || settled[to[edge]]) continue;
                var reached = checked(distance[node] + costs[edge] + potential[node] - potential[to[edge]]);
                if (reached >= distance[to[edge]]) continue;
                distance[to[edge]] = reached;
                reachedBy[to[edge]] = edge;
                frontier.Enqueue(to[edge], (reached, to[edge]));
            }
        }
        return -1;
    }

    private void Reprice(long farthest)
    {
        for (var node = 0; node < nodes; node++) potential[node] += Math.Min(distance[node], farthest);
    }

    private void Send(int source, int end)
    {
        var amount = Math.Min(excess[source], -excess[end]);
        for (var node = end; node != source; node = to[reachedBy[node] ^ 1]) amount = Math.Min(amount, residual[reachedBy[node]]);
        for (var node = end; node != source; node = to[reachedBy[node] ^ 1])
        {
            residual[reachedBy[node]] -= amount;
            residual[reachedBy[node] ^ 1] += amount;
        }
        excess[source] -= amount;
        excess[end] += amount;
    }
}

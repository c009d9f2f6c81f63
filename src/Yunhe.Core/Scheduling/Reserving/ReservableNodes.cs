using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Packing;

namespace Yunhe.Core.Scheduling.Reserving;

/// <summary>The nodes of a pool that a reservation could have, and what keeps it from the others.</summary>
internal sealed class ReservableNodes
{
    private readonly Pool pool;
    private readonly ReservationSpec asked;

    /// <summary>Nodes that others hold now, for however long.</summary>
    private readonly HashSet<int> held = [];

    public ReservableNodes(State state, Pool pool, ReservationSpec asked, DateTimeOffset now)
    {
        (this.pool, this.asked) = (pool, asked);
        var why = new Dictionary<int, (bool Reserved, bool Down)>();
        var from = asked.From > now ? asked.From : now;
        // A maintenance may well be for nodes that are down; and by the time that another begins they may be up again, but nobody knows.
        var down = asked.Project is null ? [] : state.Site(asked.Site)!.DownNodes.ToHashSet(StringComparer.Ordinal);
        foreach (var reservation in state.Reserved.At(asked.Site, asked.Pool).Where(r => r.Overlaps(from, asked.To)))
        {
            Reserved.Add(reservation.Name);
            foreach (var number in reservation.Numbers) why.TryAdd(number, (true, false));
        }
        foreach (var holding in state.Ends(asked.Site, asked.Pool))
        {
            if (asked.Admits(state.Workload(holding.Attempt.Task.Workload)!.Project)) continue;
            foreach (var name in holding.Nodes) held.Add(pool.NumberOf(asked.Site, name));
            var end = holding.Limit is { } limit ? holding.From + limit : (DateTimeOffset?)null;
            if (end <= from) continue;
            Running.Add($"{holding.Attempt}, {(end is { } at ? $"until {at:u} at the latest" : "without a time limit")}");
            foreach (var name in holding.Nodes) why.TryAdd(pool.NumberOf(asked.Site, name), (false, false));
        }
        for (var number = 1; number <= pool.Nodes; number++)
            if (down.Contains(pool.NodeName(asked.Site, number))) why.TryAdd(number, (false, true));
        ReservedNodes = why.Values.Count(w => w.Reserved);
        Down = why.Values.Count(w => w.Down);
        RunningNodes = why.Count - ReservedNodes - Down;
        Open = [.. Enumerable.Range(1, pool.Nodes).Where(number => !why.ContainsKey(number))];
    }

    /// <summary>Numbers of the nodes that it could have.</summary>
    public IReadOnlyList<int> Open { get; }

    /// <summary>Names of reservations at that time.</summary>
    public List<string> Reserved { get; } = [];

    public int ReservedNodes { get; }

    /// <summary>Attempts of others that may still run when it begins.</summary>
    public List<string> Running { get; } = [];

    public int RunningNodes { get; }

    public int Down { get; }

    /// <summary>In as few fabrics as possible, the last ones first: other work fills a pool from the beginning.</summary>
    public IReadOnlyList<int> Choose() =>
        [.. FabricChoice.Of([.. Open.Select(number => (Cost: (long)-number, Node: number - 1, Level: 0))], pool.NodesPerFabric, asked.Nodes, oneFabric: false).Select(n => n.Node + 1).Order()];

    /// <summary>All that it could have and nobody else holds, those in the fabrics of nodes that it has first, then the last ones first.</summary>
    /// <param name="has">Their numbers.</param>
    public IEnumerable<int> Beside(IReadOnlyCollection<int> has)
    {
        var fabrics = has.Select(FabricOf).ToHashSet();
        return Open.Where(number => !held.Contains(number)).OrderByDescending(number => fabrics.Contains(FabricOf(number))).ThenByDescending(number => number);
    }

    private int FabricOf(int number) => pool.NodesPerFabric > 0 ? (number - 1) / pool.NodesPerFabric : 0;
}

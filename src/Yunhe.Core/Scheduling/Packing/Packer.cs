namespace Yunhe.Core.Scheduling.Packing;

/// <summary>Where a request was put, and which of the node's cards it got, a bit each.</summary>
public readonly record struct Placed(int Node, ulong Cards);

/// <summary>
/// Puts requests on the nodes of a fleet by a strategy. For each kind of request the groups of like nodes are kept ranked and are
/// weighed once, when they come about; so a decision costs as much as has changed since the last one for that kind, however many
/// nodes there are.
/// </summary>
public sealed class Packer
{
    /// <summary>Kinds of requests that are kept ranked at once; one more, and all are ranked anew as they come.</summary>
    private const int MostRankings = 1024;

    /// <summary>Changes that are remembered for kinds of requests that come seldom; beyond it they are ranked anew.</summary>
    private const int MostRemembered = 1 << 16;

    private readonly Fleet fleet;
    private readonly IPackingStrategy strategy;
    private readonly Dictionary<PackRequest, Ranking> rankings = [];
    private readonly List<(NodeGroup Group, Rank Rank)> seen = [];
    private readonly List<int> nodes = [];

    private readonly record struct Rank(long Cost, int First, int Level) : IComparable<Rank>
    {
        public int CompareTo(Rank other) => Cost != other.Cost ? Cost.CompareTo(other.Cost) : First.CompareTo(other.First);
    }

    private sealed class Ranking
    {
        public PriorityQueue<NodeGroup, Rank> Groups { get; } = new();

        /// <summary>How far of the fleet's changes have been taken in; −1: must be ranked anew.</summary>
        public int Read { get; set; } = -1;

        public int Epoch { get; set; }
    }

    /// <remarks>A fleet has one packer.</remarks>
    public Packer(Fleet fleet, IPackingStrategy strategy)
    {
        (this.fleet, this.strategy) = (fleet, strategy);
        fleet.IsWatched = true;
    }

    /// <summary>Puts one request; null when it fits nowhere.</summary>
    public Placed? Place(in PackRequest request)
    {
        strategy.Arrived(request);
        var ranking = Ranked(request);
        if (!Settle(ranking, out var group, out var rank)) return null;
        return new(group.First, fleet.Take(group.First, request, rank.Level));
    }

    /// <summary>Puts a gang on as many different nodes, all or nothing; false when there is no room.</summary>
    public bool PlaceGang(in PackRequest each, int count, List<Placed> placed)
    {
        strategy.Arrived(each);
        var ranking = Ranked(each);
        seen.Clear();
        nodes.Clear();
        while (nodes.Count < count && Settle(ranking, out var group, out var rank))
        {
            ranking.Groups.Dequeue();
            if (seen.Exists(s => s.Group == group)) continue;
            group.CopyFirst(count - nodes.Count, nodes);
            seen.Add((group, rank));
        }
        foreach (var (group, rank) in seen) ranking.Groups.Enqueue(group, rank);
        if (nodes.Count < count) return false;
        foreach (var node in nodes) placed.Add(new(node, fleet.Take(node, each, LevelOf(node))));
        return true;
    }

    public void Release(in PackRequest request, Placed placed) => fleet.Release(placed.Node, request, placed.Cards);

    private int LevelOf(int node)
    {
        foreach (var (group, rank) in seen)
            if (fleet.IsIn(node, group)) return rank.Level;
        throw new InvalidOperationException("a gang's node left its group");
    }

    /// <summary>The ranking of a kind of request, with what has changed since it was last asked for taken in.</summary>
    private Ranking Ranked(in PackRequest request)
    {
        if (fleet.Joined.Count > MostRemembered)
        {
            fleet.Joined.Clear();
            foreach (var other in rankings.Values) other.Read = -1;
        }
        if (!rankings.TryGetValue(request, out var ranking))
        {
            if (rankings.Count == MostRankings) rankings.Clear();
            rankings.Add(request, ranking = new());
        }
        // Groups that no node is in any more stay until they come to the top; when they are most, it is cheaper to begin anew.
        if (ranking.Read < 0 || ranking.Epoch != strategy.Epoch || ranking.Groups.Count > 4 * fleet.Groups.Length + 64)
        {
            ranking.Groups.Clear();
            foreach (var group in fleet.Groups) Enter(ranking, group, request);
        }
        else
        {
            for (var i = ranking.Read; i < fleet.Joined.Count; i++) Enter(ranking, fleet.Joined[i], request);
        }
        (ranking.Read, ranking.Epoch) = (fleet.Joined.Count, strategy.Epoch);
        return ranking;
    }

    private void Enter(Ranking ranking, NodeGroup group, in PackRequest request)
    {
        if (group.Count == 0 || !group.Free.Fits(request)) return;
        var (cost, level) = strategy.Weigh(group.Free, request);
        ranking.Groups.Enqueue(group, new(cost, group.First, level));
    }

    /// <summary>Brings the best group that nodes are still in to the top.</summary>
    private static bool Settle(Ranking ranking, out NodeGroup group, out Rank rank)
    {
        while (ranking.Groups.TryPeek(out group!, out rank))
        {
            if (group.Count > 0 && group.First == rank.First) return true;
            ranking.Groups.Dequeue();
            // Its first node has gone. Had a lower one come instead, it would have been entered again.
            if (group.Count > 0 && group.First > rank.First) ranking.Groups.Enqueue(group, rank with { First = group.First });
        }
        return false;
    }
}

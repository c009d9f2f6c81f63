namespace Yunhe.Core.Scheduling.Packing;

/// <summary>
/// Nodes and what they have free. A node is its place in the caller's order, which also breaks ties: lower goes first. Nodes with
/// the same free are one group, so that looking for room costs as much as there are different ones. An idle node takes 24 bytes.
/// </summary>
public sealed class Fleet
{
    private readonly NodeGroups groups = new();
    private readonly NodeGroup[] groupOf;
    private readonly int[] places;

    /// <summary>What each card of each node has free; of every node as many as the largest has.</summary>
    private readonly short[] cards;
    private readonly int cardsEach;
    private readonly bool sorted;

    /// <param name="nodes">The shape of each node.</param>
    /// <param name="cardsAlike">False: nodes whose cards have the same free in another order count as different, as published packers do.</param>
    public Fleet(IReadOnlyList<NodeShape> nodes, bool cardsAlike = true)
    {
        sorted = cardsAlike;
        groupOf = new NodeGroup[nodes.Count];
        cardsEach = nodes.Select(n => n.Cards).DefaultIfEmpty(0).Max();
        cards = new short[nodes.Count * cardsEach];
        places = new int[nodes.Count];
        foreach (var like in Enumerable.Range(0, nodes.Count).GroupBy(i => nodes[i]))
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(like.Key.Cards, NodeShape.MostCards);
            var group = groups.For(new(like.Key, like.Key.CpuMilli, like.Key.MemoryMiB, Idle(like.Key)));
            group.Fill([.. like], places);
            foreach (var node in like)
            {
                groupOf[node] = group;
                CardsOf(node).Fill(PackRequest.WholeCard);
            }
        }
    }

    public int Nodes => groupOf.Length;

    internal ReadOnlySpan<NodeGroup> Groups => groups.Occupied;

    /// <summary>Groups that a node has joined as their first, since a reader last looked; readers remember how far they have read.</summary>
    internal List<NodeGroup> Joined { get; } = [];

    /// <summary>Someone reads <see cref="Joined"/>.</summary>
    internal bool IsWatched { get; set; }

    /// <summary>How many different frees there are.</summary>
    public int Different => Groups.Length;

    public NodeShape ShapeOf(int node) => groupOf[node].Shape;

    internal bool IsIn(int node, NodeGroup group) => groupOf[node] == group;

    /// <summary>What a node has free, its cards in their own order.</summary>
    public FreeNode FreeOf(int node) => new(groupOf[node].Shape, groupOf[node].CpuMilli, groupOf[node].MemoryMiB, CardsOf(node));

    /// <summary>How many nodes a request fits on.</summary>
    public int CountFitting(in PackRequest request)
    {
        var count = 0;
        foreach (var group in Groups)
            if (group.Free.Fits(request)) count += group.Count;
        return count;
    }

    /// <summary>Whether a request fits on so many nodes.</summary>
    public bool Fits(in PackRequest request, int nodes)
    {
        if (nodes <= 0) return true;
        foreach (var group in Groups)
            if (group.Free.Fits(request) && (nodes -= group.Count) <= 0) return true;
        return false;
    }

    /// <summary>Sum over all nodes; <c>Milli</c> in thousandths of cards.</summary>
    public (long CpuMilli, long MemoryMiB, long Milli) Totals()
    {
        var (cpus, memory, milli) = (0L, 0L, 0L);
        foreach (var group in Groups)
        {
            cpus += (long)group.Count * group.CpuMilli;
            memory += group.Count * group.MemoryMiB;
            milli += (long)group.Count * group.Free.IdleMilli;
        }
        return (cpus, memory, milli);
    }

    /// <summary>Takes from a node where it fits; a share from a card that has exactly <paramref name="level"/> free.</summary>
    /// <returns>The cards taken, a bit each.</returns>
    public ulong Take(int node, in PackRequest request, int level)
    {
        var before = groupOf[node];
        if (!before.Free.Fits(request)) throw new InvalidOperationException("a request was put where it does not fit");
        var cards = CardsOf(node);
        var taken = FreeNode.Choose(cards, request, level);
        Change(node, cards, taken, before.CpuMilli - request.CpuMilli, before.MemoryMiB - request.MemoryMiB, -request.MilliPerCard);
        return taken;
    }

    /// <summary>
    /// The best nodes for a gang by a strategy that learns nothing, and the cards of each: of several groups the cheaper first, then
    /// the one whose first node comes first. Looks at every group. Nothing is taken; fewer when there is no room for all.
    /// </summary>
    public void Find(in PackRequest each, int count, IPackingStrategy strategy, List<Placed> found)
    {
        if (count == 1)
        {
            if (Best(each, strategy) is (_, var node, var level)) found.Add(new(node, Choose(node, each, level)));
            return;
        }
        var fitting = new List<(long Cost, int First, int Level, NodeGroup Group)>();
        foreach (var group in Groups)
        {
            if (!group.Free.Fits(each)) continue;
            var (cost, level) = strategy.Weigh(group.Free, each);
            fitting.Add((cost, group.First, level, group));
        }
        fitting.Sort((a, b) => a.Cost != b.Cost ? a.Cost.CompareTo(b.Cost) : a.First.CompareTo(b.First));
        var nodes = new List<int>();
        foreach (var (_, _, level, group) in fitting)
        {
            nodes.Clear();
            group.CopyFirst(count - found.Count, nodes);
            foreach (var node in nodes) found.Add(new(node, FreeNode.Choose(FreeOf(node).Cards, each, level)));
            if (found.Count >= count) return;
        }
    }

    /// <summary>Null: it fits on none.</summary>
    internal (long Cost, int Node, int Level)? Best(in PackRequest each, IPackingStrategy strategy)
    {
        var best = (Cost: 0L, Node: -1, Level: 0);
        foreach (var group in Groups)
        {
            if (!group.Free.Fits(each)) continue;
            var (cost, level) = strategy.Weigh(group.Free, each);
            if (best.Node < 0 || cost < best.Cost || (cost == best.Cost && group.First < best.Node)) best = (cost, group.First, level);
        }
        return best.Node < 0 ? null : best;
    }

    /// <summary>Every node that a request fits on, with what a strategy that learns nothing says of it; in no order.</summary>
    internal List<(long Cost, int Node, int Level)> Fitting(in PackRequest each, IPackingStrategy strategy, Reserving.NodeFilter? filter)
    {
        var fitting = new List<(long Cost, int Node, int Level)>();
        foreach (var group in Groups)
        {
            if (!group.Free.Fits(each)) continue;
            var (cost, level) = strategy.Weigh(group.Free, each);
            foreach (var node in group.Nodes)
                if (filter?.IsOpen(node) != false) fitting.Add((cost, node, level));
        }
        return fitting;
    }

    internal ulong Choose(int node, in PackRequest each, int level) => FreeNode.Choose(FreeOf(node).Cards, each, level);

    /// <summary>The first cards that a request fits on, for what was put there when cards were not recorded; as many as there are.</summary>
    internal ulong FirstFree(int node, in PackRequest request) => Choice(FreeOf(node).Cards, request.Cards, request.MilliPerCard, PackRequest.WholeCard);

    internal ulong Held(int node, in PackRequest request, ulong? recorded) => Held(FreeOf(node).Cards, request, recorded);

    /// <summary>The cards that a request holds: those recorded, or the first that could be where they are not recorded or not held.</summary>
    internal static ulong Held(ReadOnlySpan<short> cards, in PackRequest request, ulong? recorded)
    {
        var most = PackRequest.WholeCard - request.MilliPerCard;
        if (recorded is { } known)
        {
            var held = true;
            for (var i = 0; i < cards.Length; i++) held &= (known >> i & 1) == 0 || cards[i] <= most;
            if (held) return known;
        }
        return Choice(cards, request.Cards, short.MinValue, most);
    }

    private static ulong Choice(ReadOnlySpan<short> cards, int count, int least, int most)
    {
        var chosen = 0UL;
        for (var i = 0; i < cards.Length && count > 0; i++)
        {
            if (cards[i] < least || cards[i] > most) continue;
            chosen |= 1UL << i;
            count--;
        }
        return chosen;
    }

    /// <summary>
    /// Takes given cards, when what was decided earlier is built up again. Nodes may have been declared smaller since: then they
    /// have less than nothing free until it ends.
    /// </summary>
    public void TakeCards(int node, in PackRequest request, ulong cards)
    {
        var before = groupOf[node];
        Change(node, CardsOf(node), cards, before.CpuMilli - request.CpuMilli, before.MemoryMiB - request.MemoryMiB, -request.MilliPerCard);
    }

    /// <summary>Gives back what <see cref="Take"/> took.</summary>
    public void Release(int node, in PackRequest request, ulong cards)
    {
        var before = groupOf[node];
        Change(node, CardsOf(node), cards, before.CpuMilli + request.CpuMilli, before.MemoryMiB + request.MemoryMiB, request.MilliPerCard);
    }

    private Span<short> CardsOf(int node) => cards.AsSpan(node * cardsEach, groupOf[node].Shape.Cards);

    private void Change(int node, Span<short> cards, ulong which, int cpuMilli, long memoryMiB, int milli)
    {
        var shape = groupOf[node].Shape;
        if (cpuMilli > shape.CpuMilli || memoryMiB > shape.MemoryMiB) throw Impossible(node);
        for (var i = 0; which != 0; i++, which >>= 1)
        {
            if ((which & 1) == 0) continue;
            if (i >= cards.Length) break;
            if (cards[i] + milli > PackRequest.WholeCard) throw Impossible(node);
            cards[i] = (short)(cards[i] + milli);
        }
        groupOf[node].Remove(node, places);
        if (groupOf[node].Count == 0) groups.Emptied(groupOf[node]);
        Span<short> alike = stackalloc short[cards.Length];
        cards.CopyTo(alike);
        if (sorted) alike.Sort();
        Join(node, new(shape, cpuMilli, memoryMiB, alike));
    }

    private void Join(int node, FreeNode free)
    {
        var group = groups.For(free);
        group.Add(node, places);
        groupOf[node] = group;
        if (IsWatched && group.First == node) Joined.Add(group);
    }

    private static InvalidOperationException Impossible(int node) => new($"node {node} would have more free than it has");

    internal static short[] Idle(NodeShape shape)
    {
        var cards = new short[shape.Cards];
        Array.Fill(cards, (short)PackRequest.WholeCard);
        return cards;
    }
}

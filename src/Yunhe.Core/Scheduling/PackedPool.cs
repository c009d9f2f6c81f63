using System.Globalization;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Packing;
using Yunhe.Core.Scheduling.Reserving;

namespace Yunhe.Core.Scheduling;

/// <summary>
/// The nodes of a pool that Yunhe packs, card by card. Until something runs there it is only a count; names are made when asked for.
/// </summary>
/// <param name="site">Its site.</param>
/// <param name="pool">What it has.</param>
/// <param name="down">Names of nodes that can't be used now, of any pool.</param>
/// <param name="learned">How they are packed; null: <see cref="Packing.Tightest"/>.</param>
internal sealed class PackedPool(string site, Pool pool, IReadOnlySet<string> down, LearnedPacking? learned = null)
{
    private static readonly Tightest Tightest = new();

    private readonly string prefix = pool.NodeName(site, 0)[..^1];
    private readonly NodeShape shape = new(pool.PerNode.Cpus * Milli, pool.PerNode.MemoryMiB, Math.Min(pool.PerNode.Accelerators, NodeShape.MostCards), learned?.NumberOf(pool) ?? 0);
    private readonly IPackingStrategy strategy = (IPackingStrategy?)learned ?? Tightest;
    private Fleet? fleet;
    private int[]? told;
    private int toldAt;
    private string[]?[]? names;

    private const int Milli = 1000;

    private Fleet Fleet => fleet ??= new([.. Enumerable.Range(0, pool.Nodes).Select(node => IsDown(node) ? new(0, 0, 0) : shape)]);

    /// <summary>Sets a place of an array to 0 at every change from now on.</summary>
    public void TellOfChange(int[] seen, int place) => (told, toldAt) = (seen, place);

    public bool Fits(Resources each, int nodes, Within within) =>
        HasFitting(each, nodes) && (within.IsAnywhere || (within.OneFabric ? MostInOneFabric(each, within.Filter) : CountFitting(Request(each), within.Filter!)) >= nodes);

    public int MostInOneFabric(Resources each, NodeFilter? filter)
    {
        var most = 0;
        foreach (var count in CountByFabric(Request(each), filter)) most = Math.Max(most, count);
        return most;
    }

    private long CountFitting(PackRequest request, NodeFilter filter)
    {
        var listed = 0;
        foreach (var node in filter.Nodes)
            if (node < pool.Nodes && Fleet.FreeOf(node).Fits(request)) listed++;
        return filter.Only ? listed : CountFitting(request) - listed;
    }

    private bool HasFitting(Resources each, int nodes) =>
        fleet is not null || down.Count > 0 ? Fleet.Fits(Request(each), nodes) : CountFitting(Request(each)) >= nodes;

    private long CountFitting(PackRequest request)
    {
        if (fleet is not null || down.Count > 0) return Fleet.CountFitting(request);
        return new FreeNode(shape, shape.CpuMilli, shape.MemoryMiB, Packing.Fleet.Idle(shape)).Fits(request) ? pool.Nodes : 0;
    }

    /// <summary>What the best node for a request costs, to be held against other pools; 0: there is none.</summary>
    public long CostOf(Resources each)
    {
        var (request, between) = (Request(each), learned?.BetweenPools ?? Tightest);
        if (fleet is not null || down.Count > 0) return Fleet.Best(request, between)?.Cost ?? 0;
        var idle = new FreeNode(shape, shape.CpuMilli, shape.MemoryMiB, Packing.Fleet.Idle(shape));
        return idle.Fits(request) ? between.Weigh(idle, request).Cost : 0;
    }

    /// <summary>The nodes for a gang that fits, tightest first, and for each the cards, a bit each.</summary>
    public ChosenNodes Find(Resources each, int nodes, Within within)
    {
        var request = Request(each);
        var found = new List<Placed>(nodes);
        if (within.Filter is null && (nodes == 1 || pool.NodesPerFabric == 0)) Fleet.Find(request, nodes, strategy, found);
        else found = FabricChoice.Of(Fleet.Fitting(request, strategy, within.Filter), pool.NodesPerFabric, nodes, within.OneFabric).ConvertAll(f => new Placed(f.Node, Fleet.Choose(f.Node, request, f.Level)));
        var (nodeNames, cards) = (found.Count == 1 ? Alone(found[0].Node) : new string[found.Count], request.Cards == 0 ? null : new ulong[found.Count]);
        for (var i = 0; i < found.Count; i++)
        {
            if (found.Count > 1) nodeNames[i] = Name(found[i].Node);
            if (cards is not null) cards[i] = found[i].Cards;
        }
        return new(nodeNames, cards);
    }

    public void Take(IReadOnlyList<string> names, Resources each, IReadOnlyList<ulong>? cards)
    {
        var request = Request(each);
        Changed();
        for (var i = 0; i < names.Count; i++)
            if (NumberOf(names[i]) is { } node) Fleet.TakeCards(node, request, CardsOf(cards, i) ?? Fleet.FirstFree(node, request));
    }

    public void Release(IReadOnlyList<string> names, Resources each, IReadOnlyList<ulong>? cards)
    {
        var request = Request(each);
        Changed();
        for (var i = 0; i < names.Count; i++)
            if (NumberOf(names[i]) is { } node) Fleet.Release(node, request, Fleet.Held(node, request, CardsOf(cards, i)));
    }

    /// <summary>Which of these, let go in turn, is the first after which a gang fits; −1: it never does.</summary>
    public int FitsAfter(Resources each, int nodes, IReadOnlyList<Held> released, Within within) => LetGo(Request(each), nodes, released, within, []);

    /// <summary>
    /// Nodes for a gang as soon as it fits when these are let go in turn: those that come free for it rather than those that are free now. Null: it never does.
    /// </summary>
    public List<FreeThen>? FindAfter(Resources each, int nodes, IReadOnlyList<Held> released, Within within)
    {
        var request = Request(each);
        var changed = new Dictionary<int, Freed>();
        if (!Fits(each, nodes, within) && LetGo(request, nodes, released, within, changed) < 0) return null;
        var fitting = Fleet.Fitting(request, Tightest, within.Filter);
        var now = fitting.Select(f => f.Node).ToHashSet();
        foreach (var (node, freed) in changed)
            if (within.Filter?.IsOpen(node) != false && !now.Contains(node) && freed.Free.Fits(request)) fitting.Add((long.MinValue, node, 0));
        return FabricChoice.Of(fitting, pool.NodesPerFabric, nodes, within.OneFabric).ConvertAll(f => FreeThen.Of(f.Node, changed.TryGetValue(f.Node, out var freed) ? freed.Free : Fleet.FreeOf(f.Node)));
    }

    private int LetGo(PackRequest request, int nodes, IReadOnlyList<Held> released, Within within, Dictionary<int, Freed> changed)
    {
        var byFabric = within.OneFabric ? CountByFabric(request, within.Filter) : [];
        var fitting = within.Filter is { } filter ? CountFitting(request, filter) : CountFitting(request);
        for (var i = 0; i < released.Count; i++)
        {
            var back = Request(released[i].Each);
            for (var n = 0; n < released[i].Nodes.Count; n++)
            {
                if (NumberOf(released[i].Nodes[n]) is not { } node) continue;
                if (!changed.TryGetValue(node, out var freed)) changed.Add(node, freed = new(Fleet.FreeOf(node)));
                var before = freed.Free.Fits(request);
                freed.Add(back, CardsOf(released[i].Cards, n));
                if (before || within.Filter?.IsOpen(node) == false || !freed.Free.Fits(request)) continue;
                fitting++;
                if (within.OneFabric) byFabric[FabricOf(node)]++;
            }
            if (fitting >= nodes && (!within.OneFabric || byFabric.Max() >= nodes)) return i;
        }
        return -1;
    }

    private int[] CountByFabric(PackRequest request, NodeFilter? filter)
    {
        var counts = new int[FabricOf(pool.Nodes - 1) + 1];
        foreach (var (_, node, _) in Fleet.Fitting(request, strategy, filter)) counts[FabricOf(node)]++;
        return counts;
    }

    private int FabricOf(int node) => pool.NodesPerFabric > 0 ? node / pool.NodesPerFabric : 0;

    /// <summary>Null: a card is given out in part.</summary>
    public IReadOnlyList<FreeNodes>? FreeNodes()
    {
        if (fleet is null && down.Count == 0) return [new(pool.Nodes, new(shape.CpuMilli / Milli, shape.MemoryMiB, shape.Cards))];
        var nodes = new List<FreeNodes>(Fleet.Different);
        foreach (var group in Fleet.Groups)
        {
            var idle = 0;
            foreach (var card in group.Free.Cards)
            {
                if (card is not (0 or PackRequest.WholeCard)) return null;
                if (card > 0) idle++;
            }
            nodes.Add(new(group.Count, new(group.CpuMilli / Milli, group.MemoryMiB, idle)));
        }
        return nodes;
    }

    public (long Cpus, long MemoryMiB, long Accelerators) Totals()
    {
        if (fleet is null && down.Count == 0) return ((long)pool.Nodes * pool.PerNode.Cpus, pool.Nodes * pool.PerNode.MemoryMiB, (long)pool.Nodes * shape.Cards);
        var (cpus, memory, milli) = Fleet.Totals();
        return (cpus / Milli, memory, milli / PackRequest.WholeCard);
    }

    private sealed class Freed(FreeNode free)
    {
        private readonly short[] cards = free.Cards.ToArray();
        private readonly NodeShape shape = free.Shape;
        private int cpuMilli = free.CpuMilli;
        private long memoryMiB = free.MemoryMiB;

        public FreeNode Free => new(shape, cpuMilli, memoryMiB, cards);

        public void Add(PackRequest back, ulong? which)
        {
            cpuMilli += back.CpuMilli;
            memoryMiB += back.MemoryMiB;
            var held = Packing.Fleet.Held(cards, back, which);
            for (var i = 0; i < cards.Length; i++)
                if ((held >> i & 1) != 0) cards[i] += (short)back.MilliPerCard;
        }
    }

    public static PackRequest Request(Resources each) => each.Share > 0
        ? new(each.Cpus * Milli, each.MemoryMiB, 1, each.Share)
        : new(each.Cpus * Milli, each.MemoryMiB, each.Accelerators, each.Accelerators == 0 ? 0 : PackRequest.WholeCard);

    private void Changed()
    {
        if (told is not null) told[toldAt] = 0;
    }

    private static ulong? CardsOf(IReadOnlyList<ulong>? cards, int i) => i < cards?.Count ? cards[i] : null;

    private string Name(int node) => Alone(node)[0];

    /// <summary>The name of a node as a list, made once: most work takes one node.</summary>
    private string[] Alone(int node) => (names ??= new string[]?[pool.Nodes])[node] ??= [prefix + (node + 1).ToString(CultureInfo.InvariantCulture)];

    private bool IsDown(int node) => down.Count > 0 && down.Contains(Name(node));

    /// <summary>Null: a name of a node that the pool no longer has, or that is down.</summary>
    private int? NumberOf(string name) =>
        name.StartsWith(prefix, StringComparison.Ordinal)
        && int.TryParse(name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number >= 1 && number <= pool.Nodes && !down.Contains(name) ? number - 1 : null;
}

/// <summary>Nodes found for an attempt. <c>Cards</c>: for each node the cards, a bit each; null where none are asked for, or Yunhe does not choose them.</summary>
internal sealed record ChosenNodes(IReadOnlyList<string> Nodes, IReadOnlyList<ulong>? Cards);

/// <summary>What a node, by its place from 0, has free once others have let go; cards that are wholly free.</summary>
internal readonly record struct FreeThen(int Node, int CpuMilli, long MemoryMiB, int Cards)
{
    public static FreeThen Of(int node, FreeNode free)
    {
        var idle = 0;
        foreach (var card in free.Cards)
            if (card == PackRequest.WholeCard) idle++;
        return new(node, free.CpuMilli, free.MemoryMiB, idle);
    }
}

/// <summary>What an attempt holds of its nodes.</summary>
internal readonly record struct Held(IReadOnlyList<string> Nodes, Resources Each, IReadOnlyList<ulong>? Cards);

using Yunhe.Core.Network;
using Yunhe.Core.Workloads;

namespace Yunhe.Core.Scheduling.Packing;

/// <summary>
/// How a network packs nodes with accelerators: where parts of cards are asked for by the mix of what has been handed in
/// (<see cref="BalancedFragmentation"/>), else tightest, which costs less and leaves whole cards as they lie. Between pools the mix also decides
/// where one of several models is asked for by its name.
/// </summary>
internal sealed class LearnedPacking : IPackingStrategy
{
    /// <summary>Typical requests that a decision looks at; what it costs is in proportion.</summary>
    private const int MostUsed = 64;

    /// <summary>A request has a bit for each model; those that come later share the last.</summary>
    private const int LastModel = 63;

    private readonly BalancedFragmentation balanced = new([], MostUsed);
    private readonly Tightest tightest = new();

    /// <summary>In the order in which pools first had them, by <see cref="AcceleratorCatalogue.Plain"/> name; none is forgotten, so that numbers stay.</summary>
    private readonly Dictionary<string, int> models = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Those that are counted, by site.</summary>
    private readonly Dictionary<string, IReadOnlyList<Pool>> pools = new(StringComparer.Ordinal);

    /// <summary>Parts of cards have been asked for.</summary>
    private bool shares;

    /// <summary>Models have been asked for by name.</summary>
    private bool named;

    /// <summary>By which the pools of a network are held against each other. All nodes of one have the same model.</summary>
    public IPackingStrategy BetweenPools => shares || (named && models.Count > 1) ? balanced : tightest;

    private IPackingStrategy Nodes => shares ? balanced : tightest;

    public int Epoch => Nodes.Epoch;

    /// <summary>The number of a pool's model.</summary>
    public int NumberOf(Pool pool)
    {
        var name = AcceleratorCatalogue.Plain(pool.Accelerator ?? "");
        if (!models.TryGetValue(name, out var number)) models.Add(name, number = models.Count);
        return Math.Min(number, LastModel);
    }

    /// <summary>A site has these pools from now on, of those that Yunhe packs.</summary>
    public void SetPools(string site, IReadOnlyList<Pool> now)
    {
        foreach (var pool in pools.GetValueOrDefault(site, [])) Count(pool, -1);
        if (now.Count == 0) pools.Remove(site);
        else pools[site] = now;
        foreach (var pool in now) Count(pool, 1);
    }

    private void Count(Pool pool, int sign)
    {
        if (pool.PerNode.Accelerators > 0) balanced.CountCards(NumberOf(pool), sign * (long)pool.Nodes * Math.Min(pool.PerNode.Accelerators, NodeShape.MostCards));
    }

    /// <summary>A workload has been handed in: it counts by what its first alternative asks of a node, with the models of all that ask for the same.</summary>
    public void HandedIn(IReadOnlyList<Requirement> alternatives)
    {
        var each = alternatives[0].PerNode;
        var accepted = 0UL;
        foreach (var alternative in alternatives)
            if (alternative.PerNode == each) accepted |= Mask(alternative.Accelerator);
        Arrived(PackedPool.Request(each) with { Models = accepted });
    }

    private ulong Mask(string? model) =>
        model is null or AcceleratorCatalogue.Any ? ulong.MaxValue
        : models.TryGetValue(AcceleratorCatalogue.Plain(model), out var number) ? 1UL << Math.Min(number, LastModel)
        : 0;

    public void Arrived(in PackRequest request)
    {
        // What no pool could take says nothing of how to pack them.
        if (request.Cards == 0 || request.Models == 0) return;
        shares |= request.IsShare;
        named |= request.Models != ulong.MaxValue;
        balanced.Arrived(request);
    }

    public (long Cost, int Level) Weigh(FreeNode node, in PackRequest request) => Nodes.Weigh(node, request);

    public MixSnapshot Capture() => balanced.Capture() with { Models = [.. models.OrderBy(m => m.Value).Select(m => m.Key)], Shares = shares, Named = named };

    public void Restore(MixSnapshot snapshot)
    {
        balanced.Restore(snapshot);
        shares = snapshot.Shares ?? snapshot.Counts.Any(c => c.Cards == 1 && c.MilliPerCard < PackRequest.WholeCard);
        named = snapshot.Named ?? snapshot.Counts.Any(c => c.Models != ulong.MaxValue);
        foreach (var name in snapshot.Models) models.Add(name, models.Count);
    }
}

namespace Yunhe.Core.Scheduling.Packing;

/// <summary>
/// Yunhe's own packing. It looks further than one request ahead, by a mix of requests that is learnt from those that came and from
/// nothing else. A place costs:
/// (1) the cards it would strand: idle ones beyond what the node's cores and memory can still feed, at the mix's usual need per card;
/// (2) the scarcity of the model: how much demand has no other choice, spread over the cards that it may use;
/// (3) the growth of fragmentation: the published measure, plus what stays idle if one kind of request came until the node is full,
/// plus what a card's remainder will likely leave unused in the end.
/// The constants are the same for any mix; they were chosen on some of openb's variants and checked on others.
/// </summary>
public sealed class BalancedFragmentation : IPackingStrategy
{
    /// <summary>What a thousandth of a card on a model with just enough cards for what asks for it costs, in points of the fragmentation score.</summary>
    private const double ScarcityWeight = 0.03;

    /// <summary>How much likelier a card's remainder is taken by what leaves less: a factor of e for each 50 thousandths.</summary>
    private const double Choosiness = 0.02;

    private const double Scale = 1e6;

    private readonly RequestMix mix;
    private readonly long[] milliOf = new long[NodeShape.MostCards];
    private readonly double[] unusedOf = new double[PackRequest.WholeCard + 1];
    private readonly double[] likelihood = new double[PackRequest.WholeCard + 1];

    /// <summary>Null: the mix or the fleet has changed since it was found out.</summary>
    private double[]? scarcity;
    private int recounted;

    /// <param name="fleet">All nodes, by shape: how many cards there are of each model.</param>
    /// <param name="mostUsed">So many typical requests, the most frequent, are looked at in a decision.</param>
    public BalancedFragmentation(IEnumerable<(NodeShape Shape, int Count)> fleet, int mostUsed = RequestMix.MostUsed)
    {
        mix = new(mostUsed);
        foreach (var (shape, count) in fleet) milliOf[shape.Model] += (long)count * shape.Cards * PackRequest.WholeCard;
    }

    public BalancedFragmentation(Fleet fleet) : this(Enumerable.Range(0, fleet.Nodes).Select(fleet.ShapeOf).CountBy(s => s).Select(s => (s.Key, s.Value)))
    {
    }

    public int Epoch => mix.Epoch + recounted;

    public void Arrived(in PackRequest request)
    {
        var before = mix.Epoch;
        mix.Arrived(request);
        if (mix.Epoch != before) Learn();
    }

    /// <summary>The fleet has so many more cards of a model, or fewer.</summary>
    internal void CountCards(int model, long more)
    {
        milliOf[model] += more * PackRequest.WholeCard;
        scarcity = null;
        recounted++;
    }

    public (long Cost, int Level) Weigh(FreeNode node, in PackRequest request)
    {
        Span<short> cards = stackalloc short[NodeShape.MostCards];
        var (unused, stranded) = (Unused(node), Stranded(node));
        var price = ScarcityWeight * (scarcity ??= Scarcity())[node.Shape.Model] * request.Milli;
        if (!request.IsShare) return (Cost(node.After(request, 0, cards), unused, stranded, price), 0);
        var (best, at, last) = (long.MaxValue, 0, -1);
        foreach (var level in node.Cards)
        {
            if (level < request.MilliPerCard || level == last) continue;
            var cost = Cost(node.After(request, level, cards), unused, stranded, price);
            if (cost < best) (best, at) = (cost, level);
            last = level;
        }
        return (best, at);
    }

    public MixSnapshot Capture() => mix.Capture();

    public void Restore(MixSnapshot snapshot)
    {
        mix.Restore(snapshot);
        Learn();
    }

    private void Learn()
    {
        typical = [.. mix.Typical];
        scarcity = null;
        LearnUnused();
    }

    private long Cost(FreeNode after, double unused, double stranded, double price) =>
        (long)Math.Round(Scale * (price + Stranded(after) - stranded - Fragmentation.Score(unused - Unused(after))));

    /// <summary>
    /// Idle thousandths that cores or memory will not suffice for. A node is not held to need more for each card than it was built
    /// with: else its idle cards would count as lost from the start.
    /// </summary>
    private double Stranded(FreeNode node)
    {
        double idle = node.IdleMilli, all = node.Shape.Cards * PackRequest.WholeCard;
        if (idle == 0) return 0;
        var cpu = Math.Min(mix.PerMilli.CpuMilli, node.Shape.CpuMilli / all);
        var memory = Math.Min(mix.PerMilli.MemoryMiB, node.Shape.MemoryMiB / all);
        var fed = idle;
        if (cpu > 0) fed = Math.Min(fed, node.CpuMilli / cpu);
        if (memory > 0) fed = Math.Min(fed, node.MemoryMiB / memory);
        return idle - fed;
    }

    private double Unused(FreeNode node)
    {
        var idle = node.IdleMilli;
        if (idle == 0) return 0;
        var (milli, enough, below, copies) = (-1, 0, 0, 0);
        var sum = 0.0;
        foreach (var card in node.Cards) sum += unusedOf[card];
        foreach (var t in typical)
        {
            if (t.Cards == 0 || t.CpuMilli > node.CpuMilli || (t.Models >> node.Shape.Model & 1) == 0)
            {
                sum += 2 * t.Share * idle;
                continue;
            }
            if (t.MilliPerCard != milli)
            {
                (milli, enough, below) = Fragmentation.Split(node.Cards, t.MilliPerCard);
                copies = 0;
                foreach (var card in node.Cards) copies += card / milli;
            }
            var most = t.Cards == 1 ? copies : enough / t.Cards;
            if (t.CpuMilli > 0) most = Math.Min(most, node.CpuMilli / t.CpuMilli);
            sum += t.Share * ((enough >= t.Cards ? below : idle) + idle - most * t.Cards * t.MilliPerCard);
        }
        return sum;
    }

    private TypicalRequest[] typical = [];

    /// <summary>By model: the demand for a card of it, 1 being the mean over all cards.</summary>
    private double[] Scarcity()
    {
        var asked = new double[NodeShape.MostCards];
        double demand = typical.Sum(t => t.Share * t.Cards * t.MilliPerCard), all = milliOf.Sum();
        if (demand == 0) return asked;
        foreach (var t in typical)
        {
            var admitting = 0L;
            for (var model = 0; model < milliOf.Length; model++)
                if ((t.Models >> model & 1) != 0) admitting += milliOf[model];
            if (admitting == 0) continue;
            for (var model = 0; model < milliOf.Length; model++)
                if ((t.Models >> model & 1) != 0) asked[model] += t.Share * t.Cards * t.MilliPerCard / demand * ((double)all / admitting);
        }
        return asked;
    }

    /// <summary>By what a card has left: how much of it is unused in the end, if requests of the mix come, those that leave less sooner.</summary>
    private void LearnUnused()
    {
        Array.Clear(likelihood);
        foreach (var t in typical)
            if (t.Cards == 1) likelihood[t.MilliPerCard] += t.Share;
        for (var left = 1; left < unusedOf.Length; left++)
        {
            var (weights, sum) = (0.0, 0.0);
            for (var milli = 1; milli <= left; milli++)
            {
                if (likelihood[milli] == 0) continue;
                var weight = likelihood[milli] * Math.Exp(-Choosiness * unusedOf[left - milli]);
                weights += weight;
                sum += weight * unusedOf[left - milli];
            }
            unusedOf[left] = weights > 0 ? sum / weights : left;
        }
    }
}

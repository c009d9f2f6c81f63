namespace Yunhe.Core.Scheduling.Packing;

/// <summary>
/// The node that would have least left: half by cores, half by cards, in whole percent; a share goes on the card with least free.
/// As published with "Beware of Fragmentation" (USENIX ATC '23), where the percent are then stretched over the nodes that fit, which
/// changes no order.
/// </summary>
public sealed class BestFit(int mostCpuMilli = 128_000, int mostMilli = 8_000) : IPackingStrategy
{
    public int Epoch => 0;

    public void Arrived(in PackRequest request)
    {
    }

    public (long Cost, int Level) Weigh(FreeNode node, in PackRequest request)
    {
        double cpus = node.CpuMilli - request.CpuMilli, milli = node.IdleMilli - request.Milli;
        var left = 0.5 * cpus / mostCpuMilli + 0.5 * milli / mostMilli;
        return (-(int)(100 * (1 - left)), Tightest(node, request));
    }

    /// <summary>The least free on a card that a share fits on.</summary>
    internal static int Tightest(FreeNode node, in PackRequest request)
    {
        if (!request.IsShare) return 0;
        var level = int.MaxValue;
        foreach (var card in node.Cards)
            if (card >= request.MilliPerCard && card < level) level = card;
        return level;
    }
}

namespace Yunhe.Core.Scheduling.Packing;

/// <summary>
/// The node, and on it the card, whose fragmentation grows least: FGD as published ("Beware of Fragmentation", USENIX ATC '23), with
/// the mix of requests known beforehand.
/// </summary>
public sealed class FragmentationGradient(RequestMix mix) : IPackingStrategy
{
    public int Epoch => 0;

    public void Arrived(in PackRequest request)
    {
    }

    public (long Cost, int Level) Weigh(FreeNode node, in PackRequest request)
    {
        Span<short> cards = stackalloc short[NodeShape.MostCards];
        var before = Fragmentation.Of(node, mix.Typical);
        if (!request.IsShare) return (-Fragmentation.Score(before - Fragmentation.Of(node.After(request, 0, cards), mix.Typical)), 0);
        var (best, at) = (-1, 0);
        foreach (var level in node.Cards)
        {
            if (level < request.MilliPerCard) continue;
            var score = Fragmentation.Score(before - Fragmentation.Of(node.After(request, level, cards), mix.Typical));
            if (score > best) (best, at) = (score, level);
        }
        return (-best, at);
    }
}

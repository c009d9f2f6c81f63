namespace Yunhe.Core.Scheduling.Packing;

/// <summary>The node, and on it the card, that has most free, so that neighbours disturb each other least.</summary>
public sealed class Spread : IPackingStrategy
{
    public int Epoch => 0;

    public void Arrived(in PackRequest request)
    {
    }

    public (long Cost, int Level) Weigh(FreeNode node, in PackRequest request)
    {
        var cpus = (double)node.CpuMilli / Math.Max(1, node.Shape.CpuMilli);
        var milli = node.Shape.Cards == 0 ? cpus : (double)node.IdleMilli / (node.Shape.Cards * PackRequest.WholeCard);
        var level = 0;
        if (request.IsShare)
            foreach (var card in node.Cards) level = Math.Max(level, card);
        return (-(long)(1_000_000 * (cpus + milli)), level);
    }
}

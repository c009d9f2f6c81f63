namespace Yunhe.Core.Scheduling.Packing;

/// <summary>
/// What leaves the largest holes whole: a share goes on the card with least free, then everything on the node with the fewest idle
/// cards, cores and memory. Needs no knowledge of other work, so that the same state gives the same choice.
/// </summary>
public sealed class Tightest : IPackingStrategy
{
    public int Epoch => 0;

    public void Arrived(in PackRequest request)
    {
    }

    public (long Cost, int Level) Weigh(FreeNode node, in PackRequest request)
    {
        var level = BestFit.Tightest(node, request);
        // Most significant first: 10 bits of the card's share, 17 of idle thousandths, 17 of cores, 18 of memory in GiB.
        var cost = ((long)level << 17) + Math.Clamp(node.IdleMilli, 0, (1 << 17) - 1);
        cost = (cost << 17) + Math.Min(node.CpuMilli / 1000, (1 << 17) - 1);
        return ((cost << 18) + Math.Min(node.MemoryMiB / 1024, (1 << 18) - 1), level);
    }
}

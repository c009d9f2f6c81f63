namespace Yunhe.Core.Scheduling.Packing;

/// <summary>
/// How a network packs nodes with accelerators: where parts of cards are asked for by the mix of what has been handed in
/// (<see cref="BalancedFragmentation"/>), else tightest, which costs less and leaves whole cards as they lie.
/// </summary>
internal sealed class LearnedPacking : IPackingStrategy
{
    /// <summary>Typical requests that a decision looks at; what it costs is in proportion.</summary>
    private const int MostUsed = 64;

    // The nodes of a pool have one model, so that which model is scarce does not matter here.
    private readonly BalancedFragmentation balanced = new([(new NodeShape(0, 0, 1), 1)], MostUsed);
    private readonly Tightest tightest = new();

    /// <summary>Parts of cards have been asked for.</summary>
    private bool shares;

    public int Epoch => shares ? balanced.Epoch : 0;

    public void Arrived(in PackRequest request)
    {
        if (request.Cards == 0) return;
        shares |= request.IsShare;
        balanced.Arrived(request);
    }

    public (long Cost, int Level) Weigh(FreeNode node, in PackRequest request) => shares ? balanced.Weigh(node, request) : tightest.Weigh(node, request);

    public MixSnapshot Capture() => balanced.Capture();

    public void Restore(MixSnapshot snapshot)
    {
        balanced.Restore(snapshot);
        shares = snapshot.Counts.Any(c => c.Cards == 1 && c.MilliPerCard < PackRequest.WholeCard);
    }
}

namespace Yunhe.Core.Scheduling.Packing;

/// <summary>Says how well a request would stand on a node. Nodes that tie are taken in the caller's order.</summary>
public interface IPackingStrategy
{
    /// <summary>Another number: what was weighed before no longer holds.</summary>
    int Epoch { get; }

    /// <summary>A request has come in, whether there is room for it or not.</summary>
    void Arrived(in PackRequest request);

    /// <summary>
    /// What it would cost to put a request that fits on a node; least wins. <c>Level</c>, for a share: the free thousandths of the
    /// card to put it on; otherwise 0. The answer depends on nothing but the arguments and what has arrived.
    /// </summary>
    (long Cost, int Level) Weigh(FreeNode node, in PackRequest request);
}

namespace Yunhe.Planning.Training.Costs;

/// <summary>Seconds of one layer and one micro-batch on one device: matrix products, and the rest of the forward pass.</summary>
internal readonly record struct LayerCosts(ProductTime Products, double Attention, double Elementwise)
{
    /// <summary>Backward of fused attention computes the scores again: 5 products for forward's 2.</summary>
    private const double FusedAttentionBackward = 2.5;

    /// <summary>Forward, backward and what is recomputed.</summary>
    public double Pass(TrainingJob job, Recompute recompute, bool fused)
    {
        var again = recompute switch
        {
            Recompute.Full => Products.Forward + Attention + Elementwise,
            Recompute.Selective when !fused => Attention,
            Recompute.Selective => 0.5 * Elementwise,
            _ => 0,
        };
        return Products.Pass(!job.Adapters) + Attention * (1 + (fused ? FusedAttentionBackward : 2)) + 3 * Elementwise + again;
    }
}

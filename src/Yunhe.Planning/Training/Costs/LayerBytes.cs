using Yunhe.Planning.Models;
using Yunhe.Planning.Training.Calibration;

namespace Yunhe.Planning.Training.Costs;

/// <summary>Bytes that one layer keeps of one token on one device until its backward pass (Korthikanti et al. 2022, section 4, for any shape).</summary>
internal readonly struct LayerBytes
{
    private readonly bool perOperation;
    private readonly bool offloads;
    private readonly double input;
    private readonly double scores;
    private readonly double cheap;
    private readonly double products;
    private readonly double attended;

    public LayerBytes(LanguageModel model, in Parallelism layout, SoftwareStack stack, int sequence)
    {
        double t = layout.Tensor, along = layout.SequenceParallel ? t : 1;
        double heads = model.Heads / t, kvHeads = Math.Max(1, model.KvHeads / t);
        var expertShare = model.Experts > 0 ? (model.Layers - model.DenseLayers) / (double)model.Layers : 0;
        var matrices = model.GatedMlp ? 6.0 : 4;
        var mlp = (1 - expertShare) * matrices * model.Ffn / t
            + expertShare * (model.ActiveExperts / t * (matrices * model.ExpertFfn + 4 * model.Hidden) + model.SharedExperts * matrices * model.ExpertFfn / t);
        input = 2 * model.Hidden / along;
        // Both norms' inputs and outputs; masks of dropout where attention is not fused, the stacks of that time.
        All = (stack.FusedAttention ? 8 : 10) * model.Hidden / along + 2 * model.HeadWidth * (2 * heads + 2 * kvHeads) + mlp;
        scores = stack.FusedAttention ? 0 : 5 * heads * sequence;
        All += scores;
        cheap = 4 * model.Hidden / along + mlp / 3;
        attended = 2 * model.HeadWidth * heads;
        products = attended + 2 * model.HeadWidth * 2 * kvHeads + 2 * model.Hidden / along * 2 + mlp * (model.GatedMlp ? 2.0 / 3 : 0.5);
        (perOperation, offloads) = (stack.ShardsMasterWeights, stack.OffloadsKept);
    }

    public double All { get; }

    /// <summary>Selective: scores, where there are any; all but the input, where it goes to the host; every second matrix product, in stacks that choose by operation; else norms and activations.</summary>
    public double Kept(Recompute recompute) => recompute switch
    {
        Recompute.Full => input,
        Recompute.Selective when scores > 0 => All - scores,
        Recompute.Selective when offloads => input,
        Recompute.Selective when perOperation => input + attended + products / 2,
        Recompute.Selective => All - cheap,
        _ => All,
    };
}

using Yunhe.Planning.Models;
using Yunhe.Planning.Training.Calibration;

namespace Yunhe.Planning.Training.Costs;

/// <summary>What a layer does with one micro-batch on one device.</summary>
internal static class LayerWork
{
    public static LayerCosts Dense(TrainingJob job, in Parallelism layout, Operations on, SoftwareStack stack)
    {
        var (gemm, attention, elementwise) = AttentionBlock(job, layout, on, stack);
        var tokens = Tokens(job, layout);
        return new(gemm + Mlp(job.Model, tokens, job.Model.Ffn / (double)layout.Tensor, on), attention, elementwise + MlpTraffic(job.Model, tokens, job.Model.Ffn / (double)layout.Tensor, on));
    }

    public static LayerCosts Experts(TrainingJob job, in Parallelism layout, Operations on, CalibrationProfile profile)
    {
        var (gemm, attention, elementwise) = AttentionBlock(job, layout, on, profile.Stack);
        var model = job.Model;
        var tokens = Tokens(job, layout);
        // Experts are not cut by tensor parallelism: its ranks share out the tokens instead.
        var routed = tokens / layout.Tensor * model.ActiveExperts * profile[Constant.ExpertPenalty];
        var local = Math.Max(1, model.Experts / layout.Expert);
        gemm += Mlp(model, routed / local, model.ExpertFfn, on, local) + on.FullWidthGemm(tokens / layout.Tensor, model.Hidden, model.Experts);
        // Permuted before and brought back after.
        elementwise += MlpTraffic(model, routed, model.ExpertFfn, on) + on.Elementwise(8 * routed * model.Hidden);
        if (model.SharedExperts > 0)
        {
            var width = model.SharedExperts * model.ExpertFfn / (double)layout.Tensor;
            gemm += Mlp(model, tokens, width, on);
            elementwise += MlpTraffic(model, tokens, width, on);
        }
        return new(gemm, attention, elementwise);
    }

    /// <summary>Of a micro-batch on one device, before tensor parallelism.</summary>
    public static double Tokens(TrainingJob job, in Parallelism layout) => (double)layout.MicroBatch * job.SequenceLength / layout.Context;

    /// <summary>Projection to the vocabulary and the loss, forward and backward.</summary>
    public static double Logits(TrainingJob job, in Parallelism layout, Operations on)
    {
        var tokens = Tokens(job, layout);
        var words = job.Model.Vocabulary / (double)layout.Tensor;
        // BF16 logits, FP32 soft-max, its gradient.
        return on.FullWidthGemm(tokens, job.Model.Hidden, words).Pass(!job.Adapters) + on.Elementwise(16 * tokens * words);
    }

    private static (ProductTime Gemm, double Attention, double Elementwise) AttentionBlock(TrainingJob job, in Parallelism layout, Operations on, SoftwareStack stack)
    {
        var model = job.Model;
        double tokens = Tokens(job, layout), h = model.Hidden, t = layout.Tensor;
        double heads = model.Heads / t, kvHeads = Math.Max(1, model.KvHeads / t);
        double width = model.HeadWidth + (model.LatentKv > 0 ? model.RopeHeadSize : 0);
        double value = model.ValueHeadSize > 0 ? model.ValueHeadSize : model.HeadWidth;
        ProductTime gemm;
        if (model.LatentKv == 0) gemm = on.Gemm(tokens, h, heads * width + kvHeads * (width + value));
        else
        {
            gemm = (model.LatentQuery > 0 ? on.Gemm(tokens, h, model.LatentQuery) + on.Gemm(tokens, model.LatentQuery, heads * width) : on.Gemm(tokens, h, heads * width))
                + on.Gemm(tokens, h, model.LatentKv + model.RopeHeadSize) + on.Gemm(tokens, model.LatentKv, heads * (model.HeadWidth + value));
            kvHeads = heads;
        }
        gemm += on.Gemm(tokens, heads * value, h);

        var seen = (model.Layers - model.WindowedLayers) / (double)model.Layers * job.SequenceLength
            + model.WindowedLayers / (double)model.Layers * Math.Min(job.SequenceLength, model.Window > 0 ? 2 * model.Window : job.SequenceLength);
        var flops = 2 * tokens * seen * heads * (width + value);
        // A width that does not divide is a misprint, not a width.
        var even = model.HeadSize == 0 && model.Hidden % model.Heads != 0 ? 64 : model.HeadWidth;
        var attention = stack.FusedAttention
            ? on.FusedAttention(flops / 2, job.SequenceLength)
            : on.HeadProduct(tokens, width, seen, heads, even) + on.HeadProduct(tokens, seen, value, heads, even) + on.ScoreTraffic(2 * tokens * seen * heads);
        // Norms and residuals lie along the sequence only with sequence parallelism; rotations and layouts of the heads always are cut.
        var elementwise = on.Elementwise(20 * tokens * h / (layout.SequenceParallel ? t : 1) + 8 * tokens * (heads + kvHeads) * width);
        return (gemm, attention, elementwise);
    }

    private static ProductTime Mlp(LanguageModel model, double tokens, double width, Operations on, int experts = 1) =>
        on.Gemm(tokens, model.Hidden, (model.GatedMlp ? 2 : 1) * width, experts) + on.Gemm(tokens, width, model.Hidden, experts);

    private static double MlpTraffic(LanguageModel model, double tokens, double width, Operations on) =>
        on.Elementwise((model.GatedMlp ? 6 : 4) * tokens * width);
}

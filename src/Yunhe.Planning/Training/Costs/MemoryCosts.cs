using Yunhe.Planning.Clusters;
using Yunhe.Planning.Models;
using Yunhe.Planning.Training.Calibration;

namespace Yunhe.Planning.Training.Costs;

/// <summary>Bytes of one device, with what does not depend on pipeline, data and ZeRO computed once.</summary>
internal sealed class MemoryCosts
{
    private const double WeightBytes = 2;

    /// <summary>FP32 weight and Adam's two moments.</summary>
    private const double OptimizerBytes = 12;

    private readonly TrainingJob job;
    private readonly ParameterCount count;
    private readonly CalibrationProfile profile;
    private readonly int tensor;
    private readonly int context;
    private readonly int expert;
    private readonly double kept;
    private readonly double working;
    private readonly double logits;
    private readonly int micro;

    public MemoryCosts(TrainingJob job, in Parallelism layout, Cluster cluster, CalibrationProfile profile, ParameterCount count)
    {
        _ = cluster;
        (this.job, this.count, this.profile) = (job, count, profile);
        (tensor, context, expert, micro) = (layout.Tensor, layout.Context, layout.Expert, layout.MicroBatch);
        var all = LayerBytes(job, layout, profile.Stack);
        var tokens = LayerWork.Tokens(job, layout);
        var input = 2 * tokens * job.Model.Hidden / (layout.SequenceParallel ? tensor : 1);
        (kept, working) = layout.Recompute == Recompute.Full ? (input, all) : (all, 0);
        logits = 10 * tokens * job.Model.Vocabulary / tensor;
    }

    public DeviceMemory Of(in Parallelism layout)
    {
        int pipeline = layout.Pipeline, group = layout.Data * context, layers = (job.Model.Layers + pipeline - 1) / pipeline;
        var dense = (layers * (count.Dense / job.Model.Layers) + (pipeline == 1 ? count.EmbeddingMatrices : 1) * count.Embedding) / tensor;
        var experts = layers * (count.Routed / job.Model.Layers) / expert;
        var shards = layout.ShardGroup > 0 ? Math.Min(layout.ShardGroup, group) : group;
        double denseShards = shards, expertShards = Math.Max(1, (double)shards * tensor / expert);
        double Held(double bytes, bool sharded) => bytes * (dense / (sharded ? denseShards : 1) + experts / (sharded ? expertShards : 1));

        var zero = layout.Zero;
        var weights = zero == 3
            ? Held(profile.Stack.ShardsMasterWeights ? 0 : WeightBytes, true) + 2 * WeightBytes * ((dense - count.Embedding / tensor) / layers + count.Embedding / tensor)
            : Held(WeightBytes, false);
        var trained = job.Adapters ? 0.0 : 1;
        var micros = Math.Max(1, job.GlobalBatch / (layout.Data * micro));
        var inFlight = Math.Min(micros, layout.Interleave > 1 ? pipeline + (pipeline - 1.0) / layout.Interleave : pipeline);
        var first = layers * kept * inFlight;
        var last = layers * kept * Math.Min(inFlight, 1) + logits;
        return new()
        {
            Weights = weights,
            Gradients = trained * Held(profile.Stack.GradientBytes, zero >= 2),
            Optimizer = trained * Held(OptimizerBytes, zero >= 1),
            Activations = working + (pipeline == 1 ? layers * kept + logits : Math.Max(first, last)),
            Buffers = RuntimeBytes,
        };
    }

    /// <summary>Context of the driver, communication buffers, workspaces.</summary>
    private const double RuntimeBytes = 3e9;

    private static double LayerBytes(TrainingJob job, in Parallelism layout, SoftwareStack stack)
    {
        var model = job.Model;
        double tokens = LayerWork.Tokens(job, layout), t = layout.Tensor, sp = layout.SequenceParallel ? t : 1;
        double heads = model.Heads / t, kvHeads = Math.Max(1, model.KvHeads / t);
        var attention = 10 * model.Hidden / sp + 2 * model.HeadWidth * (2 * heads + 2 * kvHeads) + (stack.FusedAttention ? 4 * heads : 5 * heads * job.SequenceLength);
        var factor = model.GatedMlp ? 8.0 : 4;
        var dense = factor * model.Ffn / t;
        var expertShare = model.Experts > 0 ? (model.Layers - model.DenseLayers) / (double)model.Layers : 0;
        var experts = model.ActiveExperts / t * (factor * model.ExpertFfn + 4 * model.Hidden) + model.SharedExperts * factor * model.ExpertFfn / t;
        return tokens * (attention + (1 - expertShare) * dense + expertShare * experts);
    }
}

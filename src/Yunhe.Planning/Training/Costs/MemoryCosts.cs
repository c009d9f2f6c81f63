using Yunhe.Planning.Catalogue;
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
    private readonly SoftwareStack stack;
    private readonly int tensor;
    private readonly int context;
    private readonly int expert;
    private readonly int micro;
    private readonly double kept;
    private readonly double working;
    private readonly double logits;
    private readonly double runtime;

    public MemoryCosts(TrainingJob job, in Parallelism layout, CalibrationProfile profile, ParameterCount count)
    {
        (this.job, this.count, stack) = (job, count, profile.Stack);
        (tensor, context, expert, micro) = (layout.Tensor, layout.Context, layout.Expert, layout.MicroBatch);
        var tokens = LayerWork.Tokens(job, layout);
        var factor = profile[Constant.ActivationFactor];
        var layer = new LayerBytes(job.Model, layout, stack, job.SequenceLength);
        kept = factor * tokens * layer.Kept(layout.Recompute);
        // What a layer computes again lives until its backward pass is done.
        working = factor * tokens * (layer.All - layer.Kept(layout.Recompute));
        // And the projection's gradient before it is added up.
        logits = factor * (tensor > 1 ? stack.ParallelLogitBytes : stack.LogitBytes) * tokens * job.Model.Vocabulary / tensor + WeightBytes * count.Embedding / tensor;
        runtime = profile[Constant.RuntimeGB] * 1e9 * stack.RuntimeShare;
    }

    /// <param name="firstStage">Of the first stage of a pipeline, not of the fullest.</param>
    public DeviceMemory Of(in Parallelism layout, bool firstStage = false)
    {
        int pipeline = layout.Pipeline, group = layout.Data * context, layers = (job.Model.Layers + pipeline - 1) / pipeline;
        var dense = (layers * ((double)count.Dense / job.Model.Layers) + (pipeline == 1 ? count.EmbeddingMatrices : 1) * count.Embedding) / tensor;
        var experts = layers * ((double)count.Routed / job.Model.Layers) / expert;
        double shards = layout.ShardGroup > 0 ? Math.Min(layout.ShardGroup, group) : group, expertShards = Math.Max(1, shards * tensor / expert);
        var whole = dense + experts;
        var sharded = dense / shards + experts / expertShards;

        // With a pipeline, weights and gradients stay gathered from the first micro-batch to the last.
        var gathered = layout.Zero == 3 && pipeline > 1;
        var weights = layout.Zero < 3 || gathered ? WeightBytes * whole
            : (stack.ShardsMasterWeights ? 0 : WeightBytes * sharded) + WeightBytes * (2 * (dense - count.Embedding / tensor + experts) / layers + count.Embedding / tensor);
        var trained = job.Adapters ? 0.0 : 1;
        var micros = Math.Max(1, job.GlobalBatch / (layout.Data * micro));
        var inFlight = Math.Min(micros, layout.Interleave > 1 ? pipeline + (pipeline - 1.0) / layout.Interleave : pipeline);
        var first = layers * kept * inFlight + working;
        var flattened = layout.Zero == 1 && job.Precision == DataType.Fp16 ? stack.FlattenedGradientBytes : 0;
        return new()
        {
            Weights = weights,
            Gradients = trained * (stack.GradientBytes * (layout.Zero >= 2 && !gathered ? sharded : whole) + flattened * whole),
            Optimizer = trained * (OptimizerBytes + stack.TransientOptimizerBytes) * (layout.Zero >= 1 ? sharded : whole),
            Activations = pipeline == 1 ? layers * kept + Math.Max(working, logits)
                : firstStage ? first
                : Math.Max(first, layers * kept + Math.Max(working, logits)),
            Buffers = runtime,
        };
    }
}

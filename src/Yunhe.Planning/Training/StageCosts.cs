using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Clusters;
using Yunhe.Planning.Models;
using Yunhe.Planning.Training.Calibration;
using Yunhe.Planning.Training.Costs;

namespace Yunhe.Planning.Training;

/// <summary>
/// All that depends only on a layout's tensor, context, expert, micro-batch, recompute and sequence parallel sizes, computed once;
/// a layout that differs in pipeline, interleave, data or ZeRO then costs some tens of nanoseconds.
/// </summary>
public sealed class StageCosts
{
    /// <summary>Read and written by Adam for one parameter: FP32 weight and two moments both ways, the gradient, the BF16 weight.</summary>
    private const double OptimizerBytes = 12 + 12 + 4 + 2;

    /// <summary>Tokens are sent to experts in 8 bits, and come back in 16.</summary>
    private const double NarrowDispatchBytes = 1.5;

    private readonly TrainingJob job;
    private readonly ParameterCount count;
    private readonly Links links;
    private readonly CalibrationProfile profile;
    private readonly double optimizerSecondsPerParameter;
    private readonly double layerOverhead;
    private readonly double tensorExposed;
    private readonly double dataExposed;
    private readonly double straggler;
    private readonly double layer;
    private readonly double tensorLayer;
    private readonly double contextLayer;
    private readonly double expertLayer;
    private readonly double logits;
    private readonly double boundary;
    private readonly int devicesPerNode;
    private readonly int tensor;
    private readonly int context;
    private readonly int expert;
    private readonly int micro;

    /// <param name="layout">Only its tensor, context, expert, micro-batch, recompute and sequence parallel sizes count.</param>
    public StageCosts(TrainingJob job, in Parallelism layout, Cluster cluster, CalibrationProfile profile)
    {
        this.job = job;
        this.profile = profile;
        var model = job.Model;
        count = ParameterCount.Of(model);
        links = Links.Of(cluster, profile);
        (tensor, context, expert, micro) = (layout.Tensor, layout.Context, layout.Expert, layout.MicroBatch);
        devicesPerNode = Math.Max(1, cluster.DevicesPerNode);

        var on = new Operations(cluster.Accelerator, job.Precision, profile);
        var fused = profile.Stack.FusedAttention;
        double denseShare = count.DenseLayers / (double)model.Layers, expertShare = 1 - denseShare;
        var dense = denseShare > 0 ? LayerWork.Dense(job, layout, on, profile.Stack) : default;
        var experts = expertShare > 0 ? LayerWork.Experts(job, layout, on, profile) : default;
        layerOverhead = profile[Constant.LayerOverheadUs] * 1e-6;
        layer = denseShare * dense.Pass(job, layout.Recompute, fused) + expertShare * (experts.Pass(job, layout.Recompute, fused) + profile[Constant.ExpertOverheadUs] * 1e-6) + layerOverhead;
        logits = LayerWork.Logits(job, layout, on);

        var passes = layout.Recompute == Recompute.Full ? 3 : 2;
        var tokens = LayerWork.Tokens(job, layout);
        // Two blocks a layer, each a reduce-scatter and an all-gather (or an all-reduce of the same volume).
        tensorExposed = profile[Constant.TensorExposed];
        tensorLayer = passes * 4 * links.Scatter(2 * tokens * model.Hidden, tensor, 1) * tensorExposed;
        contextLayer = context == 1 ? 0 : ContextSeconds(tokens, passes, denseShare * dense.Attention + expertShare * experts.Attention);
        expertLayer = expertShare * passes * 2 * links.Dispatch((job.Precision is DataType.Fp8 or DataType.Fp4 ? NarrowDispatchBytes : 2) * tokens / tensor * model.Hidden, model.ActiveExperts, expert) * profile[Constant.ExpertExposed];
        boundary = 2 * tokens * model.Hidden / tensor;

        optimizerSecondsPerParameter = on.Stream(OptimizerBytes);
        dataExposed = profile[Constant.DataExposed];
        straggler = profile[Constant.Straggler];
        Memory = new(job, layout, profile, count);
    }

    private MemoryCosts Memory { get; }

    /// <summary>Of one layer and one micro-batch, with all communication in it that compute does not hide; what a search bounds a step by.</summary>
    public double LayerSeconds => layer + tensorLayer + contextLayer + expertLayer;

    /// <summary>Keys and values travel round the ring behind the attention of the part before.</summary>
    private double ContextSeconds(double tokens, int passes, double attention)
    {
        var bytes = 4 * tokens * Math.Max(1, job.Model.KvHeads / (double)tensor) * job.Model.HeadWidth;
        var ring = (context - 1) * (bytes / links.Ring(context, tensor) + links.HopSeconds);
        return passes * Math.Max(0.1 * ring, ring - attention * (context - 1) / context);
    }

    public StepTime Step(in Parallelism layout)
    {
        int pipeline = layout.Pipeline, data = layout.Data, group = data * context;
        var layers = (job.Model.Layers + pipeline - 1) / pipeline;
        var lastLayers = layers * pipeline > job.Model.Layers ? layers - 1 : layers;
        // Legal layouts divide; published ones sometimes nearly do.
        var micros = Math.Max(1, (double)job.GlobalBatch / ((double)data * micro));

        // 1. Steady state: the slowest stage, for every micro-batch.
        var communication = tensorLayer + contextLayer + expertLayer;
        double middle = layers * (layer + communication), last = lastLayers * (layer + communication) + logits;
        var lastIsSlower = pipeline == 1 || last >= middle;
        var stageLayers = lastIsSlower ? lastLayers : layers;
        var compute = micros * (stageLayers * layer + (lastIsSlower ? logits : 0));

        // 2. Filling and draining the pipeline.
        var stage = (job.Model.Layers * (layer + communication) + logits) / pipeline;
        var bubble = (pipeline - 1) * stage / layout.Interleave;
        var transfers = pipeline == 1 ? 0
            : micros * 2 * layout.Interleave * links.Send(boundary, tensor * group * pipeline > links.Domain) * profile[Constant.PipelineExposed];

        // 3. Gradients and weights among the data-parallel ranks.
        double denseParameters = DenseParameters(layers, pipeline), expertParameters = ExpertParameters(layers);
        var exchange = DataSeconds(layout, group, layers, micros, denseParameters, expertParameters);
        var hiding = layout.Zero == 3 && pipeline == 1 ? micros * Math.Max(middle, last) : Math.Max(middle, last);
        var exposed = exchange * dataExposed + Math.Max(0, exchange * (1 - dataExposed) - hiding);

        // 4. The optimizer, then all wait for the slowest.
        var shards = layout.Zero == 0 ? 1 : layout.ShardGroup > 0 ? Math.Min(layout.ShardGroup, group) : group;
        var trained = job.Adapters ? 0 : (denseParameters + expertParameters) / shards;
        var optimizer = trained * optimizerSecondsPerParameter + profile[Constant.StepOverheadMs] * 1e-3;
        var wait = 1 + straggler * Math.Log2(Math.Max(1, (double)tensor * group * pipeline / devicesPerNode));
        return new()
        {
            Compute = compute * wait,
            TensorCommunication = micros * stageLayers * tensorLayer * wait,
            PipelineCommunication = transfers * wait,
            DataCommunication = exposed * wait,
            ContextCommunication = micros * stageLayers * contextLayer * wait,
            ExpertCommunication = micros * stageLayers * expertLayer * wait,
            Bubble = bubble * wait,
            Optimizer = optimizer * wait,
        };
    }

    public DeviceMemory Bytes(in Parallelism layout) => Memory.Of(layout);

    /// <summary>What the stack's log calls the peak: of the fullest device, or of the first stage where only that writes.</summary>
    public DeviceMemory LoggedBytes(in Parallelism layout) => Memory.Of(layout, profile.Stack.LogsFirstStage);

    private double DenseParameters(int layers, int pipeline) =>
        (layers * ((double)count.Dense / job.Model.Layers) + (pipeline == 1 ? count.EmbeddingMatrices : 1) * count.Embedding) / tensor;

    private double ExpertParameters(int layers) => layers * ((double)count.Routed / job.Model.Layers) / expert;

    private double DataSeconds(in Parallelism layout, int group, int layers, double micros, double dense, double experts)
    {
        if (group == 1 || job.Adapters) return 0;
        var gradient = profile.Stack.SentGradientBytes;
        var expertGroup = Math.Max(1, group * tensor / expert);
        // Reduce-scatter of gradients, all-gather of weights; without sharding gradients are gathered instead.
        // FSDP does so for every micro-batch, unless a pipeline keeps what it gathered.
        var again = layout.Zero == 3 && layout.Pipeline == 1;
        var perParameter = layout.Zero == 0 ? 2 * gradient : again ? micros * (4 + gradient) : gradient + 2;
        var calls = layers * (again ? 3 * micros : 2);
        return Exchange(dense * perParameter, group, tensor, calls) + (experts > 0 ? Exchange(experts * perParameter, expertGroup, expert, calls) : 0);
    }

    /// <summary>A ring per bucket: its volume over the bandwidth, and a hop for each member.</summary>
    private double Exchange(double bytes, int group, int stride, double calls)
    {
        if (group <= 1) return 0;
        var domains = group / links.Members(group, stride);
        return bytes * (group - 1) / group / links.Ring(group, stride) + calls * links.HopSeconds * domains;
    }
}

using CsCheck;
using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Clusters;
using Yunhe.Planning.Models;
using Yunhe.Planning.Training;
using Yunhe.Planning.Training.Calibration;

namespace Yunhe.Planning.Tests;

public sealed class StepModelTests
{
    private static readonly LanguageModel Gpt175 = new()
    {
        Name = "GPT-3 175B", Layers = 96, Hidden = 12288, Heads = 96, KvHeads = 96, Ffn = 49152, GatedMlp = false, Vocabulary = 51200, TiedEmbeddings = true,
    };

    private static readonly LanguageModel DeepSeekV3 = new()
    {
        Name = "DeepSeek-V3", Layers = 61, Hidden = 7168, Heads = 128, KvHeads = 128, HeadSize = 128, Ffn = 18432, Vocabulary = 129280,
        Experts = 256, ActiveExperts = 8, SharedExperts = 1, ExpertFfn = 2048, DenseLayers = 3, LatentKv = 512, LatentQuery = 1536, RopeHeadSize = 64,
    };

    private static readonly LanguageModel Llama70 = new()
    {
        Name = "Llama-3 70B", Layers = 80, Hidden = 8192, Heads = 64, KvHeads = 8, Ffn = 28672, Vocabulary = 128256,
    };

    [Fact]
    public void Parameter_counts_are_those_of_the_published_models()
    {
        Assert.Equal(174.6e9, ParameterCount.Of(Gpt175).Total, 0.005 * 174.6e9);
        Assert.Equal(70.55e9, ParameterCount.Of(Llama70).Total, 0.005 * 70.55e9);
        Assert.Equal(671e9, ParameterCount.Of(DeepSeekV3).Total, 0.01 * 671e9);
        Assert.Equal(37e9, ParameterCount.Of(DeepSeekV3).Active, 0.03 * 37e9);
    }

    private static Cluster Cluster(string accelerator, int devices) => AcceleratorTable.Find(accelerator) is { } model
        ? new()
        {
            Name = "test", Accelerator = model, Devices = devices, ScaleUpGBPerSecond = model.ScaleUpGBPerSecond!.Value, ScaleUpDomain = model.ScaleUpDomain,
            ScaleOutGbitPerSecond = model.ScaleOutGbitPerSecond!.Value,
        }
        : throw new ArgumentException(accelerator);

    private static Gen<T> Any<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static readonly Gen<(TrainingJob Job, Parallelism Layout, Cluster Cluster)> Cases =
        from model in Any(Gpt175, DeepSeekV3, Llama70)
        from accelerator in Any("A100-80-SXM", "H100-SXM", "GB200", "Ascend910B2", "MI300X", "H20")
        from tensor in Any(1, 2, 4, 8)
        from pipeline in Any(1, 2, 4, 8)
        from context in Any(1, 2, 4)
        from data in Any(1, 4, 32)
        from interleave in Any(1, 1, 2)
        from expert in Any(1, 4, 8)
        from zero in Gen.Int[0, 3]
        from micro in Any(1, 2)
        from recompute in Any(Recompute.None, Recompute.Selective, Recompute.Full)
        from parallel in Gen.Bool
        from precision in Any(DataType.Bf16, DataType.Fp8)
        let layout = new Parallelism
        {
            Tensor = tensor, Pipeline = pipeline, Context = context, Data = data, Interleave = pipeline > 1 ? interleave : 1, Expert = model.Experts > 0 ? expert : 1,
            Zero = zero, MicroBatch = micro, Recompute = recompute, SequenceParallel = parallel && tensor > 1,
        }
        let job = new TrainingJob { Model = model, SequenceLength = 4096, GlobalBatch = 1024, Precision = precision }
        where ParallelismRules.Allows(job, layout, layout.Devices)
        select (job, layout, Cluster(accelerator, layout.Devices));

    [Fact]
    public void Every_legal_layout_has_a_finite_time_and_memory()
    {
        Cases.Sample(c =>
        {
            var profile = ShippedCalibration.For(c.Cluster.Accelerator);
            var time = StepModel.Estimate(c.Job, c.Layout, c.Cluster, profile);
            var memory = MemoryModel.Estimate(c.Job, c.Layout, c.Cluster, profile);
            double[] parts = [time.Compute, time.TensorCommunication, time.PipelineCommunication, time.DataCommunication, time.ContextCommunication, time.ExpertCommunication,
                time.Bubble, time.Optimizer, memory.Weights, memory.Gradients, memory.Optimizer, memory.Activations, memory.Buffers];
            return parts.All(p => double.IsFinite(p) && p >= 0) && time.Total > 0;
        }, iter: 2000);
    }

    private static bool NoSlower(TrainingJob job, in Parallelism layout, Cluster better, Cluster cluster)
    {
        var profile = ShippedCalibration.For(cluster.Accelerator, "Megatron-Core");
        return StepModel.Estimate(job, layout, better, profile).Total <= StepModel.Estimate(job, layout, cluster, profile).Total * (1 + 1e-9);
    }

    [Fact]
    public void More_bandwidth_is_never_slower()
    {
        Cases.Sample(c =>
            NoSlower(c.Job, c.Layout, c.Cluster with { ScaleOutGbitPerSecond = 2 * c.Cluster.ScaleOutGbitPerSecond }, c.Cluster)
            && NoSlower(c.Job, c.Layout, c.Cluster with { ScaleUpGBPerSecond = 2 * c.Cluster.ScaleUpGBPerSecond }, c.Cluster)
            && NoSlower(c.Job, c.Layout, c.Cluster with { Accelerator = c.Cluster.Accelerator with { MemoryTBPerSecond = 2 * c.Cluster.Accelerator.MemoryTBPerSecond } }, c.Cluster), iter: 2000);
    }

    [Fact]
    public void Twice_the_devices_and_twice_the_batch_take_no_less_time()
    {
        Cases.Sample(c =>
        {
            var profile = ShippedCalibration.For(c.Cluster.Accelerator);
            var wider = c.Layout with { Data = 2 * c.Layout.Data };
            var one = StepModel.Estimate(c.Job, c.Layout, c.Cluster, profile).Total;
            var two = StepModel.Estimate(c.Job with { GlobalBatch = 2 * c.Job.GlobalBatch }, wider, c.Cluster with { Devices = wider.Devices }, profile).Total;
            // Less only by the optimizer's work, of which each rank then holds half.
            return two >= 0.9 * one;
        }, iter: 2000);
    }

    [Fact]
    public void Memory_falls_with_tensor_pipeline_and_zero()
    {
        Cases.Sample(c =>
        {
            var profile = ShippedCalibration.For(c.Cluster.Accelerator);
            double Static(Parallelism layout)
            {
                var memory = MemoryModel.Estimate(c.Job, layout, c.Cluster, profile);
                return memory.Weights + memory.Gradients + memory.Optimizer;
            }
            var layout = c.Layout with { Zero = 1 };
            return Static(layout with { Tensor = 2 * layout.Tensor }) <= Static(layout) * 1.0001
                && Static(layout with { Pipeline = 2 * layout.Pipeline }) <= Static(layout) * 1.0001
                && Static(layout) <= Static(layout with { Zero = 0 }) && Static(layout with { Zero = 2 }) <= Static(layout);
        }, iter: 2000);
    }

    [Fact]
    public void Recomputing_more_keeps_less_and_takes_longer()
    {
        Cases.Sample(c =>
        {
            var profile = ShippedCalibration.For(c.Cluster.Accelerator);
            (double Bytes, double Seconds) Of(Recompute mode)
            {
                var costs = new StageCosts(c.Job, c.Layout with { Recompute = mode }, c.Cluster, profile);
                return (costs.Bytes(c.Layout).Total, costs.Step(c.Layout).Total);
            }
            var (none, selective, full) = (Of(Recompute.None), Of(Recompute.Selective), Of(Recompute.Full));
            return full.Bytes <= selective.Bytes * 1.0001 && selective.Bytes <= none.Bytes * 1.0001
                && none.Seconds <= selective.Seconds * 1.0001 && selective.Seconds <= full.Seconds * 1.0001;
        }, iter: 2000);
    }

    [Fact]
    public void Costs_computed_once_give_what_a_single_estimate_gives()
    {
        Cases.Sample(c =>
        {
            var profile = ShippedCalibration.For(c.Cluster.Accelerator);
            // The same stage, made for another pipeline, data and ZeRO.
            var costs = new StageCosts(c.Job, c.Layout with { Pipeline = 1, Data = 1, Zero = 0, Interleave = 1 }, c.Cluster, profile);
            return costs.Step(c.Layout) == StepModel.Estimate(c.Job, c.Layout, c.Cluster, profile)
                && costs.Bytes(c.Layout) == MemoryModel.Estimate(c.Job, c.Layout, c.Cluster, profile);
        }, iter: 2000);
    }

    [Theory]
    [InlineData(5, 1, 1, 1, "96 heads are not divisible by tensor 5")]
    [InlineData(1, 10, 1, 1, "96 layers do not fill 10 pipeline chunks")]
    [InlineData(1, 1, 7, 1, "batch 960 is not divisible by data 7 × micro-batch 1")]
    [InlineData(1, 1, 8, 8, "expert parallel needs a model with experts")]
    public void An_illegal_layout_is_told_with_its_reason(int tensor, int pipeline, int data, int expert, string reason)
    {
        var layout = new Parallelism
        {
            Tensor = tensor, Pipeline = pipeline, Interleave = 1, Data = data, Context = 1, Expert = expert, Zero = 1, MicroBatch = 1, Recompute = Recompute.None, SequenceParallel = false,
        };
        Assert.Equal(reason, ParallelismRules.Problem(new() { Model = Gpt175, SequenceLength = 2048, GlobalBatch = 960 }, layout, layout.Devices));
    }

    [Fact]
    public void An_unknown_stack_and_an_unknown_accelerator_fall_back_on_what_is_known()
    {
        var known = AcceleratorTable.Find("H100")!;
        var unknown = known with { Name = "Unheard-of", Vendor = "Nobody" };
        var fallback = ShippedCalibration.For(unknown, "no such framework")[Constant.GemmEfficiency];
        Assert.NotEqual(fallback, ShippedCalibration.For(known, "no such framework")[Constant.GemmEfficiency]);
        Assert.NotEqual(fallback, ShippedCalibration.For(unknown, "torchtitan")[Constant.GemmEfficiency]);
        Assert.True(ShippedCalibration.Knows(known, "torchtitan"));
        Assert.False(ShippedCalibration.Knows(unknown, "torchtitan"));
    }
}

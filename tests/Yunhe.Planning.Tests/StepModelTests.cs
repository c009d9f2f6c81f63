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
}

using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Clusters;
using Yunhe.Planning.Models;
using Yunhe.Planning.Training;
using Yunhe.Planning.Training.Calibration;

namespace Yunhe.Planning.Tests.Training;

public sealed class SoftwareStackTests
{
    [Fact]
    public void Torchtitan_keeps_less_of_its_loss_from_2025_on_and_others_stay_as_they_are()
    {
        var titan = SoftwareStack.Of("torchtitan 0.1");
        Assert.Same(titan, titan.In(2024));
        Assert.Equal((10, 18), (titan.LogitBytes, titan.ParallelLogitBytes));
        Assert.Equal((4, 4), (titan.In(2025).LogitBytes, titan.In(2025).ParallelLogitBytes));
        var megatron = SoftwareStack.Of("Megatron-Core");
        Assert.Same(megatron, megatron.In(2025));
    }

    [Fact]
    public void Where_only_the_first_stage_logs_its_peak_the_logits_of_the_last_are_not_in_it()
    {
        // Two layers and a large vocabulary: the last stage, with the logits, is the fullest.
        var (job, split, whole) = (Job(), Layout(pipeline: 2), Layout(pipeline: 1));
        var first = Costs(job, split, "Megatron-DeepSpeed");
        Assert.True(first.LoggedBytes(split).Total < first.Bytes(split).Total);
        // The fullest has what the logits need, at least their 32-bit copy and gradient.
        Assert.True(first.Bytes(split).Total - first.LoggedBytes(split).Total > 4.0 * job.Model.Vocabulary * job.SequenceLength);

        var all = Costs(job, split, "Megatron-Core");
        Assert.Equal(all.Bytes(split), all.LoggedBytes(split));
        var one = Costs(job, whole, "Megatron-DeepSpeed");
        Assert.Equal(one.Bytes(whole), one.LoggedBytes(whole));
    }

    [Fact]
    public void Under_XLA_memory_is_planned_ahead_and_what_selective_recompute_keeps_waits_in_the_host()
    {
        var (job, selective) = (Job(), Layout(pipeline: 1) with { Recompute = Recompute.Selective });
        var (jax, torch) = (Costs(job, selective, "MaxText").Bytes(selective), Costs(job, selective, "torchtitan").Bytes(selective));
        var full = selective with { Recompute = Recompute.Full };
        Assert.Equal(Costs(job, full, "MaxText").Bytes(full).Activations, jax.Activations, 1e-9 * jax.Activations);
        Assert.True(jax.Activations < torch.Activations);
        Assert.True(jax.Buffers < 1e9 && torch.Buffers > 1e9);
    }

    private static TrainingJob Job() => new()
    {
        Model = new LanguageModel { Name = "broad", Layers = 2, Hidden = 2048, Heads = 16, KvHeads = 16, Ffn = 8192, Vocabulary = 250_000 },
        SequenceLength = 2048,
        GlobalBatch = 16,
    };

    private static Parallelism Layout(int pipeline) => new()
    {
        Tensor = 1, Pipeline = pipeline, Context = 1, Data = 8 / pipeline, Interleave = 1, Expert = 1, Zero = 1, MicroBatch = 1, Recompute = Recompute.None, SequenceParallel = false,
    };

    private static StageCosts Costs(TrainingJob job, in Parallelism layout, string framework)
    {
        var model = AcceleratorTable.Find("A100-80-SXM")!;
        var cluster = new Cluster
        {
            Name = "test", Accelerator = model, Devices = 8, ScaleUpGBPerSecond = model.ScaleUpGBPerSecond!.Value, ScaleUpDomain = model.ScaleUpDomain, ScaleOutGbitPerSecond = model.ScaleOutGbitPerSecond!.Value,
        };
        return new(job, layout, cluster, ShippedCalibration.For(model, framework));
    }
}

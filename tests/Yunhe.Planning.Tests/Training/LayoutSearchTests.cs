using CsCheck;
using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Clusters;
using Yunhe.Planning.Models;
using Yunhe.Planning.Training;
using Yunhe.Planning.Training.Calibration;
using Yunhe.Planning.Training.Search;

namespace Yunhe.Planning.Tests.Training;

public sealed class LayoutSearchTests
{
    private static Gen<T> Any<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static readonly Gen<LanguageModel> Models =
        from layers in Any(2, 5, 8, 12, 13, 24, 30)
        from heads in Any(4, 6, 12, 16)
        from width in Any(64, 128)
        from grouped in Any(1, 2, 4)
        from experts in Any(0, 0, 4, 6, 16)
        from ffn in Any(1024, 1536, 4096)
        from dense in Any(0, 1)
        where heads % grouped == 0
        select new LanguageModel
        {
            Name = "any", Layers = layers, Hidden = heads * width, Heads = heads, KvHeads = heads / grouped, Ffn = ffn, Vocabulary = 32_000,
            Experts = experts, ActiveExperts = Math.Min(2, experts), ExpertFfn = experts > 0 ? ffn / 2 : 0, DenseLayers = experts > 0 ? dense : 0,
        };

    private static readonly Gen<(TrainingJob Job, Cluster Cluster, double Memory)> Problems =
        from model in Models
        from devices in Any(1, 2, 8, 12, 24, 32, 64, 96)
        from batch in Any(1, 6, 16, 24, 96, 128)
        from sequence in Any(256, 1024, 1536, 8192)
        from accelerator in Any("A100-80-SXM", "H100-SXM", "GB200", "Ascend910B2", "H20", "V100", "RTX4090")
        from precision in Any(DataType.Bf16, DataType.Fp8)
        from network in Any(25.0, 100, 400)
        from domain in Any(1, 4, 8, 72)
        from memory in Gen.Double[2e9, 80e9]
        let job = new TrainingJob { Model = model, SequenceLength = sequence, GlobalBatch = batch, Precision = precision }
        select (job, Cluster(accelerator, devices, network, domain), memory);

    private static Cluster Cluster(string accelerator, int devices, double network, int domain)
    {
        var model = AcceleratorTable.Find(accelerator)!;
        return new()
        {
            Name = "any", Accelerator = model, Devices = devices, DevicesPerNode = Math.Min(8, devices), ScaleUpGBPerSecond = model.ScaleUpGBPerSecond ?? 25,
            ScaleUpDomain = domain, ScaleOutGbitPerSecond = network,
        };
    }

    /// <summary>The whole point of pruning by bounds: on thousands of random problems the result is that of the search without, to the last layout kept.</summary>
    [Fact]
    public void Pruning_never_loses_the_optimum() => Problems.Sample(p =>
    {
        var profile = ShippedCalibration.For(p.Cluster.Accelerator);
        var whole = LayoutSearch.Run(p.Job, p.Cluster, profile, p.Cluster.Devices, keep: 3, prune: false, memoryBytes: p.Memory);
        var pruned = LayoutSearch.Run(p.Job, p.Cluster, profile, p.Cluster.Devices, keep: 3, prune: true, memoryBytes: p.Memory);
        Assert.Equal(whole.Best.Select(b => (b.Layout, b.Time)), pruned.Best.Select(b => (b.Layout, b.Time)));
        Assert.Equal(whole.Leanest?.Memory.Total, pruned.Leanest?.Memory.Total);
        Assert.True(pruned.Evaluated <= whole.Evaluated);
    }, iter: 120, print: Print);

    /// <summary>Against every combination of sizes there is, taken one by one through the rules and the step-time model.</summary>
    [Fact]
    public void The_optimum_is_that_of_plain_enumeration() => Problems.Where(p => p.Cluster.Devices <= 24 && p.Job.GlobalBatch <= 24).Sample(p =>
    {
        var profile = ShippedCalibration.For(p.Cluster.Accelerator);
        var best = double.MaxValue;
        var count = 0L;
        foreach (var layout in Everything(p.Job, p.Cluster.Devices))
        {
            if (!ParallelismRules.Allows(p.Job, layout, p.Cluster.Devices)) continue;
            count++;
            if (MemoryModel.Estimate(p.Job, layout, p.Cluster, profile).Total <= p.Memory) best = Math.Min(best, StepModel.Estimate(p.Job, layout, p.Cluster, profile).Total);
        }
        var found = LayoutSearch.Run(p.Job, p.Cluster, profile, p.Cluster.Devices, prune: false, memoryBytes: p.Memory);
        Assert.Equal(count, found.Evaluated);
        Assert.Equal(best, found.Best.Count > 0 ? found.Best[0].Time.Total : double.MaxValue);
    }, iter: 12, print: Print);

    [Fact]
    public void The_bound_of_a_group_is_below_each_of_its_steps() => Problems.Sample(p =>
    {
        var profile = ShippedCalibration.For(p.Cluster.Accelerator);
        var space = new LayoutSpace(p.Job, p.Cluster.Devices, LayoutLimits.None);
        foreach (var group in space.Groups())
        {
            var costs = new StageCosts(p.Job, group, p.Cluster, profile);
            var least = new Least(costs);
            Assert.True(space.ForEach(group, ref least) > 0);
            Assert.True(LayoutSearch.Bound(p.Job, group, costs, p.Cluster.Devices) <= least.Seconds);
        }
    }, iter: 40, print: Print);

    [Fact]
    public void Sizes_that_are_decided_are_kept()
    {
        var job = new TrainingJob { Model = ModelPresets.Find("llama-3-8b")!, SequenceLength = 8192, GlobalBatch = 128 };
        var cluster = Cluster("H100", 64, 400, 8);
        var limits = new LayoutLimits { Tensor = 4, Pipeline = 2, Zero = 1, Recompute = Recompute.Full };
        var found = LayoutSearch.Run(job, cluster, ShippedCalibration.For(cluster.Accelerator), 64, keep: 5, limits: limits);
        Assert.NotEmpty(found.Best);
        Assert.All(found.Best, b => Assert.Equal((4, 2, 1, Recompute.Full), (b.Layout.Tensor, b.Layout.Pipeline, b.Layout.Zero, b.Layout.Recompute)));
    }

    [Fact]
    public void The_layouts_kept_differ_in_how_the_model_is_cut()
    {
        var job = new TrainingJob { Model = ModelPresets.Find("llama-3-70b")!, SequenceLength = 8192, GlobalBatch = 1024 };
        var cluster = Cluster("H100", 512, 400, 8);
        var best = LayoutSearch.Run(job, cluster, ShippedCalibration.For(cluster.Accelerator), 512, keep: 6).Best;
        Assert.Equal(6, best.Select(b => (b.Layout.Tensor, b.Layout.Pipeline, b.Layout.Context, b.Layout.Expert)).Distinct().Count());
        Assert.Equal(best.OrderBy(b => b.Time.Total).Select(b => b.Layout), best.Select(b => b.Layout));
        Assert.All(best, b => Assert.True(b.Memory.Total <= 80e9));
    }

    private static IEnumerable<Parallelism> Everything(TrainingJob job, int devices) =>
        from tensor in Enumerable.Range(1, devices)
        from pipeline in Enumerable.Range(1, devices / tensor)
        from context in Enumerable.Range(1, devices / tensor / pipeline)
        where devices % (tensor * pipeline * context) == 0
        from expert in Enumerable.Range(1, Math.Max(1, job.Model.Experts))
        from interleave in Enumerable.Range(1, job.Model.Layers)
        from micro in Enumerable.Range(1, job.GlobalBatch)
        from zero in Enumerable.Range(0, 4)
        from recompute in Enum.GetValues<Recompute>()
        from along in (bool[])[false, true]
        select new Parallelism
        {
            Tensor = tensor, Pipeline = pipeline, Context = context, Data = devices / (tensor * pipeline * context), Expert = expert, Interleave = interleave,
            MicroBatch = micro, Zero = zero, Recompute = recompute, SequenceParallel = along,
        };

    private static string Print((TrainingJob Job, Cluster Cluster, double Memory) p) =>
        $"{p.Job.Model} batch {p.Job.GlobalBatch} sequence {p.Job.SequenceLength} {p.Job.Precision} on {p.Cluster.Devices} {p.Cluster.Accelerator.Name}, domain {p.Cluster.ScaleUpDomain}, {p.Cluster.ScaleOutGbitPerSecond} Gbit/s, {p.Memory} bytes";

    private ref struct Least(StageCosts costs) : ILayoutVisitor
    {
        public double Seconds = double.MaxValue;

        public void Visit(in Parallelism layout) => Seconds = Math.Min(Seconds, costs.Step(layout).Total);
    }
}

using System.Text;
using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Models;
using Yunhe.Planning.Training;
using Yunhe.Planning.Training.Calibration;
using Yunhe.Planning.Training.Measurements;

namespace Yunhe.Planning.Tests;

public sealed class PublishedRunTests
{
    private const string Header = "id,kind,family,model,params_b,active_params_b,arch,layers,hidden,heads,kv_heads,ffn,gated_mlp,vocab,seq_len,device,n_devices,devices_per_node,intra,inter,precision,framework,tp,pp,dp,zero,mbs,gbs,recompute,iter_time_s,tokens_per_s_per_device,tflops_per_device,tflops_convention,mfu,mem_gb_peak,feasible,measured,source,notes\n";

    private static (IReadOnlyList<PublishedRun> Runs, IReadOnlyList<UnusableRow> Unusable) Read(string rows) => PublishedRuns.Read(new MemoryStream(Encoding.UTF8.GetBytes(Header + rows)));

    [Fact]
    public void A_row_becomes_a_job_a_layout_and_a_cluster()
    {
        var run = Assert.Single(Read("X1,step_benchmark,f,GPT-175B,174.6,174.6,dense,96,12288,96,96,49152,0,51200,2048,A100-80,1024,8,NVLink3-300,8x HDR IB,bf16,Megatron-LM 2021,8,16,8,,1,1536,full,32,,,,,,1,iter_time_s,somewhere,\n").Runs);
        Assert.Equal(new Parallelism { Tensor = 8, Pipeline = 16, Interleave = 1, Data = 8, Context = 1, Expert = 1, Zero = 0, MicroBatch = 1, Recompute = Recompute.Full, SequenceParallel = false }, run.Layout);
        Assert.Equal(32, run.StepSeconds);
        Assert.Equal(200, run.Cluster.ScaleOutGbitPerSecond);
        Assert.Equal(300, run.Cluster.ScaleUpGBPerSecond);
        Assert.Equal("A100-80-SXM", run.Keys.Accelerator);
    }

    [Theory]
    [InlineData("8x NDR IB", 400)]
    [InlineData("RoCE 1600Gb/s/node", 200)]
    [InlineData("4x Omni-Path 100Gb/s per node", 50)]
    [InlineData("400Gb/s RDMA per GPU", 400)]
    [InlineData("EFA 400Gb/s", 50)]
    [InlineData("2x HDR IB", 50)]
    public void Links_are_read_per_device(string text, double gigabits) => Assert.Equal(gigabits, Assert.Single(Read(
        $"X1,step_benchmark,f,m,7,7,dense,32,4096,32,32,11008,1,32000,4096,H100-80,64,8,,{text},bf16,x,1,1,64,1,1,64,none,1,,,,,,1,iter_time_s,s,\n").Runs).Cluster.ScaleOutGbitPerSecond);

    [Fact]
    public void Rates_of_FLOPs_become_step_times_by_their_convention()
    {
        var model = new LanguageModel { Name = "m", Layers = 32, Hidden = 4096, Heads = 32, KvHeads = 32, Ffn = 11008, Vocabulary = 32000 };
        var weights = 6 * ParameterCount.Of(model).Active;
        var attention = 12.0 * 32 * 4096 * 8192;
        double PerToken(string words, Recompute mode) => FlopsConvention.PerToken(words, model, 8192, mode, null);
        Assert.Equal(weights + attention, PerToken("model (full attn)", Recompute.Full), 1);
        Assert.Equal(weights + attention / 2, PerToken("model (Megatron-Bridge; causal-halved attention)", Recompute.None), 1);
        Assert.Equal(4.0 / 3 * (weights + attention), PerToken("hw (full-recompute 4x)", Recompute.Full), 1);
        Assert.Equal(weights + attention, PerToken("hw", Recompute.None), 1);
    }

    [Fact]
    public void Rows_that_cannot_be_used_are_told_with_a_reason()
    {
        var (runs, unusable) = Read(
            "A,step_benchmark,f,Hybrid,,,,,,,,,,,8192,B200,8,8,,,bf16,x,1,1,8,,1,8,none,1,,,,,,1,iter_time_s,s,\n"
            + "B,step_benchmark,f,m,7,7,dense,32,4096,32,32,11008,1,32000,4096,No-such-card,8,8,,,bf16,x,1,1,8,1,1,8,none,1,,,,,,1,iter_time_s,s,\n"
            + "C,step_benchmark,f,m,7,7,dense,-3,4096,32,32,11008,1,32000,4096,H100-80,8,8,,,bf16,x,1,1,8,1,1,8,none,1,,,,,,1,iter_time_s,s,\n"
            + "D,step_benchmark,f,m,7,7,dense,NaN,4096,32,32,11008,1,32000,4096,H100-80,8,8,,,bf16,x,1,1,8,1,1,8,none,1,,,,,,1,iter_time_s,s,\n");
        Assert.Empty(runs);
        Assert.Equal(["A", "B", "C", "D"], unusable.Select(u => u.Id));
        Assert.Contains("accelerator of the catalogue", unusable[1].Reason, StringComparison.Ordinal);
        Assert.Contains("layers", unusable[2].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Power_limits_and_memory_of_a_variant_are_taken_from_its_name()
    {
        var cluster = Assert.Single(Read("X1,step_benchmark,f,m,7,7,dense,32,4096,32,32,11008,1,32000,4096,H100-96-2.4TB-500W,8,8,,,bf16,x,1,1,8,1,1,8,none,1,,,,,,1,iter_time_s,s,\n").Runs).Cluster;
        Assert.Equal(2.4, cluster.Accelerator.MemoryTBPerSecond);
        Assert.Equal(989 * Math.Sqrt(500 / 700.0), cluster.Accelerator.Peak(DataType.Bf16)!.Value, 1e-6);
    }

    /// <summary>Bounds a little above what was measured when the calibration was fitted.</summary>
    [Fact]
    public void Published_runs_are_predicted_as_well_as_docs_numbers_says()
    {
        if (Environment.GetEnvironmentVariable("YUNHE_DATA") is not { Length: > 0 } data) { Assert.Skip("YUNHE_DATA is not set"); return; }
        using var stream = System.IO.File.OpenRead(Path.Combine(data, "hardware", "training_points_dev.csv"));
        var (runs, _) = PublishedRuns.Read(stream);
        double Error(PublishedRun run)
        {
            var profile = ShippedCalibration.Table.Profile(run.Keys);
            return Math.Abs(StepModel.Estimate(run.Job, LayoutGuess.For(run, profile), run.Cluster, profile).Total / run.StepSeconds!.Value - 1);
        }
        var steps = runs.Where(r => r.StepSeconds is not null && r.Kind is not (RunKind.E2eRun or RunKind.MemoryPoint) && !r.Inconsistent && r.Feasible).ToList();
        Assert.InRange(steps.Where(s => s.Job.Model.Experts == 0).Average(Error), 0, 0.06);
        Assert.InRange(steps.Where(s => s.Job.Model.Experts > 0).Average(Error), 0, 0.15);
        double Bytes(PublishedRun run) => MemoryModel.Estimate(run.Job, run.Layout!.Value, run.Cluster, ShippedCalibration.Table.Profile(run.Keys)).Total;
        Assert.InRange(runs.Where(r => r.PeakMemoryBytes is not null).Average(r => Math.Abs(Bytes(r) / r.PeakMemoryBytes!.Value - 1)), 0, 0.07);
        Assert.All(runs.Where(r => !r.Feasible), r => Assert.True(Bytes(r) > r.Cluster.Accelerator.MemoryGB * 1e9, r.Id));
    }
}

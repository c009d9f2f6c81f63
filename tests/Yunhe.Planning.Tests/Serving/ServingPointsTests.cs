using System.Text;
using Yunhe.Planning.Models;
using Yunhe.Planning.Serving;
using Yunhe.Planning.Serving.Points;

namespace Yunhe.Planning.Tests.Serving;

public sealed class ServingPointsTests
{
    private const string Header = "id,kind,model,params_b,active_params_b,device,n_devices,tp,pp,dp,ep,precision,engine,mode,isl,osl,concurrency,batch,out_tok_s_total,out_tok_s_per_device,in_tok_s_per_device,ttft_ms,tpot_ms,source,locator\n";

    [Theory]
    [InlineData("64,64,1,1,8", "_c4_tp8_ep8_1015", "TP8 EP8")]
    [InlineData("64,64,1,1,8", "_c4_cfg201", "TP8 EP8")]
    [InlineData("16,4,1,4,16", "_c16_tp4_ep4_1317", "TP4 EP4")]
    [InlineData("64,1,1,64,8", "_c256_tp8_ep8_965", "TP1 DP8 EP8")]
    [InlineData("4,4,1,1,2", "_c8_tp2_ep2_999", "TP2 EP2")]
    [InlineData("8,8,1,1,8", "_c4_tp8_0_ep8_0_248", "TP8 EP8")]
    [InlineData("8,,1,8,8", "", "TP1 DP8 EP8")]
    [InlineData("8,4,2,,", "", "TP4 PP2")]
    public void Devices_are_those_that_the_run_had(string sizes, string locator, string layout) =>
        Assert.Equal(layout, One($"a,latency,DeepSeek-R1,671,37,B300,{sizes},fp4,sglang,online closed-loop,1024,1024,4,,,,,200,9,s,x{locator}").Layout.ToString());

    [Fact]
    public void Names_with_makers_forms_and_slices_find_their_accelerator()
    {
        Assert.Equal("MetaX-C500", AcceleratorLookup.Find("MetaX C500 (32GB slice)")!.Name);
        Assert.Equal(32, AcceleratorLookup.Find("MetaX C500 (32GB slice)")!.MemoryGB);
        Assert.Equal("H100-SXM", AcceleratorLookup.Find("NVIDIA H100 SXM5 80GB")!.Name);
        Assert.Equal("L40S", AcceleratorLookup.Find("L40S")!.Name);
        Assert.Equal("Iluvatar-MR-V100", AcceleratorLookup.Find("Iluvatar MR-V100")!.Name);
        Assert.Null(AcceleratorLookup.Find("L45"));
        Assert.Null(AcceleratorLookup.Find(""));
    }

    [Fact]
    public void Endings_of_a_models_name_are_no_matter_but_its_size_is()
    {
        Assert.Equal("Llama-3-8B", ModelLookup.Preset("meta-llama/Llama-3.1-8B-Instruct-FP8")!.Name);
        Assert.Equal("DeepSeek-V3", ModelLookup.Preset("DeepSeek-V3.1-NVFP4")!.Name);
        Assert.Null(ModelLookup.Preset("Llama-9-300B"));
        Assert.Null(ModelLookup.Preset(""));
    }

    [Fact]
    public void An_unknown_model_gets_a_shape_of_its_size()
    {
        var dense = One("a,latency,Zeta-34B,34.4,34.4,H100,4,4,1,1,1,bf16,vllm,online closed-loop,1000,100,4,,,,,200,9,s,");
        Assert.True(dense.ModelGuessed);
        Assert.InRange(dense.Model.Parameters / 34.4e9, 0.95, 1.05);
        var sparse = One("a,latency,Zeta-Max,456,45.9,H200,8,8,1,1,1,fp8,vllm,online closed-loop,1000,100,4,,,,,200,9,s,");
        Assert.InRange(sparse.Model.Parameters / 456e9, 0.9, 1.1);
        Assert.InRange(sparse.Model.ActiveParameters / 45.9e9, 0.6, 1.4);
    }

    [Theory]
    [InlineData("a,latency,Zeta,,,H100,1,1,1,1,1,bf16,vllm,online closed-loop,1000,100,4,,,,,200,9,s,", "line 2, model")]
    [InlineData("a,latency,Llama-3-8B,,,Abacus,1,1,1,1,1,bf16,vllm,online closed-loop,1000,100,4,,,,,200,9,s,", "device")]
    [InlineData("a,latency,Llama-3-8B,,,H100,1,1,1,1,1,fp5,vllm,online closed-loop,1000,100,4,,,,,200,9,s,", "precision")]
    [InlineData("a,latency,Llama-3-8B,,,H100,1,1,1,1,1,bf16,vllm,online closed-loop,1000,100,,,,,,200,9,s,", "concurrency")]
    [InlineData("a,latency,Llama-3-8B,,,H100,1,1,1,1,1,bf16,vllm,online closed-loop,,100,4,,,,,200,9,s,", "isl")]
    [InlineData("a,latency,Llama-3-8B,,,H100,1,1,1,1,1,bf16,vllm,online closed-loop,1000,100,4,,,,,,,s,", "measured")]
    [InlineData("a,latency,Llama-3-8B,,,H100,x,1,1,1,1,bf16,vllm,online closed-loop,1000,100,4,,,,,200,9,s,", "n_devices")]
    [InlineData("a,latency,DeepSeek-V3,,,H100,1,1,1,1,1,fp8,vllm,online closed-loop,1000,100,4,,,,,200,9,s,", "devices that hold DeepSeek-V3")]
    public void A_row_that_says_too_little_is_counted_and_told(string row, string why)
    {
        var (points, skipped) = Read(row + "\n");
        Assert.Empty(points);
        Assert.Contains(why, Assert.Single(skipped).Why);
    }

    [Fact]
    public void The_same_measurement_under_two_names_counts_once()
    {
        var (points, _) = Read("""
            a,latency,DeepSeek-R1,,,H200,8,8,1,1,1,fp8,vllm,online closed-loop,1000,100,4,,,,,200,9,s,
            b,latency,DeepSeek-V3,,,H200,8,8,1,1,1,fp8,vllm,online closed-loop,1000,100,4,,,,,200,9,s,
            """);
        Assert.Equal([0.5, 0.5], points.Select(p => p.Weight));
    }

    /// <summary>Measurements made by the model itself with other constants are met by the fit.</summary>
    [Fact]
    public void The_fit_finds_constants_that_explain_the_measurements()
    {
        var made = ServingPriors.Start().Select((v, i) => v + (i is (int)ServingConstant.Memory ? 0.2 : i is (int)ServingConstant.LayerMs ? 0.7 : i is (int)ServingConstant.FirstMs ? 0.8 : 0)).ToArray();
        var truth = ServingPriors.Bounded(made);
        var text = new StringBuilder();
        foreach (var (tensor, clients, input) in from t in (int[])[1, 2, 4] from c in (int[])[1, 4, 16, 64] from i in (int[])[128, 1024, 8192] select (t, c, i))
            text.Append($"r{text.Length},latency,Llama-3-8B,,,H100,{tensor},{tensor},1,1,1,bf16,vllm,online closed-loop,{input},512,{clients},,,,,1,1,s,\n");
        var points = Read(text.ToString()).Points.Select(p =>
        {
            var state = ServingPrediction.Of(p, truth);
            return p with { PerTokenMs = state.PerOutputToken * 1e3, FirstTokenMs = state.FirstToken * 1e3, Weight = 1 };
        }).ToList();
        var (fit, again) = (ServingFit.Run(points), ServingFit.Run(points));
        Assert.Equal(fit.ToCsv(), again.ToCsv());
        Assert.True(Error(fit) < 0.04, $"{Error(fit):0.000}");

        double Error(ServingCalibration calibration) => points.Average(p => Math.Abs((ServingPrediction.Of(p, calibration.For("vllm", "H100-SXM").Constants).PerOutputToken * 1e3 / p.PerTokenMs!.Value) - 1));
    }

    [Theory]
    [InlineData("a,latency,gpt-oss-120b,,,H100,4,4,1,1,1,fp4,vllm,online closed-loop,1024,1024,512,,,,,20000,5,s,", true, false)]
    [InlineData("a,latency,gpt-oss-120b,,,H100,4,4,1,1,1,fp4,vllm,online closed-loop,1024,1024,64,,,,,120,10,s,", false, false)]
    [InlineData("a,latency,gpt-oss-120b,,,H100,4,4,1,1,1,fp4,trtllm,online closed-loop,1024,1024,512,,,,,120,10,s,", false, false)]
    [InlineData("a,latency,DeepSeek-R1,,,GB200,32,32,1,1,1,fp4,trtllm,online closed-loop,8192,1024,2150,,,,,5000,44,s,", false, true)]
    [InlineData("a,latency,DeepSeek-R1,,,GB200,8,8,1,1,8,fp4,trtllm,online closed-loop,8192,1024,64,,,,,5000,44,s,", false, false)]
    public void Bursts_and_deployments_that_prefill_apart_are_seen(string row, bool burst, bool apart)
    {
        var point = One(row);
        Assert.Equal((burst, apart), (point.Burst, point.Apart));
        var state = ServingPrediction.Of(point, ServingCalibration.Shipped.For(point.Engine, point.Accelerator.Name).Constants);
        var told = ServingPrediction.Of(point with { Burst = false, Apart = false }, ServingCalibration.Shipped.For(point.Engine, point.Accelerator.Name).Constants);
        Assert.Equal(burst || apart, state.PerOutputToken < told.PerOutputToken);
        if (burst) Assert.True(state.Saturated && state.FirstToken > 4 * point.Output * state.PerOutputToken);
    }

    [Fact]
    public void What_is_written_of_a_calibration_is_read_again()
    {
        var text = ServingCalibration.Shipped.ToCsv();
        Assert.Equal(text, ServingCalibration.Read(new MemoryStream(Encoding.UTF8.GetBytes(text))).ToCsv());
    }

    /// <summary>What ships must stay as good as docs/numbers.md says.</summary>
    [Fact]
    public void Published_measurements_are_met_as_well_as_is_claimed()
    {
        var folder = Environment.GetEnvironmentVariable("YUNHE_DATA");
        Assert.SkipWhen(string.IsNullOrEmpty(folder), "YUNHE_DATA names no folder with the published measurements");
        using var stream = File.OpenRead(Path.Combine(folder!, "hardware", "inference_points_dev.csv"));
        var (points, skipped) = ServingPoints.Read(stream);
        Assert.InRange(skipped.Count, 0, 20);
        var states = points.Select(p => (Point: p, State: ServingPrediction.Of(p, ServingCalibration.Shipped.For(p.Engine, p.Accelerator.Name).Constants))).ToList();
        Assert.InRange(Mean(states.Where(s => s.Point.PerTokenMs is not null).Select(s => s.State.PerOutputToken * 1e3 / s.Point.PerTokenMs!.Value)), 0, 0.125);
        Assert.InRange(Mean(states.Where(s => s.Point.FirstTokenMs is not null && !s.State.Saturated).Select(s => s.State.FirstToken * 1e3 / s.Point.FirstTokenMs!.Value)), 0, 0.305);
        Assert.InRange(Mean(states.Where(s => s.Point.OutputPerSecond is not null).Select(s => s.State.OutputTokensPerSecond / s.Point.OutputPerSecond!.Value)), 0, 0.2);

        static double Mean(IEnumerable<double> ratios) => ratios.Average(r => Math.Abs(r - 1));
    }

    private static ServingPoint One(string row) => Assert.Single(Read(row + "\n").Points);

    private static (IReadOnlyList<ServingPoint> Points, IReadOnlyList<SkippedPoint> Skipped) Read(string rows) => ServingPoints.Read(new MemoryStream(Encoding.UTF8.GetBytes(Header + rows)));
}

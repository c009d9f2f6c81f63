using Yunhe.Planning.Catalogue;

namespace Yunhe.Planning.Siting;

/// <summary>How fast hardware does what.</summary>
internal static class HardwareRates
{
    /// <summary>Whole-node power at the wall over the accelerators' board power, before PUE, as MLPerf measured it on H100 nodes.</summary>
    public const double NodeOverBoard = 1.3;

    /// <summary>Wider types that can stand in for one, the narrowest first.</summary>
    private static readonly Dictionary<DataType, DataType[]> StandIns = new()
    {
        [DataType.Fp4] = [DataType.Fp4, DataType.Fp8, DataType.Bf16, DataType.Fp16, DataType.Tf32, DataType.Fp32, DataType.Fp64],
        [DataType.Int8] = [DataType.Int8, DataType.Bf16, DataType.Fp16, DataType.Tf32, DataType.Fp32, DataType.Fp64],
        [DataType.Fp8] = [DataType.Fp8, DataType.Bf16, DataType.Fp16, DataType.Tf32, DataType.Fp32, DataType.Fp64],
        [DataType.Fp16] = [DataType.Fp16, DataType.Bf16, DataType.Tf32, DataType.Fp32, DataType.Fp64],
        [DataType.Bf16] = [DataType.Bf16, DataType.Fp16, DataType.Tf32, DataType.Fp32, DataType.Fp64],
        [DataType.Tf32] = [DataType.Tf32, DataType.Fp32, DataType.Fp64],
        [DataType.Fp32] = [DataType.Fp32, DataType.Fp64],
        [DataType.Fp64] = [DataType.Fp64],
    };

    /// <summary>Nominal peak of exactly this type (BF16 and FP16 stand in for each other), TFLOPS; 0: none.</summary>
    public static double PeakOf(IReadOnlyDictionary<DataType, double> tflops, DataType type) =>
        tflops.TryGetValue(type, out var rate) ? rate
        : type is DataType.Bf16 && tflops.TryGetValue(DataType.Fp16, out rate) ? rate
        : type is DataType.Fp16 && tflops.TryGetValue(DataType.Bf16, out rate) ? rate
        : 0;

    /// <summary>TFLOPS of a busy device: the best type that is wide enough, times what is delivered of it; 0: it can't.</summary>
    public static double Delivered(IReadOnlyDictionary<DataType, double> tflops, WorkClass work, HardwareSpec hardware, OperationTerms terms)
    {
        var peak = StandIns[work.Type].Max(t => tflops.GetValueOrDefault(t));
        var share = hardware.Efficiency.TryGetValue(work.Kind, out var own) ? own
            : terms.Efficiency.TryGetValue(work.Kind, out var general) ? general
            : OperationTerms.EfficiencyOf(work.Kind);
        return peak * share;
    }
}

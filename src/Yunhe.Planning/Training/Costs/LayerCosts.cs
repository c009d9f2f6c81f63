using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Clusters;
using Yunhe.Planning.Models;
using Yunhe.Planning.Training.Calibration;

namespace Yunhe.Planning.Training.Costs;

/// <summary>Seconds of one layer and one micro-batch on one device, forward; and what backward and recomputation make of them.</summary>
internal readonly record struct LayerCosts(double Gemm, double Attention, double Elementwise)
{
    /// <summary>Backward of fused attention computes the scores again: 5 products for forward's 2.</summary>
    private const double FusedAttentionBackward = 2.5;

    public double Forward => Gemm + Attention + Elementwise;

    /// <summary>Forward, backward and what is recomputed.</summary>
    public double Pass(TrainingJob job, Recompute recompute, bool fused)
    {
        var backward = Gemm * (job.Adapters ? 1 : 2) + Attention * (fused ? FusedAttentionBackward : 2) + 2 * Elementwise;
        var again = recompute switch
        {
            Recompute.Full => Forward,
            Recompute.Selective when !fused => Attention,
            Recompute.Selective => 0.5 * Elementwise,
            _ => 0,
        };
        return Forward + backward + again;
    }
}

/// <summary>Times operations on one accelerator under one profile.</summary>
internal sealed class Operations
{
    private readonly double peak;
    private readonly double attentionPeak;
    private readonly double memory;
    private readonly double bf16Peak;
    private readonly double balance;
    private readonly bool eightBit;
    private readonly CalibrationProfile profile;

    /// <summary>Of nominal, where no measurement of the accelerator is known.</summary>
    private const double UnmeasuredBf16Percent = 75;

    /// <summary>What streaming kernels reach of nominal memory bandwidth.</summary>
    private const double MemoryEfficiency = 0.85;

    public Operations(AcceleratorModel accelerator, DataType precision, CalibrationProfile profile)
    {
        this.profile = profile;
        var reachable = (accelerator.MeasuredBf16Percent ?? UnmeasuredBf16Percent) / 100;
        var nominal = (accelerator.Peak(DataType.Bf16) ?? accelerator.Peak(DataType.Fp32) ?? 1) * 1e12;
        eightBit = precision is DataType.Fp8 or DataType.Fp4 && accelerator.Peak(precision) is not null;
        bf16Peak = nominal * reachable * profile[Constant.GemmEfficiency];
        peak = eightBit ? accelerator.Peak(precision)!.Value * 1e12 * reachable * profile[Constant.GemmEfficiency] * profile[Constant.Fp8Efficiency] : bf16Peak;
        attentionPeak = nominal * profile[Constant.AttentionEfficiency];
        memory = accelerator.MemoryTBPerSecond * 1e12 * MemoryEfficiency;
        balance = nominal / (accelerator.MemoryTBPerSecond * 1e12) * profile[Constant.GemmShape];
    }

    public double Gemm(double m, double k, double n) => Product(m, k, n, peak) + (eightBit ? Stream(3 * m * k) : 0);

    public double FullWidthGemm(double m, double k, double n) => Product(m, k, n, bf16Peak);

    private double Product(double m, double k, double n, double rate) => 2 * m * k * n / rate * (1 + balance * (1 / m + 1 / k + 1 / n));

    public double FusedAttention(double flops, double length) => flops / attentionPeak * (1 + profile[Constant.AttentionHalfLength] / length);

    public double ScoreTraffic(double bytes) => bytes * profile[Constant.ScorePasses] / memory;

    public double Elementwise(double bytes) => Stream(bytes) * profile[Constant.ElementwiseTraffic];

    public double Stream(double bytes) => bytes / memory;
}

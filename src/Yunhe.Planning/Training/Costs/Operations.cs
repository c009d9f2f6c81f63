using System.Numerics;
using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Training.Calibration;

namespace Yunhe.Planning.Training.Costs;

/// <summary>Seconds of a matrix product in the forward pass and of its two products in the backward pass.</summary>
internal readonly record struct ProductTime(double Forward, double InputGradient, double WeightGradient)
{
    public static ProductTime operator +(ProductTime a, ProductTime b) =>
        new(a.Forward + b.Forward, a.InputGradient + b.InputGradient, a.WeightGradient + b.WeightGradient);

    public static ProductTime operator *(double factor, ProductTime time) => new(factor * time.Forward, factor * time.InputGradient, factor * time.WeightGradient);

    public double Pass(bool weights) => Forward + InputGradient + (weights ? WeightGradient : 0);
}

/// <summary>Times operations on one accelerator under one profile.</summary>
internal sealed class Operations
{
    /// <summary>Of nominal, where no measurement of the accelerator is known: those measured in the catalogue reach 87 to 97 % below 500 TFLOPS and 51 to 84 % above.</summary>
    private static double UnmeasuredBf16Percent(double tflops) => tflops < 500 ? 90 : 75;

    /// <summary>What streaming kernels reach of nominal memory bandwidth.</summary>
    private const double MemoryEfficiency = 0.85;

    /// <summary>Rows and columns of the tile that one compute unit makes of a product.</summary>
    private const double TileRows = 128;
    private const double TileColumns = 256;

    private readonly double bf16Peak;
    private readonly double peak;
    private readonly bool narrow;
    private readonly double attentionPeak;
    private readonly double memory;
    private readonly double balance;
    private readonly int units;
    private readonly double waves;
    private readonly double misaligned;
    private readonly double attentionHalfLength;
    private readonly double scorePasses;
    private readonly double traffic;

    public Operations(AcceleratorModel accelerator, DataType precision, CalibrationProfile profile)
    {
        var tflops = accelerator.Peak(DataType.Bf16) ?? accelerator.Peak(DataType.Fp32) ?? 1;
        var nominal = tflops * 1e12;
        var reachable = (accelerator.MeasuredBf16Percent ?? UnmeasuredBf16Percent(tflops)) / 100 * profile[Constant.GemmEfficiency];
        bf16Peak = nominal * reachable;
        narrow = precision is DataType.Fp8 or DataType.Fp4 && accelerator.Peak(precision) is not null;
        peak = narrow ? accelerator.Peak(precision)!.Value * 1e12 * reachable * profile[Constant.Fp8Efficiency] : bf16Peak;
        attentionPeak = nominal * profile[Constant.AttentionEfficiency];
        memory = accelerator.MemoryTBPerSecond * 1e12 * MemoryEfficiency;
        balance = nominal / (accelerator.MemoryTBPerSecond * 1e12) * profile[Constant.GemmShape];
        units = Generations.ComputeUnits(accelerator);
        waves = profile[Constant.WaveQuantisation];
        misaligned = 1 + profile[Constant.Misalignment];
        attentionHalfLength = profile[Constant.AttentionHalfLength];
        scorePasses = profile[Constant.ScorePasses];
        traffic = profile[Constant.ElementwiseTraffic];
    }

    /// <summary>Of so many tokens with a weight of k × n; with experts the same for so many weights, each with its share of the tokens.</summary>
    public ProductTime Gemm(double tokens, double k, double n, int experts = 1)
    {
        // Eight-bit products first read and cast what they multiply.
        double cast = narrow ? Stream(3 * experts * tokens * k) : 0, castBack = narrow ? Stream(3 * experts * tokens * n) : 0;
        var penalty = Misaligned((int)n) * Misaligned((int)k);
        return new(
            penalty * Product(tokens, k, n, peak, experts) + cast,
            penalty * Product(tokens, n, k, peak, experts) + castBack,
            penalty * Product(k, tokens, n, peak, experts));
    }

    /// <summary>Kept in 16 bits whatever the precision of the rest.</summary>
    public ProductTime FullWidthGemm(double tokens, double k, double n) =>
        new(Product(tokens, k, n, bf16Peak, 1), Product(tokens, n, k, bf16Peak, 1), Product(k, tokens, n, bf16Peak, 1));

    /// <summary>One product of unfused attention over so many heads.</summary>
    public double HeadProduct(double tokens, double k, double n, double heads, int width) => heads * Product(tokens, k, n, bf16Peak, 1) * Misaligned(width);

    public double FusedAttention(double flops, double length) => flops / attentionPeak * (1 + attentionHalfLength / length);

    public double ScoreTraffic(double bytes) => Stream(bytes * scorePasses);

    public double Elementwise(double bytes) => Stream(bytes * traffic);

    public double Stream(double bytes) => bytes / memory;

    /// <summary>m rows and n columns of sums over k.</summary>
    private double Product(double m, double k, double n, double rate, int experts)
    {
        var seconds = 2 * experts * m * k * n / rate * (1 + balance * (1 / m + 1 / k + 1 / n));
        if (units == 0) return seconds;
        var share = experts * Math.Ceiling(m / TileRows) * Math.Ceiling(n / TileColumns) / units;
        return seconds * (1 + waves * (Math.Ceiling(share) / share - 1));
    }

    /// <summary>Tensor cores want widths in multiples of 64.</summary>
    private double Misaligned(int width) => Math.Pow(misaligned, Math.Max(0, 6 - BitOperations.TrailingZeroCount(width)));
}

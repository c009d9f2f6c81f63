using Yunhe.Planning.Catalogue;

namespace Yunhe.Planning.Serving;

/// <summary>How a model's values are stored and multiplied when it is served. Bytes are per value, scales included.</summary>
public sealed record ServingPrecision
{
    public required string Name { get; init; }

    /// <summary>Dense layers, attention, embeddings.</summary>
    public required double DenseBytes { get; init; }

    /// <summary>Routed experts.</summary>
    public required double ExpertBytes { get; init; }

    public required double KvBytes { get; init; }

    /// <summary>Type of the dense products; where the accelerator has no rate for it, the next wider one that it has.</summary>
    public required DataType DenseType { get; init; }

    public required DataType ExpertType { get; init; }

    /// <summary>What quantising usually leaves wide: 4 bits are for the experts of a model that has them, its attention stays in BF16.</summary>
    /// <param name="name">bf16, fp16, fp8, int8, fp4 (nvfp4, mxfp4) or int4 (awq, gptq: weights alone).</param>
    /// <param name="experts">Whether the model has routed experts.</param>
    /// <returns>Null: no such precision.</returns>
    public static ServingPrecision? Named(string name, bool experts) => Plain(name) switch
    {
        "FP16" or "FLOAT16" or "HALF" => new() { Name = "fp16", DenseBytes = 2, ExpertBytes = 2, KvBytes = 2, DenseType = DataType.Fp16, ExpertType = DataType.Fp16 },
        "BF16" or "BFLOAT16" => new() { Name = "bf16", DenseBytes = 2, ExpertBytes = 2, KvBytes = 2, DenseType = DataType.Bf16, ExpertType = DataType.Bf16 },
        "FP8" or "FP8E4M3" or "W8A8FP8" => new() { Name = "fp8", DenseBytes = 1, ExpertBytes = 1, KvBytes = 1, DenseType = DataType.Fp8, ExpertType = DataType.Fp8 },
        "INT8" or "W8A8" => new() { Name = "int8", DenseBytes = 1, ExpertBytes = 1, KvBytes = 2, DenseType = DataType.Int8, ExpertType = DataType.Int8 },
        // 4 bits and a scale of 8 for each 16.
        "FP4" or "NVFP4" or "MXFP4" => experts
            ? new() { Name = "fp4", DenseBytes = 2, ExpertBytes = 0.5625, KvBytes = 1, DenseType = DataType.Bf16, ExpertType = DataType.Fp4 }
            : new() { Name = "fp4", DenseBytes = 0.5625, ExpertBytes = 0.5625, KvBytes = 1, DenseType = DataType.Fp4, ExpertType = DataType.Fp4 },
        "INT4" or "W4A16" or "AWQ" or "GPTQ" => new()
        {
            Name = "int4", DenseBytes = experts ? 2 : 0.5625, ExpertBytes = 0.5625, KvBytes = 2, DenseType = DataType.Bf16, ExpertType = DataType.Bf16,
        },
        _ => null,
    };

    /// <summary>10^12 operations per second of a type on an accelerator; a narrow type it lacks is widened before it is multiplied.</summary>
    public static double Peak(AcceleratorModel accelerator, DataType type) => accelerator.Peak(type)
        ?? (type is DataType.Fp4 or DataType.Fp8 or DataType.Int8 ? accelerator.Peak(DataType.Bf16) : null)
        ?? accelerator.PeakTflops.Where(p => p.Key is not (DataType.Int8 or DataType.Fp64)).Select(p => p.Value).DefaultIfEmpty(0).Max();

    private static string Plain(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToUpperInvariant();
}

namespace Yunhe.Planning.Training.Calibration;

/// <summary>What a training framework does that changes time or memory, apart from how well it does it.</summary>
public sealed record SoftwareStack
{
    public required string Name { get; init; }

    /// <summary>Attention without scores in memory, computing only the causal half.</summary>
    public bool FusedAttention { get; init; } = true;

    /// <summary>Bytes of a gradient, as kept and as communicated.</summary>
    public double GradientBytes { get; init; } = 4;

    /// <summary>Sharded weights are the FP32 master weights (FSDP) rather than a BF16 copy.</summary>
    public bool ShardsMasterWeights { get; init; }
}

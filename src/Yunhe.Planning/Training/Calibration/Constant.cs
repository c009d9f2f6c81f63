namespace Yunhe.Planning.Training.Calibration;

/// <summary>What is fitted to published runs; everything else in the model is counted. All are positive, and fitted in their logarithms.</summary>
public enum Constant
{
    /// <summary>Of the largest measured matrix product, on large well-shaped matrices.</summary>
    GemmEfficiency,

    /// <summary>Weight of the small sides of a matrix product, in machine balances (FLOP per byte).</summary>
    GemmShape,

    /// <summary>Of the last wave of tiles that leaves compute units idle, what is lost (kernels balance some of it).</summary>
    WaveQuantisation,

    /// <summary>FP8 products, of FP8's peak, over BF16's efficiency.</summary>
    Fp8Efficiency,

    /// <summary>Fused attention, of BF16's peak, at long sequences.</summary>
    AttentionEfficiency,

    /// <summary>Tokens at which fused attention reaches half of its efficiency.</summary>
    AttentionHalfLength,

    /// <summary>Passes of memory over the scores of unfused attention.</summary>
    ScorePasses,

    /// <summary>Loss of a product per halving of the power of two that divides its widths, or a head's in unfused attention, below 64.</summary>
    Misalignment,

    /// <summary>Memory traffic of everything that is no matrix product, over its least.</summary>
    ElementwiseTraffic,

    /// <summary>Host and launch time per layer and micro-batch, µs, forward and backward.</summary>
    LayerOverheadUs,

    /// <summary>Time per optimizer step that nothing else explains, ms.</summary>
    StepOverheadMs,

    /// <summary>Links within a scale-up domain, of nominal.</summary>
    ScaleUpEfficiency,

    /// <summary>Links beyond, of nominal.</summary>
    ScaleOutEfficiency,

    /// <summary>µs per hop of a collective.</summary>
    HopUs,

    /// <summary>Of tensor-parallel communication, what compute does not hide.</summary>
    TensorExposed,

    /// <summary>Of data-parallel communication, what compute could not hide however long it is.</summary>
    DataExposed,

    /// <summary>Of pipeline transfers, what compute does not hide.</summary>
    PipelineExposed,

    /// <summary>Of the experts' all-to-all, what compute does not hide.</summary>
    ExpertExposed,

    /// <summary>Fullest expert group over the mean, with routing, permutation and small grouped products.</summary>
    ExpertPenalty,

    /// <summary>Host and launch time that experts add per layer and micro-batch, µs.</summary>
    ExpertOverheadUs,

    /// <summary>Loss per doubling of nodes.</summary>
    Straggler,

    /// <summary>Activations over those counted.</summary>
    ActivationFactor,

    /// <summary>Driver, communication buffers, workspaces and what the allocator holds, 10^9 bytes.</summary>
    RuntimeGB,
}

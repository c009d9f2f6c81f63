namespace Yunhe.Planning.Training.Calibration;

/// <summary>What a training framework does that changes time or memory, apart from how well it does it.</summary>
public sealed record SoftwareStack
{
    /// <summary>Family that shares one calibration; empty: none known, which means the mean of all.</summary>
    public required string Name { get; init; }

    /// <summary>Kind of stack; empty: unknown.</summary>
    public string Class { get; init; } = "";

    /// <summary>Attention without scores in memory, computing only the causal half.</summary>
    public bool FusedAttention { get; init; } = true;

    /// <summary>Bytes of a gradient as kept.</summary>
    public double GradientBytes { get; init; } = 4;

    /// <summary>Bytes of a gradient as communicated; 8: FP32 all-reduced, twice the volume of a reduce-scatter.</summary>
    public double SentGradientBytes { get; init; } = 4;

    /// <summary>Pipelines are interleaved where a run does not say.</summary>
    public bool Interleaves { get; init; }

    /// <summary>Sharded weights are the FP32 master weights (FSDP) rather than a BF16 copy.</summary>
    public bool ShardsMasterWeights { get; init; }

    /// <summary>Bytes per parameter that the optimizer step needs for a moment and the allocator keeps.</summary>
    public double TransientOptimizerBytes { get; init; }

    /// <summary>Bytes per parameter of the flat copy of all FP16 gradients that ZeRO-1 reduces.</summary>
    public double FlattenedGradientBytes { get; init; }

    /// <summary>Bytes per logit in the loss: in 16 bits, FP32 soft-max and its gradient.</summary>
    public double LogitBytes { get; init; } = 10;

    /// <summary>The same where tensor parallelism shares the vocabulary out.</summary>
    public double ParallelLogitBytes { get; init; } = 10;

    /// <summary>Peaks of memory that it logs are those of the pipeline's first stage.</summary>
    public bool LogsFirstStage { get; init; }

    /// <summary>Tensor-parallel ranks share the sequence between blocks.</summary>
    public bool SequenceParallel { get; init; } = true;

    /// <summary>ZeRO stage where a run does not say.</summary>
    public int UsualZero { get; init; } = 1;

    /// <summary>It shards at least so much, whatever a table says.</summary>
    public int LeastZero { get; init; }

    /// <summary>Of the runtime's memory: a program that is compiled whole has its memory planned ahead, without an allocator's slack, a CUDA context or NCCL's buffers.</summary>
    public double RuntimeShare { get; init; } = 1;

    /// <summary>What selective recompute keeps waits in the host's memory, but for each layer's input (MaxText's remat policies "…_offloaded").</summary>
    public bool OffloadsKept { get; init; }

    /// <summary>Weights are sharded along one axis and layers cut along another, all over a scale-up domain (MaxText's ici_fsdp and ici_tensor parallelism, 16 × 16 on TPU v5e).</summary>
    public bool CombinesTensor { get; init; }

    private const string Megatron = "megatron";
    private const string Torch = "torch";

    /// <summary>Words of a framework's name and the family they tell, most telling first.</summary>
    private static readonly (string Word, SoftwareStack Stack)[] Known =
    [
        ("megatron-bridge", new() { Name = "nemo", Class = Megatron, SentGradientBytes = 2, Interleaves = true }),
        ("nemo", new() { Name = "nemo", Class = Megatron, SentGradientBytes = 2, Interleaves = true }),
        ("llm-foundry", Sharded("llm-foundry")),
        // Its parallel loss is not fused: a copy in 32 bits for each step of the soft-max.
        ("torchtitan", Sharded("torchtitan") with { ParallelLogitBytes = 18 }),
        ("internevo", new() { Name = "internevo", Class = Torch, TransientOptimizerBytes = 12, GradientBytes = 2, SentGradientBytes = 2 }),
        ("maxtext", MaxText),
        ("pathways", Planned),
        ("jax", Planned),
        ("mindspeed", new() { Name = "mindspeed", Class = Megatron }),
        ("megatron-llama", new() { Name = "megatron-llama", Class = Megatron }),
        ("megatron-deepspeed", MegatronDeepSpeed),
        ("megatron-ds", MegatronDeepSpeed),
        ("gpt-neox", MegatronDeepSpeed),
        ("megatron-lm 2021", EarlyMegatron),
        ("megatron-lm 2022", EarlyMegatron),
        ("megascale", new() { Name = "megascale", Class = Megatron }),
        ("simumax", MegatronCore with { Interleaves = false }),
        ("megatron", MegatronCore),
        ("mcore", MegatronCore),
        ("fsdp", Sharded("fsdp")),
        ("zero", Sharded("fsdp")),
        ("deepspeed", Sharded("fsdp")),
    ];

    private static SoftwareStack MegatronCore => new() { Name = "megatron-core", Class = Megatron, SentGradientBytes = 2, Interleaves = true };

    private static SoftwareStack MegatronDeepSpeed => new()
    {
        Name = "megatron-deepspeed", Class = Megatron, LeastZero = 1, FusedAttention = false, GradientBytes = 2, SentGradientBytes = 8, SequenceParallel = false,
        FlattenedGradientBytes = 2, LogitBytes = 12, ParallelLogitBytes = 12, LogsFirstStage = true,
    };

    private static SoftwareStack EarlyMegatron => new() { Name = "megatron-2021", Class = Megatron, FusedAttention = false, SequenceParallel = false, UsualZero = 0, LogitBytes = 12, ParallelLogitBytes = 12 };

    private static SoftwareStack MaxText => Planned with { OffloadsKept = true, CombinesTensor = true };

    /// <summary>Under JAX, whatever lays it out.</summary>
    private static SoftwareStack Planned => Sharded("maxtext", "jax") with { RuntimeShare = 0.1 };

    private static SoftwareStack Sharded(string name, string kind = Torch) => new() { Name = name, Class = kind, ShardsMasterWeights = true, SentGradientBytes = 2, UsualZero = 3 };

    /// <summary>Torchtitan compiles the loss, too, since 2025: only logits and their gradient are kept, in 16 bits.</summary>
    public SoftwareStack In(int year) => Name == "torchtitan" && year >= 2025 ? this with { LogitBytes = 4, ParallelLogitBytes = 4 } : this;

    /// <summary>From a framework's name as people write it, with or without a version.</summary>
    public static SoftwareStack Of(string framework)
    {
        foreach (var (word, stack) in Known)
            if (framework.Contains(word, StringComparison.OrdinalIgnoreCase)) return stack;
        return new() { Name = "", Interleaves = true, SentGradientBytes = 2 };
    }
}

namespace Yunhe.Planning.Training;

using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Models;

/// <summary>What is recomputed in the backward pass instead of being kept.</summary>
public enum Recompute
{
    None,
    Selective,
    Full,
}

/// <summary>One training run, whatever it runs on.</summary>
public sealed record TrainingJob
{
    public required LanguageModel Model { get; init; }

    public required int SequenceLength { get; init; }

    /// <summary>Sequences of an optimizer step.</summary>
    public required int GlobalBatch { get; init; }

    /// <summary>Type of the matrix products; master weights and optimizer stay in FP32.</summary>
    public DataType Precision { get; init; } = DataType.Bf16;

    /// <summary>Only low-rank adapters are trained (LoRA): no gradients of the weights, hardly an optimizer.</summary>
    public bool Adapters { get; init; }

    /// <summary>Tokens to train on, 10^9; 0: only the step is asked for.</summary>
    public double BillionTokens { get; init; }
}

/// <summary>How a run is laid over devices. The devices are Tensor × Pipeline × Data × Context; Expert divides Data × Context × Tensor.</summary>
public readonly record struct Parallelism
{
    public required int Tensor { get; init; }

    public required int Pipeline { get; init; }

    /// <summary>Model chunks on each pipeline stage (interleaved schedule); 1: plain 1F1B.</summary>
    public required int Interleave { get; init; }

    public required int Data { get; init; }

    public required int Context { get; init; }

    public required int Expert { get; init; }

    /// <summary>ZeRO stage: 0 nothing sharded, 1 the optimizer (distributed optimizer), 2 and the gradients, 3 and the weights (FSDP).</summary>
    public required int Zero { get; init; }

    /// <summary>Sequences of one micro-batch.</summary>
    public required int MicroBatch { get; init; }

    public required Recompute Recompute { get; init; }

    /// <summary>Activations between tensor-parallel blocks are sharded along the sequence.</summary>
    public required bool SequenceParallel { get; init; }

    /// <summary>Data-parallel ranks that one copy of what ZeRO shards is spread over; 0: all (otherwise hybrid sharding).</summary>
    public int ShardGroup { get; init; }

    public int Devices => Tensor * Pipeline * Data * Context;
}

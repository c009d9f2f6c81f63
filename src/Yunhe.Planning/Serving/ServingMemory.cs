using Yunhe.Planning.Catalogue;

namespace Yunhe.Planning.Serving;

/// <summary>Bytes of one device of a replica.</summary>
public readonly record struct ServingMemory
{
    /// <summary>What engines leave unused of the nominal memory, and what the runtime, graphs and activations take.</summary>
    public const double UsableShare = 0.92;

    public const double RuntimeBytes = 2e9;

    public required double Weights { get; init; }

    /// <summary>What remains for keys and values.</summary>
    public required double Free { get; init; }

    /// <summary>Of one sequence at a length.</summary>
    public required double KvOfSequence { get; init; }

    public bool Fits => Free >= KvOfSequence;

    /// <summary>Sequences of the whole replica that fit at once; 0: none.</summary>
    public required double Sequences { get; init; }

    /// <param name="tokens">Mean tokens that a sequence in flight holds.</param>
    public static ServingMemory Of(ServedModel model, AcceleratorModel accelerator, ServingLayout layout, ServingPrecision precision, double tokens)
    {
        // The attention is copied with each data-parallel rank; experts lie over all devices of the replica.
        var weights = ((model.DenseParameters + model.EmbeddingParameters) * precision.DenseBytes / layout.Tensor / layout.Pipeline)
            + (model.ExpertParameters * model.Shape.Experts * precision.ExpertBytes / layout.Devices);
        var free = (accelerator.MemoryGB * 1e9 * UsableShare) - RuntimeBytes - weights;
        var kv = model.KvTokenLayers(tokens) * model.KvValuesPerLayer * precision.KvBytes / model.KvShards(layout.Tensor) / layout.Pipeline;
        return new() { Weights = weights, Free = free, KvOfSequence = kv, Sequences = Math.Max(0, Math.Floor(free / kv)) * layout.Data };
    }
}

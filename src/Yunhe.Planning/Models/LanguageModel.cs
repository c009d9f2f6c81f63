namespace Yunhe.Planning.Models;

/// <summary>Shape of a decoder-only transformer: all that memory and operations depend on.</summary>
public sealed record LanguageModel
{
    public required string Name { get; init; }

    public required int Layers { get; init; }

    public required int Hidden { get; init; }

    public required int Heads { get; init; }

    /// <summary>Heads of keys and values; fewer than <see cref="Heads"/>: grouped queries.</summary>
    public required int KvHeads { get; init; }

    /// <summary>Width of a head; 0: hidden / heads.</summary>
    public int HeadSize { get; init; }

    /// <summary>Width of the dense feed-forward block.</summary>
    public required int Ffn { get; init; }

    /// <summary>Three matrices (SwiGLU) instead of two.</summary>
    public bool GatedMlp { get; init; } = true;

    public required int Vocabulary { get; init; }

    /// <summary>Input and output embeddings are one matrix.</summary>
    public bool TiedEmbeddings { get; init; }

    /// <summary>Routed experts of a layer; 0: a dense model.</summary>
    public int Experts { get; init; }

    /// <summary>Routed experts that a token goes to.</summary>
    public int ActiveExperts { get; init; }

    public int SharedExperts { get; init; }

    /// <summary>Width of one expert.</summary>
    public int ExpertFfn { get; init; }

    /// <summary>First layers that are dense in a model with experts.</summary>
    public int DenseLayers { get; init; }

    /// <summary>Compressed keys and values of multi-head latent attention, values a token and layer; 0: plain attention.</summary>
    public int LatentKv { get; init; }

    /// <summary>Values of the queries' own compression; 0: none.</summary>
    public int LatentQuery { get; init; }

    /// <summary>Part of a head that carries the position in latent attention.</summary>
    public int RopeHeadSize { get; init; }

    /// <summary>Width of a value head where it differs; 0: as the others.</summary>
    public int ValueHeadSize { get; init; }

    /// <summary>Layers whose attention sees only so many tokens; 0: none has a window.</summary>
    public int WindowedLayers { get; init; }

    public int Window { get; init; }

    public int HeadWidth => HeadSize > 0 ? HeadSize : Hidden / Heads;
}

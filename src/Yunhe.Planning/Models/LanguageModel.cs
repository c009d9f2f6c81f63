namespace Yunhe.Planning.Models;

/// <summary>Which linear layers add a bias.</summary>
public enum Biases
{
    None,

    /// <summary>Queries, keys and values.</summary>
    Qkv,
    All,
}

/// <summary>Shape of a decoder-only transformer: all that memory and operations depend on.</summary>
public sealed record LanguageModel
{
    public required string Name { get; init; }

    public required int Layers { get; init; }

    public required int Hidden { get; init; }

    public required int Heads { get; init; }

    /// <summary>Heads of keys and values; fewer than <see cref="Heads"/>: grouped queries.</summary>
    public required int KvHeads { get; init; }

    /// <summary>Width of a head, in latent attention without the part that carries the position; 0: hidden / heads.</summary>
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

    /// <summary>What a head of queries and keys has beside its width in latent attention, to carry the position.</summary>
    public int RopeHeadSize { get; init; }

    /// <summary>Width of a value head where it differs; 0: as the others.</summary>
    public int ValueHeadSize { get; init; }

    /// <summary>Layers whose attention sees only so many tokens; 0: none has a window.</summary>
    public int WindowedLayers { get; init; }

    public int Window { get; init; }

    public Biases Biases { get; init; }

    /// <summary>Norms with a bias (LayerNorm) instead of a scale alone (RMSNorm).</summary>
    public bool LayerNorm { get; init; }

    /// <summary>Norms of a layer beside those of queries and keys; 1 where attention and feed-forward share theirs.</summary>
    public int Norms { get; init; } = 2;

    /// <summary>Queries and keys are normed by head.</summary>
    public bool QkNorm { get; init; }

    /// <summary>Learned position embeddings; 0: rotary or none.</summary>
    public int Positions { get; init; }

    /// <summary>Parameters that no other field tells, in all: attention sinks, expert biases, a norm after the embedding.</summary>
    public long OtherParameters { get; init; }

    public int HeadWidth => HeadSize > 0 ? HeadSize : Hidden / Heads;

    public int ValueWidth => ValueHeadSize > 0 ? ValueHeadSize : HeadWidth;

    /// <summary>Layers with routed experts.</summary>
    public int ExpertLayers => Experts > 0 ? Layers - DenseLayers : 0;

    /// <summary>Of the whole model.</summary>
    public long Parameters => ParameterCount.Of(this).Total;

    /// <summary>Of what one token passes: all but the experts that it does not go to. Embeddings are counted.</summary>
    public long ActiveParameters => ParameterCount.Of(this).Active;
}

namespace Yunhe.Planning.Models;

/// <summary>Exact numbers of parameters of a model by where they lie. A shape with absurd sizes overflows: it is checked before.</summary>
public readonly record struct ParameterCount
{
    /// <summary>Attention of a layer, with its biases and all the layer's norms.</summary>
    public required long Attention { get; init; }

    /// <summary>Dense feed-forward block of a layer.</summary>
    public required long DenseMlp { get; init; }

    /// <summary>Matrix that scores one layer's experts.</summary>
    public required long Router { get; init; }

    /// <summary>Shared experts of a layer, all of them.</summary>
    public required long SharedExperts { get; init; }

    /// <summary>One routed expert of one layer.</summary>
    public required long Expert { get; init; }

    /// <summary>One embedding matrix.</summary>
    public required long Embedding { get; init; }

    /// <summary>Learned positions, the last norm, and what no field of a model tells.</summary>
    public required long Others { get; init; }

    public required int DenseLayers { get; init; }

    public required int ExpertLayers { get; init; }

    public required int Experts { get; init; }

    public required int ActiveExperts { get; init; }

    public required int EmbeddingMatrices { get; init; }

    /// <summary>All layers without the routed experts.</summary>
    public long Dense => checked(((DenseLayers + ExpertLayers) * Attention) + (DenseLayers * DenseMlp) + (ExpertLayers * (Router + SharedExperts)));

    /// <summary>Routed experts of all layers.</summary>
    public long Routed => checked((long)ExpertLayers * Experts * Expert);

    public long Total => checked(Dense + Routed + Outside);

    /// <summary>What one token passes through; the input embedding is looked up, not multiplied, but counted as the field does.</summary>
    public long Active => checked(Dense + ((long)ExpertLayers * ActiveExperts * Expert) + Outside);

    private long Outside => checked((EmbeddingMatrices * Embedding) + Others);

    public static ParameterCount Of(LanguageModel m)
    {
        checked
        {
            var norm = m.Hidden * (m.LayerNorm ? 2L : 1L);
            return new()
            {
                Attention = AttentionOf(m) + (m.Norms * norm),
                DenseMlp = FeedForward(m, m.Ffn),
                Router = ((long)m.Hidden * m.Experts) + (m.Biases == Biases.All ? m.Experts : 0),
                SharedExperts = m.SharedExperts * FeedForward(m, m.ExpertFfn),
                Expert = FeedForward(m, m.ExpertFfn),
                Embedding = (long)m.Vocabulary * m.Hidden,
                Others = ((long)m.Positions * m.Hidden) + norm + m.OtherParameters,
                DenseLayers = m.Layers - m.ExpertLayers,
                ExpertLayers = m.ExpertLayers,
                Experts = m.Experts,
                ActiveExperts = m.ActiveExperts,
                EmbeddingMatrices = m.TiedEmbeddings ? 1 : 2,
            };
        }
    }

    private static long AttentionOf(LanguageModel m)
    {
        long hidden = m.Hidden, heads = m.Heads, width = m.HeadWidth, values = m.ValueWidth;
        var output = (heads * values * hidden) + (m.Biases == Biases.All ? hidden : 0);
        if (m.LatentKv > 0)
        {
            long latent = m.LatentKv, query = m.LatentQuery, rope = m.RopeHeadSize;
            return (query > 0 ? (hidden * query) + query + (query * heads * (width + rope)) : hidden * heads * (width + rope))
                + (hidden * (latent + rope)) + latent + (latent * heads * (width + values)) + output;
        }

        var columns = (heads * width) + (m.KvHeads * (width + values));
        return (hidden * columns) + (m.Biases == Biases.None ? 0 : columns) + (m.QkNorm ? 2 * width : 0) + output;
    }

    /// <summary>Of one feed-forward block, dense or an expert.</summary>
    private static long FeedForward(LanguageModel m, int width)
    {
        long matrices = m.GatedMlp ? 3 : 2;
        return (matrices * m.Hidden * width) + (m.Biases == Biases.All ? ((matrices - 1) * width) + m.Hidden : 0);
    }
}

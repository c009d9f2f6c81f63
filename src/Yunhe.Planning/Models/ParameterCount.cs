namespace Yunhe.Planning.Models;

/// <summary>Parameters of a model by where they lie; norms and biases, under 0.1 %, are counted with the projections.</summary>
public readonly record struct ParameterCount
{
    /// <summary>Query, key, value and output projections of a layer, with its norms.</summary>
    public required double Attention { get; init; }

    /// <summary>Dense feed-forward block of a layer.</summary>
    public required double DenseMlp { get; init; }

    public required double Router { get; init; }

    public required double SharedExperts { get; init; }

    /// <summary>One routed expert of one layer.</summary>
    public required double Expert { get; init; }

    /// <summary>One embedding matrix.</summary>
    public required double Embedding { get; init; }

    public required int DenseLayers { get; init; }

    public required int ExpertLayers { get; init; }

    public required int Experts { get; init; }

    public required int ActiveExperts { get; init; }

    public required int EmbeddingMatrices { get; init; }

    /// <summary>All layers without the routed experts.</summary>
    public double Dense => (DenseLayers + ExpertLayers) * Attention + DenseLayers * DenseMlp + ExpertLayers * (Router + SharedExperts);

    /// <summary>Routed experts of all layers.</summary>
    public double Routed => (double)ExpertLayers * Experts * Expert;

    public double Total => Dense + Routed + EmbeddingMatrices * Embedding;

    /// <summary>What one token passes through; the input embedding is looked up, not multiplied, but counted as the field does.</summary>
    public double Active => Dense + (double)ExpertLayers * ActiveExperts * Expert + EmbeddingMatrices * Embedding;

    public static ParameterCount Of(LanguageModel model)
    {
        double h = model.Hidden, matrices = model.GatedMlp ? 3 : 2;
        var expertLayers = model.Experts > 0 ? model.Layers - model.DenseLayers : 0;
        return new()
        {
            Attention = AttentionProjections(model) + 4 * h,
            DenseMlp = matrices * h * model.Ffn,
            Router = h * model.Experts,
            SharedExperts = matrices * h * model.ExpertFfn * model.SharedExperts,
            Expert = matrices * h * model.ExpertFfn,
            Embedding = h * model.Vocabulary,
            DenseLayers = model.Layers - expertLayers,
            ExpertLayers = expertLayers,
            Experts = model.Experts,
            ActiveExperts = model.ActiveExperts,
            EmbeddingMatrices = model.TiedEmbeddings ? 1 : 2,
        };
    }

    private static double AttentionProjections(LanguageModel model)
    {
        double h = model.Hidden, width = model.HeadWidth;
        double value = model.ValueHeadSize > 0 ? model.ValueHeadSize : width;
        if (model.LatentKv == 0) return h * width * (model.Heads + model.KvHeads) + h * value * (model.KvHeads + model.Heads);
        double rope = model.RopeHeadSize, queries = model.Heads * (width + rope);
        return (model.LatentQuery > 0 ? h * model.LatentQuery + model.LatentQuery * queries : h * queries)
            + h * (model.LatentKv + rope) + model.LatentKv * model.Heads * (width + value) + model.Heads * value * h;
    }
}

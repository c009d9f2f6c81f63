using Yunhe.Planning.Models;

namespace Yunhe.Planning.Serving;

/// <summary>What serving reads and multiplies of a model: parameters by where they lie, and the keys and values of a token.</summary>
public sealed record ServedModel
{
    public required LanguageModel Shape { get; init; }

    /// <summary>Attention, dense feed-forward and shared experts of all layers, and the output head: read in every step.</summary>
    public required double DenseParameters { get; init; }

    /// <summary>Input embeddings: held, but a step reads only rows of it.</summary>
    public required double EmbeddingParameters { get; init; }

    /// <summary>One routed expert in all layers that have experts.</summary>
    public required double ExpertParameters { get; init; }

    public int ExpertLayers => Shape.ExpertLayers;

    public double Parameters => DenseParameters + EmbeddingParameters + (ExpertParameters * Shape.Experts);

    public double ActiveParameters => DenseParameters + (ExpertParameters * Shape.ActiveExperts);

    public static ServedModel Of(LanguageModel shape)
    {
        var count = ParameterCount.Of(shape);
        double embedding = shape.TiedEmbeddings ? 0 : count.Embedding, expert = (double)count.ExpertLayers * count.Expert;
        return new() { Shape = shape, EmbeddingParameters = embedding, ExpertParameters = expert, DenseParameters = count.Total - embedding - (expert * shape.Experts) };
    }

    /// <summary>Values kept of one token in one layer.</summary>
    public double KvValuesPerLayer => Shape.LatentKv > 0 ? Shape.LatentKv + Shape.RopeHeadSize : 2.0 * Shape.KvHeads * Shape.HeadWidth;

    /// <summary>Tokens whose keys and values a layer holds of a sequence, summed over layers: windows bound it.</summary>
    public double KvTokenLayers(double tokens) =>
        ((Shape.Layers - Shape.WindowedLayers) * tokens) + (Shape.WindowedLayers * Math.Min(tokens, Shape.Window > 0 ? Shape.Window : tokens));

    /// <summary>How many tensor-parallel devices the keys and values can be divided over; latent ones are copied.</summary>
    public int KvShards(int tensor) => Shape.LatentKv > 0 ? 1 : Math.Min(tensor, Shape.KvHeads);

    /// <summary>Operations of one new token's attention to one earlier token in one layer; latent attention multiplies with the compressed values.</summary>
    public double DecodeAttentionOperations => Shape.LatentKv > 0
        ? 2.0 * Shape.Heads * ((2 * Shape.LatentKv) + Shape.RopeHeadSize)
        : 4.0 * Shape.Heads * Shape.HeadWidth;

    /// <summary>The same in prefill, where latent attention works on whole heads.</summary>
    public double PrefillAttentionOperations => 2.0 * Shape.Heads * (Shape.HeadWidth + Shape.RopeHeadSize + Shape.ValueWidth);

    /// <summary>Experts of one layer that some of so many tokens go to, if tokens choose evenly.</summary>
    public double DistinctExperts(double tokens) =>
        Shape.Experts == 0 ? 0 : Shape.Experts * (1 - Math.Pow(1 - ((double)Shape.ActiveExperts / Shape.Experts), Math.Max(tokens, 0)));
}

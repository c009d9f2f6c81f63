namespace Yunhe.Planning.Models;

/// <summary>Exact numbers of parameters by part. A shape with absurd sizes overflows: it is checked before.</summary>
public static class ParameterTotals
{
    public static long Total(LanguageModel m) => checked(
        (m.Layers * (Attention(m) + Norms(m))) + ((m.Layers - m.ExpertLayers) * FeedForward(m, m.Ffn))
        + (m.ExpertLayers * (Router(m) + ((m.Experts + m.SharedExperts) * FeedForward(m, m.ExpertFfn)))) + Outside(m));

    public static long Active(LanguageModel m) => checked(
        Total(m) - (m.ExpertLayers * (m.Experts - m.ActiveExperts) * FeedForward(m, m.ExpertFfn)));

    /// <summary>Of one layer's attention with its biases.</summary>
    public static long Attention(LanguageModel m)
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
    public static long FeedForward(LanguageModel m, int width)
    {
        long matrices = m.GatedMlp ? 3 : 2;
        return (matrices * m.Hidden * width) + (m.Biases == Biases.All ? ((matrices - 1) * width) + m.Hidden : 0);
    }

    /// <summary>Of the matrix that scores one layer's experts.</summary>
    public static long Router(LanguageModel m) => ((long)m.Hidden * m.Experts) + (m.Biases == Biases.All ? m.Experts : 0);

    /// <summary>Of the embeddings, both where they are two, and of what stands outside the layers.</summary>
    public static long Outside(LanguageModel m) =>
        ((long)m.Vocabulary * m.Hidden * (m.TiedEmbeddings ? 1 : 2)) + ((long)m.Positions * m.Hidden) + NormWidth(m) + m.OtherParameters;

    private static long Norms(LanguageModel m) => m.Norms * NormWidth(m);

    private static long NormWidth(LanguageModel m) => m.Hidden * (m.LayerNorm ? 2L : 1L);
}

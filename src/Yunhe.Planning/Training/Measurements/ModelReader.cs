using Yunhe.Planning.Models;
using Yunhe.Planning.Tables;

namespace Yunhe.Planning.Training.Measurements;

/// <summary>Shape of a published model; what tables leave out (latent attention, shared experts, width of a head) comes from the model's own publication.</summary>
internal static class ModelReader
{
    private const int MostLayers = 10_000;
    private const int MostWidth = 10_000_000;

    /// <summary>Null, with a reason, where the shape can't be told.</summary>
    public static LanguageModel? Read(CsvRow row, List<string> assumed, out string reason)
    {
        reason = "";
        var name = row.Text("model");
        if (row.Whole("layers", 1, MostLayers) is not { } layers || row.Whole("hidden", 1, MostWidth) is not { } hidden || row.Whole("heads", 1, MostWidth) is not { } heads)
        {
            if (row.Number("params_b", 1e-3, 1e6) is { } billions && row.Text("arch") != "moe")
            {
                assumed.Add("shape of the model from its size");
                return OfSize(name, billions);
            }
            reason = "neither a shape (layers, hidden, heads) nor a size of a dense model";
            return null;
        }
        var gated = row.Whole("gated_mlp", 0, 1) is not 0;
        var kvHeads = row.Whole("kv_heads", 1, MostWidth) ?? heads;
        var experts = row.Whole("n_experts", 0, 100_000) ?? 0;
        var ffn = row.Whole("ffn", 1, MostWidth);
        if (ffn is null) assumed.Add("feed-forward width 4 × hidden");
        return Details(new()
        {
            Name = name, Layers = layers, Hidden = hidden, Heads = heads, KvHeads = kvHeads, Ffn = ffn ?? 4 * hidden, GatedMlp = gated && ffn is not null,
            Vocabulary = row.Whole("vocab", 1, MostWidth) ?? 50_000,
            TiedEmbeddings = !gated,
            Experts = experts, ActiveExperts = experts > 0 ? row.Whole("topk", 1, experts) ?? 2 : 0, ExpertFfn = experts > 0 ? row.Whole("moe_ffn", 1, MostWidth) ?? ffn ?? 4 * hidden : 0,
        }, row.Number("params_b", 1e-3, 1e6));
    }

    private static LanguageModel Details(LanguageModel model, double? billions)
    {
        bool Named(string word) => model.Name.Contains(word, StringComparison.OrdinalIgnoreCase);
        if (Named("deepseek") && model.Heads == 128)
            // DeepSeek-V2 and V3 reports, section "hyper-parameters".
            return model with
            {
                HeadSize = 128, LatentKv = 512, LatentQuery = 1536, RopeHeadSize = 64, SharedExperts = model.Experts == 160 ? 2 : 1, DenseLayers = Math.Min(model.Layers, model.Experts == 160 ? 1 : 3),
            };
        if (Named("kimi")) return model with { HeadSize = 128, LatentKv = 512, LatentQuery = 1536, RopeHeadSize = 64, SharedExperts = 1, DenseLayers = 1 };
        if (Named("qwen3")) return model with { HeadSize = 128 };
        if (Named("oss")) return model with { HeadSize = 64, WindowedLayers = model.Layers / 2, Window = 128 };
        if (Named("qwen2") && model.Experts > 0) return model with { SharedExperts = Math.Max(1, model.Ffn / Math.Max(1, model.ExpertFfn)) };
        // A head's width of its own shows as too few parameters.
        if (billions is { } size && model.GatedMlp && model.Hidden >= 2048 && ParameterCount.Of(model).Total < 0.93e9 * size && model.Experts == 0
            && model with { HeadSize = 128 } is var wider && Math.Abs(ParameterCount.Of(wider).Total - size * 1e9) < 0.03e9 * size) return wider;
        return model;
    }

    /// <summary>A usual shape for a size: hidden = 128 × layers, four times as wide inside.</summary>
    private static LanguageModel OfSize(string name, double billions)
    {
        var layers = Math.Max(2, (int)Math.Round(Math.Cbrt(billions * 1e9 / (12.0 * 128 * 128))));
        layers += layers % 2;
        var hidden = (int)Math.Max(128, Math.Round(Math.Sqrt(billions * 1e9 / 12 / layers) / 128) * 128);
        return new() { Name = name, Layers = layers, Hidden = hidden, Heads = hidden / 128, KvHeads = hidden / 128, Ffn = 4 * hidden, GatedMlp = false, Vocabulary = 32_000, TiedEmbeddings = true };
    }
}

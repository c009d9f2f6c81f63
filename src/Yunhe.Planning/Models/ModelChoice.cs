using Yunhe.Planning.Specs;

namespace Yunhe.Planning.Models;

/// <summary>The model that a text names, and what was assumed of it.</summary>
public sealed record ModelChoice(LanguageModel Model, IReadOnlyList<Assumption> Assumptions)
{
    private static readonly string[] Keys =
    [
        "name", "layers", "hidden", "heads", "kv_heads", "head_size", "ffn", "gated", "vocab", "tied", "experts", "active_experts", "shared_experts",
        "expert_ffn", "dense_layers", "latent_kv", "latent_query", "rope_head_size", "value_head_size", "windowed_layers", "window",
    ];

    /// <summary>A preset ("llama-3-70b"), a size ("70B", "1.5T", "8x7B", "235B-A22B") or a shape ("layers=80,hidden=8192,heads=64,…").</summary>
    /// <exception cref="PlanException">None of them; says what is near.</exception>
    public static ModelChoice Of(string text)
    {
        text = text.Trim();
        if (text.Length is 0 or > 500) throw new PlanException("model", "name a model, such as llama-3-70b, a size, such as 70B, or a shape, such as layers=80,hidden=8192,heads=64");
        if (text.Contains('=')) return Shape(new("model", text, Keys));
        if (ModelPresets.Find(text) is { } preset) return new(preset, []);
        if (ModelSizes.Parse(text) is { } sized) return sized;
        var hint = NearestWord.Hint(text, ModelPresets.All.Select(m => m.Name));
        throw new PlanException("model", $"there is no model '{text}'{(hint.Length > 0 ? hint : "; a size does too, such as 70B or 8x7B")}");
    }

    /// <summary>What is wrong with a shape that somebody gave.</summary>
    /// <exception cref="PlanException">The first of it.</exception>
    public static LanguageModel Checked(LanguageModel m)
    {
        Within("layers", m.Layers, 1, 10_000);
        Within("hidden", m.Hidden, 1, 1_000_000);
        Within("heads", m.Heads, 1, 10_000);
        Within("kv_heads", m.KvHeads, 1, m.Heads);
        Within("head_size", m.HeadSize, 0, 10_000);
        Within("ffn", m.Ffn, 1, 10_000_000);
        Within("vocab", m.Vocabulary, 1, 10_000_000);
        Within("experts", m.Experts, 0, 100_000);
        Within("active_experts", m.ActiveExperts, m.Experts > 0 ? 1 : 0, m.Experts);
        Within("shared_experts", m.SharedExperts, 0, 1_000);
        Within("expert_ffn", m.ExpertFfn, m.Experts > 0 ? 1 : 0, 10_000_000);
        Within("dense_layers", m.DenseLayers, 0, m.Layers);
        Within("latent_kv", m.LatentKv, 0, 1_000_000);
        Within("latent_query", m.LatentQuery, 0, 1_000_000);
        Within("rope_head_size", m.RopeHeadSize, 0, 10_000);
        Within("value_head_size", m.ValueHeadSize, 0, 10_000);
        Within("windowed_layers", m.WindowedLayers, 0, m.Layers);
        if (m.Heads % m.KvHeads != 0) throw new PlanException("model", $"{m.Heads} heads are not a multiple of {m.KvHeads} key/value heads");
        if (m.HeadSize == 0 && m.Hidden % m.Heads != 0) throw new PlanException("model", $"hidden {m.Hidden} is not a multiple of {m.Heads} heads: give head_size");
        if (Roughly(m) > 2 * MostParameters) throw new PlanException("model", $"it would have {Roughly(m):0.#E0} parameters: at most {MostParameters:0E0} can be planned");
        return m;

        static void Within(string key, long value, long least, long most)
        {
            if (value < least || value > most) throw new PlanException("model", $"{key} is {value}: give {least} to {most}");
        }
    }

    internal const double MostParameters = 1e14;

    /// <summary>Without overflow, for shapes that were not checked yet.</summary>
    private static double Roughly(LanguageModel m) =>
        ((double)m.Layers * m.Hidden * ((3.0 * m.Ffn) + (3.0 * m.Experts * m.ExpertFfn) + (4.0 * m.Heads * m.HeadWidth))) + (2.0 * m.Vocabulary * m.Hidden);

    private static ModelChoice Shape(KeyValues keys)
    {
        var assumed = new List<Assumption>();
        var hidden = keys.Whole("hidden", 1, 1_000_000) ?? throw keys.Missing("hidden");
        var heads = keys.Whole("heads", 1, 10_000) ?? throw keys.Missing("heads");
        var experts = keys.Whole("experts", 0, 100_000) ?? 0;
        var ffn = keys.Whole("ffn", 1, 10_000_000) ?? keys.Whole("expert_ffn", 1, 10_000_000) ?? Assumed("ffn", 4 * hidden, "four times hidden, as is usual");
        return new(Checked(new()
        {
            Name = keys.Text("name") ?? "model",
            Layers = keys.Whole("layers", 1, 10_000) ?? throw keys.Missing("layers"),
            Hidden = hidden,
            Heads = heads,
            KvHeads = keys.Whole("kv_heads", 1, 10_000) ?? Assumed("kv_heads", heads, "as many as heads: not grouped"),
            HeadSize = keys.Whole("head_size", 0, 10_000) ?? 0,
            Ffn = ffn,
            GatedMlp = keys.Truth("gated") ?? true,
            Vocabulary = keys.Whole("vocab", 1, 10_000_000) ?? Assumed("vocab", ModelSizes.UsualVocabulary, "as Llama 3's"),
            TiedEmbeddings = keys.Truth("tied") ?? false,
            Experts = experts,
            ActiveExperts = keys.Whole("active_experts", 0, 100_000) ?? (experts > 0 ? Assumed("active_experts", Math.Min(8, experts), "8, as in most") : 0),
            SharedExperts = keys.Whole("shared_experts", 0, 1_000) ?? 0,
            ExpertFfn = keys.Whole("expert_ffn", 0, 10_000_000) ?? (experts > 0 ? ffn : 0),
            DenseLayers = keys.Whole("dense_layers", 0, 10_000) ?? 0,
            LatentKv = keys.Whole("latent_kv", 0, 1_000_000) ?? 0,
            LatentQuery = keys.Whole("latent_query", 0, 1_000_000) ?? 0,
            RopeHeadSize = keys.Whole("rope_head_size", 0, 10_000) ?? 0,
            ValueHeadSize = keys.Whole("value_head_size", 0, 10_000) ?? 0,
            WindowedLayers = keys.Whole("windowed_layers", 0, 10_000) ?? 0,
            Window = keys.Whole("window", 0, 100_000_000) ?? 0,
        }), assumed);

        int Assumed(string what, int value, string because)
        {
            assumed.Add(new($"model {what}", $"{value}", because));
            return value;
        }
    }
}

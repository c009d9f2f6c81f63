using System.Text.Json;

namespace Yunhe.Planning.Models;

/// <summary>The shape that a config.json of the Hugging Face hub tells, in the words of its families.</summary>
public static class HuggingFaceConfig
{
    /// <summary>Null: it is no such file.</summary>
    /// <exception cref="PlanException">A figure is missing or is not a number.</exception>
    public static LanguageModel? Read(JsonElement root, string name)
    {
        if (root.ValueKind != JsonValueKind.Object) return null;
        var config = root.TryGetProperty("text_config", out var text) && text.ValueKind == JsonValueKind.Object ? text : root;
        if (Find(config, "hidden_size", "n_embd", "d_model") is null) return null;
        var hidden = Needed(config, "hidden_size", "n_embd", "d_model");
        var heads = Needed(config, "num_attention_heads", "n_head", "n_heads");
        var layers = Needed(config, "num_hidden_layers", "n_layer", "n_layers");
        var latent = Whole(config, 0, "kv_lora_rank");
        var experts = Whole(config, 0, "num_local_experts", "num_experts", "n_routed_experts");
        var ffn = Whole(config, 4 * hidden, "intermediate_size", "n_inner", "ffn_dim");
        return ModelChoice.Checked(new()
        {
            Name = name,
            Layers = layers,
            Hidden = hidden,
            Heads = heads,
            KvHeads = latent > 0 ? heads : Whole(config, heads, "num_key_value_heads", "num_kv_heads"),
            HeadSize = latent > 0 ? Needed(config, "qk_nope_head_dim") : Whole(config, 0, "head_dim"),
            Ffn = ffn,
            GatedMlp = Find(config, "activation_function", "hidden_act", "hidden_activation") is not { ValueKind: JsonValueKind.String } act
                || act.GetString() is { } word && (word.Contains("silu", StringComparison.Ordinal) || word.Contains("swiglu", StringComparison.Ordinal) || word.Contains("gelu_pytorch_tanh", StringComparison.Ordinal)),
            Vocabulary = Needed(config, "vocab_size"),
            TiedEmbeddings = Find(config, "tie_word_embeddings") is { ValueKind: JsonValueKind.True },
            Experts = experts,
            ActiveExperts = experts > 0 ? Needed(config, "num_experts_per_tok", "num_experts_per_token", "experts_per_token") : 0,
            SharedExperts = experts > 0 ? Whole(config, 0, "n_shared_experts") : 0,
            ExpertFfn = experts > 0 ? Whole(config, ffn, "moe_intermediate_size") : 0,
            DenseLayers = experts > 0 ? Whole(config, 0, "first_k_dense_replace") : 0,
            LatentKv = latent,
            LatentQuery = latent > 0 ? Whole(config, 0, "q_lora_rank") : 0,
            RopeHeadSize = latent > 0 ? Whole(config, 0, "qk_rope_head_dim") : 0,
            ValueHeadSize = latent > 0 ? Whole(config, 0, "v_head_dim") : 0,
        });
    }

    private static int Needed(JsonElement config, params ReadOnlySpan<string> names) =>
        Find(config, names) is { } value ? Number(value, names[0]) : throw new PlanException("model", $"the configuration has no {names[0]}");

    private static int Whole(JsonElement config, int otherwise, params ReadOnlySpan<string> names) => Find(config, names) is { } value ? Number(value, names[0]) : otherwise;

    private static int Number(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : throw new PlanException("model", $"{name} is not a whole number");

    private static JsonElement? Find(JsonElement config, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (config.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null) return value;
        return null;
    }
}

using System.Collections.Frozen;
using Yunhe.Planning.Tables;

namespace Yunhe.Planning.Models;

/// <summary>Open models with their published shapes: models.csv, each row with its source.</summary>
public static class ModelPresets
{
    private static readonly List<CsvRow> Rows = Read();

    /// <summary>In the order of the file: by family.</summary>
    public static IReadOnlyList<LanguageModel> All { get; } = [.. Rows.Select(Model)];

    private static readonly FrozenDictionary<string, LanguageModel> ByName = All.Zip(Rows)
        .SelectMany(p => p.Second.Text("aliases").Split(';', StringSplitOptions.RemoveEmptyEntries).Prepend(p.First.Name).Select(name => (Name: Plain(name), Model: p.First)))
        .ToFrozenDictionary(p => p.Name, p => p.Model, StringComparer.Ordinal);

    /// <summary>By name or alias, without regard to case, spaces, hyphens and underscores; null: not listed.</summary>
    public static LanguageModel? Find(string name) => ByName.GetValueOrDefault(Plain(name));

    /// <summary>What its makers say it has; rounded by some of them. Null: nothing.</summary>
    public static double? PublishedParameters(LanguageModel preset) => Row(preset).Number("published_parameters");

    public static string Source(LanguageModel preset) => Row(preset).Text("source");

    private static CsvRow Row(LanguageModel preset) => Rows.First(r => r.Text("name") == preset.Name);

    private static string Plain(string name) => string.Concat(name.Where(c => char.IsLetterOrDigit(c) || c == '.')).ToUpperInvariant();

    private static List<CsvRow> Read()
    {
        using var stream = typeof(ModelPresets).Assembly.GetManifestResourceStream("models.csv")!;
        return [.. CsvTable.Read(stream)];
    }

    private static LanguageModel Model(CsvRow row) => new()
    {
        Name = row.Text("name"),
        Layers = row.Whole("layers", 1)!.Value,
        Hidden = row.Whole("hidden", 1)!.Value,
        Heads = row.Whole("heads", 1)!.Value,
        KvHeads = row.Whole("kv_heads", 1)!.Value,
        HeadSize = row.Whole("head_size") ?? 0,
        Ffn = row.Whole("ffn", 1)!.Value,
        GatedMlp = row.Whole("gated") != 0,
        Vocabulary = row.Whole("vocab", 1)!.Value,
        TiedEmbeddings = row.Whole("tied") == 1,
        Experts = row.Whole("experts") ?? 0,
        ActiveExperts = row.Whole("active_experts") ?? 0,
        SharedExperts = row.Whole("shared_experts") ?? 0,
        ExpertFfn = row.Whole("expert_ffn") ?? 0,
        DenseLayers = row.Whole("dense_layers") ?? 0,
        LatentKv = row.Whole("latent_kv") ?? 0,
        LatentQuery = row.Whole("latent_query") ?? 0,
        RopeHeadSize = row.Whole("rope_head_size") ?? 0,
        ValueHeadSize = row.Whole("value_head_size") ?? 0,
        WindowedLayers = row.Whole("windowed_layers") ?? 0,
        Window = row.Whole("window") ?? 0,
        Biases = row.Word<Biases>("biases") ?? Biases.None,
        LayerNorm = row.Whole("layer_norm") == 1,
        Norms = row.Whole("norms") ?? 2,
        QkNorm = row.Whole("qk_norm") == 1,
        Positions = row.Whole("positions") ?? 0,
        OtherParameters = (long)(row.Number("other_parameters", 0, 1e14) ?? 0),
    };
}

using System.Text.Json;
using Yunhe.Cli.Sites;
using Yunhe.Planning.Models;

namespace Yunhe.Cli.Planning;

/// <summary>A model's shape in a file: a config.json of the Hugging Face hub, or the fields of a model in YAML.</summary>
internal static class ModelFile
{
    private const long MaxBytes = 1 << 20;

    public static LanguageModel Read(string path)
    {
        if (Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase))
        {
            try
            {
                Files.MustExist(path);
                if (new FileInfo(path).Length > MaxBytes) throw new UsageException($"{path} is longer than {MaxBytes} bytes");
                using var json = JsonDocument.Parse(File.ReadAllBytes(path));
                if (HuggingFaceConfig.Read(json.RootElement, Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(path))) ?? "model") is { } model) return model;
            }
            catch (JsonException e)
            {
                throw new UsageException($"{path}:{(e.LineNumber ?? 0) + 1}: not JSON: {e.Message}");
            }
        }
        var declared = Yaml.Read<ModelDeclaration>(path, MaxBytes, "a model");
        return ModelChoice.Checked(declared.Model(Path.GetFileNameWithoutExtension(path)));
    }

    /// <summary>The keys of a file; what must be there is checked afterwards.</summary>
    private sealed record ModelDeclaration
    {
        public string? Name { get; init; }

        public int Layers { get; init; }

        public int Hidden { get; init; }

        public int Heads { get; init; }

        public int? KvHeads { get; init; }

        public int HeadSize { get; init; }

        public int? Ffn { get; init; }

        public bool Gated { get; init; } = true;

        public int Vocab { get; init; } = 128_256;

        public bool Tied { get; init; }

        public int Experts { get; init; }

        public int ActiveExperts { get; init; }

        public int SharedExperts { get; init; }

        public int ExpertFfn { get; init; }

        public int DenseLayers { get; init; }

        public int LatentKv { get; init; }

        public int LatentQuery { get; init; }

        public int RopeHeadSize { get; init; }

        public int ValueHeadSize { get; init; }

        public int WindowedLayers { get; init; }

        public int Window { get; init; }

        public LanguageModel Model(string otherwise) => new()
        {
            Name = Name ?? otherwise,
            Layers = Layers,
            Hidden = Hidden,
            Heads = Heads,
            KvHeads = KvHeads ?? Heads,
            HeadSize = HeadSize,
            Ffn = Ffn ?? 4 * Hidden,
            GatedMlp = Gated,
            Vocabulary = Vocab,
            TiedEmbeddings = Tied,
            Experts = Experts,
            ActiveExperts = ActiveExperts,
            SharedExperts = SharedExperts,
            ExpertFfn = ExpertFfn,
            DenseLayers = DenseLayers,
            LatentKv = LatentKv,
            LatentQuery = LatentQuery,
            RopeHeadSize = RopeHeadSize,
            ValueHeadSize = ValueHeadSize,
            WindowedLayers = WindowedLayers,
            Window = Window,
        };
    }
}

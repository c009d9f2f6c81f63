using System.Text.Json;
using Yunhe.Cli.Sites;
using Yunhe.Planning.Models;

namespace Yunhe.Cli.Planning;

/// <summary>A model named on the command line, which may be a file: a config.json of the Hugging Face hub, or in YAML the keys of a shape in one line.</summary>
internal static class ModelFile
{
    private const long MaxBytes = 1 << 20;

    /// <returns>What a request takes: a text that names a model, or a shape instead of it.</returns>
    public static (string Model, LanguageModel? Shape) Read(string named)
    {
        if (!File.Exists(named)) return (named, null);
        if (Path.GetExtension(named).Equals(".json", StringComparison.OrdinalIgnoreCase) && Config(named) is { } shape) return (named, shape);
        var keys = Yaml.Read<Dictionary<string, string>>(named, MaxBytes, "a model");
        keys.TryAdd("name", Path.GetFileNameWithoutExtension(named));
        if (keys.FirstOrDefault(k => $"{k.Key}{k.Value}".AsSpan().IndexOfAny(",=") >= 0) is { Key: { } key }) throw new UsageException($"{named}: {key} may have neither ',' nor '='");
        return (string.Join(',', keys.Select(k => $"{k.Key}={k.Value}")), null);
    }

    private static LanguageModel? Config(string path)
    {
        if (new FileInfo(path).Length > MaxBytes) throw new UsageException($"{path} is longer than {MaxBytes} bytes");
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            return HuggingFaceConfig.Read(json.RootElement, Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(path))) ?? "model");
        }
        catch (JsonException e)
        {
            throw new UsageException($"{path}:{(e.LineNumber ?? 0) + 1}: not JSON: {e.Message}");
        }
    }
}

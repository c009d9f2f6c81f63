using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;
using Yunhe.Planning.Census;
using Yunhe.Planning.Tables;

namespace Yunhe.Cli.Census;

/// <summary>A census in YAML or JSON as rows of text, each with its line; what the text means is for Planning to say.</summary>
internal static class CensusYaml
{
    private static readonly string[] Lists = ["assumptions", "totals", "history", "growth", "targets", "facilities"];

    public static CensusSections Read(TextReader text, string path)
    {
        var root = Root(text, path);
        // A list alone is one of facilities, as an export writes it.
        if (root is YamlSequenceNode alone) return new() { Head = Nothing, Facilities = Rows(alone, path, "facilities") };
        if (root is not YamlMappingNode map) throw Wrong(path, root, "expected the sections of a census, such as facilities:, or a list of facilities");
        var head = new Dictionary<string, string>(StringComparer.Ordinal);
        var lists = new Dictionary<string, IReadOnlyList<CsvRow>>(StringComparer.Ordinal);
        var texts = new Dictionary<string, IReadOnlyDictionary<string, string>>(StringComparer.Ordinal);
        foreach (var (key, node) in map.Children)
        {
            var name = Scalar(key, path, "a section");
            if (name is "sources" or "sources_zh" or "names_zh") texts[name] = Fields(node as YamlMappingNode ?? throw Wrong(path, node, $"{name}: expected names with texts"), path, name);
            else if (Lists.Contains(name)) lists[name] = Rows(node as YamlSequenceNode ?? throw Wrong(path, node, $"{name}: expected a list"), path, name);
            else head[name] = Scalar(node, path, name);
        }
        return new()
        {
            Head = new(map.Start.Line, head),
            Assumptions = lists.GetValueOrDefault("assumptions", []),
            Totals = lists.GetValueOrDefault("totals", []),
            History = lists.GetValueOrDefault("history", []),
            Growth = lists.GetValueOrDefault("growth", []),
            Targets = lists.GetValueOrDefault("targets", []),
            Facilities = lists.GetValueOrDefault("facilities", []),
            Sources = texts.GetValueOrDefault("sources", new Dictionary<string, string>()),
            SourcesChinese = texts.GetValueOrDefault("sources_zh", new Dictionary<string, string>()),
            NamesChinese = texts.GetValueOrDefault("names_zh", new Dictionary<string, string>()),
        };
    }

    private static readonly CsvRow Nothing = new(1, new Dictionary<string, string>());

    private static YamlNode Root(TextReader text, string path)
    {
        var yaml = new YamlStream();
        try
        {
            yaml.Load(text);
        }
        catch (YamlException e)
        {
            throw new UsageException($"{path}:{e.Start.Line}:{e.Start.Column}: {e.InnerException?.Message ?? e.Message}");
        }
        return yaml.Documents.Count > 0 && yaml.Documents[0].RootNode is not YamlScalarNode { Value: null or "" } ? yaml.Documents[0].RootNode : throw new UsageException($"{path} is empty");
    }

    private static List<CsvRow> Rows(YamlSequenceNode list, string path, string section) =>
        [.. list.Children.Select(node => new CsvRow(node.Start.Line, Fields(node as YamlMappingNode ?? throw Wrong(path, node, $"{section}: expected fields with values"), path, section)))];

    private static Dictionary<string, string> Fields(YamlMappingNode map, string path, string section)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, node) in map.Children) fields[Scalar(key, path, section)] = Scalar(node, path, $"{section}: {key}");
        return fields;
    }

    /// <summary>A YAML or JSON null is nothing.</summary>
    private static string Scalar(YamlNode node, string path, string what) => node is YamlScalarNode { Value: { } value, Style: var style }
        ? style == ScalarStyle.Plain && value is "null" or "~" ? "" : value.Trim()
        : throw Wrong(path, node, $"{what}: expected a single value");

    private static UsageException Wrong(string path, YamlNode node, string message) => new($"{path}:{node.Start.Line}:{node.Start.Column}: {message}");
}

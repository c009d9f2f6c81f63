using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Yunhe.Contracts.Dialects;

/// <summary>A node of a YAML text. Size and height count what its aliases stand for too.</summary>
internal abstract record YamlNode(Place Place, long Size, int Height);

internal sealed record YamlScalar(Place Place, string Text, bool Plain) : YamlNode(Place, 1, 1)
{
    internal bool IsNull => Plain && Text is "" or "~" or "null" or "Null" or "NULL";
}

internal sealed record YamlList(Place Place, long Size, int Height, IReadOnlyList<YamlNode> Items) : YamlNode(Place, Size, Height);

internal sealed record YamlEntry(YamlScalar Key, YamlNode Value);

internal sealed record YamlMap(Place Place, long Size, int Height, IReadOnlyList<YamlEntry> Entries) : YamlNode(Place, Size, Height);

/// <summary>
/// One YAML document as nodes with their places, within limits: aliases are allowed, but what they expand to is counted,
/// so that a bomb is refused before anything walks it.
/// </summary>
internal sealed class YamlLoader(Diagnostics diagnostics)
{
    internal const int MaxBytes = 1024 * 1024;
    internal const int MaxDepth = 64;
    internal const int MaxNodes = 100_000;

    private readonly Dictionary<string, YamlNode> anchors = new(StringComparer.Ordinal);
    private int mergedEntries;

    internal YamlNode Load(string text)
    {
        try
        {
            var parser = new StrictParser(text);
            parser.Consume<StreamStart>();
            if (parser.Accept<StreamEnd>(out _)) throw diagnostics.Stop(default, "is empty: it has comments only");
            parser.Consume<DocumentStart>();
            var root = Node(parser, 1);
            parser.Consume<DocumentEnd>();
            if (parser.Accept<DocumentStart>(out var second))
                throw diagnostics.Stop(At(second), "a second document begins here: one file is one task. Pipelines of several come later");
            return root;
        }
        catch (YamlException e)
        {
            throw Explain(text, e);
        }
    }

    private YamlNode Node(IParser parser, int depth)
    {
        var start = (ParsingEvent)parser.Current!;
        if (depth > MaxDepth) throw diagnostics.Stop(At(start), $"is nested deeper than {MaxDepth} levels");
        if (parser.TryConsume<AnchorAlias>(out var alias))
            return anchors.TryGetValue(alias.Value.Value, out var target)
                ? target
                : throw diagnostics.Stop(At(alias), $"*{alias.Value.Value} refers to an anchor that isn't complete before it");
        if (start is NodeEvent { Tag.IsEmpty: false } tagged)
            throw diagnostics.Stop(At(tagged), $"the tag {Names.Show(tagged.Tag.ToString())} isn't allowed: write the plain value");
        YamlNode node = start switch
        {
            Scalar => Leaf(parser.Consume<Scalar>()),
            SequenceStart => Sequence(parser, depth),
            _ => Mapping(parser, depth),
        };
        if (node.Size > MaxNodes)
            throw diagnostics.Stop(node.Place, $"expands to {node.Size} values: at most {MaxNodes} are read, aliases counted each time they are used");
        if (depth + node.Height - 1 > MaxDepth)
            throw diagnostics.Stop(node.Place, $"is nested deeper than {MaxDepth} levels, aliases included");
        if (start is NodeEvent { Anchor.IsEmpty: false } anchored) anchors[anchored.Anchor.Value] = node;
        return node;
    }

    private static YamlScalar Leaf(Scalar scalar) => new(At(scalar), scalar.Value, scalar.Style == ScalarStyle.Plain);

    private YamlList Sequence(IParser parser, int depth)
    {
        var start = parser.Consume<SequenceStart>();
        var items = new List<YamlNode>();
        while (!parser.TryConsume<SequenceEnd>(out _)) items.Add(Node(parser, depth + 1));
        return new(At(start), 1 + items.Sum(i => i.Size), 1 + items.Select(i => i.Height).DefaultIfEmpty().Max(), items);
    }

    private YamlMap Mapping(IParser parser, int depth)
    {
        var start = parser.Consume<MappingStart>();
        var own = new Dictionary<string, YamlEntry>(StringComparer.Ordinal);
        var entries = new List<YamlEntry>();
        var merged = new List<YamlNode>();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var keyNode = Node(parser, depth + 1);
            var value = Node(parser, depth + 1);
            if (keyNode is not YamlScalar key)
                diagnostics.Error(keyNode.Place, "a key must be a single value");
            else if (key is { Plain: true, Text: "<<" })
                merged.Add(value);
            else if (own.TryAdd(key.Text, new(key, value)))
                entries.Add(own[key.Text]);
            else
                diagnostics.Error(key.Place, $"the key {Names.Show(key.Text)} is here twice: the first is in line {own[key.Text].Key.Place.Line}");
        }
        Merge(merged, own, entries);
        return new(At(start), 1 + entries.Sum(e => 1 + e.Value.Size),
            1 + entries.Select(e => e.Value.Height).DefaultIfEmpty().Max(), entries);
    }

    /// <summary>YAML's merge key "&lt;&lt;": the entries of other mappings that aren't given here; earlier mappings win.</summary>
    private void Merge(List<YamlNode> merged, Dictionary<string, YamlEntry> own, List<YamlEntry> entries)
    {
        foreach (var node in merged.SelectMany(m => m is YamlList list ? list.Items : [m]))
        {
            if (node is not YamlMap map)
            {
                diagnostics.Error(node.Place, "'<<' takes a mapping, or a list of mappings");
                continue;
            }
            mergedEntries += map.Entries.Count;
            if (mergedEntries > MaxNodes) throw diagnostics.Stop(node.Place, $"merges more than {MaxNodes} values");
            entries.AddRange(map.Entries.Where(e => own.TryAdd(e.Key.Text, e)));
        }
    }

    /// <summary>The scanner's words; or the usual cause, where a line that it stumbled over is indented with a tab.</summary>
    private DialectException Explain(string text, YamlException e)
    {
        var lines = text.Split('\n');
        var last = e.Message.Contains(" tab ", StringComparison.Ordinal) ? lines.Length : Math.Min(lines.Length, e.End.Line + 1);
        for (var i = Math.Max(1, e.Start.Line); i <= last; i++)
            if (lines[i - 1].TakeWhile(c => c is ' ' or '\t').Contains('\t'))
                return diagnostics.Stop(new((int)i, 1), "the line is indented with a tab: YAML takes spaces only");
        return diagnostics.Stop(new((int)e.Start.Line, (int)e.Start.Column), $"isn't valid YAML: {e.Message}");
    }

    /// <summary>YamlDotNet's scanner meets some malformed plain values with InvalidOperationException instead of its own error.</summary>
    private sealed class StrictParser : IParser
    {
        private readonly Scanner scanner;
        private readonly Parser parser;

        internal StrictParser(string text)
        {
            scanner = new(new StringReader(text), skipComments: true);
            parser = new(scanner);
        }

        public ParsingEvent? Current => parser.Current;

        public bool MoveNext()
        {
            try
            {
                return parser.MoveNext();
            }
            catch (InvalidOperationException)
            {
                throw new SyntaxErrorException(scanner.CurrentPosition, scanner.CurrentPosition, "a value is malformed here: put it in quotes");
            }
        }
    }

    private static Place At(ParsingEvent e) => new((int)e.Start.Line, (int)e.Start.Column);
}

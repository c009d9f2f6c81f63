using System.Collections.Frozen;
using System.Globalization;
using Yunhe.Planning.Serving.Plans;
using Yunhe.Planning.Tables;

namespace Yunhe.Planning.Serving;

/// <summary>
/// How far published runs lay from their predictions (measured over predicted, the 10th and 90th of a hundred), and how many there are of a model on a stack.
/// From serving-evidence.csv, written by <c>bench/run serving --fit</c>; what was left out of the fit stands for what is not in the data.
/// </summary>
public sealed record ServingEvidence
{
    private static readonly FrozenDictionary<(string Kind, string Key), (double TokenLow, double TokenHigh, double FirstLow, double FirstHigh, int Points)> Rows = Read();

    public required string Text { get; init; }

    public required double TokenLow { get; init; }

    public required double TokenHigh { get; init; }

    public required double FirstLow { get; init; }

    public required double FirstHigh { get; init; }

    public Likely PerToken(double ms) => new(ms, ms * TokenLow, ms * TokenHigh);

    public Likely FirstToken(double ms) => new(ms, ms * FirstLow, ms * FirstHigh);

    public static ServingEvidence Of(string engine, string accelerator, string model)
    {
        var runs = Rows.TryGetValue(("runs", Key(engine, accelerator, model)), out var same) ? same.Points : 0;
        var ofModel = Rows.Keys.Any(k => k.Kind == "runs" && k.Key.EndsWith($"|{model}", StringComparison.Ordinal));
        var ofStack = Rows.Keys.Any(k => k.Kind == "runs" && k.Key.StartsWith($"{engine}|{accelerator}|", StringComparison.Ordinal));
        var ofEngine = Rows.Keys.Any(k => k.Kind == "runs" && k.Key.StartsWith($"{engine}|", StringComparison.Ordinal));
        var (kind, text) = runs > 0 ? ("fit", string.Create(CultureInfo.InvariantCulture, $"{runs} published runs of {model} with {engine} on {accelerator}"))
            : ofStack && !ofModel ? ("model", $"published runs of other models with {engine} on {accelerator}")
            : ofStack ? ("model", $"published runs of {model} elsewhere and of others with {engine} on {accelerator}")
            : ofEngine ? ("device", $"no published runs with {engine} on {accelerator}: constants of the engine on others")
            : ("engine", $"no published runs with {engine}: constants of all engines");
        var row = Rows[(kind, "")];
        return new() { Text = text, TokenLow = row.TokenLow, TokenHigh = row.TokenHigh, FirstLow = row.FirstLow, FirstHigh = row.FirstHigh };
    }

    public static string Key(string engine, string accelerator, string model) => $"{engine}|{accelerator}|{model}";

    private static FrozenDictionary<(string, string), (double, double, double, double, int)> Read()
    {
        using var stream = typeof(ServingEvidence).Assembly.GetManifestResourceStream("serving-evidence.csv")!;
        return CsvTable.Read(stream, "kind").ToFrozenDictionary(
            r => (r.Text("kind"), r.Text("key")),
            r => (r.Number("token_low") ?? 1, r.Number("token_high") ?? 1, r.Number("first_low") ?? 1, r.Number("first_high") ?? 1, r.Whole("points") ?? 0));
    }
}

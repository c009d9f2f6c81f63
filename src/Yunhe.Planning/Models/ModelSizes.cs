using System.Globalization;
using System.Text.RegularExpressions;

namespace Yunhe.Planning.Models;

/// <summary>A plausible shape for a model of which only the size is known, in the proportions of open models of that size.</summary>
public static partial class ModelSizes
{
    internal const int UsualVocabulary = 128_256;
    private const int SmallVocabulary = 50_304;
    private const int HeadWidth = 128;
    private const double LeastParameters = 5e7;

    /// <summary>"70B", "1.5T", "350M"; "8x7B": 8 experts, 2 of them active, in a dense 7B; "235B-A22B": in all, and active. Null: not a size.</summary>
    /// <exception cref="PlanException">A size that no model has.</exception>
    public static ModelChoice? Parse(string text)
    {
        var match = Size().Match(text.Trim());
        if (!match.Success) return null;
        var total = Amount(match.Groups["size"].Value, match.Groups["unit"].Value);
        if (match.Groups["experts"].Success)
        {
            var experts = int.Parse(match.Groups["experts"].Value, CultureInfo.InvariantCulture);
            return experts is >= 2 and <= 1024
                ? Assumed(text, ExpertsIn(Dense(total), experts), "a dense model of that size with its feed-forward block as often as there are experts, two of them active, as in Mixtral")
                : throw new PlanException("model", $"'{text}' has {experts} experts: give 2 to 1024");
        }
        if (!match.Groups["active"].Success) return Assumed(text, Dense(total), "the proportions of Llama 3, for a dense model");
        var active = Amount(match.Groups["active"].Value, match.Groups["activeunit"].Value);
        return active < total
            ? Assumed(text, WithExperts(total, active), "the proportions of Qwen 3 and DeepSeek, for a model with experts")
            : throw new PlanException("model", $"'{text}' has more active parameters than parameters");
    }

    /// <summary>A dense model with so many parameters to within 1 %.</summary>
    public static LanguageModel Dense(double parameters)
    {
        var aspect = Math.Clamp(64 + (32 * Math.Log10(parameters / 1e8)), 48, 128);
        return Best(Hiddens().SelectMany(hidden => Layers(hidden, 20, 260).Select(layers =>
        {
            var shape = Shape(parameters, hidden, layers);
            var step = hidden >= 4096 ? 1024 : 128;
            var ffn = Math.Max(1, Math.Round((parameters - shape.Parameters) / (3.0 * layers * hidden) / step)) * step;
            if (ffn > 8.0 * hidden) return (shape, double.MaxValue);
            shape = shape with { Ffn = (int)ffn };
            return (shape, Misfit(shape.Parameters, parameters) + Square(Math.Log((double)hidden / layers / aspect)) + Square(Math.Log(ffn / hidden / 3.5)) + Awkward(shape));
        })));
    }

    private static LanguageModel WithExperts(double parameters, double active) =>
        Best(Hiddens().SelectMany(hidden => Layers(hidden, 25, 150)
            .SelectMany(layers => ((int Of, int Active)[])[(8, 2), (16, 2), (16, 4), (32, 4), (64, 6), (64, 8), (128, 8), (256, 8), (384, 8), (512, 8)], (layers, experts) =>
            {
                var shape = Shape(parameters, hidden, layers) with { Experts = experts.Of, ActiveExperts = experts.Active };
                var width = Math.Max(1, Math.Round((parameters - shape.Parameters) / (3.0 * layers * experts.Of * hidden) / 128)) * 128;
                if (width > 4.0 * hidden) return (shape, double.MaxValue);
                shape = shape with { ExpertFfn = (int)width, Ffn = (int)width * experts.Active };
                return (shape, Misfit(shape.Parameters, parameters) + Misfit(shape.ActiveParameters, active) + (0.2 * Square(Math.Log(hidden / layers / 70.0))) + Awkward(shape));
            })));

    private static LanguageModel ExpertsIn(LanguageModel dense, int experts) =>
        dense with { Experts = experts, ActiveExperts = Math.Min(2, experts), ExpertFfn = dense.Ffn };

    /// <summary>All but its feed-forward blocks.</summary>
    private static LanguageModel Shape(double parameters, int hidden, int layers)
    {
        var heads = hidden / HeadWidth;
        return new()
        {
            Name = "",
            Layers = layers,
            Hidden = hidden,
            Heads = heads,
            KvHeads = heads > 8 && heads % 8 == 0 ? 8 : heads,
            Ffn = 0,
            Vocabulary = parameters < 1e9 ? SmallVocabulary : UsualVocabulary,
            TiedEmbeddings = parameters < 4e9,
        };
    }

    /// <summary>Widths that tensor parallelism divides and heads of 128 fill.</summary>
    private static IEnumerable<int> Hiddens()
    {
        for (var h = 256; h <= 131_072; h += h < 2048 ? 128 : h < 8192 ? 512 : h < 32_768 ? 1024 : 4096) yield return h;
    }

    private static IEnumerable<int> Layers(int hidden, double leastAspect, double mostAspect) =>
        Enumerable.Range(2, 510).Where(l => (double)hidden / l >= leastAspect && (double)hidden / l <= mostAspect);

    private static LanguageModel Best(IEnumerable<(LanguageModel Shape, double Misfit)> shapes) =>
        shapes.OrderBy(s => s.Misfit).ThenBy(s => s.Shape.Hidden).ThenBy(s => s.Shape.Layers).First().Shape;

    /// <summary>Being one per cent off costs as much as a tenth in a proportion.</summary>
    private static double Misfit(double has, double wanted) => Square(10 * Math.Log(has / wanted));

    /// <summary>Layers that no pipeline divides, and heads that eight devices don't.</summary>
    private static double Awkward(LanguageModel m) => (m.Layers % 4 != 0 ? 0.05 : 0) + (m.Heads % 8 != 0 && m.Heads > 8 ? 0.05 : 0);

    private static double Square(double x) => x * x;

    private static ModelChoice Assumed(string text, LanguageModel shape, string because)
    {
        var m = ModelChoice.Checked(shape with { Name = text });
        var experts = m.Experts > 0 ? $", {m.ActiveExperts} of {m.Experts} experts of {m.ExpertFfn}" : $", feed-forward {m.Ffn}";
        return new(m, [new("model shape", $"{m.Layers} layers, hidden {m.Hidden}, {m.Heads} heads ({m.KvHeads} of keys and values){experts}, vocabulary {m.Vocabulary}", because)]);
    }

    private static double Amount(string number, string unit)
    {
        var value = double.Parse(number, CultureInfo.InvariantCulture) * unit.ToUpperInvariant() switch { "M" => 1e6, "B" => 1e9, _ => 1e12 };
        return value >= LeastParameters && value <= ModelChoice.MostParameters ? value
            : throw new PlanException("model", $"{number}{unit} parameters are out of range: 50M to 100T can be planned");
    }

    [GeneratedRegex(@"^(?:(?<experts>[0-9]{1,5})x)?(?<size>[0-9]{1,9}(?:\.[0-9]{1,6})?)(?<unit>[MBT])(?:-?A(?<active>[0-9]{1,9}(?:\.[0-9]{1,6})?)(?<activeunit>[MBT]))?\z", RegexOptions.IgnoreCase)]
    private static partial Regex Size();
}

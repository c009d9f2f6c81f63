using System.Globalization;
using System.Text.RegularExpressions;
using Yunhe.Planning.Models;

namespace Yunhe.Planning.Serving;

/// <summary>Models by the names that people and measurements give them.</summary>
public static partial class ModelLookup
{
    /// <summary>A preset by its name, with or without owner and with endings such as -Instruct or -FP8; null: none.</summary>
    public static LanguageModel? Preset(string name)
    {
        var bare = name[(name.LastIndexOf('/') + 1)..];
        for (var end = bare.Length; end > 0; end = bare.LastIndexOfAny(['-', '_', ' ', ':'], end - 1))
            if (ModelPresets.Find(bare[..end]) is { } found && Agree(found, bare)) return found;
        return null;
    }

    /// <summary>A shape like the nearest preset's, stretched to so many parameters. Figures from it are assumptions.</summary>
    /// <param name="billions">Null: as the name says ("70B", "235B-A22B").</param>
    /// <returns>Null: neither the name nor the figures say how large it is.</returns>
    public static LanguageModel? Like(string name, double? billions = null, double? activeBillions = null)
    {
        var (total, active) = Sizes(name);
        total = billions ?? total;
        active = activeBillions ?? active;
        if (total is not { } size || size <= 0 || size > 20_000) return null;
        var sparse = active is { } some && some < 0.8 * size;
        var near = ModelPresets.All.Where(m => m.Experts > 0 == sparse && m.GatedMlp).MinBy(m => Math.Abs(Math.Log(m.Parameters / (size * 1e9))))!;
        return sparse ? Sparse(near, name, size * 1e9, active!.Value * 1e9) : Dense(near, name, size * 1e9);
    }

    private static LanguageModel Dense(LanguageModel near, string name, double parameters)
    {
        var ratio = Math.Cbrt(parameters / near.Parameters);
        var shape = near with { Name = name, Layers = Math.Max(1, (int)Math.Round(near.Layers * ratio)), OtherParameters = 0 };
        var missing = parameters - (shape with { Ffn = 1 }).Parameters;
        return shape with { Ffn = Math.Max(64, (int)(missing / (3.0 * shape.Hidden * shape.Layers))) };
    }

    private static LanguageModel Sparse(LanguageModel near, string name, double parameters, double active)
    {
        var outside = (near with { Experts = 1, ActiveExperts = 1, ExpertFfn = 1, OtherParameters = 0 }).Parameters;
        // Total and active give the width of an expert and how many a token goes to.
        var perLayer = (parameters - active) / near.ExpertLayers / (3.0 * near.Hidden);
        var chosen = Math.Clamp((int)Math.Round((active - outside) / Math.Max(1, (parameters - outside) / near.Experts)), 1, near.Experts - 1);
        return near with { Name = name, ActiveExperts = chosen, ExpertFfn = Math.Max(16, (int)(perLayer / (near.Experts - chosen))), OtherParameters = 0 };
    }

    /// <summary>"Qwen3-30B-A3B" is not "Qwen3-30B" with an ending, and a name that tells a size must tell the preset's.</summary>
    private static bool Agree(LanguageModel preset, string name) =>
        Sizes(name).Total is not { } told || Math.Abs(Math.Log(preset.Parameters / (told * 1e9))) < 0.2;

    private static (double? Total, double? Active) Sizes(string name)
    {
        var many = Experts().Match(name);
        double? total = Size().Match(name) is { Success: true } m ? Number(m) : null;
        if (many.Success) total = Number(many) * int.Parse(many.Groups["n"].ValueSpan, CultureInfo.InvariantCulture) * 0.85;
        return (total, Active().Match(name) is { Success: true } a ? Number(a) : null);
    }

    private static double Number(Match match) => double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(?<![A-Za-z0-9.])(\d{1,5}(?:\.\d{1,3})?)[bB](?![A-Za-z0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex Size();

    [GeneratedRegex(@"[-_ ][aA](\d{1,4}(?:\.\d{1,3})?)[bB](?![A-Za-z0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex Active();

    [GeneratedRegex(@"(?<![A-Za-z0-9.])(?<n>\d{1,3})x(\d{1,4}(?:\.\d{1,3})?)[bB]", RegexOptions.CultureInvariant)]
    private static partial Regex Experts();
}

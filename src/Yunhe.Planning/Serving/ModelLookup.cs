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
        var bare = name[(name.LastIndexOf('/') + 1)..].Trim();
        for (var end = bare.Length; end > 0; end = bare.LastIndexOfAny(['-', '_', ' ', ':'], end - 1))
            if (ModelPresets.Find(bare[..end]) is { } found && Agree(found, bare)) return found;
        return null;
    }

    /// <summary>A shape of that size in the proportions of open models. Figures from it are assumptions.</summary>
    /// <param name="billions">Null: as the name says ("70B", "235B-A22B", "8x7B").</param>
    /// <returns>Null: neither the name nor the figures say how large it is, or no model is so large.</returns>
    public static LanguageModel? Like(string name, double? billions = null, double? activeBillions = null)
    {
        if (billions is null && Experts().Match(name) is { Success: true } many) return Sized(many.Value, name);
        var (total, active) = Sizes(name);
        (total, active) = (billions ?? total, activeBillions ?? active);
        if (total is not (>= 0.05 and <= 100_000)) return null;
        return Sized(active > 0 && active < 0.8 * total ? Text($"{total:0.###}B-A{active:0.###}B") : Text($"{total:0.###}B"), name);
    }

    private static LanguageModel? Sized(string size, string name)
    {
        try
        {
            return ModelSizes.Parse(size) is { } choice ? choice.Model with { Name = name } : null;
        }
        catch (PlanException)
        {
            return null;
        }
    }

    /// <summary>A name that tells a size must tell the preset's: "Qwen3-30B" is not the beginning of another's name.</summary>
    private static bool Agree(LanguageModel preset, string name) =>
        Sizes(name).Total is not { } told || Math.Abs(Math.Log(preset.Parameters / (told * 1e9))) < 0.25;

    private static (double? Total, double? Active) Sizes(string name) =>
        (Size().Match(name) is { Success: true } m ? Number(m) : null, Active().Match(name) is { Success: true } a ? Number(a) : null);

    private static double Number(Match match) => double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(?<![A-Za-z0-9.])([0-9]{1,5}(?:\.[0-9]{1,3})?)[bB](?![A-Za-z0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex Size();

    [GeneratedRegex(@"(?<![A-Za-z0-9])[aA]([0-9]{1,4}(?:\.[0-9]{1,3})?)[bB](?![A-Za-z0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex Active();

    [GeneratedRegex(@"(?<![A-Za-z0-9.])[0-9]{1,3}x[0-9]{1,4}(?:\.[0-9]{1,3})?[bB](?![A-Za-z0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex Experts();
}

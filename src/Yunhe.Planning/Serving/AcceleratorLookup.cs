using System.Globalization;
using System.Text.RegularExpressions;
using Yunhe.Planning.Catalogue;

namespace Yunhe.Planning.Serving;

/// <summary>Accelerators by the names that measurements give them: with a maker before, a memory size or a form behind, a slice in brackets.</summary>
public static partial class AcceleratorLookup
{
    /// <returns>Null: none of the catalogue has such a name.</returns>
    public static AcceleratorModel? Find(string name)
    {
        var note = Bracket().Match(name);
        var bare = Bracket().Replace(name, "").Trim();
        var found = Named(bare) ?? (bare.IndexOfAny([' ', '-', '_']) is > 0 and var cut ? Named(bare[(cut + 1)..]) : null);
        if (found is null || !note.Success || Memory().Match(note.Value) is not { Success: true } size) return found;
        var gigabytes = double.Parse(size.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        return gigabytes < found.MemoryGB ? found with { MemoryGB = gigabytes } : found;
    }

    private static AcceleratorModel? Named(string name)
    {
        if (AcceleratorTable.Find(name) is { } exact) return exact;
        var plain = Plain(name);
        return AcceleratorTable.All.SelectMany(m => m.Aliases.Prepend(m.Name).Select(alias => (Model: m, Alias: Plain(alias))))
            .Where(p => p.Alias.Length >= 2 && plain.StartsWith(p.Alias, StringComparison.Ordinal) && !Continues(plain, p.Alias.Length))
            .OrderByDescending(p => p.Alias.Length).ThenBy(p => p.Model.Name, StringComparer.Ordinal).Select(p => p.Model).FirstOrDefault();
    }

    /// <summary>"L4" is not the beginning of "L40".</summary>
    private static bool Continues(string plain, int at) => at < plain.Length && char.IsDigit(plain[at]) && char.IsDigit(plain[at - 1]) && plain.Length - at < 2;

    private static string Plain(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToUpperInvariant();

    [GeneratedRegex(@"\([^)]{0,80}\)", RegexOptions.CultureInvariant)]
    private static partial Regex Bracket();

    [GeneratedRegex(@"(\d{1,4}) ?GB", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Memory();
}

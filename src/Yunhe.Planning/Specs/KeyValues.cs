using System.Globalization;

namespace Yunhe.Planning.Specs;

/// <summary>A thing in one line, "layers=80,hidden=8192": keys once each, of a known set, numbers in their ranges.</summary>
internal sealed class KeyValues
{
    private readonly string field;
    private readonly Dictionary<string, string> values = new(StringComparer.Ordinal);

    /// <exception cref="PlanException">A part has no '=', or a key is unknown or given twice.</exception>
    public KeyValues(string field, string text, IReadOnlyCollection<string> known)
    {
        this.field = field;
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var cut = part.IndexOf('=');
            if (cut < 1) throw new PlanException(field, $"'{part}' is not key=value");
            var key = part[..cut].Trim().Replace('-', '_');
            if (!known.Contains(key)) throw new PlanException(field, $"there is no key '{key}'{(NearestWord.Hint(key, known) is { Length: > 0 } hint ? hint : $": there are {string.Join(", ", known)}")}");
            if (!values.TryAdd(key, part[(cut + 1)..].Trim())) throw new PlanException(field, $"{key} is given twice");
        }
    }

    public string? Text(string key) => values.GetValueOrDefault(key);

    /// <exception cref="PlanException">Not a number, or out of range.</exception>
    public double? Number(string key, double least, double most)
    {
        if (!values.TryGetValue(key, out var text)) return null;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw new PlanException(field, string.Create(CultureInfo.InvariantCulture, $"{key} is '{text}': give a number from {least:G} to {most:G}"));
    }

    /// <exception cref="PlanException">Not a whole number, or out of range.</exception>
    public int? Whole(string key, int least, int most) => Number(key, least, most) is not { } number ? null
        : number == Math.Floor(number) ? (int)number
        : throw new PlanException(field, $"{key} is '{values[key]}': give a whole number");

    public bool? Truth(string key) => Text(key) switch
    {
        null => null,
        "true" or "yes" or "1" => true,
        "false" or "no" or "0" => false,
        var text => throw new PlanException(field, $"{key} is '{text}': say true or false"),
    };

    /// <exception cref="PlanException">It is not given.</exception>
    public PlanException Missing(string key) => new(field, $"{key} is missing");
}

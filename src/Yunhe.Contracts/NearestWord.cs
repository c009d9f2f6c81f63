namespace Yunhe;

/// <summary>"Did you mean": the known words that a mistyped one is closest to. Compiled into Planning too, which may not know Contracts.</summary>
internal static class NearestWord
{
    private const int MaxWord = 60;
    private const int Shown = 3;

    /// <summary>" (did you mean 'x' or 'y'?)", all that are equally near, or nothing where no word is: a third of its letters may differ. Case and punctuation don't count.</summary>
    public static string Hint(string word, IEnumerable<string> known)
    {
        var plain = Plain(word);
        if (plain.Length == 0 || word.Length > MaxWord) return "";
        var near = known.Distinct(StringComparer.Ordinal).Select(k => (Word: k, Distance: Distance(plain, Plain(k)))).Where(k => k.Distance <= Math.Max(1, k.Word.Length / 3)).ToList();
        if (near.Count == 0) return "";
        var least = near.Min(k => k.Distance);
        return $" (did you mean {string.Join(" or ", near.Where(k => k.Distance == least).Select(k => k.Word).Order(StringComparer.Ordinal).Take(Shown).Select(w => $"'{w}'"))}?)";
    }

    private static string Plain(string word) => string.Concat(word.Where(c => char.IsLetterOrDigit(c) || c == '.')).ToUpperInvariant();

    /// <summary>Levenshtein's distance, row by row.</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substitution = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substitution, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.Length];
    }
}

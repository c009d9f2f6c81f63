namespace Yunhe.Contracts.Dialects;

/// <summary>"Did you mean": the known word that a mistyped one is closest to.</summary>
internal static class Nearest
{
    private const int MaxWord = 40;

    /// <summary>" (did you mean 'x'?)", or nothing where no word is near: a third of its letters may differ.</summary>
    internal static string Hint(string word, IEnumerable<string> known)
    {
        if (word.Length > MaxWord) return "";
        var best = known.Select(k => (Word: k, Distance: Distance(word.ToLowerInvariant(), k)))
            .OrderBy(k => k.Distance).ThenBy(k => k.Word, StringComparer.Ordinal).FirstOrDefault();
        return best.Word is not null && best.Distance <= Math.Max(1, best.Word.Length / 3) ? $" (did you mean '{best.Word}'?)" : "";
    }

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

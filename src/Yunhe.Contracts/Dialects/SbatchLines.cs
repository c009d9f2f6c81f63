using System.Text;

namespace Yunhe.Contracts.Dialects;

internal sealed record SbatchLine(int Number, bool Own, IReadOnlyList<string> Words);

/// <summary>
/// The directive lines of a batch script, read as sbatch reads them: #SBATCH at the very start of a line, down to the
/// first line that is a command. #YUNHE lines are read alike.
/// </summary>
internal static class SbatchLines
{
    private const string Slurm = "#SBATCH";
    private const string Own = "#YUNHE";

    /// <summary>A misplaced directive is usually the first of a whole block; a handful of warnings is enough.</summary>
    private const int MaxMisplaced = 5;

    internal static List<SbatchLine> Read(string script, Diagnostics diagnostics)
    {
        var (all, number, ended, misplaced) = (new List<SbatchLine>(), 0, false, 0);
        foreach (var range in script.AsSpan().Split('\n'))
        {
            var line = script.AsSpan(range);
            number++;
            var magic = line.StartsWith(Slurm) ? Slurm : line.StartsWith(Own) ? Own : null;
            if (magic is null) ended |= !line.Trim().IsEmpty && line.Trim()[0] != '#';
            else if (!ended) all.Add(new(number, magic == Own, Words(line[magic.Length..], new(number), diagnostics)));
            else if (++misplaced <= MaxMisplaced) diagnostics.Warn(new(number), $"{magic} after the first command isn't read, as with sbatch: move it up");
        }
        return all;
    }

    /// <summary>Words between white space; quotes and '\' keep it, an unquoted '#' begins a comment wherever it stands.</summary>
    private static List<string> Words(ReadOnlySpan<char> text, Place place, Diagnostics diagnostics)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var (quote, begun) = ('\0', false);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\\' && i + 1 < text.Length) word.Append(text[++i]);
            else if (quote != '\0' && c == quote) quote = '\0';
            else if (quote == '\0' && c is '"' or '\'') quote = c;
            else if (quote == '\0' && c == '#') break;
            else if (quote == '\0' && char.IsWhiteSpace(c))
            {
                if (begun) words.Add(word.ToString());
                word.Clear();
                begun = false;
                continue;
            }
            else word.Append(c);
            begun = true;
        }
        if (begun) words.Add(word.ToString());
        if (quote != '\0') diagnostics.Error(place, $"Unmatched `{quote}` in {Names.Show(text.ToString())}");
        return words;
    }
}

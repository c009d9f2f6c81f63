using System.Text;
using System.Text.RegularExpressions;

namespace Yunhe.Contracts.Packing;

/// <summary>
/// Patterns of a .skyignore or .gitignore file, as gitignore(5) describes them: comments, "!", a leading or inner "/" that
/// anchors, a trailing "/" for folders, "*", "?", "[…]" and "**". The last pattern that matches decides.
/// </summary>
internal sealed class IgnoreRules
{
    internal static readonly IgnoreRules None = new([]);

    /// <summary>More patterns than any person writes; each costs a match per file.</summary>
    private const int MaxRules = 1000;

    private const int MaxPattern = 1000;

    private readonly IReadOnlyList<Rule> rules;

    private IgnoreRules(IReadOnlyList<Rule> rules) => this.rules = rules;

    /// <summary>These rules and then those of a file that lies in <paramref name="folder"/> ("" or "a/b/").</summary>
    internal IgnoreRules With(string file, string folder)
    {
        var added = File.ReadLines(file).Select(l => l.TrimEnd('\r', ' ', '\t')).Where(l => l.Length > 0 && l[0] != '#')
            .Select(l => l.Length <= MaxPattern ? Parse(l, folder) : throw new PackingException($"{file}: a pattern is longer than {MaxPattern} characters"));
        List<Rule> all = [.. rules, .. added.Take(MaxRules + 1)];
        return all.Count <= MaxRules ? new(all) : throw new PackingException($"{file}: more than {MaxRules} patterns to leave files out");
    }

    /// <param name="path">Relative to the packed folder, with '/' between its parts.</param>
    internal bool Ignores(string path, bool isFolder)
    {
        for (var i = rules.Count - 1; i >= 0; i--)
            if ((isFolder || !rules[i].FoldersOnly) && rules[i].Pattern.IsMatch(path))
                return !rules[i].Negated;
        return false;
    }

    private static Rule Parse(string line, string folder)
    {
        var negated = line[0] == '!';
        var pattern = negated ? line[1..] : line;
        var foldersOnly = pattern.EndsWith('/');
        pattern = pattern.TrimEnd('/');
        var anchored = pattern.Contains('/');
        var regex = $"^{Regex.Escape(folder)}{(anchored ? "" : "(?:.*/)?")}{Translate(pattern.TrimStart('/'))}\\z";
        return new(new Regex(regex, RegexOptions.NonBacktracking | RegexOptions.Singleline | RegexOptions.CultureInvariant), negated, foldersOnly);
    }

    private static string Translate(string glob)
    {
        var regex = new StringBuilder();
        for (var i = 0; i < glob.Length; i++)
        {
            var close = glob[i] == '[' ? glob.IndexOf(']', Math.Min(i + 2, glob.Length)) : -1;
            if (glob.AsSpan(i).StartsWith("**/"))
            {
                regex.Append("(?:.*/)?");
                i += 2;
            }
            else if (glob.AsSpan(i).StartsWith("**"))
            {
                regex.Append(".*");
                i++;
            }
            else if (glob[i] == '\\' && i + 1 < glob.Length) regex.Append(Regex.Escape(glob[++i].ToString()));
            else if (glob[i] == '*') regex.Append("[^/]*");
            else if (glob[i] == '?') regex.Append("[^/]");
            else if (close > i)
            {
                regex.Append(Set(glob[(i + 1)..close]));
                i = close;
            }
            else regex.Append(Regex.Escape(glob[i].ToString()));
        }
        return regex.ToString();
    }

    /// <summary>Characters and ranges between brackets, "!" or "^" negating; a range the wrong way round matches nothing.</summary>
    private static string Set(string inner)
    {
        var negated = inner[0] is '!' or '^';
        var set = new StringBuilder();
        for (var i = negated ? 1 : 0; i < inner.Length; i++)
        {
            var range = i + 2 < inner.Length && inner[i + 1] == '-';
            if (range && inner[i] <= inner[i + 2]) set.Append($"\\u{(int)inner[i]:X4}-\\u{(int)inner[i + 2]:X4}");
            else if (!range) set.Append($"\\u{(int)inner[i]:X4}");
            if (range) i += 2;
        }
        return set.Length == 0 ? (negated ? "[^/]" : "[^\\s\\S]") : negated ? $"[^/{set}]" : $"[{set}]";
    }

    private sealed record Rule(Regex Pattern, bool Negated, bool FoldersOnly);
}

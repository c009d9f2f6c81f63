namespace Yunhe.Cli.Tasks;

/// <summary>
/// What stands behind the script, or behind "--", on the command line. It belongs to the script, as with sbatch, and
/// is cut off before the rest is parsed.
/// </summary>
/// <param name="Words">Arguments of the script, or the command with its arguments.</param>
/// <param name="IsCommand">They stand behind "--" and no file was named.</param>
internal sealed record Tail(IReadOnlyList<string> Words, bool IsCommand)
{
    public static readonly Tail None = new([], false);

    private static readonly string[] Takers = ["run", "submit", "quote"];
    private static readonly string[] FlagsAnywhere = [".yaml", ".yml", ".json"];

    /// <summary>Behind a YAML task flags may still follow, since it takes no arguments of its own.</summary>
    /// <param name="args">The whole command line.</param>
    /// <param name="takesValue">Whether an option's value is the next word.</param>
    public static (IReadOnlyList<string> Head, Tail Tail) Cut(IReadOnlyList<string> args, Func<string, bool> takesValue)
    {
        string? command = null;
        string? file = null;
        for (var i = 0; i < args.Count; i++)
        {
            var word = args[i];
            if (word == "--") return (command is null ? args : [.. args.Take(i)], new([.. args.Skip(i + 1)], file is null));
            if (word.Length > 1 && word[0] == '-')
            {
                if (!word.Contains('=') && takesValue(word)) i++;
            }
            else if (command is null)
            {
                if (!Takers.Contains(word)) return (args, None);
                command = word;
            }
            else if (file is null)
            {
                file = word;
                if (FlagsAnywhere.Contains(Path.GetExtension(word).ToLowerInvariant())) continue;
                var rest = args.Skip(i + 1).ToList();
                if (rest is ["--", ..]) rest.RemoveAt(0);
                return ([.. args.Take(i + 1)], new(rest, false));
            }
        }

        return (args, None);
    }
}

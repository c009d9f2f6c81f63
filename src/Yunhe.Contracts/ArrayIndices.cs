using System.Globalization;
using System.Text.RegularExpressions;

namespace Yunhe.Contracts;

/// <summary>Indices of an array as Slurm writes them: 0-9, 1,3,5, 0-20:4.</summary>
public static partial class ArrayIndices
{
    public const int MaxTasks = 100_000;

    /// <summary>Slurm's own bound is MaxArraySize, at most 4,000,001.</summary>
    public const int MaxIndex = 4_000_000;

    private const int MaxText = 100_000;

    /// <summary>Ranges may overlap, but not so often that counting them is work.</summary>
    private const int MaxVisits = 10 * MaxTasks;

    /// <summary>The indices, ascending and distinct: 1 to 100,000 of them, each 0 to 4,000,000.</summary>
    /// <exception cref="FormatException">The text is something else; the message says what is expected.</exception>
    public static int[] Parse(string text)
    {
        if (text.Length > MaxText) throw new FormatException($"the array's indices are longer than {MaxText} characters");
        var (indices, visits) = (new HashSet<int>(), 0);
        foreach (var part in text.Split(','))
        {
            var match = Part().Match(part);
            if (!match.Success)
                throw new FormatException($"{Names.Show(part)} isn't a part of an array: expected forms are 5, 0-9 and 0-20:4, with commas between");
            var first = Number(match.Groups[1].Value);
            var last = match.Groups[2].Success ? Number(match.Groups[2].Value) : first;
            var step = match.Groups[3].Success ? Number(match.Groups[3].Value) : 1;
            if (last < first) throw new FormatException($"{Names.Show(part)}: the range's end lies before its start");
            if (step == 0) throw new FormatException($"{Names.Show(part)}: a step is at least 1");
            for (var i = first; i <= last; i += step)
            {
                indices.Add(i);
                if (indices.Count > MaxTasks) throw new FormatException($"the array has more than {MaxTasks} tasks");
                if (++visits > MaxVisits) throw new FormatException("the array's ranges overlap too often: name each index once");
            }
        }
        return [.. indices.Order()];
    }

    private static int Number(string digits) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n <= MaxIndex
            ? n
            : throw new FormatException($"{Names.Show(digits)} is out of range: an index is 0 to {MaxIndex}");

    [GeneratedRegex(@"^\s*([0-9]+)(?:-([0-9]+)(?::([0-9]+))?)?\s*\z")]
    private static partial Regex Part();
}

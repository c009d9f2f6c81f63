using System.Globalization;

namespace Yunhe.Engines.Slurm;

/// <summary>Slurm's short form of node names: <c>a[1-3,7],b[08-10]x</c>.</summary>
internal static class HostList
{
    // Nodes of the largest clusters are fewer.
    private const int Most = 100_000;

    public static IReadOnlyList<string> Expand(string text) => [.. Items(text).SelectMany(Expand1).Take(Most)];

    private static IEnumerable<string> Expand1(string item)
    {
        var open = item.IndexOf('[');
        var close = item.IndexOf(']');
        if (open < 0 || close < open) return item.Length > 0 ? [item] : [];
        var (before, after) = (item[..open], item[(close + 1)..]);
        return item[(open + 1)..close].Split(',').SelectMany(Range).SelectMany(number => Expand1(after).DefaultIfEmpty("").Select(rest => before + number + rest));
    }

    private static IEnumerable<string> Range(string range)
    {
        var ends = range.Split('-');
        if (ends.Length != 2 || !int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            || !int.TryParse(ends[1], NumberStyles.None, CultureInfo.InvariantCulture, out var last))
            return [range];
        return Enumerable.Range(first, Math.Clamp(last - first + 1, 0, Most)).Select(n => n.ToString(CultureInfo.InvariantCulture).PadLeft(ends[0].Length, '0'));
    }

    private static IEnumerable<string> Items(string text)
    {
        var (start, depth) = (0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '[') depth++;
            else if (text[i] == ']') depth--;
            else if (text[i] == ',' && depth == 0)
            {
                yield return text[start..i];
                start = i + 1;
            }
        }

        yield return text[start..];
    }
}

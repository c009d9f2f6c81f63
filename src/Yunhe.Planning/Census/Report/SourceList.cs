using System.Globalization;

namespace Yunhe.Planning.Census.Report;

/// <summary>Sources in the order in which a report names them, each by its number.</summary>
internal sealed class SourceList(CensusDocument census, ReportWords words)
{
    private readonly List<string> sources = [];

    /// <summary>"[3]"; empty for no source.</summary>
    public string Number(string source)
    {
        if (source.Length == 0) return "";
        var at = sources.IndexOf(source);
        if (at < 0)
        {
            at = sources.Count;
            sources.Add(source);
        }
        return string.Create(CultureInfo.InvariantCulture, $"[{at + 1}]");
    }

    /// <summary>In the report's language where the census has it.</summary>
    public string Text(string source) => words.Chinese ? census.SourcesChinese.GetValueOrDefault(source, source) : source;

    /// <summary>Lines of the list.</summary>
    public IReadOnlyList<string> Lines => [.. sources.Select(s => $"{Number(s)} {Text(s)}")];
}

using System.Text;

namespace Yunhe.Simulator.Traces;

/// <summary>Opens a trace of any format that Yunhe reads: by the name, and by the first line where that leaves it open.</summary>
public static class Trace
{
    /// <summary>
    /// The jobs of a trace in order of submission, read while they are taken; what is kept is bounded whatever the length. A file that can't be a
    /// trace is refused here; a bad line when it is come to. Each enumeration reads the file anew, and counts its bad lines anew.
    /// </summary>
    /// <exception cref="TraceException">No such file, no jobs, or no known format; while reading, a bad line if they are not skipped.</exception>
    public static IEnumerable<TraceJob> Open(string path, BadLines bad)
    {
        var first = FirstLine(path);
        return NotEmpty(path, Format(path, first)(path, bad), bad);
    }

    /// <summary>Whether it is a log in the Standard Workload Format, whose header may tell the machine.</summary>
    /// <exception cref="TraceException">No known format.</exception>
    public static bool IsSwf(string path) => Format(path, FirstLine(path)) == SwfReader.Read;

    private static Func<string, BadLines, IEnumerable<TraceJob>> Format(string path, string first)
    {
        var name = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;
        return Path.GetExtension(name).ToLowerInvariant() switch
        {
            ".jsonl" or ".ndjson" => JsonLines.Read,
            ".csv" => Csv(path, first),
            ".swf" => SwfReader.Read,
            _ when first[0] is ';' or (>= '0' and <= '9') && !first.Contains(',', StringComparison.Ordinal) => SwfReader.Read,
            _ when first.StartsWith('{') => JsonLines.Read,
            _ when first.StartsWith(';') => SwfReader.Read,
            _ when first.Contains(',', StringComparison.Ordinal) => Csv(path, first),
            _ => throw new TraceException(path, 1, "format", "Standard Workload Format, openb or Philly CSV, or JSON lines", first),
        };
    }

    /// <summary>The CSV format that the header shares most columns with; its reader tells what is missing.</summary>
    private static Func<string, BadLines, IEnumerable<TraceJob>> Csv(string path, string header)
    {
        var columns = header.Split(',').Select(c => c.Trim().Trim('"')).ToHashSet(StringComparer.Ordinal);
        if (Openb.NodeColumns.All(columns.Contains)) throw new TraceException(path, 1, "header", "a list of jobs", "openb's list of nodes");
        var (openb, philly) = (Openb.PodColumns.Count(columns.Contains), Philly.Required.Count(columns.Contains));
        return openb + philly == 0
            ? throw new TraceException(path, 1, "header", $"{string.Join(",", Openb.PodColumns)} (openb) or {string.Join(",", Philly.Required)} (Philly)", header)
            : openb >= philly ? Openb.Read : Philly.Read;
    }

    private static string FirstLine(string path)
    {
        var bad = new BadLines(skip: true);
        using var lines = new TraceLines(path, bad);
        while (lines.Next())
            if (Encoding.UTF8.GetString(lines.Line).Trim() is { Length: > 0 } line) return line;
        throw bad.Count > 0 ? bad.First[0] : new TraceException(path, 0, "file", "a trace", "");
    }

    private static IEnumerable<TraceJob> NotEmpty(string path, IEnumerable<TraceJob> jobs, BadLines bad)
    {
        var any = false;
        foreach (var job in jobs)
        {
            any = true;
            yield return job;
        }
        if (!any) throw new TraceException(path, 0, "file", "at least one job", bad.Count switch { 0 => "", 1 => "1 bad line only", _ => $"{bad.Count} bad lines only" });
    }
}

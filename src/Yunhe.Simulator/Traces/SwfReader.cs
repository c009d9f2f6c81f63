using System.Globalization;
using System.Text;

namespace Yunhe.Simulator.Traces;

/// <summary>
/// A log in the Standard Workload Format 2.2 (Chapin et al. 1999; Feitelson's archive), plain or gzip-compressed, read line by line.
/// Processors become cores of one node.
/// </summary>
public sealed class SwfReader : IDisposable
{
    /// <summary>Texts of users, groups and programs that are kept to be given again.</summary>
    private const int MostNames = 1 << 16;

    /// <summary>Logs are kept in order, with slips.</summary>
    private const int MostLate = 4096;

    private readonly TraceLines lines;
    private readonly BadLines bad;
    private readonly double[] fields = new double[SwfField.Count];
    private readonly Dictionary<long, string> names = [];
    private bool ahead;

    private SwfReader(string path, BadLines bad)
    {
        (lines, this.bad) = (new TraceLines(path, bad), bad);
        try
        {
            // The header is what stands before the first job.
            ahead = Advance();
        }
        catch
        {
            lines.Dispose();
            throw;
        }
    }

    public SwfHeader Header { get; } = new();

    /// <summary>The 18 numbers of the job last read (<see cref="SwfField"/>), as they stand in the file.</summary>
    public ReadOnlySpan<double> Fields => fields;

    /// <summary>Gives the jobs as they stand in the file.</summary>
    /// <exception cref="TraceException">No such file, or the first job's line is bad and bad lines are not skipped.</exception>
    public static SwfReader Open(string path, BadLines bad) => new(path, bad);

    /// <summary>The jobs of a file in order of submission, if none stands more than <see cref="MostLate"/> lines too late; each enumeration reads it anew.</summary>
    public static IEnumerable<TraceJob> Read(string path, BadLines bad) =>
        SubmitOrder.Sort(path, InOrderOfFile(path, bad), $"field {SwfField.Submit + 1} ({SwfField.Names[SwfField.Submit]})", bad, MostLate);

    private static IEnumerable<(TraceJob Job, long Line)> InOrderOfFile(string path, BadLines bad)
    {
        using var reader = Open(path, bad);
        while (reader.Next()) yield return (reader.Job(), reader.lines.Number);
    }

    /// <summary>Goes to the next job.</summary>
    public bool Next()
    {
        if (!ahead) return Advance();
        ahead = false;
        return true;
    }

    /// <summary>The job last read. Reals are cut to whole seconds, as others who read these logs do.</summary>
    public TraceJob Job()
    {
        var processors = Processors;
        return new((long)fields[SwfField.Number], (long)fields[SwfField.Submit])
        {
            RunTime = Known(fields[SwfField.RunTime]),
            RequestedTime = Known(fields[SwfField.RequestedTime]),
            CpuMilli = processors * 1000,
            MemoryMiB = fields[SwfField.RequestedMemory] > 0 ? (long)Math.Min(fields[SwfField.RequestedMemory] * processors / 1024, 1L << 50) : 0,
            Status = (int)Math.Clamp(fields[SwfField.Status], -1, int.MaxValue),
            User = Name(fields[SwfField.User]),
            Project = Name(fields[SwfField.Group]),
            Name = Name(fields[SwfField.Executable]),
            After = Known(fields[SwfField.Preceding]),
            ThinkTime = Known(fields[SwfField.ThinkTime]),
        };
    }

    public void Dispose() => lines.Dispose();

    private long Processors =>
        fields[SwfField.RequestedProcessors] > 0 ? (long)fields[SwfField.RequestedProcessors] : (long)fields[SwfField.AllocatedProcessors];

    private bool Advance()
    {
        while (lines.Next())
        {
            var line = lines.Line.TrimStart(" \t"u8).TrimEnd(" \t"u8);
            if (line.IsEmpty) continue;
            if (line[0] == ';') Header.Take(Encoding.UTF8.GetString(line[1..]));
            else if ((Parse(line) ?? Check()) is { } problem) bad.Add(problem);
            else return true;
        }
        return false;
    }

    private TraceException? Parse(ReadOnlySpan<byte> line)
    {
        var at = 0;
        for (var field = 0; field < SwfField.Count; field++)
        {
            while (at < line.Length && line[at] is (byte)' ' or (byte)'\t') at++;
            if (at == line.Length) return Problem(field, "18 numbers", $"only {field}");
            var from = at;
            var negative = line[at] == '-';
            if (negative) at++;
            long value = 0;
            var digits = at;
            for (; at < line.Length && (uint)(line[at] - '0') <= 9 && at - digits < 15; at++) value = value * 10 + (line[at] - '0');
            if (at > digits && (at == line.Length || line[at] is (byte)' ' or (byte)'\t'))
            {
                fields[field] = negative ? -value : value;
                continue;
            }
            // A real, or no number.
            while (at < line.Length && line[at] is not ((byte)' ' or (byte)'\t')) at++;
            var word = line[from..at];
            if (!double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) || !(Math.Abs(real) < 1e15))
                return Problem(field, "a number", Encoding.UTF8.GetString(word));
            fields[field] = real;
        }
        while (at < line.Length && line[at] is (byte)' ' or (byte)'\t') at++;
        return at < line.Length
            ? new TraceException(lines.File, lines.Number, "line", "18 numbers", $"more: {Encoding.UTF8.GetString(line[at..])}")
            : null;
    }

    private TraceException? Check()
    {
        if (fields[SwfField.Submit] < 0) return Problem(SwfField.Submit, "seconds from 0 on", Text(fields[SwfField.Submit]));
        if (Processors < 1 || Processors > int.MaxValue)
            return Problem(
                SwfField.RequestedProcessors, "at least 1 requested or allocated processor",
                $"{Text(fields[SwfField.RequestedProcessors])} requested, {Text(fields[SwfField.AllocatedProcessors])} allocated");
        return null;
    }

    private TraceException Problem(int field, string expected, string found) =>
        new(lines.File, lines.Number, $"field {field + 1} ({SwfField.Names[field]})", expected, found);

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    private static long Known(double value) => value < 0 ? -1 : (long)value;

    private string? Name(double value)
    {
        if (value < 0) return null;
        if (names.TryGetValue((long)value, out var name)) return name;
        name = Text((long)value);
        if (names.Count < MostNames) names.Add((long)value, name);
        return name;
    }
}

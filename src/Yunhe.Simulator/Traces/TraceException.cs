namespace Yunhe.Simulator.Traces;

/// <summary>A line of a trace that can't be read: where, which field, what was expected and what is there. Line 0: the file as a whole.</summary>
public sealed class TraceException(string file, long line, string field, string expected, string found)
    : Exception($"{file}{(line == 0 ? "" : $", line {line}")}: {field}: expected {expected}, found {Shown(found)}")
{
    private static string Shown(string found) =>
        found.Length == 0 ? "nothing" : found.Length > 80 ? $"\"{found[..80]}…\"" : $"\"{found}\"";
}

/// <summary>How bad lines are taken: the first ends the reading, or (<c>--skip-bad</c>) all are skipped, counted, and the first few kept to be shown.</summary>
public sealed class BadLines(bool skip)
{
    private const int MostKept = 20;

    private readonly List<TraceException> first = [];

    public long Count { get; private set; }

    public IReadOnlyList<TraceException> First => first;

    public void Add(TraceException problem)
    {
        if (!skip) throw problem;
        Count++;
        if (first.Count < MostKept) first.Add(problem);
    }
}

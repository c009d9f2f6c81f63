using System.Globalization;
using Yunhe.Planning.Tables;

namespace Yunhe.Planning.Serving.Plans;

/// <summary>One request: seconds since the first, tokens of its prompt and its answer.</summary>
public readonly record struct TracedRequest(double At, double InputTokens, double OutputTokens);

/// <summary>Requests as they came: a CSV of TIMESTAMP (a date and time, or seconds), ContextTokens, GeneratedTokens, as the Azure public data set has it.</summary>
public sealed record RequestTrace(IReadOnlyList<TracedRequest> Requests)
{
    public double Seconds => Requests[^1].At - Requests[0].At;

    public double RequestsPerSecond => (Requests.Count - 1) / Seconds;

    public double InputTokens => Requests.Average(r => r.InputTokens);

    public double OutputTokens => Requests.Average(r => r.OutputTokens);

    /// <summary>Squared coefficient of variation of the time between requests.</summary>
    public double Burstiness => Variability(Requests.Zip(Requests.Skip(1), (a, b) => b.At - a.At));

    /// <summary>The same of prompts, which is what a new request waits for.</summary>
    public double LengthVariability => Variability(Requests.Select(r => r.InputTokens));

    /// <exception cref="TableException">A line is not what it should be, or there are fewer than two requests at different times.</exception>
    public static RequestTrace Read(Stream stream)
    {
        var rows = CsvTable.Read(stream, "TIMESTAMP", "ContextTokens", "GeneratedTokens");
        var requests = rows.Select(r => new TracedRequest(
                At(r), r.Number("ContextTokens", 0, 1e8) ?? throw r.Problem("ContextTokens", "a number of tokens"), r.Number("GeneratedTokens", 0, 1e8) ?? throw r.Problem("GeneratedTokens", "a number of tokens")))
            .Where(r => r.InputTokens > 0).OrderBy(r => r.At).ToList();
        if (requests.Count < 2 || requests[^1].At <= requests[0].At) throw new TableException(rows.Count + 1, "TIMESTAMP", "two requests or more, at different times", $"{requests.Count}");
        return new([.. requests.Select(r => r with { At = r.At - requests[0].At, OutputTokens = Math.Max(1, r.OutputTokens) })]);
    }

    private static double At(CsvRow row)
    {
        var text = row.Text("TIMESTAMP");
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && double.IsFinite(seconds)) return seconds;
        return DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time.Ticks / (double)TimeSpan.TicksPerSecond
            : throw row.Problem("TIMESTAMP", "a date and time, or seconds");
    }

    private static double Variability(IEnumerable<double> values)
    {
        var all = values.ToList();
        var mean = all.Average();
        return mean <= 0 ? 0 : all.Average(v => (v - mean) * (v - mean)) / (mean * mean);
    }
}

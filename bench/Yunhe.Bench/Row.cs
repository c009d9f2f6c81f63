using System.Globalization;

namespace Yunhe.Bench;

/// <summary>One figure beside what it is held against. <c>Reference</c> null: an absolute figure with its bound in <c>Source</c>.</summary>
internal sealed record Row(string Metric, string Unit, double Ours, double? Reference, string Source)
{
    public static void Print(IReadOnlyList<Row> rows)
    {
        Console.WriteLine($"{"metric",-44} {"unit",-14} {"ours",12} {"reference",12} {"ratio",8}  source");
        foreach (var row in rows)
        {
            var ratio = row.Reference is > 0 ? Text(row.Ours / row.Reference.Value) : "";
            Console.WriteLine($"{row.Metric,-44} {row.Unit,-14} {Text(row.Ours),12} {(row.Reference is { } r ? Text(r) : ""),12} {ratio,8}  {row.Source}");
        }
    }

    private static string Text(double value) => double.IsNaN(value) ? "-" : value.ToString(value >= 100_000 ? "N0" : value >= 100 ? "#,##0.##" : "0.###", CultureInfo.InvariantCulture);
}

/// <summary>The arguments of a bench, by name.</summary>
internal sealed record Options(IReadOnlyList<string> Arguments)
{
    private readonly HashSet<string> asked = ["--json", "--data"];

    /// <summary>Where the public data lies; null: nowhere.</summary>
    public string? Data => Text("--data") ?? (Environment.GetEnvironmentVariable("YUNHE_DATA") is { Length: > 0 } folder ? folder : null);

    /// <summary>The same where there is no doing without.</summary>
    public string DataFolder => Data ?? throw new OptionException("where is the public data? say --data DIR, or set YUNHE_DATA");

    public static Options Parse(IReadOnlyList<string> args) => new(args);

    /// <summary>What was said and no bench has asked for: a slip, such as <c>--proc</c> for <c>--procs</c>, or of no use beside the others.</summary>
    public IReadOnlyList<string> Unused => [.. Arguments.Where(a => a.StartsWith("--", StringComparison.Ordinal) && !asked.Contains(a))];

    public bool Has(string name)
    {
        asked.Add(name);
        return Arguments.Contains(name);
    }

    public string? Text(string name) => !Has(name) ? null : Texts(name) switch
    {
        [var one] => one,
        [] => throw new OptionException($"{name}: what follows is missing"),
        var many => throw new OptionException($"{name}: takes one, found {string.Join(" ", many)}"),
    };

    /// <summary>All that follow a name, up to the next one.</summary>
    public IReadOnlyList<string> Texts(string name)
    {
        asked.Add(name);
        return [.. Arguments.SkipWhile(a => a != name).Skip(1).TakeWhile(a => !a.StartsWith("--", StringComparison.Ordinal))];
    }

    public int Number(string name, int otherwise, int least = 1) => Text(name) is { } text ? Whole(name, text, least) : otherwise;

    /// <summary>Separated by commas.</summary>
    public IReadOnlyList<int> Numbers(string name, IReadOnlyList<int> otherwise, int least = 1) =>
        Text(name) is { } text ? [.. text.Split(',').Select(n => Whole(name, n, least))] : otherwise;

    private static int Whole(string name, string text, int least) =>
        int.TryParse(text, CultureInfo.InvariantCulture, out var number) && number >= least ? number
            : throw new OptionException($"{name}: expected a whole number{(least > int.MinValue ? $" from {least} on" : "")}, found \"{text}\"");
}

/// <summary>A bench was called in a wrong way.</summary>
internal sealed class OptionException(string message) : Exception(message);

/// <summary>Latencies of single operations and how long all of them took.</summary>
internal sealed record Timings(IReadOnlyList<double> Milliseconds, TimeSpan All)
{
    public double PerSecond => Milliseconds.Count / All.TotalSeconds;

    public double Percentile(double share) => Milliseconds.Order().ElementAt((int)Math.Min(Milliseconds.Count - 1, Milliseconds.Count * share));

    /// <summary>Runs an operation by so many clients at once for so long.</summary>
    public static async Task<Timings> MeasureAsync(int clients, TimeSpan length, Func<int, Task> operation)
    {
        var taken = new List<double>[clients];
        var start = System.Diagnostics.Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
        {
            taken[client] = [];
            while (start.Elapsed < length)
            {
                var one = System.Diagnostics.Stopwatch.GetTimestamp();
                await operation(client);
                taken[client].Add(System.Diagnostics.Stopwatch.GetElapsedTime(one).TotalMilliseconds);
            }
        })));
        return new([.. taken.SelectMany(t => t)], start.Elapsed);
    }
}

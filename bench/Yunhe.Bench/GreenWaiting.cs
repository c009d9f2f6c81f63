using System.Globalization;
using System.IO.Compression;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling;
using Yunhe.Core.Workloads;

namespace Yunhe.Bench;

/// <summary>
/// What waiting for a cleaner hour saves on real grids (the idea and the data of Wiesner et al., "Let's Wait Awhile", Middleware 2021): a job
/// of constant power may start at any full hour of the year and wait for so long at most. Yunhe knows only a profile by hour, learned from
/// the four weeks before; beside it stands what perfect foresight of the real series would save. Both are charged by the real series.
/// </summary>
internal static class GreenWaiting
{
    private static readonly TimeSpan Learned = TimeSpan.FromDays(28);
    private static readonly int[] Lengths = [1, 2, 4, 8];
    private static readonly int[] Slacks = [4, 8, 16];

    public static Task<IReadOnlyList<Row>> RunAsync(Options options)
    {
        string[] files = options.Text("--series") is { } series ? [series]
            : [.. new[] { "ger_ci", "gb_ci" }.Select(name => Path.Combine(options.Data ?? "", "energy", name + ".csv.gz"))];
        if (files.FirstOrDefault(f => !File.Exists(f)) is { } missing)
            throw new FileNotFoundException($"{missing} is not there: give --data DIR, or --series FILE with lines of time (UTC) and g CO2e per kWh");
        return Task.FromResult<IReadOnlyList<Row>>([.. files.SelectMany(Rows)]);
    }

    private static IEnumerable<Row> Rows(string file)
    {
        var grid = new Series(file);
        var name = Path.GetFileName(file).Split('.')[0];
        var starts = new List<(DateTimeOffset At, HourProfile Profile)>();
        HourProfile? profile = null;
        for (var at = grid.From + Learned; at + TimeSpan.FromHours(Slacks.Max() + Lengths.Max()) <= grid.To; at = at.AddHours(1))
            starts.Add((at, profile = profile is null || at.Hour == 0 ? grid.ProfileOf(at - Learned, at) : profile));
        foreach (var length in Lengths)
            foreach (var slack in Slacks)
            {
                var (hours, wait) = (TimeSpan.FromHours(length), TimeSpan.FromHours(slack));
                var now = starts.Average(s => grid.Mean(s.At, hours));
                var ours = starts.Average(s => grid.Mean(StartTime.Best(Objective.Carbon, null, s.Profile, s.At, s.At + wait, hours), hours));
                var perfect = starts.Average(s => grid.Least(s.At, wait, hours));
                yield return new(
                    $"{name}: saved, {length} h job, waits up to {slack} h", "kgCO2e/MWh", now - ours, now - perfect,
                    $"reference: perfect foresight; of {now:0.0} at once: {(now - ours) / now:P1} saved, {(now - perfect) / now:P1} possible");
            }
    }

    /// <summary>A step function of time; means by prefix sums.</summary>
    private sealed class Series
    {
        private readonly TimeSpan step;
        private readonly double[] before;

        public Series(string file)
        {
            using var stream = File.OpenRead(file);
            using var reader = new StreamReader(file.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(stream, CompressionMode.Decompress) : stream);
            reader.ReadLine();
            var points = new List<(DateTimeOffset At, double Grams)>();
            while (reader.ReadLine() is { } line)
            {
                var comma = line.IndexOf(',', StringComparison.Ordinal);
                if (double.TryParse(line.AsSpan(comma + 1), CultureInfo.InvariantCulture, out var grams))
                    points.Add((DateTimeOffset.Parse(line.AsSpan(0, comma), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal), grams));
            }
            (From, step) = (points[0].At, points[1].At - points[0].At);
            before = new double[(int)((points[^1].At - From) / step) + 2];
            // A gap keeps the value before it.
            for (int i = 0, p = 0; i + 1 < before.Length; i++)
            {
                while (p + 1 < points.Count && points[p + 1].At <= From + i * step) p++;
                before[i + 1] = before[i] + points[p].Grams;
            }
            To = From + (before.Length - 1) * step;
        }

        public DateTimeOffset From { get; }

        public DateTimeOffset To { get; }

        public double Mean(DateTimeOffset from, TimeSpan length) => (Until(from + length) - Until(from)) / (length / step);

        /// <summary>The least mean of all starts at a step of the series, or at the end of the slack.</summary>
        public double Least(DateTimeOffset from, TimeSpan slack, TimeSpan length) =>
            Enumerable.Range(0, (int)(slack / step) + 1).Min(i => Mean(from + i * step, length));

        public HourProfile ProfileOf(DateTimeOffset from, DateTimeOffset to)
        {
            var (weekday, weekend) = (new List<double>[24], new List<double>[24]);
            for (var h = 0; h < 24; h++) (weekday[h], weekend[h]) = ([], []);
            for (var at = from; at < to; at = at.AddHours(1))
                (at.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday ? weekend : weekday)[at.Hour].Add(Mean(at, TimeSpan.FromHours(1)));
            return new([.. weekday.Select(v => (int)(1000 * v.Average()))], [.. weekend.Select(v => (int)(1000 * v.Average()))], TimeSpan.Zero);
        }

        private double Until(DateTimeOffset at)
        {
            var place = (at - From) / step;
            var whole = Math.Min((int)place, before.Length - 2);
            return before[whole] + (place - whole) * (before[whole + 1] - before[whole]);
        }
    }
}

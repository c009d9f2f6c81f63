using System.Diagnostics;
using Yunhe.Core.Scheduling.Assignment;
using Yunhe.Core.Tests.Assignment;

namespace Yunhe.Bench;

/// <summary>
/// Cost of deciding one after the other, and of deciding together, over the optimum that CP-SAT proves, on windows small enough for it.
/// </summary>
internal static class Optimality
{
    private static readonly (string Name, double Room)[] Rooms = [("tight", 0.6), ("even", 1.0), ("loose", 1.6)];

    private sealed record Outcome(double Greedy, double Joint, bool Proven, double GreedyMs, double JointMs, double ExactMs, long Gain, long Possible);

    public static Task<IReadOnlyList<Row>> RunAsync(Options options)
    {
        var samples = new WindowSamples(options.Data, options.Number("--seed", 1));
        var (windows, items) = (options.Number("--windows", 10), options.Number("--items", 20));
        var seconds = options.Number("--limit", 20);
        var rows = new List<Row>();
        var all = new List<Outcome>();
        // The first calls pay for compiling.
        Measure(samples.Draw(WorkKind.Gangs, WhyKind.Region, items, 0.6), 1);
        foreach (var kind in Enum.GetValues<WorkKind>())
            foreach (var why in Enum.GetValues<WhyKind>())
                foreach (var (room, share) in Rooms)
                {
                    var outcomes = Enumerable.Range(0, windows).Select(_ => Measure(samples.Draw(kind, why, items, share), seconds)).ToList();
                    all.AddRange(outcomes);
                    var name = $"{kind}, {why}, {room}".ToLowerInvariant();
                    rows.Add(new($"{name}: joint over optimum, mean", "ratio", outcomes.Average(o => o.Joint), outcomes.Average(o => o.Greedy), Note(outcomes)));
                    Console.Error.WriteLine($"{name}: joint {outcomes.Average(o => o.Joint):0.0000}, greedy {outcomes.Average(o => o.Greedy):0.0000}");
                }
        rows.AddRange(Summary(all, samples.FromTraces ? "sizes and run times from openb and Philly" : "made-up sizes (give --data)"));
        rows.AddRange(Large(samples));
        return Task.FromResult<IReadOnlyList<Row>>(rows);
    }

    private static Outcome Measure(Window window, int seconds)
    {
        var start = Stopwatch.GetTimestamp();
        var (_, greedy) = GreedyAssignment.Solve(window);
        var greedyMs = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        start = Stopwatch.GetTimestamp();
        var joint = JointAssignment.Solve(window);
        var jointMs = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        start = Stopwatch.GetTimestamp();
        var (cost, bound) = ExactWindow.Solve(window, seconds);
        var exactMs = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        if (joint.Cost < bound || joint.Bound > cost) throw new InvalidOperationException($"joint {joint.Cost} (bound {joint.Bound}), exact {cost} (bound {bound})");
        // Where it was not proven in time, against the bound: never better than it is.
        return new(Over(greedy), Over(joint.Cost), cost == bound, greedyMs, jointMs, exactMs, joint.Gain, greedy - bound);

        double Over(long of) => (double)of / bound;
    }

    private static string Note(List<Outcome> outcomes) =>
        $"reference: greedy; p95 {Percentile(outcomes, 0.95):0.0000}, max {outcomes.Max(o => o.Joint):0.0000}; {outcomes.Count(o => o.Proven)} of {outcomes.Count} proven";

    private static double Percentile(List<Outcome> outcomes, double share) =>
        outcomes.Select(o => o.Joint).Order().ElementAt((int)Math.Min(outcomes.Count - 1, outcomes.Count * share));

    private static IEnumerable<Row> Summary(List<Outcome> all, string source)
    {
        var greedy = all.Select(o => o.Greedy).Order().ToList();
        yield return new("joint over optimum, mean of all", "ratio", all.Average(o => o.Joint), 1.02, "aim: within 2 %; " + source);
        yield return new("joint over optimum, p95", "ratio", Percentile(all, 0.95), null, $"{all.Count} windows, {all.Count(o => o.Proven)} proven; the others against the bound");
        yield return new("joint over optimum, max", "ratio", all.Max(o => o.Joint), null, "");
        yield return new("greedy over optimum, mean of all", "ratio", greedy.Average(), null, $"p95 {greedy[(int)(greedy.Count * 0.95)]:0.0000}, max {greedy[^1]:0.0000}");
        yield return new("what greedy loses that joint wins back", "share", all.Sum(o => (double)o.Gain) / all.Sum(o => (double)o.Possible), null, "by cost");
        yield return new("greedy, mean", "ms", all.Average(o => o.GreedyMs), null, "per window");
        yield return new("joint, mean", "ms", all.Average(o => o.JointMs), null, $"max {all.Max(o => o.JointMs):0.00}");
        yield return new("CP-SAT, mean", "ms", all.Average(o => o.ExactMs), null, $"max {all.Max(o => o.ExactMs):0}");
    }

    /// <summary>The largest windows: no exact answer, but our own bound, and the time.</summary>
    private static IEnumerable<Row> Large(WindowSamples samples)
    {
        foreach (var kind in Enum.GetValues<WorkKind>())
        {
            var window = samples.Draw(kind, WhyKind.Region, 256, 0.9, sites: 64);
            var (least, answer) = (double.MaxValue, JointAssignment.Solve(window));
            for (var n = 0; n < 5; n++)
            {
                var start = Stopwatch.GetTimestamp();
                JointAssignment.Solve(window);
                least = Math.Min(least, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
            yield return new(
                $"256 items, 64 sites, {kind}".ToLowerInvariant(), "ms", least, null,
                $"least of 5; greedy {(double)answer.Greedy / answer.Bound:0.0000}, joint {(double)answer.Cost / answer.Bound:0.0000} of our own bound");
        }
    }
}

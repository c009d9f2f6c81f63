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
        var samples = new WindowSamples(options.Data, options.Number("--seed", 1, least: int.MinValue));
        var (windows, items) = (options.Number("--windows", 10), options.Number("--items", 20));
        var (seconds, packings) = (options.Number("--limit", 20), options.Number("--packings", JointAssignment.MostPackings));
        var rows = new List<Row>();
        var all = new List<Outcome>();
        // The first calls pay for compiling.
        Measure(samples.Draw(WorkKind.Gangs, WhyKind.Region, items, 0.6), 1, packings);
        foreach (var kind in Enum.GetValues<WorkKind>())
            foreach (var why in Enum.GetValues<WhyKind>())
                foreach (var (room, share) in Rooms)
                {
                    var outcomes = Enumerable.Range(0, windows).Select(_ => Measure(samples.Draw(kind, why, items, share), seconds, packings)).ToList();
                    all.AddRange(outcomes);
                    var name = $"{kind}, {why}, {room}".ToLowerInvariant();
                    rows.Add(new($"{name}: above optimum", "%", Above(outcomes.Average(o => o.Joint)), Above(outcomes.Average(o => o.Greedy)), Note(outcomes)));
                    Console.Error.WriteLine($"{name}: joint {outcomes.Average(o => o.Joint):0.00000} of the optimum, greedy {outcomes.Average(o => o.Greedy):0.0000}");
                }
        rows.AddRange(Summary(all, samples.FromTraces ? "sizes and run times from openb and Philly" : "made-up sizes (give --data)"));
        rows.AddRange(Large(samples));
        return Task.FromResult<IReadOnlyList<Row>>(rows);
    }

    private static Outcome Measure(Window window, int seconds, int packings)
    {
        var start = Stopwatch.GetTimestamp();
        var (_, greedy) = GreedyAssignment.Solve(window);
        var greedyMs = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        start = Stopwatch.GetTimestamp();
        var joint = JointAssignment.Solve(window, packings);
        var jointMs = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        start = Stopwatch.GetTimestamp();
        var (cost, bound) = ExactWindow.Solve(window, seconds);
        var exactMs = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        if (joint.Cost < bound || joint.Bound > cost) throw new InvalidOperationException($"joint {joint.Cost} (bound {joint.Bound}), exact {cost} (bound {bound})");
        // Where it was not proven in time, against the bound: never better than it is.
        return new(Over(greedy), Over(joint.Cost), cost == bound, greedyMs, jointMs, exactMs, joint.Gain, greedy - bound);

        double Over(long of) => (double)of / bound;
    }

    private static double Above(double ratio) => 100 * (ratio - 1);

    private static string Note(List<Outcome> outcomes) =>
        $"reference: greedy; p95 {Above(Percentile(outcomes, 0.95)):0.00}, max {Above(outcomes.Max(o => o.Joint)):0.00}; {outcomes.Count(o => o.Proven)} of {outcomes.Count} proven";

    private static double Percentile(List<Outcome> outcomes, double share) =>
        outcomes.Select(o => o.Joint).Order().ElementAt((int)Math.Min(outcomes.Count - 1, outcomes.Count * share));

    private static IEnumerable<Row> Summary(List<Outcome> all, string source)
    {
        var greedy = all.Select(o => o.Greedy).Order().ToList();
        yield return new("joint above the optimum, mean of all", "%", Above(all.Average(o => o.Joint)), 2, "aim: within 2 %; " + source);
        yield return new("joint above the optimum, p95", "%", Above(Percentile(all, 0.95)), null, $"{all.Count} windows, {all.Count(o => o.Proven)} proven; the others against the bound");
        yield return new("joint above the optimum, max", "%", Above(all.Max(o => o.Joint)), null, $"{all.Count(o => o.Joint > 1.02)} of {all.Count} windows above 2 %");
        yield return new("greedy above the optimum, mean of all", "%", Above(greedy.Average()), null, $"p95 {Above(greedy[(int)(greedy.Count * 0.95)]):0.0}, max {Above(greedy[^1]):0}");
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

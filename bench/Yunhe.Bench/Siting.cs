using System.Diagnostics;
using Yunhe.Planning.Siting;
using Yunhe.Planning.Tests.Siting;

namespace Yunhe.Bench;

/// <summary>Synthetic instances of national size: how long the proof takes, how far it gets, and what plans without a solver cost beside.</summary>
internal static class Siting
{
    private const double AimSeconds = 60;
    private const double AimGap = 1;

    public static Task<IReadOnlyList<Row>> RunAsync(Options options)
    {
        var (seeds, limit) = (options.Number("--seeds", 5), options.Number("--limit", (int)AimSeconds));
        // The first call pays for loading the solver.
        SitingPlanner.Plan(SyntheticSiting.National(0, years: 1) with { Solver = new() { Gap = 1, TimeLimitSeconds = 5 } }, new());
        var rows = new List<Row>();
        var (times, gaps, nearest, cheapest) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var seed = options.Number("--from", 1); seed <= seeds; seed++)
        {
            var request = SyntheticSiting.National(seed) with { Solver = new() { Gap = 0.01, TimeLimitSeconds = limit } };
            var problem = SitingProblem.Of(request);
            var start = Stopwatch.GetTimestamp();
            using var model = new SitingModel(problem, new());
            model.SetObjective(SitingObjective.Cost);
            var solution = SitingSolver.Solve(model, request.Solver);
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (!solution.HasValues) throw new InvalidOperationException($"seed {seed}: {solution.Outcome}");
            var plan = PlanReading.Read(model, solution, "plan");
            times.Add(seconds);
            gaps.Add(100 * solution.Gap);
            rows.Add(new($"seed {seed}: time to the proof", "s", seconds, AimSeconds, $"aim; gap {100 * solution.Gap:0.00} %, {model.Program.Variables} variables, {model.Program.Integers} whole, {model.Program.Rows} rows"));
            nearest.Add(Over($"seed {seed}: built where demand is", SitingPlanner.Judge(problem, "nearest", NaivePlans.Nearest(problem))));
            cheapest.Add(Over($"seed {seed}: cheapest first", SitingPlanner.Judge(problem, "cheapest first", NaivePlans.Cheapest(problem))));
            Console.Error.WriteLine($"seed {seed}: {seconds:0.0} s, gap {100 * solution.Gap:0.00} %");

            double Over(string name, SitingPlan other)
            {
                var over = 100 * ((other.Totals.NpvCny / plan.Totals.NpvCny) - 1);
                rows.Add(new(name, "% dearer", over, null, $"serves {100 * other.Totals.Served:0.0} %; misses {(other.Missed.Count == 0 ? "nothing" : string.Join("; ", other.Missed))}"));
                return over;
            }
        }
        rows.Add(new("worst time", "s", times.Max(), AimSeconds, "aim"));
        rows.Add(new("worst gap", "%", gaps.Max(), AimGap, "aim"));
        rows.Add(new("built where demand is, mean", "% dearer", nearest.Average(), null, "flows, links and green power at their best; targets not kept"));
        rows.Add(new("cheapest first, mean", "% dearer", cheapest.Average(), null, "the same"));
        return Task.FromResult<IReadOnlyList<Row>>(rows);
    }
}

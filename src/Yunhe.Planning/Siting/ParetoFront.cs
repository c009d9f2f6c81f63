namespace Yunhe.Planning.Siting;

/// <summary>A plan that no other one of the front beats in cost, carbon and latency together.</summary>
public sealed record FrontPoint(double NpvCny, double CarbonKt, double LatencyMs, double Gap, bool IsProven)
{
    /// <summary>Devices built, by accelerator, and MW, by site: what sets it apart.</summary>
    public IReadOnlyDictionary<string, long> Devices { get; init; } = new Dictionary<string, long>();

    public IReadOnlyDictionary<string, double> Mw { get; init; } = new Dictionary<string, double>();
}

/// <summary>The epsilon-constraint method: the cheapest plan below each of so many caps on carbon, on latency, and on both.</summary>
internal static class ParetoFront
{
    private const double Slack = 1.002;

    public static IReadOnlyList<FrontPoint> Find(SitingModel model, Solution start, int points)
    {
        var terms = model.Problem.Request.Solver;
        var (found, values) = (new List<FrontPoint>(), start.Values);

        // 1. How low each can be by itself.
        model.SetObjective(SitingObjective.Cost);
        if (Solve(double.PositiveInfinity, double.PositiveInfinity) is not { } cheapest) return [];
        var carbon = Least(SitingObjective.Carbon, model.Carbon);
        var latency = model.Interactive > 0 ? Least(SitingObjective.Latency, model.Latency) : null;

        // 2. The cheapest below caps between there and the cheapest of all.
        model.SetObjective(SitingObjective.Cost);
        var (carbonCaps, latencyCaps) = (Caps(carbon, cheapest.CarbonKt), Caps(latency, cheapest.LatencyMs));
        foreach (var cap in carbonCaps) Solve(cap, double.PositiveInfinity);
        foreach (var cap in latencyCaps) Solve(double.PositiveInfinity, cap);
        for (var i = 0; i < Math.Min(carbonCaps.Count, latencyCaps.Count); i++) Solve(carbonCaps[i], latencyCaps[i]);
        Cap(double.PositiveInfinity, double.PositiveInfinity);
        return NotDominated(found);

        double? Least(SitingObjective objective, Measure measure)
        {
            Cap(double.PositiveInfinity, double.PositiveInfinity);
            model.SetObjective(objective);
            model.Program.Hint(values);
            var solution = SitingSolver.Solve(model, terms);
            return solution.HasValues ? measure.Of(solution.Values) : null;
        }

        List<double> Caps(double? least, double most) => least is { } low && most > low * Slack
            ? [.. Enumerable.Range(0, points).Select(i => (low * Slack) + ((most - (low * Slack)) * i / points)).Reverse()]
            : [];

        FrontPoint? Solve(double carbonKt, double latencyMs)
        {
            Cap(carbonKt, latencyMs);
            model.Program.Hint(values);
            var solution = SitingSolver.Solve(model, terms);
            if (!solution.HasValues) return null;
            values = solution.Values;
            var point = PointOf(model, solution);
            found.Add(point);
            return point;
        }

        void Cap(double carbonKt, double latencyMs)
        {
            model.Program.SetRow(model.CarbonCap, double.NegativeInfinity, carbonKt - model.Carbon.Constant);
            model.Program.SetRow(model.LatencyCap, double.NegativeInfinity, latencyMs - model.Latency.Constant);
        }
    }

    /// <summary>Without those that another one equals or beats in everything, by cost.</summary>
    internal static IReadOnlyList<FrontPoint> NotDominated(IReadOnlyList<FrontPoint> points)
    {
        var front = new List<FrontPoint>();
        foreach (var point in points.OrderBy(p => p.NpvCny).ThenBy(p => p.CarbonKt).ThenBy(p => p.LatencyMs))
            if (!front.Any(f => f.CarbonKt <= point.CarbonKt && f.LatencyMs <= point.LatencyMs)) front.Add(point);
        return front;
    }

    private static FrontPoint PointOf(SitingModel model, Solution solution)
    {
        var plan = PlanReading.Read(model, solution, "");
        var builds = plan.Years.SelectMany(y => y.Builds).ToList();
        return new(plan.Totals.NpvCny, plan.Totals.CarbonKt, plan.Totals.LatencyMs ?? 0, plan.Gap, plan.Status == PlanStatus.Proven)
        {
            Devices = Sums(builds, b => b.Accelerator, b => b.Sum(x => x.Devices)),
            Mw = Sums(builds, b => b.Site, b => b.Sum(x => x.Mw)),
        };
    }

    private static SortedDictionary<string, T> Sums<T>(List<Build> builds, Func<Build, string> key, Func<IEnumerable<Build>, T> sum) =>
        new(builds.GroupBy(key).ToDictionary(g => g.Key, g => sum(g)), StringComparer.Ordinal);
}

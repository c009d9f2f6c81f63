namespace Yunhe.Planning.Siting;

/// <summary>
/// The same demand, with all that one kind of hardware can run on it alone (and on what stands already); its supply is not limited, so that
/// <c>EnoughSupply</c> says whether that could be had at all.
/// </summary>
public sealed record OneKind(string Accelerator, PlanStatus Status)
{
    public double? NpvCny { get; init; }

    /// <summary>Over the plan's; 1.2: a fifth dearer.</summary>
    public double? OverPlan { get; init; }

    public double? CarbonKt { get; init; }

    public double? EnergyGwh { get; init; }

    public long Devices { get; init; }

    public double Gap { get; init; }

    public bool EnoughSupply { get; init; }

    /// <summary>Classes of demand that it can't run, which stay on others.</summary>
    public IReadOnlyList<string> Others { get; init; } = [];

    /// <summary>Devices of it in the plan's own mix.</summary>
    public long InPlan { get; init; }
}

internal static class AcceleratorMixes
{
    public static IReadOnlyList<OneKind> Find(SitingProblem problem, SitingPlan plan) =>
        [.. Enumerable.Range(0, problem.Hardware.Count).Select(a => Alone(problem, plan, a))];

    private static OneKind Alone(SitingProblem problem, SitingPlan plan, int a)
    {
        var kind = problem.Hardware[a];
        var others = Enumerable.Range(0, problem.Classes.Count).Where(c => kind.Delivered[c] <= 0)
            .Select(c => $"{problem.Classes[c].Kind} {problem.Classes[c].Type}".ToLowerInvariant()).ToList();
        var inPlan = DevicesOf(plan, kind.Name);
        if (others.Count == problem.Classes.Count) return new(kind.Name, PlanStatus.Infeasible) { Others = others, InPlan = inPlan };
        using var model = new SitingModel(problem, new() { Only = a, HasSupplyLimits = false });
        model.SetObjective(problem.Request.Objective);
        var solution = SitingSolver.Solve(model, problem.Request.Solver);
        if (!solution.HasValues) return new(kind.Name, solution.Outcome == SolveOutcome.Infeasible ? PlanStatus.Infeasible : PlanStatus.NothingFound) { Others = others, InPlan = inPlan };
        var alone = PlanReading.Read(model, solution, kind.Name);
        return new(kind.Name, alone.Status)
        {
            NpvCny = alone.Totals.NpvCny,
            OverPlan = alone.Totals.NpvCny / plan.Totals.NpvCny,
            CarbonKt = alone.Totals.CarbonKt,
            EnergyGwh = alone.Totals.EnergyGwh,
            Devices = DevicesOf(alone, kind.Name),
            Gap = alone.Gap,
            EnoughSupply = alone.Years.Select((y, t) => y.Builds.Where(b => b.Accelerator == kind.Name).Sum(b => b.Devices) <= kind.SupplyIn(t)).All(b => b),
            Others = others,
            InPlan = inPlan,
        };
    }

    private static long DevicesOf(SitingPlan plan, string name) => plan.Years.SelectMany(y => y.Builds).Where(b => b.Accelerator == name).Sum(b => b.Devices);
}

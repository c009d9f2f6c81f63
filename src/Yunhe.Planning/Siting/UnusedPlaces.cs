namespace Yunhe.Planning.Siting;

/// <summary>A candidate where the plan builds nothing, and why. Money in CNY; what does not apply is null or empty.</summary>
public sealed record UnusedPlace(string Site)
{
    /// <summary>
    /// What a plan that has to build at least one block there (and to open the place, where nothing stands) comes to more, in the objective and net present
    /// value: one relaxation less the other, so about. Null: no plan can build there, or the objective is not cost.
    /// </summary>
    public double? ExtraNpvCny { get; init; }

    /// <summary>The same over the objective, whichever it is; 0.01: 1 % worse. Null: no plan can build there.</summary>
    public double? ExtraShare { get; init; }

    /// <summary>It is no worse than the plan's own gap: a plan that builds there may be as good.</summary>
    public bool IsWithinGap { get; init; }

    /// <summary>What has to be paid before the first block.</summary>
    public double OpeningCny { get; init; }

    /// <summary>Of the hardware that the plan builds most of (by devices) and that may stand there: its cost for each busy hour there, as busy as where that is least.</summary>
    public string? Accelerator { get; init; }

    public double? CnyPerDeviceHour { get; init; }

    /// <summary>Where the plan builds that hardware and the same costs least.</summary>
    public string? CheapestSite { get; init; }

    public double? CheapestCnyPerDeviceHour { get; init; }

    /// <summary>Demands that it is too far from.</summary>
    public IReadOnlyList<string> TooFar { get; init; } = [];

    /// <summary>Limits of the request that forbid a block there.</summary>
    public IReadOnlyList<string> Excluded { get; init; } = [];

    /// <summary>The above in a sentence.</summary>
    public required string Why { get; init; }
}

/// <summary>Why the plan passes places over, told from the same program: it is solved again, without whole numbers, with a block forced to each.</summary>
internal static class UnusedPlaces
{
    private const double Seconds = 10;

    public static IReadOnlyList<UnusedPlace> Find(SitingModel model, SitingPlan plan)
    {
        var built = plan.Years.SelectMany(y => y.Builds).Select(b => b.Site).ToHashSet(StringComparer.Ordinal);
        var passed = Enumerable.Range(0, model.Problem.Candidates.Count).Where(s => !built.Contains(model.Problem.Candidates[s].Name)).ToList();
        if (passed.Count == 0) return [];
        var free = model.Program.Relax(Seconds);
        return [.. passed.Select(s => Of(model, plan, s, free))];
    }

    private static UnusedPlace Of(SitingModel model, SitingPlan plan, int s, Solution free)
    {
        var (problem, site) = (model.Problem, model.Problem.Candidates[s]);
        var place = Compared(problem, plan, s) with
        {
            OpeningCny = site.IsOpen ? 0 : site.Spec.OpeningCny,
            TooFar = [.. problem.Demand.Where(d => d.Spec.LatencyMs is { } most && problem.RttMs[d.Place, s] > most).Select(d => d.Name)],
        };
        if (Forbidden(model, s) is { } limit) return Told(place with { Excluded = [limit] }, problem);
        var forced = WithBlock(model, s);
        if (forced.Outcome == SolveOutcome.Infeasible) return Told(place with { Excluded = ["targets, budgets and supply together"] }, problem);
        if (!free.HasValues || !forced.HasValues) return Told(place, problem);
        var extra = Math.Max(0, forced.Objective - free.Objective);
        var share = extra / Math.Max(1e-9, Math.Abs(free.Objective));
        return Told(
            place with { ExtraShare = share, ExtraNpvCny = problem.Request.Objective == SitingObjective.Cost ? extra * 1e6 : null, IsWithinGap = share <= Math.Max(plan.Gap, problem.Request.Solver.Gap) }, problem);
    }

    /// <summary>The hardware that the plan builds most of, there and where it is cheapest.</summary>
    private static UnusedPlace Compared(SitingProblem problem, SitingPlan plan, int s)
    {
        var place = new UnusedPlace(problem.Candidates[s].Name) { Why = "" };
        var most = plan.Years.SelectMany(y => y.Builds).GroupBy(b => b.Accelerator).OrderByDescending(g => g.Sum(b => b.Devices)).ThenBy(g => g.Key, StringComparer.Ordinal).FirstOrDefault();
        if (most is null) return place;
        var (kind, where) = (problem.Hardware.Single(h => h.Name == most.Key), most.Select(b => b.Site).ToHashSet(StringComparer.Ordinal));
        var cheapest = plan.Years[^1].Standing.Where(x => x.Accelerator == kind.Name && where.Contains(x.Site)).OrderBy(x => x.CnyPerDeviceHour).ThenBy(x => x.Site, StringComparer.Ordinal).FirstOrDefault();
        return cheapest is null ? place : place with
        {
            Accelerator = kind.Name,
            CnyPerDeviceHour = PlanReading.DeviceHour(problem, problem.Candidates[s], kind, cheapest.Busy),
            CheapestSite = cheapest.Site,
            CheapestCnyPerDeviceHour = cheapest.CnyPerDeviceHour,
        };
    }

    /// <summary>The limit of the candidate itself that leaves no room for any block; null: there is some.</summary>
    private static string? Forbidden(SitingModel model, int s)
    {
        var (problem, site) = (model.Problem, model.Problem.Candidates[s]);
        if (Blocks(model, s).Any()) return null;
        return site.Spec.BuildYears >= problem.Years ? $"candidates[{s}].build_years: {site.Spec.BuildYears}, and the plan ends after {problem.Years}"
            : FormattableString.Invariant($"candidates[{s}].max_mw: {Math.Max(0, site.Spec.MaxMw - model.ExistingMw(s)):0.##} MW are left, and the smallest block takes {problem.Hardware.Min(h => h.BlockMw):0.##}");
    }

    private static Solution WithBlock(SitingModel model, int s)
    {
        var row = model.Program.AddRow(1, double.PositiveInfinity);
        foreach (var v in Blocks(model, s)) model.Program.AddTerm(row, v, 1);
        var open = model.Opens[s, model.Problem.Years - 1];
        if (open >= 0) model.Program.SetBounds(open, 1, 1);
        var solution = model.Program.Relax(Seconds);
        if (open >= 0) model.Program.SetBounds(open, 0, 1);
        model.Program.SetRow(row, double.NegativeInfinity, double.PositiveInfinity);
        return solution;
    }

    private static IEnumerable<int> Blocks(SitingModel model, int s) =>
        from a in Enumerable.Range(0, model.Problem.Hardware.Count) from t in Enumerable.Range(0, model.Problem.Years) where model.Blocks[s, a, t] >= 0 && model.Halls[s, t] >= 0 select model.Blocks[s, a, t];

    private static UnusedPlace Told(UnusedPlace place, SitingProblem problem)
    {
        var parts = new List<string>();
        if (place.Excluded.Count > 0) parts.Add($"excluded by {string.Join(", ", place.Excluded)}");
        else if (place.ExtraShare is { } share)
        {
            var worse = place.ExtraNpvCny is < 5e5 ? "less than 0.5 M¥ dearer" : place.ExtraNpvCny is { } cny ? FormattableString.Invariant($"about {cny / 1e6:#,0} M¥ dearer ({100 * share:0.##} %)") : FormattableString.Invariant($"about {100 * share:0.##} % worse");
            parts.Add($"with a block there the plan is {worse}{(place.IsWithinGap ? ", within its gap: a plan that builds there may be as good" : "")}");
        }
        if (place.OpeningCny > 0) parts.Add(FormattableString.Invariant($"opening it costs {place.OpeningCny / 1e6:#,0} M¥"));
        if (place is { CnyPerDeviceHour: { } here, CheapestCnyPerDeviceHour: { } there })
            parts.Add(FormattableString.Invariant($"a busy hour of {place.Accelerator} costs {here:0.00} ¥ there and {there:0.00} ¥ at {place.CheapestSite}"));
        if (place.TooFar.Count > 0) parts.Add($"too far for {place.TooFar.Count} of {problem.Demand.Count(d => d.Spec.LatencyMs is not null)} demands with a latency");
        return place with { Why = string.Join("; ", parts) };
    }
}

using System.Globalization;

namespace Yunhe.Planning.Siting;

/// <summary>One of the things asked for that can't hold together. <c>Mend</c>: the least that it alone would have to give, where that can be said.</summary>
public sealed record Conflict(string Limit, string? Mend);

/// <summary>
/// An irreducible infeasible subset by the deletion filter (Chinneck and Dravnieks, 1991), over what people ask for instead of over rows:
/// each is let go in turn, and comes back where the rest can be done without it.
/// </summary>
internal static class ConflictSearch
{
    private const double SecondsEach = 20;

    /// <returns>The conflicting ones, and whether it is certain that any one of them could be let go (false: a search in between ran out of time).</returns>
    public static (IReadOnlyList<Conflict> Conflicts, bool IsIrreducible) Find(SitingProblem problem)
    {
        using var model = new SitingModel(problem, new() { KeepsForbidden = true });
        model.SetObjective(0, 0, 0);
        var groups = model.Groups.Where(g => g.Rows.Count + g.Bounds.Count > 0).OrderBy(Importance).ToList();
        var relaxed = model.Program.Relax(SecondsEach).Outcome == SolveOutcome.Infeasible;
        Solution Try() => relaxed ? model.Program.Relax(SecondsEach) : model.Program.Solve(new() { Gap = 1, TimeLimitSeconds = SecondsEach });
        var (core, certain) = (new List<LimitGroup>(), true);
        foreach (var group in groups)
        {
            Set(model, group, isLoose: true);
            var outcome = Try().Outcome;
            certain &= outcome != SolveOutcome.Unknown;
            if (outcome == SolveOutcome.Infeasible) continue;
            Set(model, group, isLoose: false);
            core.Add(group);
        }
        return ([.. core.Select(g => new Conflict(g.Name, Mend(model, g)))], certain && core.Count > 0);
    }

    /// <summary>What is let go first is named last: budgets and targets are what people can change.</summary>
    private static int Importance(LimitGroup group) => group.Name switch
    {
        var n when n.StartsWith("demand", StringComparison.Ordinal) && !n.Contains("latency_ms", StringComparison.Ordinal) => 0,
        var n when n.StartsWith("candidates", StringComparison.Ordinal) => 1,
        var n when n.StartsWith("times", StringComparison.Ordinal) => 2,
        var n when n.StartsWith("accelerators", StringComparison.Ordinal) => 3,
        var n when n.StartsWith("demand", StringComparison.Ordinal) => 4,
        var n when n.StartsWith("budgets", StringComparison.Ordinal) => 5,
        _ => 6,
    };

    private static void Set(SitingModel model, LimitGroup group, bool isLoose)
    {
        foreach (var (row, least, most, looseLeast, looseMost) in group.Rows) model.Program.SetRow(row, isLoose ? looseLeast : least, isLoose ? looseMost : most);
        foreach (var (variable, most, looseMost) in group.Bounds) model.Program.SetBounds(variable, 0, isLoose ? looseMost : most);
    }

    /// <summary>With everything else as asked, how much the amounts of this one alone would have to give, all by the same share; of shares nothing is said.</summary>
    private static string? Mend(SitingModel model, LimitGroup group)
    {
        if (group.Bounds.Count > 0 || group.Name.Contains("share", StringComparison.Ordinal)) return null;
        var bounds = group.Rows.Select(r => double.IsFinite(r.Least) ? r.Least : r.Most).ToList();
        if (bounds.Any(b => !(b > 0))) return null;
        var slack = model.Program.AddVariable(1e6);
        for (var i = 0; i < bounds.Count; i++) model.Program.AddTerm(group.Rows[i].Row, slack, double.IsFinite(group.Rows[i].Least) ? bounds[i] : -bounds[i]);
        var by = new double[model.Program.Variables];
        by[slack] = 1;
        model.Program.SetObjective(by, 0);
        var least = model.Program.Relax(SecondsEach);
        model.Program.SetObjective(new double[model.Program.Variables], 0);
        model.Program.SetBounds(slack, 0, 0);
        if (!least.HasValues || least.Objective < 1e-6) return null;
        var isFloor = double.IsFinite(group.Rows[0].Least);
        var share = least.Objective.ToString("0.#%", CultureInfo.InvariantCulture).Replace("%", " %", StringComparison.Ordinal);
        return isFloor ? $"at least {share} less" : $"at least {share} more";
    }
}

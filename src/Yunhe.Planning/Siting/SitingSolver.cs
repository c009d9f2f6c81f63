namespace Yunhe.Planning.Siting;

/// <summary>
/// Solves in stages, since whole lanes are many and cheap: (1) everything but the lanes whole, which bounds the cost from below; (2) what is
/// built fixed, and the lanes whole; (3) only where that is not within the gap of the bound, all at once from there.
/// </summary>
internal static class SitingSolver
{
    public static Solution Solve(SitingModel model, SolverTerms terms)
    {
        var lanes = Used(model.Lanes);
        if (lanes.Count == 0) return model.Program.Solve(terms);

        // 1. Lanes may be parts.
        foreach (var v in lanes) model.Program.SetWhole(v, false);
        var first = model.Program.Solve(terms with { Gap = terms.Gap / 2, TimeLimitSeconds = terms.TimeLimitSeconds * 0.6 });
        foreach (var v in lanes) model.Program.SetWhole(v, true);
        if (first.Outcome == SolveOutcome.Infeasible) return first;
        var left = terms.TimeLimitSeconds - first.Seconds;
        if (!first.HasValues) return model.Program.Solve(terms with { TimeLimitSeconds = Math.Max(1, left) });

        // 2. The lanes of what that builds.
        var bound = first.Bound;
        var upper = Fix(model, first.Values);
        var second = LaneRounding.Find(model, Math.Max(1, left * 0.25));
        if (!second.HasValues || !Within(second.Objective, bound, terms.Gap))
        {
            model.Program.Hint(second.HasValues ? second.Values : first.Values);
            var searched = model.Program.Solve(terms with { Gap = terms.Gap / 4, TimeLimitSeconds = Math.Max(1, (left - second.Seconds) * 0.5) });
            var spent = second.Seconds + searched.Seconds;
            second = (searched.HasValues && (!second.HasValues || searched.Objective < second.Objective) ? searched : second) with { Seconds = spent };
        }
        foreach (var (variable, most) in upper) model.Program.SetBounds(variable, 0, most);
        if (second.HasValues && Within(second.Objective, bound, terms.Gap)) return second with { Outcome = SolveOutcome.Solved, Bound = bound };

        // 3. All at once.
        left = Math.Max(1, left - second.Seconds);
        model.Program.Hint(second.HasValues ? second.Values : first.Values);
        var third = model.Program.Solve(terms with { TimeLimitSeconds = left });
        bound = Math.Max(bound, third.Bound);
        var best = third.HasValues && (!second.HasValues || third.Objective <= second.Objective) ? third : second;
        if (!best.HasValues) return third;
        return best with { Outcome = Within(best.Objective, bound, terms.Gap) ? SolveOutcome.Solved : SolveOutcome.TimeLimit, Bound = bound };
    }

    /// <summary>Holds what is built as in <paramref name="values"/>.</summary>
    /// <returns>What it was held below before.</returns>
    private static List<(int Variable, double Most)> Fix(SitingModel model, double[] values)
    {
        var upper = Used(model.Blocks).Concat(Used(model.Opens)).Select(v => (v, model.Program.Upper(v))).ToList();
        foreach (var (v, _) in upper) model.Program.SetBounds(v, Math.Round(values[v]), Math.Round(values[v]));
        return upper;
    }

    private static bool Within(double objective, double bound, double gap) => objective - bound <= gap * Math.Max(1e-9, Math.Abs(objective));

    private static List<int> Used(Array variables) => [.. variables.Cast<int>().Where(v => v >= 0)];
}

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
        var second = SolveFixed(model, first.Values, terms with { Gap = terms.Gap / 4, TimeLimitSeconds = Math.Max(1, left * 0.5) });
        var bound = first.Bound;
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

    /// <summary>With what is built as in <paramref name="values"/>; openings follow.</summary>
    public static Solution SolveFixed(SitingModel model, double[] values, SolverTerms terms)
    {
        var whole = Used(model.Blocks).Concat(Used(model.Opens)).ToList();
        var upper = whole.Select(model.Program.Upper).ToList();
        foreach (var v in whole) model.Program.SetBounds(v, Math.Round(values[v]), Math.Round(values[v]));
        model.Program.Hint(values);
        var solution = model.Program.Solve(terms);
        for (var i = 0; i < whole.Count; i++) model.Program.SetBounds(whole[i], 0, upper[i]);
        return solution;
    }

    private static bool Within(double objective, double bound, double gap) => objective - bound <= gap * Math.Max(1e-9, Math.Abs(objective));

    private static List<int> Used(Array variables) => [.. variables.Cast<int>().Where(v => v >= 0)];
}

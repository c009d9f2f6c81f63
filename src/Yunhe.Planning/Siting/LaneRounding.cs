namespace Yunhe.Planning.Siting;

/// <summary>
/// Whole lanes for what is built, without a search: lanes in parts are rounded up, and then priced at what each part of them has come to, so that
/// the next round gathers flows on fewer (dynamic slope scaling, Kim and Pardalos 1999). What is built has to be fixed.
/// </summary>
internal static class LaneRounding
{
    private const int Rounds = 6;
    private const double Used = 1e-6;

    /// <returns>The best of all rounds; its bound is the relaxation's.</returns>
    public static Solution Find(SitingModel model, double seconds)
    {
        var program = model.Program;
        var lanes = model.Lanes.Cast<int>().Where(v => v >= 0).ToList();
        var prices = lanes.Select(program.ObjectiveOf).ToList();
        Solution? best = null;
        var (bound, spent) = (double.NegativeInfinity, 0.0);
        for (var round = 0; round < Rounds && (best is null || spent < seconds); round++)
        {
            var parts = program.Relax(Math.Max(1, seconds - spent));
            spent += parts.Seconds;
            if (!parts.HasValues)
            {
                best ??= parts;
                break;
            }
            for (var i = 0; i < lanes.Count; i++) program.SetObjectiveOf(lanes[i], prices[i]);
            if (round == 0) bound = parts.Objective;

            // 1. Rounded up they always do, at their own prices.
            var values = (double[])parts.Values.Clone();
            foreach (var lane in lanes) values[lane] = Math.Ceiling(values[lane] - Used);
            var objective = program.Evaluate(values);
            if (best is null || objective < best.Objective) best = new(SolveOutcome.TimeLimit, objective, bound, values);

            // 2. What is left nearly empty is dear in the next round.
            for (var i = 0; i < lanes.Count; i++)
                if (parts.Values[lanes[i]] is > Used and var part) program.SetObjectiveOf(lanes[i], prices[i] * Math.Ceiling(part - Used) / part);
        }
        for (var i = 0; i < lanes.Count; i++) program.SetObjectiveOf(lanes[i], prices[i]);
        return best! with { Seconds = spent };
    }
}

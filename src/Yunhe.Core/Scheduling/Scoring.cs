using System.Globalization;

namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Workloads;

/// <summary>
/// Puts feasible candidates in order: by the objective, then by what the objective leaves open, then by name, so that the order is total.
/// A score is a ratio to the best of all candidates (1 = best); "balanced" is the mean of the ratios of money, time and carbon.
/// </summary>
internal static class Scoring
{
    public static IReadOnlyList<Candidate> Rank(IReadOnlyList<Candidate> feasible, WorkloadSpec spec, string? avoid)
    {
        if (feasible.Count == 0) return [];
        // Rather there again than wait for another.
        if (!feasible.Any(c => c.FreeNow && c.Site != avoid)) avoid = null;
        var money = new Ratio(feasible.Select(c => (double)c.Cost.Micros));
        var time = new Ratio(feasible.Select(c => c.FinishIn.TotalSeconds));
        var carbon = new Ratio(feasible.Select(c => (double)c.Carbon.Milligrams));
        var ranked = feasible
            .Select(c => c with { Score = Score(spec.Objective, money.Of(c.Cost.Micros), time.Of(c.FinishIn.TotalSeconds), carbon.Of(c.Carbon.Milligrams)) })
            .OrderBy(c => c.Site == avoid)
            .ThenBy(c => spec.Ordered ? c.Alternative : 0)
            .ThenBy(c => c.Score)
            .ThenBy(c => c.FinishIn)
            .ThenBy(c => c.Cost)
            .ThenBy(c => c.Carbon)
            .ThenBy(c => c.Site, StringComparer.Ordinal)
            .ToList();
        for (var i = 1; i < ranked.Count; i++) ranked[i] = ranked[i] with { LostBecause = WhyLost(ranked[i], ranked[0], spec, avoid) };
        return ranked;
    }

    private static double Score(Objective objective, double money, double time, double carbon) => objective switch
    {
        Objective.Cost => money,
        Objective.Time => time,
        Objective.Carbon => carbon,
        _ => (money + time + carbon) / 3,
    };

    private static string WhyLost(Candidate loser, Candidate winner, WorkloadSpec spec, string? avoid)
    {
        if (loser.Site == avoid) return "it has just failed there";
        if (spec.Ordered && loser.Alternative > winner.Alternative) return $"only a later alternative (number {loser.Alternative + 1}) fits";
        var dearer = Compare("costs", (double)loser.Cost.ToDecimal(), (double)winner.Cost.ToDecimal(), "¥", winner.Site);
        var dirtier = Compare("emits", loser.Carbon.Grams, winner.Carbon.Grams, "gCO2e ", winner.Site);
        var later = loser.FinishIn - winner.FinishIn is { TotalSeconds: >= 0.05 } more
            ? string.Create(CultureInfo.InvariantCulture, $"would finish {more.TotalSeconds:0.#} s later than {winner.Site}") : "";
        var reasons = spec.Objective switch
        {
            Objective.Cost => [dearer, later, dirtier],
            Objective.Time => [later, dearer, dirtier],
            Objective.Carbon => [dirtier, later, dearer],
            _ => new[] { dearer, later, dirtier },
        };
        var shown = reasons.Where(r => r.Length > 0).Take(spec.Objective == Objective.Balanced ? 3 : 1).ToList();
        return shown.Count > 0 ? string.Join("; ", shown) : $"equal to {winner.Site}; the name decides";
    }

    private static string Compare(string verb, double mine, double best, string unit, string site) =>
        mine <= best ? ""
        : best <= 0 ? string.Create(CultureInfo.InvariantCulture, $"{verb} {unit}{mine:0.####}, {site} nothing")
        : string.Create(CultureInfo.InvariantCulture, $"{verb} {mine / best:0.##} times what {site} does ({unit}{mine:0.####} against {unit}{best:0.####})");

    /// <summary>Ratio to the smallest; a hundredth of the largest is added to both, so that a smallest of zero does not decide alone.</summary>
    private sealed class Ratio
    {
        private readonly double smallest;
        private readonly double floor;

        public Ratio(IEnumerable<double> values)
        {
            var all = values.ToList();
            smallest = all.Min();
            floor = all.Max() / 100;
        }

        public double Of(double value) => floor > 0 ? (value + floor) / (smallest + floor) : 1;
    }
}

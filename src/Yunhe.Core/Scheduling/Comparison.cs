using System.Globalization;

namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Workloads;

/// <summary>Says in words what one candidate has against another.</summary>
internal static class Comparison
{
    public static string WhyLost(Candidate loser, Candidate winner, Decision decision)
    {
        if (loser.Site == decision.Avoided) return "it has just failed there";
        if (decision.Ordered && loser.Alternative > winner.Alternative) return $"only a later alternative (number {loser.Alternative + 1}) fits";
        var dearer = Compare("costs", (double)loser.Cost.ToDecimal(), (double)winner.Cost.ToDecimal(), "¥", winner.Site);
        var dirtier = Compare("emits", loser.Carbon.Grams, winner.Carbon.Grams, "gCO2e ", winner.Site);
        var later = loser.FinishIn - winner.FinishIn is { TotalSeconds: >= 0.05 } more
            ? string.Create(CultureInfo.InvariantCulture, $"would finish {more.TotalSeconds:0.#} s later than {winner.Site}") : "";
        var reasons = decision.Objective switch
        {
            Objective.Cost => [dearer, later, dirtier],
            Objective.Time => [later, dearer, dirtier],
            Objective.Carbon => [dirtier, later, dearer],
            _ => new[] { dearer, later, dirtier },
        };
        var shown = reasons.Where(r => r.Length > 0).Take(decision.Objective == Objective.Balanced ? 3 : 1).ToList();
        return shown.Count > 0 ? string.Join("; ", shown)
            : loser.Packing > winner.Packing ? $"equal to {winner.Site}, which it leaves more room for others"
            : $"equal to {winner.Site}; the name decides";
    }

    private static string Compare(string verb, double mine, double best, string unit, string site) =>
        mine <= best ? ""
        : best <= 0 ? string.Create(CultureInfo.InvariantCulture, $"{verb} {unit}{mine:0.####}, {site} nothing")
        : string.Create(CultureInfo.InvariantCulture, $"{verb} {mine / best:0.##} times what {site} does ({unit}{mine:0.####} against {unit}{best:0.####})");
}

using System.Globalization;

namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Accounts;
using Yunhe.Core.Workloads;

/// <summary>
/// Whether a workload that could start is better held back for hours in which the site that it would go to is cheaper, or cleaner: only
/// where its user allows a wait, and only for a gain that is worth it.
/// </summary>
internal static class HoldBack
{
    /// <summary>A smaller share of the price, or of the carbon, is not waited for.</summary>
    private const decimal LeastGain = 0.01m;

    /// <summary>What is left before a deadline, so that a start a little later than planned still meets it: a tenth of the length, but so much at least.</summary>
    private static readonly TimeSpan LeastMargin = TimeSpan.FromMinutes(5);

    /// <param name="workload">None of it has begun.</param>
    /// <param name="best">Where it would go.</param>
    /// <param name="terms">What it would be charged by there.</param>
    /// <param name="now">The time.</param>
    /// <returns>Until when, and what is gained, for people; null: it starts as soon as it can.</returns>
    public static (DateTimeOffset Until, string Why)? Until(Workload workload, Candidate best, Terms terms, DateTimeOffset now)
    {
        var spec = workload.Spec;
        if (spec.MaxWait is not { } maxWait || spec.Objective is not (Objective.Cost or Objective.Carbon)) return null;
        if ((spec.Objective == Objective.Cost ? terms.Tariff : terms.CarbonByHour) is null) return null;
        var earliest = now + best.WaitP50 + best.Staging;
        var left = (workload.QueuedAt ?? now) + maxWait + best.Staging - earliest;
        var pessimistic = best.Staging + (spec.TimeLimit ?? best.RunTime);
        var margin = pessimistic / 10 > LeastMargin ? pessimistic / 10 : LeastMargin;
        var latest = StartTime.Latest(earliest, pessimistic + margin, spec.Deadline, left > TimeSpan.Zero ? left : TimeSpan.Zero);
        var start = StartTime.Best(spec.Objective, terms.Tariff, terms.CarbonByHour, earliest, latest, best.RunTime);
        if (start - best.Staging <= now) return null;
        var at = HourlyRating.Rate(terms, start, best.RunTime, Rating.AssumedUtilisation);
        var (before, after) = spec.Objective == Objective.Cost ? (best.Cost.Micros, at.Cost.Micros) : (best.Carbon.Milligrams, at.Carbon.Milligrams);
        if (before - after < before * LeastGain || before == after) return null;
        var gain = spec.Objective == Objective.Cost ? $"¥{best.Cost - at.Cost}" : string.Create(CultureInfo.InvariantCulture, $"{(before - after) / 1000m:0.#} g CO2e");
        return (start - best.Staging, $"about {gain} less at {best.Site}");
    }
}

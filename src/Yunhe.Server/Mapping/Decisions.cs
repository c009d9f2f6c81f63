using Yunhe.Contracts;
using Yunhe.Core.Scheduling;

namespace Yunhe.Server.Mapping;

/// <summary>Quotes and decisions.</summary>
internal static class Decisions
{
    public static QuoteView View(Quote quote, IReadOnlyList<string> warnings) => new(
        quote.Id, quote.Decision.At, quote.ValidUntil, quote.Decision.Objective.Word(), quote.Best?.Site, Candidates(quote.Decision))
    {
        Omitted = quote.Decision.Omitted,
        Exclusions = Exclusions(quote.Decision),
        Warnings = warnings,
    };

    public static DecisionView View(Decision decision, string? attempt) =>
        new(decision.At, attempt, decision.Objective.Word(), Candidates(decision))
        {
            Omitted = decision.Omitted,
            Exclusions = Exclusions(decision),
            Together = decision.Together is { } together ? Say(together) : null,
        };

    /// <summary>What is saved is no bill where more start: then it counts what it is worth to them not to wait.</summary>
    public static string Say(Together together) => $"chosen together with {together.Others} others; "
        + (together.More > 0 ? $"{together.More} more start now than one by one" : $"¥{together.Saved} less in all than one by one, each weighed by its objective");

    /// <param name="c">A candidate.</param>
    /// <param name="decision">Which weighed it; null: it stands alone, and no dates are given.</param>
    public static CandidateView View(Candidate c, Decision? decision) => c.Excluded is not null
        ? new() { Site = c.Site, Excluded = c.Excluded }
        : new()
        {
            Site = c.Site,
            Pool = c.Pool.OrNull(),
            FreeNow = c.FreeNow,
            WaitP50Seconds = c.WaitP50.TotalSeconds,
            WaitP90Seconds = c.WaitP90.TotalSeconds,
            StagingSeconds = c.Staging.TotalSeconds,
            RunSeconds = c.RunTime.TotalSeconds,
            Basis = c.Basis.Word(),
            StartAt = decision?.At + c.WaitP50 + c.Staging,
            FinishAt = decision?.At + c.FinishIn,
            Amounts = Words.Amounts(c.Cost, c.Energy, c.Carbon),
            Score = c.Score,
            WaitsFor = c.WaitsFor,
            LostBecause = decision?.LostBecause(c).OrNull(),
        };

    private static List<CandidateView> Candidates(Decision decision) => [.. decision.Candidates.Select(c => View(c, decision))];

    private static List<ExclusionView> Exclusions(Decision decision) => [.. decision.Exclusions.Select(e => new ExclusionView(e.Why, e.Sites, e.Example))];
}

using Yunhe.Contracts;

namespace Yunhe.Cli.Commands;

/// <summary>The table of sites as answers to a workload.</summary>
internal static class Candidates
{
    public static void Write(CommandContext context, IReadOnlyList<CandidateView> candidates, string currency) => context.Table(
        ["SITE", "WAIT P50", "WAIT P90", "STAGING", "RUN", "RUN FROM", "COST", "ENERGY", "CO2E", "WHY"],
        candidates.Select(c => new[]
        {
            c.Site,
            Format.Duration(c.WaitP50Seconds),
            Format.Duration(c.WaitP90Seconds),
            Format.Duration(c.StagingSeconds),
            Format.Duration(c.RunSeconds),
            Format.Text(c.Basis),
            Format.Money(c.Amounts?.Cost, currency),
            Format.Energy(c.Amounts?.EnergyKwh),
            Format.Carbon(c.Amounts?.CarbonG),
            Why(c),
        }));

    private static string Why(CandidateView c) => c.Excluded is { } reason ? $"excluded: {reason}" : string.Join("; ", new[] { c.LostBecause ?? "best", c.WaitsFor }.Where(w => w is not null));
}

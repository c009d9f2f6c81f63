using System.Globalization;
using Yunhe.Contracts;
using Yunhe.Core.Accounts;
using Yunhe.Core.Units;
using Yunhe.Server.Control;
using Yunhe.Server.Http;

namespace Yunhe.Server.Usage;

internal static class UsageEndpoints
{
    private static readonly Dictionary<string, Func<(UsageRecord Used, string Project), string>> Keys = new(StringComparer.Ordinal)
    {
        ["workload"] = u => u.Used.Attempt.Task.Workload.ToString(),
        ["name"] = u => u.Used.WorkloadName,
        ["site"] = u => u.Used.Site,
        ["owner"] = u => u.Used.Owner,
        ["project"] = u => u.Project,
        ["day"] = u => u.Used.EndedAt.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
    };

    public static void MapUsage(this WebApplication app) =>
        app.MapGet(Routes.Usage, ShowAsync).WithTags("Usage").WithName("GetUsage")
            .WithSummary("What attempts that ended from 'from' until before 'to' used, grouped by workload, name, site, owner, project or day")
            .Produces<UsageView>().Produces<ProblemView>(400, "application/problem+json");

    private static async Task<UsageView> ShowAsync(ControlLoop loop, string? by, string? from, string? to, string? owner)
    {
        by ??= "workload";
        if (!Keys.TryGetValue(by, out var key)) throw Problems.Fields(400, [("by", $"must be one of {string.Join(", ", Keys.Keys)}")]);
        var (first, end) = (Queries.Time("from", from), Queries.Time("to", to));
        var records = await loop.ReadAsync(state => state.Usage
            .Where(u => (first is null || u.EndedAt >= first) && (end is null || u.EndedAt < end) && (owner is null || u.Owner == owner))
            .Select(u => (Used: u, state.Workload(u.Attempt.Task.Workload)!.Project))
            .ToList());
        var rows = records.GroupBy(key).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => RowOf(g.Key, [.. g.Select(u => u.Used)])).ToList();
        return new(by, rows, RowOf("total", [.. records.Select(u => u.Used)]));
    }

    private static UsageRow RowOf(string key, IReadOnlyList<UsageRecord> records) => new(
        key,
        records.Count,
        records.Sum(u => u.CoreHours),
        records.Sum(u => u.AcceleratorHours),
        records.Aggregate(Money.Zero, (sum, u) => sum + u.Cost).ToDecimal(),
        records.Aggregate(Energy.Zero, (sum, u) => sum + u.Energy).KWh,
        records.Aggregate(Carbon.Zero, (sum, u) => sum + u.Carbon).Grams);
}

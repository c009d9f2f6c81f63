using System.Globalization;
using Yunhe.Contracts;
using Yunhe.Core.Accounts;
using Yunhe.Core.Scheduling.Reserving;
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

    private static readonly UsageTotal Nothing = new(default, "", "");

    public static void MapUsage(this WebApplication app) =>
        app.MapGet(Routes.Usage, ShowAsync).WithTags("Usage").WithName("GetUsage")
            .WithSummary("What attempts that ended from 'from' until before 'to' used, grouped by workload, name, site, owner, project or day")
            .Produces<UsageView>().Produces<ProblemView>(400, "application/problem+json");

    private static async Task<UsageView> ShowAsync(ControlLoop loop, string? by, string? from, string? to, string? owner)
    {
        by ??= "workload";
        if (!Keys.TryGetValue(by, out var key)) throw Problems.Fields(400, [("by", $"must be one of {string.Join(", ", Keys.Keys)}")]);
        var (first, end) = (Queries.Time("from", from), Queries.Time("to", to));
        var (records, totals, reserved) = await loop.ReadAsync(state => (
            state.Usage.Where(u => (first is null || u.EndedAt >= first) && (end is null || u.EndedAt < end) && (owner is null || u.Owner == owner))
                .Select(u => (Used: u, state.Workload(u.Attempt.Task.Workload)!.Project)).ToList(),
            state.ForgottenUsage.Where(t => LiesIn(t.Day, first, end) && (owner is null || t.Owner == owner)).ToList(),
            state.ReservationUse.Where(r => (first is null || r.To >= first) && (end is null || r.To < end) && (owner is null || r.Owner == owner)).ToList()));
        var rows = records.GroupBy(key).Select(g => (g.Key, Total: g.Aggregate(Nothing, (sum, u) => sum.Plus(u.Used))))
            .Concat(totals.Select(t => (Key: KeyOf(by, t), Total: t)))
            .GroupBy(r => r.Key, r => r.Total).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => (g.Key, Total: g.Aggregate(Nothing, (sum, t) => sum.Plus(t)))).ToList();
        var ofReservations = reserved.ToLookup(r => KeyOf(by, r));
        var shown = rows.ToDictionary(r => r.Key, r => r.Total, StringComparer.Ordinal);
        var keys = shown.Keys.Union(ofReservations.Select(r => r.Key)).Order(StringComparer.Ordinal);
        return new(
            by, [.. keys.Select(k => Plus(RowOf(k, shown.GetValueOrDefault(k) ?? Nothing), ofReservations[k]))],
            Plus(RowOf("total", rows.Aggregate(Nothing, (sum, r) => sum.Plus(r.Total))), reserved));
    }

    /// <summary>Of forgotten workloads only the whole day is known; it counts if it begins in the time asked for.</summary>
    private static bool LiesIn(DateOnly day, DateTimeOffset? first, DateTimeOffset? end)
    {
        var begins = new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero);
        return (first is null || begins >= first) && (end is null || begins < end);
    }

    private static string KeyOf(string by, UsageTotal total) => by switch
    {
        "site" => total.Site,
        "owner" => total.Owner,
        "project" => total.Project,
        "day" => total.Day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        _ => "(not kept any more)",
    };

    /// <summary>A reservation is no workload, and stands by itself where those are asked for.</summary>
    private static string KeyOf(string by, ReservationUse use) => by switch
    {
        "site" => use.Site,
        "owner" => use.Owner,
        "project" => use.Project ?? "(maintenance)",
        "day" => use.To.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        _ => $"(reservation {use.Name})",
    };

    private static UsageRow Plus(UsageRow row, IEnumerable<ReservationUse> uses) => uses.Aggregate(row, (sum, use) => sum with
    {
        Cost = sum.Cost + use.Cost.ToDecimal(),
        ReservedNodeHours = sum.ReservedNodeHours + use.ReservedNodeHours,
        UnusedNodeHours = sum.UnusedNodeHours + use.UnusedNodeHours,
    });

    private static UsageRow RowOf(string key, UsageTotal total) => new(
        key, total.Attempts, total.CoreHours, total.AcceleratorHours, total.Cost.ToDecimal(), total.Energy.KWh, total.Carbon.Grams);
}

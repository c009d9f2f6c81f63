using Yunhe.Contracts.Client;
using Yunhe.Planning.Siting;

namespace Yunhe.Cli.Siting;

/// <summary>Demand from the meter of a running server.</summary>
internal static class MeteredSites
{
    public static async Task<IReadOnlyList<DemandSpec>> ReadAsync(
        Shell shell, YunheClient client, TimeSpan span, DemandKind kind, double growth, OperationTerms operation, CancellationToken cancel)
    {
        var to = shell.Time.GetUtcNow();
        var usage = await client.UsageAsync("site", to - span, to, null, cancel);
        var sites = (await client.SitesAsync(cancel)).ToDictionary(s => s.Site.Name, StringComparer.Ordinal);
        var metered = usage.Rows.Where(r => sites.ContainsKey(r.Key)).Select(r => new MeteredSite(
            r.Key,
            sites[r.Key].Site.City is { Length: > 0 } city ? city : sites[r.Key].Site.Province,
            r.AcceleratorHours,
            r.CoreHours,
            sites[r.Key].Pools.Where(p => p.Accelerator is not null).GroupBy(p => p.Accelerator!)
                .ToDictionary(g => g.Key, g => g.Sum(p => (long)p.Nodes * p.Accelerators)))).ToList();
        foreach (var row in usage.Rows.Where(r => !sites.ContainsKey(r.Key))) shell.Err.WriteLine($"warning: {row.Key} is not a site any more: what it metered is left out");
        var (demand, skipped) = MeteredDemand.Of(metered, span.TotalHours, kind, growth, operation);
        foreach (var why in skipped) shell.Err.WriteLine($"warning: left out: {why}");
        return demand.Count > 0 ? demand : throw new UsageException($"--from-metering: nothing was metered at a known place in the last {span.TotalDays:0.#} days");
    }
}

using Yunhe.Planning.Catalogue;

namespace Yunhe.Planning.Siting;

/// <summary>What a site's meter showed in some time, and what stands there.</summary>
/// <param name="Site">Its name.</param>
/// <param name="City">Its city, or its province where that is all that is known.</param>
/// <param name="AcceleratorHours">Of all its models together: the meter does not tell them apart.</param>
/// <param name="CoreHours">Of work that took no accelerator and of work that did.</param>
/// <param name="Devices">Accelerators by model.</param>
public sealed record MeteredSite(string Site, string City, double AcceleratorHours, double CoreHours, IReadOnlyDictionary<string, long> Devices);

/// <summary>Demand as it was metered: what ran, where it ran. What was refused or went elsewhere for want of room is not seen by any meter.</summary>
public static class MeteredDemand
{
    /// <summary>FP32 of a core with a fused multiply-add on 8 lanes at 3 GHz: 10^12 a second, nominal.</summary>
    private const double CoreTflops = 0.048;

    /// <param name="sites">What was metered.</param>
    /// <param name="hours">Length of the time that was metered.</param>
    /// <param name="kind">What accelerators are taken to have done: the meter does not tell.</param>
    /// <param name="growth">Assumed, a year.</param>
    /// <param name="operation">What share of nominal is delivered.</param>
    /// <returns>Demand in delivered PFLOPS, and what could not be counted and why.</returns>
    public static (IReadOnlyList<DemandSpec> Demand, IReadOnlyList<string> Skipped) Of(
        IReadOnlyList<MeteredSite> sites, double hours, DemandKind kind, double growth, OperationTerms operation)
    {
        var (demand, skipped) = (new List<DemandSpec>(), new List<string>());
        foreach (var site in sites.Where(s => s.AcceleratorHours > 0 || s.CoreHours > 0).OrderBy(s => s.Site, StringComparer.Ordinal))
        {
            if (PlaceOf(site.City) is not { } place)
            {
                skipped.Add($"{site.Site}: its city '{site.City}' is not a place that Yunhe knows (yunhe site add --city)");
                continue;
            }
            var known = site.Devices.Select(d => (Peak: AcceleratorTable.Find(d.Key)?.Peak(DataType.Bf16), Count: d.Value)).Where(d => d.Peak is not null && d.Count > 0).ToList();
            if (site.AcceleratorHours > 0 && known.Count == 0) skipped.Add($"{site.Site}: its accelerators are not in the catalogue: {string.Join(", ", site.Devices.Keys.Order(StringComparer.Ordinal))}");
            if (site.AcceleratorHours > 0 && known.Count > 0)
            {
                var peak = known.Sum(d => d.Peak!.Value * d.Count) / known.Sum(d => d.Count);
                Add(place, kind, DataType.Bf16, site.AcceleratorHours * peak);
            }
            Add(place, DemandKind.General, DataType.Fp32, site.CoreHours * CoreTflops);
        }
        // Sites of one city are one demand.
        return ([.. demand.GroupBy(d => (d.Place, d.Kind, d.DataType)).Select(g => g.First() with { Pflops = g.Sum(d => d.Pflops) })], skipped);

        void Add(string place, DemandKind of, DataType type, double tflopHours)
        {
            if (tflopHours <= 0) return;
            var share = operation.Efficiency.GetValueOrDefault(of, OperationTerms.EfficiencyOf(of));
            demand.Add(new() { Place = place, Kind = of, DataType = type, Pflops = tflopHours / hours / 1000 * share, Growth = growth, Source = "metered by site; kind, nominal rates and growth assumed" });
        }
    }

    /// <summary>A city, or the first city of a province.</summary>
    private static string? PlaceOf(string name) => Places.Find(name)?.Name
        ?? (Places.FindProvince(name) is { } province ? Places.All.FirstOrDefault(p => p.Kind == PlaceKind.City && p.Province == province)?.Name : null);
}

using Yunhe.Core.Network;
using Yunhe.Planning.Catalogue;

namespace Yunhe.Planning.Census;

/// <summary>What the metering of one site says over a time.</summary>
public sealed record SiteHours(string Site, double CoreHours, double AcceleratorHours);

/// <summary>
/// What a site was used for: hours that work held its cores and accelerators over the hours that there were, all its pools taken to have been
/// there the whole time, and the operations that what was held could do at its nominal rate. Null: it has none of that.
/// </summary>
/// <param name="PetaflopHours">By data type, of accelerators in all their types and of cores in FP64; held, not counted in the program.</param>
public sealed record SiteUse(string Site, double CoreHours, double? CoreUtilisation, double AcceleratorHours, double? AcceleratorUtilisation, IReadOnlyList<TypedHours> PetaflopHours);

/// <summary>10^15 operations per second for so many hours, of one data type.</summary>
public sealed record TypedHours(string Type, double PetaflopHours);

/// <summary>Use of all sites over a time.</summary>
public sealed record MeteredUse(DateTimeOffset From, DateTimeOffset To, IReadOnlyList<SiteUse> Sites, SiteUse Total)
{
    public static MeteredUse Of(IReadOnlyList<(Site Site, IReadOnlyList<Pool> Pools)> sites, IReadOnlyList<SiteHours> hours, DateTimeOffset from, DateTimeOffset to)
    {
        var length = (to - from).TotalHours;
        var bySite = hours.GroupBy(h => h.Site, StringComparer.Ordinal).ToDictionary(g => g.Key, g => (Core: g.Sum(h => h.CoreHours), Accelerator: g.Sum(h => h.AcceleratorHours)), StringComparer.Ordinal);
        var rows = sites.OrderBy(s => s.Site.Name, StringComparer.Ordinal).Select(s =>
        {
            var (core, accelerator) = bySite.GetValueOrDefault(s.Site.Name);
            return new SiteUse(s.Site.Name, core, Part(core, Cores(s.Pools) * length), accelerator, Part(accelerator, Accelerators(s.Pools) * length), Delivered(s.Pools, core, accelerator));
        }).ToList();
        var pools = sites.SelectMany(s => s.Pools).ToList();
        return new(from, to, rows, new(
            "total", rows.Sum(r => r.CoreHours), Part(rows.Sum(r => r.CoreHours), Cores(pools) * length),
            rows.Sum(r => r.AcceleratorHours), Part(rows.Sum(r => r.AcceleratorHours), Accelerators(pools) * length),
            [.. rows.SelectMany(r => r.PetaflopHours).GroupBy(h => h.Type, StringComparer.Ordinal).OrderBy(g => RateText.TypeOf(g.Key)).Select(g => new TypedHours(g.Key, g.Sum(h => h.PetaflopHours)))]));
    }

    /// <summary>Accelerators of several models at one site: the hours are spread over them as there are of each.</summary>
    private static IReadOnlyList<TypedHours> Delivered(IReadOnlyList<Pool> pools, double coreHours, double acceleratorHours)
    {
        var (cores, accelerators) = (Cores(pools), Accelerators(pools));
        return [.. Enum.GetValues<DataType>().Select(type => new TypedHours(RateText.Word(type), pools.Sum(p =>
            Part(coreHours * p.Nodes * p.PerNode.Cpus, cores).GetValueOrDefault() * (type == DataType.Fp64 ? SiteFacilities.CoreGigaflops(p, type) ?? 0 : 0) / 1e6
            + Part(acceleratorHours * p.Nodes * p.PerNode.Accelerators, accelerators).GetValueOrDefault() * (SiteFacilities.ModelOf(p)?.Peak(type) ?? 0) / 1e3)))
            .Where(h => h.PetaflopHours > 0)];
    }

    private static double Cores(IEnumerable<Pool> pools) => pools.Sum(p => (double)p.Nodes * p.PerNode.Cpus);

    private static double Accelerators(IEnumerable<Pool> pools) => pools.Sum(p => (double)p.Nodes * p.PerNode.Accelerators);

    private static double? Part(double part, double whole) => whole > 0 ? part / whole : null;
}

using Yunhe.Core.Network;
using Yunhe.Planning.Catalogue;

namespace Yunhe.Planning.Clusters;

/// <summary>The pools of a network's sites as clusters that could host a run.</summary>
public static class SiteClusters
{
    private const int LeastAccelerators = 1;

    /// <summary>Each pool with accelerators becomes one; the others are named with the reason.</summary>
    public static (IReadOnlyList<HostCandidate> Candidates, IReadOnlyList<UnusableHost> Unusable) Of(IEnumerable<Site> sites)
    {
        var (candidates, unusable) = (new List<HostCandidate>(), new List<UnusableHost>());
        foreach (var site in sites.OrderBy(s => s.Name, StringComparer.Ordinal))
        {
            if (site.Drained) unusable.Add(new(site.Name, "it is drained"));
            else if (site.Pools.Count == 0) unusable.Add(new(site.Name, "it declares no pools"));
            else if (site.Pools.All(p => p.PerNode.Accelerators < LeastAccelerators)) unusable.Add(new(site.Name, "it has no accelerators"));
            else
            {
                foreach (var pool in site.Pools.Where(p => p.PerNode.Accelerators >= LeastAccelerators))
                {
                    var name = site.Pools.Count(p => p.PerNode.Accelerators >= LeastAccelerators) > 1 ? $"{site.Name}/{pool.Name}" : site.Name;
                    if (AcceleratorTable.Find(pool.Accelerator ?? "") is { } accelerator) candidates.Add(Candidate(site, pool, accelerator, name));
                    else unusable.Add(new(name, ClusterSpec.Unknown(pool.Accelerator ?? "")));
                }
            }
        }
        return (candidates, unusable);
    }

    private static HostCandidate Candidate(Site site, Pool pool, AcceleratorModel accelerator, string name)
    {
        var usual = new UsualFigures(name, accelerator);
        var perNode = pool.PerNode.Accelerators;
        return new()
        {
            Site = site.Name,
            Pool = pool.Name,
            SiteAccelerator = pool.Accelerator!,
            CpusPerNode = pool.PerNode.Cpus,
            MemoryMiBPerNode = pool.PerNode.MemoryMiB,
            LinkGbitPerSecond = site.Link.BitsPerSecond / 1e9,
            LinkRoundTripMs = site.Link.RoundTripMs,
            Cluster = new()
            {
                Name = name,
                Province = site.Place.Province,
                Accelerator = accelerator,
                Devices = pool.Nodes * perNode,
                DevicesPerNode = perNode,
                ScaleUpGBPerSecond = usual.ScaleUp(pool.ScaleUpGBPerSecond),
                ScaleUpDomain = usual.ScaleUpDomain(pool.ScaleUpDomain, perNode),
                ScaleOutGbitPerSecond = usual.ScaleOut(pool.ScaleOutGbitPerSecond),
                StorageGBPerSecond = usual.Storage(null, pool.Nodes),
                Pue = site.Green.Pue,
                GramsPerKWh = usual.Grams(site.Green.GramsPerKWh, site.Place.Province),
                PricePerDeviceHour = usual.Price(PricePerDeviceHour(site, pool)),
            },
            Assumptions = usual.Made,
        };
    }

    /// <summary>Of an accelerator with its share of the node's cores and memory.</summary>
    private static decimal PricePerDeviceHour(Site site, Pool pool)
    {
        var node = (site.Prices.CpuHour.ToDecimal() * pool.PerNode.Cpus) + (site.Prices.GiBHour.ToDecimal() * pool.PerNode.MemoryMiB / 1024m);
        return site.Prices.AcceleratorHourOf(pool.Accelerator!).ToDecimal() + (node / pool.PerNode.Accelerators);
    }
}

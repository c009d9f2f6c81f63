using Yunhe.Cli.Simulating;
using Yunhe.Contracts;
using Yunhe.Contracts.Client;
using Yunhe.Core.Network;
using Yunhe.Planning.Clusters;
using Yunhe.Server.Mapping;

namespace Yunhe.Cli.Planning;

/// <summary>The clusters that a plan is made over: lines of the command, a network's file, or what a server has.</summary>
internal static class PlannedSites
{
    public static (IReadOnlyList<HostCandidate> Candidates, IReadOnlyList<UnusableHost> Unusable) FromFile(string path) => SiteClusters.Of(NetworkFile.Read(path).Sites);

    public static async Task<(IReadOnlyList<HostCandidate> Candidates, IReadOnlyList<UnusableHost> Unusable)> FromServerAsync(YunheClient client, CancellationToken cancel)
    {
        var (sites, unusable) = (new List<Site>(), new List<UnusableHost>());
        foreach (var view in await client.SitesAsync(cancel))
        {
            if (view.Status is "drained" or "unreachable") unusable.Add(new(view.Site.Name, $"it is {view.Status}"));
            else if (SiteOf(view) is { } site) sites.Add(site);
            else unusable.Add(new(view.Site.Name, "it tells of no pools yet"));
        }
        var (candidates, more) = SiteClusters.Of(sites);
        return (candidates, [.. unusable, .. more]);
    }

    /// <summary>A Slurm site declares no pools: those that it reports.</summary>
    private static Site? SiteOf(SiteView view)
    {
        var pools = view.Site.Pools.Count > 0 ? view.Site.Pools : [.. view.Pools.Where(p => p.Nodes > 0).Select(p => new PoolRequest
        {
            Name = p.Name, Nodes = p.Nodes, Cpus = Math.Max(1, p.Cpus / p.Nodes), MemoryMib = Math.Max(1, p.MemoryMib / p.Nodes),
            Accelerator = p.Accelerator, Accelerators = p.Accelerators / p.Nodes,
        })];
        return pools.Count == 0 ? null : SiteDeclaration.Simulated(view.Site with { Engine = EngineSpec.Simulated, Settings = new Dictionary<string, string>(), Pools = pools }).Site;
    }
}

using Yunhe.Contracts;

namespace Yunhe.Cli.Demo;

/// <summary>
/// The three sites of the demo. All of them are this machine; places, prices, PUE, grid and links are assumptions, chosen to
/// differ as such sites do.
/// </summary>
internal static class DemoSites
{
    public static IReadOnlyList<SiteRequest> Local(int cores) =>
    [
        Site("hangzhou", "East", "Zhejiang", "Hangzhou", cores) with
        {
            Pue = 1.35, CarbonGPerKwh = 570, PriceCpuHour = 0.35m, LinkBitsPerSecond = 1_000_000_000, LinkRttMs = 5,
        },
        Site("ulanqab", "Northwest", "Inner Mongolia", "Ulanqab", cores) with
        {
            Pue = 1.18, CarbonGPerKwh = 420, PriceCpuHour = 0.12m, LinkBitsPerSecond = 200_000_000, LinkRttMs = 28,
        },
        Site("guiyang", "Southwest", "Guizhou", "Guiyang", cores) with
        {
            Pue = 1.2, CarbonGPerKwh = 500, PriceCpuHour = 0.18m, LinkBitsPerSecond = 300_000_000, LinkRttMs = 34,
        },
    ];

    public static SiteRequest Slurm(SlurmCluster cluster, string workFolder) => new()
    {
        Name = cluster.Site,
        Engine = "slurm",
        Kind = "supercomputing",
        Region = "East",
        Settings = new Dictionary<string, string> { ["conf"] = cluster.Conf, ["work_folder"] = workFolder },
        Pue = 1.3,
        CarbonGPerKwh = 570,
        PriceCpuHour = 0.25m,
        LinkBitsPerSecond = 10_000_000_000,
        LinkRttMs = 2,
    };

    /// <summary>Two nodes, so that a gang finds room.</summary>
    private static SiteRequest Site(string name, string region, string province, string city, int cores) => new()
    {
        Name = name,
        Engine = "local",
        Operator = "demo",
        Region = region,
        Province = province,
        City = city,
        Pools = [new() { Name = "cpu", Nodes = 2, Cpus = cores, MemoryMib = 2048 }],
    };
}

using System.Text.RegularExpressions;
using Yunhe.Cli.Simulating;
using Yunhe.Contracts;
using Yunhe.Core.Network;
using Yunhe.Planning.Siting;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Yunhe.Cli.Siting;

/// <summary>A year of a plan as a network that can be simulated, one device of it standing for about so many of the plan's.</summary>
internal static partial class PlanNetwork
{
    /// <summary>Power that is not the board's is that of cores, since a site has one figure for all its cores.</summary>
    private const double CoreWatts = 10;

    public static NetworkDeclaration Of(YearOfPlan year, double scale) => new()
    {
        Sites = [.. year.Sites.Select(site => SiteOf(year, site, scale))],
        Simulation = new() { Start = FormattableString.Invariant($"{year.Year}-01-01T00:00:00+08:00") },
    };

    /// <summary>A site's name as networks take it.</summary>
    public static string NameOf(string site) => Names.FromFile(site);

    /// <summary>A model's name as networks take it.</summary>
    public static string ModelOf(string accelerator) => NotInModel().Replace(accelerator, "-") is var plain && Names.CheckAccelerator(plain) is null ? plain : "hardware-" + plain.Trim('-', '.');

    /// <summary>Cores that a job takes with each device, so that both draw what the plan says.</summary>
    public static int CoresOf(double kwPerDevice, string accelerator) =>
        (int)Math.Max(1, Math.Round(((kwPerDevice * 1000) - AcceleratorCatalogue.Find(ModelOf(accelerator)).BoardWatts) / CoreWatts));

    public static void Write(NetworkDeclaration network, string comment, TextWriter to)
    {
        to.WriteLine($"# {comment}");
        new SerializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance)
            .ConfigureDefaultValuesHandling(DefaultValuesHandling.OmitNull | DefaultValuesHandling.OmitEmptyCollections).Build().Serialize(to, network);
    }

    private static SiteRequest SiteOf(YearOfPlan year, SiteYear site, double scale)
    {
        var (standing, links) = (year.Standing.Where(s => s.Site == site.Site).ToList(), year.Links.Where(l => l.Site == site.Site).ToList());
        var flows = year.Flows.Where(f => f.Site == site.Site).ToList();
        return new()
        {
            Name = NameOf(site.Site),
            Kind = "intelligent",
            Engine = EngineSpec.Simulated,
            Pools =
            [
                .. standing.Select(s => (Standing: s, Pool: TrialPool.Of(s, scale))).Select(p => new PoolRequest
                {
                    Name = ModelOf(p.Pool.Accelerator), Nodes = p.Pool.Nodes, Cpus = p.Pool.DevicesPerNode * CoresOf(p.Standing.KwPerDevice, p.Pool.Accelerator),
                    MemoryMib = p.Pool.DevicesPerNode * 65_536, Accelerator = ModelOf(p.Pool.Accelerator), Accelerators = p.Pool.DevicesPerNode,
                }),
            ],
            Pue = site.Pue,
            CarbonGPerKwh = site.EnergyGwh > 0 ? Math.Round(1000 * site.CarbonKt / site.EnergyGwh, 3) : 0,
            RenewableShare = Math.Clamp(Math.Round(site.GreenShare, 4), 0, 1),
            CpuWatts = CoreWatts,
            PriceAcceleratorHour = standing.ToDictionary(s => ModelOf(s.Accelerator), s => Math.Min(1_000_000, Math.Round((decimal)s.CnyPerDeviceHour, 4))),
            LinkBitsPerSecond = Math.Max(1_000_000_000, (long)(links.Sum(l => l.Gbit) * 1e9 / scale)),
            LinkRttMs = flows.Count > 0 ? Math.Round(flows.Sum(f => f.RttMs * f.Pflops) / flows.Sum(f => f.Pflops), 2) : 1,
        };
    }

    [GeneratedRegex("[^A-Za-z0-9._+-]")]
    private static partial Regex NotInModel();
}

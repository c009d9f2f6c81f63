using System.CommandLine;
using System.Globalization;
using Yunhe.Contracts;

namespace Yunhe.Cli.Sites;

/// <summary>Flags of site add and site edit; each replaces what the file, or the site as it is, says.</summary>
internal sealed class SiteOptions
{
    private readonly Option<string?> kind = Text("--kind", "general, intelligent, supercomputing or edge");
    private readonly Option<string?> @operator = Text("--operator", "Who runs it");
    private readonly Option<string?> region = Text("--region", "Such as East");
    private readonly Option<string?> province = Text("--province", "Such as Zhejiang");
    private readonly Option<string?> city = Text("--city", "Such as Hangzhou");
    private readonly Option<string?> engine = Text("--engine", "local or slurm");
    private readonly Option<string[]> settings = new("--set") { Description = "Setting of the engine, see docs/sites.md; may be repeated", HelpName = "NAME=VALUE" };
    private readonly Option<int?> nodes = new("--nodes") { Description = "Nodes of a local site's one pool", HelpName = "N" };
    private readonly Option<int?> cpus = new("--cpus") { Description = "Cores of each node", HelpName = "N" };
    private readonly Option<double?> memory = new("--memory") { Description = "Memory of each node in GiB", HelpName = "GIB" };
    private readonly Option<string?> gpus = Text("--gpus", "Accelerators of each node, such as A100:2");
    private readonly Option<double?> pue = new("--pue") { Description = "Power of the site over that of its computers", HelpName = "RATIO" };
    private readonly Option<double?> carbon = new("--carbon") { Description = "Grams of CO2e per kWh of its grid", HelpName = "G" };
    private readonly Option<double?> renewable = new("--renewable") { Description = "Share of power without carbon, 0 to 1", HelpName = "SHARE" };
    private readonly Option<double?> watts = new("--cpu-watts") { Description = "Power of a busy core with its share of the node", HelpName = "W" };
    private readonly Option<decimal?> cpuHour = new("--price-cpu") { Description = "Price of a core for an hour", HelpName = "MONEY" };
    private readonly Option<decimal?> gibHour = new("--price-gib") { Description = "Price of 1 GiB for an hour", HelpName = "MONEY" };
    private readonly Option<string[]> gpuHour = new("--price-gpu") { Description = "Price of an accelerator for an hour; * for any other", HelpName = "MODEL=MONEY" };
    private readonly Option<double?> mbit = new("--link-mbit") { Description = "Bandwidth to it in Mbit/s", HelpName = "N" };
    private readonly Option<double?> rtt = new("--link-rtt") { Description = "Round trip to it in ms", HelpName = "MS" };
    private readonly Option<decimal?> perGb = new("--link-price-gb") { Description = "Price of 1 GB to or from it", HelpName = "MONEY" };

    public void AddTo(Command command)
    {
        Option[] all =
        [
            kind, @operator, region, province, city, engine, settings, nodes, cpus, memory, gpus, pue, carbon, renewable, watts, cpuHour,
            gibHour, gpuHour, mbit, rtt, perGb,
        ];
        foreach (var option in all) command.Add(option);
    }

    public SiteRequest Over(SiteRequest site, ParseResult parsed) => site with
    {
        Kind = parsed.GetValue(kind) ?? site.Kind,
        Operator = parsed.GetValue(@operator) ?? site.Operator,
        Region = parsed.GetValue(region) ?? site.Region,
        Province = parsed.GetValue(province) ?? site.Province,
        City = parsed.GetValue(city) ?? site.City,
        Engine = parsed.GetValue(engine) ?? site.Engine,
        Settings = Pairs(parsed.GetValue(settings), site.Settings, "--set", (_, value) => value),
        Pools = Pools(site.Pools, parsed),
        Pue = parsed.GetValue(pue) ?? site.Pue,
        CarbonGPerKwh = parsed.GetValue(carbon) ?? site.CarbonGPerKwh,
        RenewableShare = parsed.GetValue(renewable) ?? site.RenewableShare,
        CpuWatts = parsed.GetValue(watts) ?? site.CpuWatts,
        PriceCpuHour = parsed.GetValue(cpuHour) ?? site.PriceCpuHour,
        PriceGibHour = parsed.GetValue(gibHour) ?? site.PriceGibHour,
        PriceAcceleratorHour = Pairs(parsed.GetValue(gpuHour), site.PriceAcceleratorHour, "--price-gpu", Price),
        LinkBitsPerSecond = parsed.GetValue(mbit) is { } n ? checked((long)(n * 1e6)) : site.LinkBitsPerSecond,
        LinkRttMs = parsed.GetValue(rtt) ?? site.LinkRttMs,
        LinkPricePerGb = parsed.GetValue(perGb) ?? site.LinkPricePerGb,
    };

    private IReadOnlyList<PoolRequest> Pools(IReadOnlyList<PoolRequest> pools, ParseResult parsed)
    {
        var accelerator = parsed.GetValue(gpus);
        if (parsed.GetValue(nodes) is null && parsed.GetValue(cpus) is null && parsed.GetValue(memory) is null && accelerator is null) return pools;
        if (pools.Count > 1) throw new UsageException("the site has several pools: change them in a file, with -f");
        var pool = pools.Count == 1 ? pools[0] : new PoolRequest { Name = "default" };
        var cut = accelerator?.LastIndexOf(':') ?? -1;
        var count = 1;
        if (cut > 0 && !int.TryParse(accelerator![(cut + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out count))
            throw new UsageException($"--gpus {accelerator} isn't a model and a count such as A100:2");
        return
        [
            pool with
            {
                Nodes = parsed.GetValue(nodes) ?? pool.Nodes,
                Cpus = parsed.GetValue(cpus) ?? pool.Cpus,
                MemoryMib = parsed.GetValue(memory) is { } gib ? (long)(gib * 1024) : pool.MemoryMib,
                Accelerator = accelerator is null ? pool.Accelerator : cut > 0 ? accelerator[..cut] : accelerator,
                Accelerators = accelerator is null ? pool.Accelerators : count,
            },
        ];
    }

    private static IReadOnlyDictionary<string, T> Pairs<T>(string[]? given, IReadOnlyDictionary<string, T> before, string flag, Func<string, string, T> parse)
    {
        if (given is not { Length: > 0 }) return before;
        var all = before.ToDictionary(StringComparer.Ordinal);
        foreach (var pair in given)
        {
            var cut = pair.IndexOf('=');
            if (cut < 1) throw new UsageException($"{flag} {pair} isn't of the form NAME=VALUE");
            all[pair[..cut]] = parse(flag, pair[(cut + 1)..]);
        }

        return all;
    }

    private static decimal Price(string flag, string text) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var price)
            ? price
            : throw new UsageException($"{flag}: '{text}' isn't an amount of money such as 12.50");

    private static Option<string?> Text(string name, string description) => new(name) { Description = description, HelpName = "TEXT" };
}

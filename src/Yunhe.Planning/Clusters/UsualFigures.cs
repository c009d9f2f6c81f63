using System.Globalization;
using Yunhe.Planning.Catalogue;

namespace Yunhe.Planning.Clusters;

/// <summary>What is taken of a cluster where nobody declared it: the catalogue's figures first, then usual ones. All of it is said.</summary>
internal sealed class UsualFigures(string cluster, AcceleratorModel accelerator)
{
    /// <summary>One direction of a PCIe 4 slot with 16 lanes, what cards without a link of their own talk through.</summary>
    private const double PcieGBPerSecond = 25;

    private const double ScaleOutGbitPerSecond = 100;

    /// <summary>Of each node: Llama 3's cluster had 2 TB/s sustained for 3,000 nodes (arXiv 2407.21783, 3.3.1).</summary>
    private const double StorageGBPerSecondAndNode = 0.6;

    /// <summary>National average of 2022, official.</summary>
    private const double GramsPerKWh = 536.6;

    private readonly List<Assumption> made = [];

    public IReadOnlyList<Assumption> Made => made;

    public double ScaleUp(double? declared) => declared
        ?? (accelerator.ScaleUpGBPerSecond is { } listed ? Take("scale-up bandwidth", listed, "GB/s", $"{accelerator.ScaleUp} in the catalogue")
            : Take("scale-up bandwidth", PcieGBPerSecond, "GB/s", "it has no link of its own: PCIe"));

    public int ScaleUpDomain(int? declared, int devicesPerNode) => declared ?? Math.Max(devicesPerNode, accelerator.ScaleUpDomain > 64 ? accelerator.ScaleUpDomain : 1);

    public double ScaleOut(double? declared) => declared
        ?? (accelerator.ScaleOutGbitPerSecond is { } listed ? Take("scale-out network", listed, "Gbit/s a device", "usual for this accelerator in the catalogue")
            : Take("scale-out network", ScaleOutGbitPerSecond, "Gbit/s a device", "nothing is declared"));

    public double Storage(double? declared, int nodes) => declared
        ?? Take("storage for checkpoints", Math.Round(StorageGBPerSecondAndNode * nodes, 1), "GB/s", "0.6 GB/s a node, as in Llama 3's cluster");

    public double Grams(double? declared, string province) => declared is > 0 ? declared.Value
        : Places.FindProvince(province) is { KgPerKWh2022: { } kg } place ? Take("grid", kg * 1000, "g CO2/kWh", $"{place.Name} in 2022")
        : Take("grid", GramsPerKWh, "g CO2/kWh", "China's average in 2022");

    public decimal? Price(decimal? declared)
    {
        if (declared is > 0) return declared;
        if (accelerator.CnyPerHour is { } yuan) return (decimal)Take("price", yuan, "¥ a device and hour", "a list price in the catalogue");
        if (accelerator.UsdPerHour is { } dollars) return (decimal)Take("price", dollars * ExchangeRate.YuanPerDollar, "¥ a device and hour", $"${dollars} in the catalogue at {ExchangeRate.YuanPerDollar} ¥/$");
        return null;
    }

    public double Pue(double? declared) => declared ?? Take("PUE", 1.3, "", "nothing is declared");

    public int PerNode(int? declared, int devices) => declared ?? (int)Take("devices a node", Math.Min(8, devices), "", "usual");

    private double Take(string what, double value, string unit, string because)
    {
        made.Add(new($"{cluster}: {what}", string.Create(CultureInfo.InvariantCulture, $"{value:0.###} {unit}").TrimEnd(), because));
        return value;
    }
}

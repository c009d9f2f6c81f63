using System.Globalization;
using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Specs;

namespace Yunhe.Planning.Clusters;

/// <summary>A cluster in one line: "1024xH100,scale_out=400,storage=200,price=15"; "H100:1024", as workloads ask for accelerators, is the same.</summary>
public static class ClusterSpec
{
    private const int MostDevices = 10_000_000;

    private static readonly string[] Keys =
    [
        "name", "accelerator", "devices", "per_node", "scale_up", "domain", "scale_out", "storage", "price", "pue", "carbon", "province",
        "link", "rtt", "memory", "tflops",
    ];

    /// <exception cref="PlanException">What is wrong with it.</exception>
    public static HostCandidate Parse(string text)
    {
        if (text.Length > 500) throw new PlanException("cluster", "a cluster is longer than 500 characters");
        var parts = text.Split(',', 2, StringSplitOptions.TrimEntries);
        var (times, colon) = (parts[0].IndexOf('x'), parts[0].IndexOf(':'));
        var rest = parts.Length > 1 ? "," + parts[1] : "";
        if (parts[0].Contains('=')) return Of(new("cluster", text, Keys));
        if (colon > 0) text = $"accelerator={parts[0][..colon]},devices={parts[0][(colon + 1)..]}{rest}";
        else if (times > 0) text = $"devices={parts[0][..times]},accelerator={parts[0][(times + 1)..]}{rest}";
        else throw new PlanException("cluster", $"'{parts[0]}' is not a count and an accelerator: write 1024xH100, or accelerator=H100,devices=1024");
        return Of(new("cluster", text, Keys));
    }

    private static HostCandidate Of(KeyValues keys)
    {
        var accelerator = Accelerator(keys);
        var devices = keys.Whole("devices", 1, MostDevices) ?? throw keys.Missing("devices");
        var name = keys.Text("name") ?? $"{devices} × {accelerator.Name}";
        var usual = new UsualFigures(name, accelerator);
        var perNode = usual.PerNode(keys.Whole("per_node", 1, 1024), devices);
        if (devices % perNode != 0) throw new PlanException("cluster", $"{devices} devices are not a multiple of {perNode} a node: give {devices / perNode * perNode} or {((devices / perNode) + 1) * perNode}, or another per_node");
        var province = keys.Text("province") ?? "";
        if (province.Length > 0 && Places.FindProvince(province) is null)
            throw new PlanException("cluster", $"there is no province '{province}'{NearestWord.Hint(province, Places.Provinces.Select(p => p.English))}");
        return new()
        {
            Cluster = new()
            {
                Name = name,
                Province = province,
                Accelerator = accelerator,
                Devices = devices,
                DevicesPerNode = perNode,
                ScaleUpGBPerSecond = usual.ScaleUp(keys.Number("scale_up", 0.1, 100_000)),
                ScaleUpDomain = usual.ScaleUpDomain(keys.Whole("domain", 1, 100_000), perNode),
                ScaleOutGbitPerSecond = usual.ScaleOut(keys.Number("scale_out", 0.1, 1_000_000)),
                StorageGBPerSecond = usual.Storage(keys.Number("storage", 0.001, 10_000_000), devices / perNode),
                Pue = usual.Pue(keys.Number("pue", 1, 5)),
                GramsPerKWh = usual.Grams(keys.Number("carbon", 0, 2_000), province),
                PricePerDeviceHour = usual.Price((decimal?)keys.Number("price", 0, 1_000_000)),
            },
            LinkGbitPerSecond = keys.Number("link", 0.001, 1_000_000) ?? 10,
            LinkRoundTripMs = keys.Number("rtt", 0, 10_000) ?? 30,
            Assumptions = usual.Made,
        };
    }

    private static AcceleratorModel Accelerator(KeyValues keys)
    {
        var name = keys.Text("accelerator") ?? throw keys.Missing("accelerator");
        var known = AcceleratorTable.Find(name) ?? throw new PlanException("cluster", Unknown(name));
        var memory = keys.Number("memory", 1, 100_000);
        var tflops = keys.Number("tflops", 0.1, 1_000_000);
        if (memory is null && tflops is null) return known;
        var peaks = known.PeakTflops.ToDictionary(p => p.Key, p => p.Value);
        if (tflops is { } bf16) (peaks[DataType.Bf16], peaks[DataType.Fp16]) = (bf16, bf16);
        return known with { Name = string.Create(CultureInfo.InvariantCulture, $"{known.Name} (as declared)"), MemoryGB = memory ?? known.MemoryGB, PeakTflops = peaks };
    }

    internal static string Unknown(string name)
    {
        var hint = NearestWord.Hint(name, AcceleratorTable.All.SelectMany(m => m.Aliases.Prepend(m.Name)));
        return $"there is no accelerator '{name}' in the catalogue{(hint.Length > 0 ? hint : "")}";
    }
}

using System.Collections.Frozen;
using System.Globalization;
using System.Text.RegularExpressions;
using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Clusters;
using Yunhe.Planning.Tables;

namespace Yunhe.Planning.Training.Measurements;

/// <summary>Accelerator and links of a published run, from a catalogue's row and what the publication says otherwise.</summary>
internal static partial class ClusterReader
{
    public static Cluster Read(CsvRow row, int devices, List<string> assumed)
    {
        var accelerator = Accelerator(row, assumed);
        var perNode = row.Whole("devices_per_node", 1, 100_000) ?? Math.Min(8, Math.Max(1, devices));
        var up = Up(row.Text("intra")) ?? accelerator.ScaleUpGBPerSecond ?? 32;
        var torus = accelerator.ScaleUpDomain > 256 || accelerator.Vendor == "Google";
        var domain = row.Text("intra").Contains("NVL72", StringComparison.OrdinalIgnoreCase) || torus ? accelerator.ScaleUpDomain : perNode;
        return new()
        {
            Name = row.Text("id"),
            Accelerator = accelerator,
            Devices = devices,
            DevicesPerNode = perNode,
            ScaleUpGBPerSecond = up,
            ScaleUpDomain = Math.Max(1, domain),
            ScaleOutGbitPerSecond = Out(row.Text("inter"), perNode) ?? accelerator.ScaleOutGbitPerSecond ?? 100,
        };
    }

    private static AcceleratorModel Accelerator(CsvRow row, List<string> assumed)
    {
        var name = row.Text("device");
        var peak = row.Number("peak_bf16_tflops", 0.001, 1e6);
        var memory = row.Number("device_mem_gb", 0.1, 1e5);
        AcceleratorModel? model = null;
        for (var part = name; part.Length > 0 && model is null; part = part.LastIndexOf('-') is > 0 and var at ? part[..at] : "") model = AcceleratorTable.Find(part);
        if (model is null)
        {
            if (peak is null) throw row.Problem("device", "an accelerator of the catalogue, or its peak_bf16_tflops");
            assumed.Add("accelerator unknown: 200 FLOP per byte of memory bandwidth");
            return new()
            {
                Name = name, Vendor = "", MemoryGB = memory ?? 80, MemoryTBPerSecond = peak.Value / 200, Source = row.Text("source"),
                PeakTflops = new Dictionary<DataType, double> { [DataType.Bf16] = peak.Value, [DataType.Fp8] = 2 * peak.Value }.ToFrozenDictionary(),
            };
        }
        if (memory is not null && Math.Abs(memory.Value - model.MemoryGB) > 0.05 * model.MemoryGB) model = model with { MemoryGB = memory.Value };
        if (Bandwidth().Match(name) is { Success: true } match) model = model with { MemoryTBPerSecond = double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) };
        if (Power().Match(name) is { Success: true } limit && model.BoardWatts is { } watts && double.Parse(limit.Groups[1].ValueSpan, CultureInfo.InvariantCulture) is var limited && limited < watts)
        {
            // Clocks follow the square root of power near the top.
            var slower = Math.Sqrt(limited / watts);
            return model with { BoardWatts = limited, PeakTflops = model.PeakTflops.ToFrozenDictionary(p => p.Key, p => p.Value * slower) };
        }
        if (peak is not null && model.Peak(DataType.Bf16) is { } listed && Math.Abs(peak.Value - listed) > 0.03 * listed)
            model = model with { PeakTflops = model.PeakTflops.ToFrozenDictionary(p => p.Key, p => p.Value * peak.Value / listed) };
        return model;
    }

    private static double? Up(string text) => LinkRate().Match(text) is { Success: true } match ? double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : null;

    /// <summary>Gbit/s per device, from "8x HDR IB", "RoCE 1600Gb/s/node", "400Gb/s RDMA per GPU".</summary>
    private static double? Out(string text, int perNode)
    {
        if (text.Contains("unspecified", StringComparison.OrdinalIgnoreCase)) return null;
        var times = Times().Match(text) is { Success: true } count ? double.Parse(count.Groups[1].Success ? count.Groups[1].ValueSpan : count.Groups[2].ValueSpan, CultureInfo.InvariantCulture) : 0;
        double? rate = Rate().Match(text) is { Success: true } match ? double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
            : text.Contains("XDR", StringComparison.Ordinal) ? 800 : text.Contains("NDR", StringComparison.Ordinal) ? 400 : text.Contains("HDR", StringComparison.Ordinal) ? 200
            : text.Contains("EDR", StringComparison.Ordinal) ? 100 : null;
        if (rate is null) return null;
        if (times > 0) return rate * times / perNode;
        var perNodeRate = text.Contains("node", StringComparison.OrdinalIgnoreCase) || (text.Contains("EFA", StringComparison.Ordinal) && !text.Contains("GPU", StringComparison.OrdinalIgnoreCase));
        return perNodeRate ? rate / perNode : rate;
    }

    [GeneratedRegex(@"-(\d+(?:\.\d+)?)TB")]
    private static partial Regex Bandwidth();

    [GeneratedRegex(@"-(\d+)W")]
    private static partial Regex Power();

    [GeneratedRegex(@"-(\d+)")]
    private static partial Regex LinkRate();

    [GeneratedRegex(@"(\d+)\s*x\s*(?:\d|NDR|HDR|EDR|XDR|Omni|Conn|IB|RoCE)|x\s*(\d+)\s*/\s*node", RegexOptions.IgnoreCase)]
    private static partial Regex Times();

    [GeneratedRegex(@"(\d+)\s*G(?:b|bit|bps)", RegexOptions.IgnoreCase)]
    private static partial Regex Rate();
}

using System.Globalization;
using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Census;

namespace Yunhe.Cli.Census;

/// <summary>The catalogue that ships: accelerators and processors, each figure dense and nominal, with its source.</summary>
internal static class CensusCatalogue
{
    private static readonly DataType[] Types = [DataType.Fp64, DataType.Fp32, DataType.Tf32, DataType.Bf16, DataType.Fp16, DataType.Fp8, DataType.Fp4, DataType.Int8];

    public static Described Create(CommandContext context)
    {
        var name = Words.Optional("NAME", "One model in full");
        var command = new Described("catalogue", "Accelerators and processors with their peak rates by data type and where the figures are from",
            "yunhe census catalogue", "yunhe census catalogue ascend910b", "yunhe census catalogue --output json") { name };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(name) is { } asked) One(context, parsed, asked);
            else context.Show(parsed, new { accelerators = AcceleratorTable.All, processors = ProcessorTable.All }, () => All(context));
        });
        return command;
    }

    private static void All(CommandContext context)
    {
        context.Shell.Out.WriteLine("Nominal peaks of one device, dense (without sparsity), 10^12 operations per second; the fastest unit of it");
        context.Table(
            ["ACCELERATOR", "MAKER", "YEAR", .. Types.Select(RateText.Name), "GB", "TB/S", "WATTS", "BF16 MEASURED", "SURE"],
            AcceleratorTable.All.Select(m => (IReadOnlyList<string>)
            [
                m.Name, m.Vendor, $"{m.Year}", .. Types.Select(t => Number(m.PeakTflops.TryGetValue(t, out var peak) ? peak : null)), Number(m.MemoryGB), Number(m.MemoryTBPerSecond),
                Number(m.BoardWatts), m.MeasuredBf16Percent is { } percent ? $"{Number(percent)} %" : "-", m.Confidence.ToString().ToLowerInvariant(),
            ]));
        context.Shell.Out.WriteLine("\nPeak of a processor = cores × base clock × operations of a core in a cycle, a fused multiplication and addition counted as two");
        context.Table(
            ["PROCESSOR", "MAKER", "YEAR", "CORES", "GHZ", "FP64 A CYCLE", "FP64", "FP32", "GB/S", "WATTS", "SURE"],
            ProcessorTable.All.Select(p => new[]
            {
                p.Name, p.Vendor, $"{p.Year}", $"{p.Cores}", Number(p.BaseGHz), $"{p.Fp64PerCycle}", Number(p.Peak(DataType.Fp64)), Number(p.Peak(DataType.Fp32)), Number(p.MemoryGBPerSecond),
                Number(p.Watts), p.Confidence.ToString().ToLowerInvariant(),
            }));
        context.Shell.Err.WriteLine("sources of one: yunhe census catalogue NAME");
    }

    private static void One(CommandContext context, System.CommandLine.ParseResult parsed, string asked)
    {
        if (AcceleratorTable.Find(asked) is { } model) context.Show(parsed, model, () => context.Table([], Rows(model)));
        else if (ProcessorTable.Find(asked) is { } processor) context.Show(parsed, processor, () => context.Table([], Rows(processor)));
        else throw new UsageException($"the catalogue has no {asked}; it has {string.Join(", ", Nearest(asked))}");
    }

    /// <summary>Names that share the longest beginning or part with what was asked for; a few.</summary>
    private static IEnumerable<string> Nearest(string asked) => AcceleratorTable.All.Select(m => m.Name).Concat(ProcessorTable.All.Select(p => p.Name))
        .OrderByDescending(n => Enumerable.Range(1, asked.Length).Where(i => n.Contains(asked[..i], StringComparison.OrdinalIgnoreCase)).DefaultIfEmpty(0).Max()).Take(6).Append("…");

    private static IEnumerable<IReadOnlyList<string>> Rows(AcceleratorModel m)
    {
        yield return ["name", m.Name];
        if (m.Aliases.Count > 0) yield return ["also", string.Join(", ", m.Aliases)];
        yield return ["maker, year", $"{m.Vendor}, {m.Year}"];
        foreach (var type in Types.Where(m.PeakTflops.ContainsKey)) yield return [$"{RateText.Name(type)} nominal, dense", $"{Number(m.PeakTflops[type])} T{RateText.Suffix(type)}"];
        if (m.MeasuredBf16Percent is { } percent) yield return ["BF16 measured", $"{Number(m.Peak(DataType.Bf16) * percent / 100)} TFLOPS, {Number(percent)} % of nominal (largest matrix product)"];
        yield return ["memory", $"{Number(m.MemoryGB)} GB, {Number(m.MemoryTBPerSecond)} TB/s"];
        if (m.ScaleUpGBPerSecond is not null) yield return ["scale-up", $"{m.ScaleUp}, {Number(m.ScaleUpGBPerSecond)} GB/s one way, {m.ScaleUpDomain} together"];
        if (m.ScaleOutGbitPerSecond is not null) yield return ["usual network", $"{Number(m.ScaleOutGbitPerSecond)} Gbit/s"];
        yield return ["board power", m.BoardWatts is null ? "not published" : $"{Number(m.BoardWatts)} W"];
        if (m.UsdPerHour is not null || m.CnyPerHour is not null) yield return ["rent an hour", string.Join(", ", new[] { m.UsdPerHour is { } usd ? $"${Number(usd)}" : "", m.CnyPerHour is { } cny ? $"¥{Number(cny)}" : "" }.Where(t => t.Length > 0))];
        yield return ["how sure", m.Confidence.ToString().ToLowerInvariant()];
        yield return ["source", m.Source];
        if (m.Fp64Fp32Source.Length > 0) yield return ["source of FP64, FP32", m.Fp64Fp32Source];
        if (m.Notes.Length > 0) yield return ["note", m.Notes];
    }

    private static IEnumerable<IReadOnlyList<string>> Rows(ProcessorModel p)
    {
        yield return ["name", p.Name];
        yield return ["maker, year", $"{p.Vendor}, {p.Year}"];
        yield return ["FP64 nominal", $"{Number(p.Peak(DataType.Fp64))} TFLOPS = {p.Cores} cores × {Number(p.BaseGHz)} GHz × {p.Fp64PerCycle} a cycle"];
        yield return ["FP32 nominal", $"{Number(p.Peak(DataType.Fp32))} TFLOPS = {p.Cores} cores × {Number(p.BaseGHz)} GHz × {2 * p.Fp64PerCycle} a cycle"];
        yield return ["memory", $"{Number(p.MemoryGBPerSecond)} GB/s nominal"];
        yield return ["power", $"{Number(p.Watts)} W"];
        yield return ["how sure", p.Confidence.ToString().ToLowerInvariant()];
        yield return ["source", p.Source];
        if (p.Notes.Length > 0) yield return ["note", p.Notes];
    }

    private static string Number(double? value) => value is { } v ? v.ToString("0.####", CultureInfo.InvariantCulture) : "-";
}

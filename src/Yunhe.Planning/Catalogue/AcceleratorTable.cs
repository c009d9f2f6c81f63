using System.Collections.Frozen;
using Yunhe.Planning.Tables;

namespace Yunhe.Planning.Catalogue;

/// <summary>The catalogue that ships with Yunhe: accelerators.csv, each row with its source.</summary>
public static class AcceleratorTable
{
    private static readonly DataType[] Types = Enum.GetValues<DataType>();

    /// <summary>In the order of the file: by vendor and year.</summary>
    public static IReadOnlyList<AcceleratorModel> All { get; } = Read();

    private static readonly FrozenDictionary<string, AcceleratorModel> ByName = All
        .SelectMany(m => m.Aliases.Prepend(m.Name).Select(name => (Name: Plain(name), Model: m)))
        .ToFrozenDictionary(p => p.Name, p => p.Model, StringComparer.Ordinal);

    /// <summary>By name or alias, without regard to case, spaces, hyphens and underscores; null: not listed.</summary>
    public static AcceleratorModel? Find(string name) => ByName.GetValueOrDefault(Plain(name));

    private static string Plain(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToUpperInvariant();

    private static List<AcceleratorModel> Read()
    {
        using var stream = typeof(AcceleratorTable).Assembly.GetManifestResourceStream("accelerators.csv")!;
        return [.. CsvTable.Read(stream).Select(Model)];
    }

    private static AcceleratorModel Model(CsvRow row) => new()
    {
        Name = row.Text("name"),
        Aliases = row.Text("aliases").Split(';', StringSplitOptions.RemoveEmptyEntries),
        Vendor = row.Text("vendor"),
        Form = row.Text("form"),
        Year = row.Whole("year") ?? 0,
        MemoryGB = row.Number("memory_gb")!.Value,
        MemoryTBPerSecond = row.Number("memory_tb_s")!.Value,
        PeakTflops = Types.Select(t => (Type: t, Peak: row.Number(t.ToString().ToLowerInvariant()))).Where(p => p.Peak is not null)
            .ToFrozenDictionary(p => p.Type, p => p.Peak!.Value),
        ScaleUp = row.Text("scale_up") is var link and not "none" ? link : "",
        ScaleUpGBPerSecond = row.Number("scale_up_gb_s"),
        ScaleUpDomain = row.Whole("scale_up_domain") ?? 1,
        ScaleOutGbitPerSecond = row.Number("scale_out_gbit_s"),
        BoardWatts = row.Number("board_watts"),
        MeasuredBf16Percent = row.Number("measured_bf16_percent"),
        UsdPerHour = row.Number("usd_hour"),
        CnyPerHour = row.Number("cny_hour"),
        Confidence = row.Word<Confidence>("confidence")!.Value,
        Source = row.Text("source"),
        Fp64Fp32Source = row.Text("fp64_fp32_source"),
        Notes = row.Text("notes"),
    };
}

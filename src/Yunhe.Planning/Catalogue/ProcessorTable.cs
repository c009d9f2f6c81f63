using System.Collections.Frozen;
using Yunhe.Planning.Tables;

namespace Yunhe.Planning.Catalogue;

/// <summary>Processors that servers usually have: cpus.csv, each row with its source.</summary>
public static class ProcessorTable
{
    /// <summary>In the order of the file: by vendor and year.</summary>
    public static IReadOnlyList<ProcessorModel> All { get; } = Read();

    private static readonly FrozenDictionary<string, ProcessorModel> ByName = All
        .SelectMany(m => m.Aliases.Prepend(m.Name), (m, name) => (Name: Plain(name), Model: m))
        .ToFrozenDictionary(p => p.Name, p => p.Model, StringComparer.Ordinal);

    /// <summary>By name or alias, without regard to case and to what is neither letter nor digit; null: not listed.</summary>
    public static ProcessorModel? Find(string name) => ByName.GetValueOrDefault(Plain(name));

    private static string Plain(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToUpperInvariant();

    private static List<ProcessorModel> Read()
    {
        using var stream = typeof(ProcessorTable).Assembly.GetManifestResourceStream("cpus.csv")!;
        return [.. CsvTable.Read(stream).Select(row => new ProcessorModel
        {
            Name = row.Text("name"),
            Aliases = row.Text("aliases").Split(';', StringSplitOptions.RemoveEmptyEntries),
            Vendor = row.Text("vendor"),
            Year = row.Whole("year")!.Value,
            Cores = row.Whole("cores")!.Value,
            BaseGHz = row.Number("base_ghz")!.Value,
            Fp64PerCycle = row.Whole("fp64_per_cycle")!.Value,
            MemoryGBPerSecond = row.Number("memory_gb_s")!.Value,
            Watts = row.Number("watts")!.Value,
            Confidence = row.Word<Confidence>("confidence")!.Value,
            Source = row.Text("source"),
            Notes = row.Text("notes"),
        })];
    }
}

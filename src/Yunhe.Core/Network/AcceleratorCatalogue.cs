using System.Collections.Frozen;

namespace Yunhe.Core.Network;

/// <summary>A model of accelerator: peak dense FP16 (or BF16) rate in TFLOPS and board power in watts, as its maker states them.</summary>
public sealed record Accelerator(string Model, double Fp16Tflops, double BoardWatts, params IReadOnlyList<string> Aliases);

/// <summary>
/// The two figures of the catalogue that decisions need, for all its models; a model that is not listed is taken as <see cref="Unknown"/>.
/// The catalogue itself, with sources, is Planning's accelerators.csv, which the core can't read; a test holds the two equal.
/// </summary>
public static class AcceleratorCatalogue
{
    /// <summary>Assumed for models that are not listed.</summary>
    public static readonly Accelerator Unknown = new("unknown", 100, 300);

    /// <summary>In the order of accelerators.csv.</summary>
    public static readonly IReadOnlyList<Accelerator> All =
    [
        new("V100-SXM2-32", 125, 300, "V100", "V100-32"),
        new("T4", 65, 70),
        new("A10", 125, 150),
        new("A10G", 70, 300),
        new("A30", 165, 165),
        new("A100-40-SXM", 312, 400, "A100-40", "A100"),
        new("A100-80-SXM", 312, 400, "A100-80", "A100-80GB"),
        new("A100-80-PCIe", 312, 300),
        new("A800-80-SXM", 312, 400, "A800", "A800-80"),
        new("H100-SXM", 989, 700, "H100", "H100-80"),
        new("H100-PCIe", 756, 350),
        new("H100-NVL-94", 835, 400),
        new("H800-SXM", 989, 700, "H800", "H800-80"),
        new("H200-SXM", 989, 700, "H200"),
        new("H20", 148, 400),
        new("GH200-96", 989, 700, "GH200"),
        new("B200-SXM", 2250, 1000, "B200"),
        new("B300-SXM", 2250, 1100, "B300"),
        new("GB200", 2500, 1200),
        new("GB300", 2500, 1400),
        new("L40S", 362, 350),
        new("L20", 119.5, 275),
        new("L4", 121, 72),
        new("RTX4090", 165.2, 450),
        new("RTX4090D", 147, 425),
        new("RTX-PRO-6000-BW", 467.8, 600),
        new("MI250X", 383, 560),
        new("MI300X", 1307, 750),
        new("MI325X", 1307, 1000),
        new("MI355X", 2500, 1400),
        new("Gaudi2", 432, 600),
        new("Gaudi3", 1677, 900),
        new("Max-1550", 839, 600, "PVC", "Ponte Vecchio"),
        new("TPUv3", 123, 220),
        new("TPUv4", 275, 192),
        new("TPUv5e", 197, 300), // board power is not published: assumed
        new("TPUv5p", 459, 300), // board power is not published: assumed
        new("TPUv6e", 918, 300), // board power is not published: assumed
        new("TPUv7", 2307, 300), // board power is not published: assumed
        new("Ascend910A", 256, 310),
        new("Ascend910B1", 376, 400),
        new("Ascend910B2", 353.9, 400, "Ascend910B"),
        new("Ascend910B3", 313, 400),
        new("Ascend910B4", 280, 310),
        new("Ascend910C", 752, 800), // board power is not published: assumed
        new("Ascend950DT", 486, 300), // board power is not published: assumed
        new("Ascend310P-300IPro", 70, 72, "Ascend310P"),
        new("Ascend310P-300IDuo", 140, 150),
        new("MLU370-X8", 96, 250, "MLU370"),
        new("MLU370-X4", 96, 150),
        new("MLU590", 314, 350),
        new("Hygon-Z100", 24.5, 280),
        new("Hygon-K100", 100, 300, "K100"),
        new("Hygon-K100-AI", 192, 400, "K100-AI"),
        new("MTT-S4000", 100, 450, "S4000"),
        new("Kunlun-R200", 128, 150, "R200"),
        new("Kunlun-P800", 345, 400, "P800"),
        new("MetaX-C500", 280, 350, "C500"),
        new("Alibaba-PPU-ZW810E", 123, 400, "PPU-ZW810E"),
        new("Iluvatar-MR-V100", 100, 150, "MR-V100"),
    ];

    private static readonly FrozenDictionary<string, Accelerator> ByName = All
        .SelectMany(a => a.Aliases.Prepend(a.Model).SelectMany(name => new[] { name, Plain(name) }), (a, name) => (Name: name, Accelerator: a))
        .DistinctBy(a => a.Name, StringComparer.OrdinalIgnoreCase)
        .ToFrozenDictionary(a => a.Name, a => a.Accelerator, StringComparer.OrdinalIgnoreCase);

    /// <summary>By name or alias, compared as <see cref="SameModel"/> does.</summary>
    public static Accelerator Find(string model) => ByName.TryGetValue(model, out var found) ? found : ByName.GetValueOrDefault(Plain(model), Unknown);

    /// <summary>What a requirement says that takes any model.</summary>
    public const string Any = "*";

    /// <summary>Models are compared without regard to case, spaces and hyphens: "a100-80gb" is "A100-80GB".</summary>
    public static bool SameModel(string asked, string has) => asked == Any || Plain(asked).Equals(Plain(has), StringComparison.OrdinalIgnoreCase);

    /// <summary>What names of the same model have in common, but for case.</summary>
    internal static string Plain(string model) => model.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal)
        .Replace(" ", "", StringComparison.Ordinal);
}

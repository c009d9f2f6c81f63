using System.Collections.Frozen;

namespace Yunhe.Core.Network;

/// <summary>A model of accelerator: peak dense FP16 rate in TFLOPS and board power in watts, as its maker states them.</summary>
public sealed record Accelerator(string Model, double Fp16Tflops, double BoardWatts);

/// <summary>
/// Accelerator models by their usual short names. Figures are the makers' data sheets, dense (without sparsity); a model that is
/// not listed is taken as <see cref="Unknown"/>.
/// </summary>
public static class AcceleratorCatalogue
{
    /// <summary>Assumed for models that are not listed.</summary>
    public static readonly Accelerator Unknown = new("unknown", 100, 300);

    private static readonly FrozenDictionary<string, Accelerator> ByModel = new Accelerator[]
    {
        new("V100", 125, 300),
        new("T4", 65, 70),
        new("A10", 125, 150),
        new("A10G", 70, 300),
        new("A30", 165, 165),
        new("A100", 312, 400),
        new("A100-80GB", 312, 400),
        new("A800", 312, 400),
        new("L4", 121, 72),
        new("L20", 119.5, 275),
        new("L40S", 362, 350),
        new("RTX4090", 165.2, 450),
        new("H20", 148, 500),
        new("H100", 989, 700),
        new("H800", 989, 700),
        new("H200", 989, 700),
        new("GH200", 989, 900),
        new("B200", 2250, 1000),
        new("GB200", 2500, 1200),
        new("MI250X", 383, 560),
        new("MI300X", 1307, 750),
        new("GAUDI2", 432, 600),
        new("GAUDI3", 1677, 900),
        new("ASCEND910A", 256, 310),
        new("ASCEND910B", 376, 400),
        new("ASCEND910C", 752, 800),
        new("ASCEND310P", 70, 72),
        new("MLU370", 96, 250),
        new("MLU590", 314, 350),
        new("K100", 100, 300),
        new("MTT-S4000", 100, 450),
    }.ToFrozenDictionary(a => a.Model, StringComparer.OrdinalIgnoreCase);

    public static Accelerator Find(string model) => ByModel.GetValueOrDefault(model, Unknown);

    /// <summary>What a requirement says that takes any model.</summary>
    public const string Any = "*";

    /// <summary>Models are compared without regard to case, spaces and hyphens: "a100-80gb" is "A100-80GB".</summary>
    public static bool SameModel(string asked, string has) => asked == Any || Plain(asked).Equals(Plain(has), StringComparison.OrdinalIgnoreCase);

    private static string Plain(string model) => model.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal)
        .Replace(" ", "", StringComparison.Ordinal);
}

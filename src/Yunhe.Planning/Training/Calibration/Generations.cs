using Yunhe.Planning.Catalogue;

namespace Yunhe.Planning.Training.Calibration;

/// <summary>Accelerators of one architecture, which share what their kernels reach.</summary>
internal static class Generations
{
    private static readonly (string Prefix, string Generation)[] Known =
    [
        ("V100", "volta"), ("A100", "ampere"), ("A800", "ampere"), ("H100", "hopper"), ("H800", "hopper"), ("H200", "hopper"), ("H20", "hopper"), ("GH200", "hopper"),
        ("B200", "blackwell"), ("B300", "blackwell"), ("GB200", "blackwell"), ("GB300", "blackwell"), ("TPU", "tpu"), ("Ascend", "ascend"), ("MI", "cdna"), ("Gaudi", "gaudi"),
    ];

    /// <summary>Streaming multiprocessors, NVIDIA's data sheets; 0 where a product is not known to come in waves of tiles.</summary>
    private static readonly (string Prefix, int Units)[] Units =
    [
        ("V100", 80), ("A100", 108), ("A800", 108), ("H100-PCIe", 114), ("H100", 132), ("H800", 132), ("H200", 132), ("H20", 78), ("GH200", 132), ("B", 148), ("GB", 152),
    ];

    public static int ComputeUnits(AcceleratorModel accelerator)
    {
        foreach (var (prefix, units) in Units)
            if (accelerator.Vendor == "NVIDIA" && accelerator.Name.StartsWith(prefix, StringComparison.Ordinal)) return units;
        return 0;
    }

    /// <summary>The vendor where the architecture is not listed.</summary>
    public static string Of(AcceleratorModel accelerator)
    {
        foreach (var (prefix, generation) in Known)
            if (accelerator.Name.StartsWith(prefix, StringComparison.Ordinal)) return generation;
        return accelerator.Vendor.ToLowerInvariant();
    }
}

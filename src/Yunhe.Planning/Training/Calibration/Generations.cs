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

    /// <summary>The vendor where the architecture is not listed.</summary>
    public static string Of(AcceleratorModel accelerator)
    {
        foreach (var (prefix, generation) in Known)
            if (accelerator.Name.StartsWith(prefix, StringComparison.Ordinal)) return generation;
        return accelerator.Vendor.ToLowerInvariant();
    }
}

using Yunhe.Planning.Catalogue;

namespace Yunhe.Planning.Training.Calibration;

/// <summary>The constants that ship with Yunhe.</summary>
public static class ShippedCalibration
{
    private static readonly double[] Prior =
    [
        0.85, 1, 0.75, 0.55, 500, 8, 1.5, 100, 20, 0.75, 0.75, 8, 0.7, 0.2, 0.5, 0.5, 1.15, 0.005,
    ];

    /// <summary>For an accelerator under a stack as its makers or users call it ("Megatron-Core", "torchtitan"); empty: a typical current one.</summary>
    public static CalibrationProfile For(AcceleratorModel accelerator, string stack = "") =>
        new(stack.Length > 0 ? $"{accelerator.Name} under {stack}" : accelerator.Name, new() { Name = stack }, Prior);
}

using Yunhe.Planning.Catalogue;

namespace Yunhe.Planning.Training.Calibration;

/// <summary>The constants that ship with Yunhe: calibration.csv, fitted to published runs by <c>bench/run planner --fit</c>.</summary>
public static class ShippedCalibration
{
    public static CalibrationTable Table { get; } = Read();

    /// <summary>For an accelerator under a stack as its makers or users call it ("Megatron-Core", "torchtitan"); empty: a typical current one.</summary>
    /// <param name="recipe">Scaling of 8-bit and 4-bit numbers: "fp8", "mxfp8", "fp8-rowwise", "nvfp4".</param>
    public static CalibrationProfile For(AcceleratorModel accelerator, string stack = "", string recipe = "")
    {
        var known = SoftwareStack.Of(stack);
        return Table.Profile(new(accelerator.Name, Generations.Of(accelerator), known, recipe));
    }

    /// <summary>Measurements of this stack on this generation of accelerators are in the fit.</summary>
    public static bool Knows(AcceleratorModel accelerator, string stack) => Table.Knows(new(accelerator.Name, Generations.Of(accelerator), SoftwareStack.Of(stack)));

    private static CalibrationTable Read()
    {
        using var stream = typeof(ShippedCalibration).Assembly.GetManifestResourceStream("calibration.csv")!;
        return CalibrationTable.Read(stream);
    }
}

namespace Yunhe.Planning.Training.Calibration;

/// <summary>What calibration depends on: effects of each add up, and one that is not known adds nothing.</summary>
/// <param name="Accelerator">Name in the catalogue.</param>
/// <param name="Generation">Accelerators of one architecture.</param>
/// <param name="Stack">Family of the software.</param>
/// <param name="Recipe">How 8-bit and 4-bit numbers are scaled ("mxfp8", "fp8-rowwise"); empty for 16 bits.</param>
/// <param name="Variant">Of the stack: "eager", "async".</param>
/// <param name="Release">Version of the stack.</param>
public readonly record struct CalibrationKeys(string Accelerator, string Generation, string Stack, string Recipe = "", string Variant = "", string Release = "");

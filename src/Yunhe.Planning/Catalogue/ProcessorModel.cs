namespace Yunhe.Planning.Catalogue;

/// <summary>
/// A model of processor. Nominal peak = cores × base clock × operations of a core in a cycle, a fused multiplication and addition counted
/// as two; in FP32 twice that of FP64, as all listed have units that hold twice as many.
/// </summary>
public sealed record ProcessorModel
{
    public required string Name { get; init; }

    public IReadOnlyList<string> Aliases { get; init; } = [];

    public required string Vendor { get; init; }

    public required int Year { get; init; }

    public required int Cores { get; init; }

    /// <summary>10^9 cycles per second, without turbo.</summary>
    public required double BaseGHz { get; init; }

    /// <summary>FP64 operations of one core in a cycle.</summary>
    public required int Fp64PerCycle { get; init; }

    /// <summary>Nominal, of all memory channels, 10^9 bytes per second.</summary>
    public required double MemoryGBPerSecond { get; init; }

    public required double Watts { get; init; }

    public required Confidence Confidence { get; init; }

    public required string Source { get; init; }

    public string Notes { get; init; } = "";

    /// <summary>10^12 operations per second of the whole processor; null: not of this type.</summary>
    public double? Peak(DataType type) => CoreGigaflops(type) * Cores / 1000;

    /// <summary>10^9 operations per second of one core; null: not of this type.</summary>
    public double? CoreGigaflops(DataType type) => type switch
    {
        DataType.Fp64 => BaseGHz * Fp64PerCycle,
        DataType.Fp32 => BaseGHz * Fp64PerCycle * 2,
        _ => null,
    };
}

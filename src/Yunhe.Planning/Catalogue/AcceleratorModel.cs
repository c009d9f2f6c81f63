namespace Yunhe.Planning.Catalogue;

/// <summary>How sure a row of the catalogue is: a maker's data sheet or a measurement; stored second-hand; disputed or unverified.</summary>
public enum Confidence
{
    High,
    Medium,
    Low,
}

/// <summary>A model of accelerator. Rates are dense (without sparsity), one direction for links; null where no figure is published.</summary>
public sealed record AcceleratorModel
{
    public required string Name { get; init; }

    /// <summary>Other names it is asked for by: "A100" finds the 40 GB model.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    public required string Vendor { get; init; }

    public string Form { get; init; } = "";

    public int Year { get; init; }

    /// <summary>Decimal gigabytes, as makers count.</summary>
    public required double MemoryGB { get; init; }

    /// <summary>10^12 bytes per second.</summary>
    public required double MemoryTBPerSecond { get; init; }

    /// <summary>Nominal peak, 10^12 operations per second, by data type: the fastest unit's, so matrix units' where they have the type.</summary>
    public required IReadOnlyDictionary<DataType, double> PeakTflops { get; init; }

    /// <summary>Link between the accelerators of a scale-up domain (NVLink, HCCS, …); empty: none.</summary>
    public string ScaleUp { get; init; } = "";

    /// <summary>10^9 bytes per second and device, one direction.</summary>
    public double? ScaleUpGBPerSecond { get; init; }

    /// <summary>How many accelerators a scale-up domain joins.</summary>
    public int ScaleUpDomain { get; init; } = 1;

    /// <summary>Usual network of a device beyond the domain, 10^9 bits per second.</summary>
    public double? ScaleOutGbitPerSecond { get; init; }

    public double? BoardWatts { get; init; }

    /// <summary>Largest measured BF16 matrix product, in % of the peak.</summary>
    public double? MeasuredBf16Percent { get; init; }

    public double? UsdPerHour { get; init; }

    public double? CnyPerHour { get; init; }

    public Confidence Confidence { get; init; }

    public required string Source { get; init; }

    /// <summary>Where FP64 and FP32 are from; empty: none are listed.</summary>
    public string Fp64Fp32Source { get; init; } = "";

    public string Notes { get; init; } = "";

    /// <summary>Nominal peak in 10^12 operations per second of a type; BF16 and FP16 stand in for each other; null: it has none.</summary>
    public double? Peak(DataType type) => PeakTflops.TryGetValue(type, out var peak) ? peak
        : type == DataType.Bf16 && PeakTflops.TryGetValue(DataType.Fp16, out peak) ? peak
        : type == DataType.Fp16 && PeakTflops.TryGetValue(DataType.Bf16, out peak) ? peak
        : null;
}

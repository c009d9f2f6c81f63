namespace Yunhe.Planning.Clusters;

using Yunhe.Planning.Catalogue;

/// <summary>Like devices that could host one large model: a pool of a site, or one that could be bought. Links are one direction, per device.</summary>
public sealed record Cluster
{
    public required string Name { get; init; }

    public string Province { get; init; } = "";

    public required AcceleratorModel Accelerator { get; init; }

    public required int Devices { get; init; }

    public int DevicesPerNode { get; init; } = 8;

    /// <summary>Between devices of a scale-up domain, 10^9 bytes per second.</summary>
    public required double ScaleUpGBPerSecond { get; init; }

    /// <summary>Devices of a scale-up domain: a node's, or a rack's.</summary>
    public int ScaleUpDomain { get; init; } = 8;

    /// <summary>Beyond it, 10^9 bits per second.</summary>
    public required double ScaleOutGbitPerSecond { get; init; }

    /// <summary>What all of it can write to storage together, 10^9 bytes per second; null: unknown.</summary>
    public double? StorageGBPerSecond { get; init; }

    public double Pue { get; init; } = 1.3;

    public double? GramsPerKWh { get; init; }

    /// <summary>¥ per device and hour; null: no price.</summary>
    public decimal? PricePerDeviceHour { get; init; }
}

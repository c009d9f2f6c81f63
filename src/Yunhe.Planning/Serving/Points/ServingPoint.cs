using Yunhe.Planning.Catalogue;

namespace Yunhe.Planning.Serving.Points;

/// <summary>How a measurement was taken.</summary>
public enum ServingTest
{
    /// <summary>So many clients, each sending again when answered.</summary>
    Closed,

    /// <summary>All requests at once, as fast as it goes.</summary>
    Offline,

    /// <summary>One batch.</summary>
    Static,

    /// <summary>Devices that only prefill.</summary>
    Prefill,

    /// <summary>Devices that only decode.</summary>
    Decode,
}

/// <summary>One published measurement, as the model is asked for it. Measured figures are null where none is given.</summary>
public sealed record ServingPoint
{
    public required string Id { get; init; }

    public required string Source { get; init; }

    public required string ModelName { get; init; }

    /// <summary>What is held back together: a model under several names is one.</summary>
    public required string Family { get; init; }

    public required string DeviceName { get; init; }

    public required ServedModel Model { get; init; }

    /// <summary>The shape is a likeness, not a published one.</summary>
    public required bool ModelGuessed { get; init; }

    public required AcceleratorModel Accelerator { get; init; }

    public required string Engine { get; init; }

    public required ServingLayout Layout { get; init; }

    public required ServingPrecision Precision { get; init; }

    public required bool Draft { get; init; }

    /// <summary>Decoding steps launched layer by layer, no captured graph replayed.</summary>
    public bool Uncaptured { get; init; }

    /// <summary>All requests handed in at once and fewer of them in flight than clients are told.</summary>
    public bool Burst { get; init; }

    /// <summary>Prefill on devices of its own.</summary>
    public bool Apart { get; init; }

    public required ServingTest Test { get; init; }

    public required double Input { get; init; }

    public required double Output { get; init; }

    /// <summary>Clients or size of the batch; 0: not told.</summary>
    public required double Clients { get; init; }

    public double? FirstTokenMs { get; init; }

    public double? PerTokenMs { get; init; }

    /// <summary>Output tokens per second of the replica.</summary>
    public double? OutputPerSecond { get; init; }

    /// <summary>Input tokens per second and device.</summary>
    public double? InputPerSecondPerDevice { get; init; }

    /// <summary>1 / how often the same measurement stands in the table.</summary>
    public double Weight { get; init; } = 1;
}

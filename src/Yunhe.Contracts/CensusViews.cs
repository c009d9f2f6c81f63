namespace Yunhe.Contracts;

/// <summary>A measured rate of one data type ("fp64"), 10^9 operations per second.</summary>
public sealed record RateView(string Type, double Gigaflops);

/// <summary>
/// What a job measured on nodes of a pool, means of one node: body of POST /v1/sites/{name}/measurements. Absent is what was not measured.
/// </summary>
public sealed record MeasurementRequest
{
    public required string Pool { get; init; }

    /// <summary>The job that measured; it has succeeded there.</summary>
    public required string Workload { get; init; }

    /// <summary>How many nodes it ran on.</summary>
    public required int Nodes { get; init; }

    /// <summary>Cores of a node that it used.</summary>
    public required int Cores { get; init; }

    /// <summary>Matrix products on the processors.</summary>
    public required IReadOnlyList<RateView> Processors { get; init; }

    /// <summary>Of all accelerators of a node together.</summary>
    public IReadOnlyList<RateView> Accelerators { get; init; } = [];

    public double? MemoryGbPerSecond { get; init; }

    public double? DiskWriteMbPerSecond { get; init; }

    public double? DiskReadMbPerSecond { get; init; }

    /// <summary>From node to node, 10^9 bits per second.</summary>
    public double? NetworkGbitPerSecond { get; init; }

    public double? NetworkRoundTripMicroseconds { get; init; }
}

/// <summary>A measurement and when it was taken in.</summary>
public sealed record MeasurementView(DateTimeOffset At, MeasurementRequest Measured);

/// <summary>What came of a declaration of facilities.</summary>
/// <param name="Set">Declared or declared anew.</param>
/// <param name="Facilities">All that the census has now.</param>
public sealed record FacilitiesSetView(int Set, int Facilities);

using System.Text.Json.Serialization;

namespace Yunhe.Core.Network;

using Yunhe.Core.Workloads;

/// <summary>A measured rate of one data type, 10^9 operations per second.</summary>
public sealed record MeasuredRate(string Type, double Gigaflops);

/// <summary>
/// What a benchmark that ran as a job measured on nodes of a pool: means of one node. Null is what was not measured.
/// </summary>
public sealed record SiteMeasurement
{
    public required string Site { get; init; }

    public required string Pool { get; init; }

    /// <summary>The job that measured.</summary>
    public required WorkloadId Workload { get; init; }

    /// <summary>How many nodes it ran on.</summary>
    public required int Nodes { get; init; }

    /// <summary>Cores of a node that it used.</summary>
    public required int Cores { get; init; }

    /// <summary>Matrix products on the processors.</summary>
    public required IReadOnlyList<MeasuredRate> Processors { get; init; }

    /// <summary>Of all accelerators of a node together.</summary>
    public IReadOnlyList<MeasuredRate> Accelerators { get; init; } = [];

    /// <summary>STREAM triad, 10^9 bytes per second.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? MemoryGBPerSecond { get; init; }

    /// <summary>Of the job's folder, 10^6 bytes per second, written through to the disk.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? DiskWriteMBPerSecond { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? DiskReadMBPerSecond { get; init; }

    /// <summary>TCP from node to node, one direction, 10^9 bits per second.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? NetworkGbitPerSecond { get; init; }

    /// <summary>Round trip between nodes, 10^-6 seconds.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? NetworkRoundTripMicroseconds { get; init; }
}

/// <summary>A measurement and when it was taken in.</summary>
public sealed record MeasuredAt(DateTimeOffset At, SiteMeasurement Measurement);

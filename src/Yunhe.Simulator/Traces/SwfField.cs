using System.Globalization;

namespace Yunhe.Simulator.Traces;

/// <summary>Indices of the 18 fields of the Standard Workload Format, from 0; −1 stands for what is not known.</summary>
public static class SwfField
{
    public const int Number = 0;
    public const int Submit = 1;

    /// <summary>Seconds from submission to start in the system that the log comes from.</summary>
    public const int Wait = 2;
    public const int RunTime = 3;
    public const int AllocatedProcessors = 4;

    /// <summary>Mean CPU seconds of a processor.</summary>
    public const int CpuTime = 5;

    /// <summary>KB for each processor.</summary>
    public const int UsedMemory = 6;
    public const int RequestedProcessors = 7;
    public const int RequestedTime = 8;

    /// <summary>KB for each processor.</summary>
    public const int RequestedMemory = 9;
    public const int Status = 10;
    public const int User = 11;
    public const int Group = 12;
    public const int Executable = 13;
    public const int Queue = 14;
    public const int Partition = 15;
    public const int Preceding = 16;
    public const int ThinkTime = 17;

    public const int Count = 18;

    internal static readonly string[] Names =
    [
        "job number", "submit time", "wait time", "run time", "allocated processors", "CPU time", "used memory", "requested processors",
        "requested time", "requested memory", "status", "user", "group", "executable", "queue", "partition", "preceding job", "think time",
    ];
}

/// <summary>What the comments of a log tell about the machine: <c>; MaxProcs: 100</c>. Later ones count.</summary>
public sealed class SwfHeader
{
    /// <summary>A log of comments only must not fill the memory.</summary>
    private const int MostLabels = 1000;

    private readonly Dictionary<string, string> labels = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Processors of the machine: MaxProcs, or MaxNodes where that is missing; null: neither is told.</summary>
    public long? Processors => Number("MaxProcs") ?? Number("MaxNodes");

    /// <summary>Seconds since 1970 at the log's zero.</summary>
    public long? UnixStartTime => Number("UnixStartTime");

    public string? this[string label] => labels.GetValueOrDefault(label);

    /// <summary>A positive number after this label; null: there is none.</summary>
    public long? Number(string label) =>
        labels.TryGetValue(label, out var text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0
            ? value
            : null;

    internal void Take(string comment)
    {
        var colon = comment.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0 && labels.Count < MostLabels) labels[comment[..colon].Trim()] = comment[(colon + 1)..].Trim();
    }
}

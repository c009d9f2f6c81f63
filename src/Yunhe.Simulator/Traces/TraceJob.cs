namespace Yunhe.Simulator.Traces;

/// <summary>
/// One job of a trace, whatever its format. Seconds count from the trace's own zero. What the trace does not tell is −1, or null for texts;
/// what a reader's format does not know at all keeps these defaults.
/// </summary>
public sealed record TraceJob(long Number, long Submit)
{
    /// <summary>True run time in seconds; the scheduler must not see it before the job has ended.</summary>
    public long RunTime { get; init; } = -1;

    /// <summary>What the user asked for, in seconds: the job is ended then.</summary>
    public long RequestedTime { get; init; } = -1;

    /// <summary>Nodes of a gang; each gets what follows.</summary>
    public int Nodes { get; init; } = 1;

    /// <summary>Thousandths of a core per node (a trace that counts processors: 1,000 each).</summary>
    public long CpuMilli { get; init; }

    public long MemoryMiB { get; init; }

    /// <summary>Whole accelerators per node, or 1 where it takes a share of one.</summary>
    public int Accelerators { get; init; }

    /// <summary>Thousandths of each accelerator; below 1,000: a share of one.</summary>
    public int AcceleratorMilli { get; init; } = 1000;

    /// <summary>Models that it may use; empty: any.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>Sites that may run it; empty: any.</summary>
    public IReadOnlyList<string> Sites { get; init; } = [];

    /// <summary>Bytes to be moved to the site before it starts.</summary>
    public long InputBytes { get; init; }

    public string? User { get; init; }

    /// <summary>Project, group or virtual cluster.</summary>
    public string? Project { get; init; }

    /// <summary>What tells repeated runs of the same program (SWF: the executable's number).</summary>
    public string? Name { get; init; }

    /// <summary>Where it says how the job ended (SWF status), −1: it does not.</summary>
    public int Status { get; init; } = -1;

    /// <summary>Number of the job that this one followed, and the pause between in seconds; −1: none. Not acted on: jobs are handed in at <see cref="Submit"/>.</summary>
    public long After { get; init; } = -1;

    public long ThinkTime { get; init; } = -1;
}

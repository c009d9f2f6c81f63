namespace Yunhe.Contracts;

/// <summary>A workload as it is handed in: body of POST /v1/workloads and /v1/quotes.</summary>
public sealed record WorkloadRequest
{
    public string? Name { get; init; }

    public required ProgramRequest Program { get; init; }

    /// <summary>Alternatives; empty means one core and 1 GiB. Ordered: an earlier feasible one always wins.</summary>
    public IReadOnlyList<ResourceRequest> Resources { get; init; } = [];

    public bool Ordered { get; init; }

    public int NumNodes { get; init; } = 1;

    public IReadOnlyDictionary<string, string> Envs { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Secrets { get; init; } = new Dictionary<string, string>();

    public ArrayRequest? Array { get; init; }

    public IReadOnlyList<DependencyRequest> Dependencies { get; init; } = [];

    public ObjectiveWord Optimize { get; init; }

    public DateTimeOffset? Deadline { get; init; }

    /// <summary>In units of the network's currency.</summary>
    public decimal? Budget { get; init; }

    public IReadOnlyList<string> Regions { get; init; } = [];

    public IReadOnlyList<string> Sites { get; init; } = [];

    /// <summary>Regions, provinces or cities that its data must not leave, whatever regions says; absent: any.</summary>
    public IReadOnlyList<string>? Residency { get; init; }

    /// <summary>Sites with a higher PUE do not run it; absent: any may.</summary>
    public double? MaxPue { get; init; }

    /// <summary>Sites with less of their power from renewable sources, 0 to 1, do not run it; absent: any may.</summary>
    public double? MinRenewableShare { get; init; }

    public int Priority { get; init; }

    public int Retries { get; init; }

    public long? TimeLimitSeconds { get; init; }

    public long? EstimateSeconds { get; init; }

    /// <summary>How long it may be held back for a cheaper (optimize: cost) or cleaner (carbon) hour; absent: not at all.</summary>
    public long? MaxWaitSeconds { get; init; }

    /// <summary>SHA-256 in hex of a tar put to /v1/blobs.</summary>
    public string? Workdir { get; init; }

    public IReadOnlyList<FileMountRequest> FileMounts { get; init; } = [];

    public IReadOnlyList<string> Outputs { get; init; } = [];

    /// <summary>Where its checkpoints lie; absent: it writes none.</summary>
    public CheckpointRequest? Checkpoint { get; init; }

    public BatchRequest? Batch { get; init; }

    /// <summary>Whose share it counts against; absent: "default".</summary>
    public string? Project { get; init; }

    /// <summary>
    /// False: it is never ended for another workload, and so starts within its project's quota only. Absent or true: it may be, where the
    /// rules of projects ask for it; it is then tried again.
    /// </summary>
    public bool? Preemptible { get; init; }

    /// <summary>The reservation that it runs in and nowhere else; absent: where it may, also in those of its project.</summary>
    public string? Reservation { get; init; }

    /// <summary>prefer: the nodes of a gang are in as few fabrics as possible; same: in one.</summary>
    public FabricWord Fabric { get; init; }

    /// <summary>A quote to bind to; the workload must be the one quoted.</summary>
    public string? Quote { get; init; }
}

public enum FabricWord
{
    Prefer,
    Same,
}

public enum ProgramWord
{
    Task,
    Batch,
    Command,
}

/// <summary>task: setup and run (bash); batch: script with arguments; command: one command, no shell.</summary>
public sealed record ProgramRequest
{
    public ProgramWord Kind { get; init; }

    public string? Setup { get; init; }

    public string? Run { get; init; }

    public string? Script { get; init; }

    public IReadOnlyList<string> Arguments { get; init; } = [];

    public IReadOnlyList<string> Command { get; init; } = [];
}

/// <summary>Per node.</summary>
public sealed record ResourceRequest
{
    public int Cpus { get; init; } = 1;

    public long MemoryMib { get; init; } = 1024;

    public string? Accelerator { get; init; }

    /// <summary>Whole ones, or a share of one in thousandths: 8, or 0.5.</summary>
    public decimal Accelerators { get; init; }
}

/// <summary>Indices as Slurm writes them: 0-9, 1,3,5, 0-20:4.</summary>
public sealed record ArrayRequest
{
    public required string Indices { get; init; }

    public int? Limit { get; init; }
}

public enum DependencyWord
{
    After,
    Afterany,
    Afterok,
    Afternotok,
    Aftercorr,
}

public sealed record DependencyRequest(DependencyWord Kind, string Workload);

public enum ObjectiveWord
{
    Balanced,
    Cost,
    Time,
    Carbon,
}

public sealed record FileMountRequest(string Target, string Sha256);

/// <summary>A folder that is copied to the server now and then, and given to the next attempt when one has ended badly.</summary>
public sealed record CheckpointRequest
{
    /// <summary>Folder in the working directory.</summary>
    public string Path { get; init; } = "";

    public long EverySeconds { get; init; } = 600;
}

/// <summary>What an sbatch script says beyond resources and time; see sbatch(1).</summary>
public sealed record BatchRequest
{
    public int? Ntasks { get; init; }

    public int? NtasksPerNode { get; init; }

    public int? CpusPerTask { get; init; }

    public long? MemPerCpuMib { get; init; }

    public string? Gres { get; init; }

    public string? Partition { get; init; }

    public string? Account { get; init; }

    public string? Qos { get; init; }

    public string? Constraint { get; init; }

    public string? Switches { get; init; }

    public bool Exclusive { get; init; }

    public bool? Requeue { get; init; }

    public string? Signal { get; init; }

    public string? Output { get; init; }

    public string? Error { get; init; }

    public string? Chdir { get; init; }

    public string? Export { get; init; }
}

using System.Text.Json.Serialization;

namespace Yunhe.Core.Workloads;

using Yunhe.Core.Network;
using Yunhe.Core.Units;

/// <summary>What a user handed in, checked and normalised; immutable.</summary>
public sealed record WorkloadSpec
{
    public required string Name { get; init; }

    public required ProgramSpec Program { get; init; }

    /// <summary>Alternatives, at least one; <see cref="Ordered"/>: an earlier feasible one is always preferred.</summary>
    public required IReadOnlyList<Requirement> Requirements { get; init; }

    public bool Ordered { get; init; }

    /// <summary>Nodes of a gang: all of them at one site at one time, or none.</summary>
    public int Nodes { get; init; } = 1;

    public IReadOnlyDictionary<string, string> Envs { get; init; } = Empty;

    /// <summary>Like <see cref="Envs"/>, but never shown again.</summary>
    public IReadOnlyDictionary<string, string> Secrets { get; init; } = Empty;

    public ArraySpec? Array { get; init; }

    public IReadOnlyList<Dependency> Dependencies { get; init; } = [];

    public Objective Objective { get; init; }

    public DateTimeOffset? Deadline { get; init; }

    /// <summary>The most that all attempts of all tasks together may cost.</summary>
    public Money? Budget { get; init; }

    /// <summary>Regions, provinces or cities that may run it; empty: any.</summary>
    public IReadOnlyList<string> Regions { get; init; } = [];

    /// <summary>Sites that may run it; empty: any.</summary>
    public IReadOnlyList<string> Sites { get; init; } = [];

    /// <summary>Regions, provinces or cities that its data must not leave, whatever <see cref="Regions"/> says; null: any.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Residency { get; init; }

    /// <summary>Sites with a higher PUE do not run it; null: any may.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? MaxPue { get; init; }

    /// <summary>Sites with less of their power from renewable sources, 0 to 1, do not run it; null: any may.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? MinRenewableShare { get; init; }

    /// <summary>Higher goes first; −1000 to 1000.</summary>
    public int Priority { get; init; }

    /// <summary>How often a failure of the program itself is tried again.</summary>
    public int Retries { get; init; }

    public TimeSpan? TimeLimit { get; init; }

    /// <summary>The user's own guess of the run time.</summary>
    public TimeSpan? Estimate { get; init; }

    /// <summary>SHA-256 (hex) of the uploaded tar that becomes the working directory; null: an empty one.</summary>
    public string? Workdir { get; init; }

    public IReadOnlyList<FileMount> FileMounts { get; init; } = [];

    /// <summary>Bytes of <see cref="Workdir"/> and <see cref="FileMounts"/> together, to be moved to the site.</summary>
    public long InputBytes { get; init; }

    /// <summary>Globs, relative to the working directory, of what is brought back.</summary>
    public IReadOnlyList<string> Outputs { get; init; } = [];

    public BatchOptions? Batch { get; init; }

    /// <summary>Whose share it counts against; null: the default project's. Absent where it is null, so that specs of old keep their hash.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Project { get; init; }

    /// <summary>
    /// False: it is never ended for another, and so starts within its project's quota only. Null: it may be, where its project's or
    /// another's rules ask for it.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Preemptible { get; init; }

    /// <summary>How long it may be held back in the queue for a cheaper or cleaner hour; null: not at all.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TimeSpan? MaxWait { get; init; }

    /// <summary>The reservation that it runs in and nowhere else; null: where it may, also in one of its project's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reservation { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public FabricWish Fabric { get; init; }

    /// <summary>Where its checkpoints lie, which a later attempt resumes from at whatever site; null: it writes none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CheckpointSpec? Checkpoint { get; init; }

    private static readonly Dictionary<string, string> Empty = [];
}

/// <summary>Where the nodes of a gang are in a pool that has several fabrics.</summary>
public enum FabricWish
{
    /// <summary>In as few fabrics as possible.</summary>
    Prefer,

    /// <summary>In one, however long that takes.</summary>
    Same,
}

/// <summary>What one node of a workload needs. <c>Accelerator</c> null: none; "*": any model.</summary>
public sealed record Requirement(Resources PerNode, string? Accelerator = null)
{
    /// <summary>The same with the model that a pool has, as the pool spells it.</summary>
    public Requirement In(Pool pool) => Accelerator is null || Accelerator == pool.Accelerator ? this : this with { Accelerator = pool.Accelerator };
}

public enum ProgramKind
{
    /// <summary>SkyPilot's: setup, then run, both as bash scripts, on every node.</summary>
    Task,

    /// <summary>An sbatch script: runs once, on the first node; natively on a Slurm site.</summary>
    Batch,

    /// <summary>One command with its arguments, on every node; no shell touches them.</summary>
    Command,
}

/// <summary>Exactly the parts of its kind are set.</summary>
public sealed record ProgramSpec(ProgramKind Kind)
{
    public string? Setup { get; init; }

    public string? Run { get; init; }

    public string? Script { get; init; }

    /// <summary>Arguments given after the script's name.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    public IReadOnlyList<string> Command { get; init; } = [];
}

/// <summary>A file or folder put into the working directory before the run: an uploaded tar, unpacked at <c>Target</c>.</summary>
public sealed record FileMount(string Target, string Sha256);

/// <summary>Indices ascending and distinct; <c>Limit</c>: how many tasks run at once.</summary>
public sealed record ArraySpec(IReadOnlyList<int> Indices, int? Limit);

public enum DependencyKind
{
    /// <summary>The other one has begun or was cancelled.</summary>
    After,
    AfterAny,
    AfterOk,
    AfterNotOk,

    /// <summary>Task by task of two arrays of the same indices.</summary>
    AfterCorresponding,
}

public sealed record Dependency(DependencyKind Kind, WorkloadId Workload);

public enum Objective
{
    Balanced,
    Cost,
    Time,
    Carbon,
}

/// <summary>The parts of an sbatch script that shape the run itself. Resources and time are in the spec.</summary>
public sealed record BatchOptions
{
    public int? Tasks { get; init; }

    public int? TasksPerNode { get; init; }

    public int? CpusPerTask { get; init; }

    public long? MemoryPerCpuMiB { get; init; }

    /// <summary>Raw GRES text as the user wrote it, for the native engine.</summary>
    public string? Gres { get; init; }

    public string? Partition { get; init; }

    public string? Account { get; init; }

    public string? Qos { get; init; }

    public string? Constraint { get; init; }

    /// <summary>Slurm's text: COUNT[@longest wait].</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Switches { get; init; }

    public bool Exclusive { get; init; }

    public bool? Requeue { get; init; }

    /// <summary>Slurm's text: [B:]SIGNAL[@seconds].</summary>
    public string? Signal { get; init; }

    /// <summary>Pattern with %j %A %a %x %N …; null: slurm-%j.out.</summary>
    public string? Output { get; init; }

    public string? Error { get; init; }

    public string? Chdir { get; init; }

    public string? Export { get; init; }
}

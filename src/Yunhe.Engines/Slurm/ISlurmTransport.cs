using Yunhe.Core.Workloads;

namespace Yunhe.Engines.Slurm;

/// <summary>How the engine talks to a cluster. Queries throw <see cref="EngineUnavailableException"/>; a submission never does.</summary>
internal interface ISlurmTransport : IAsyncDisposable
{
    /// <summary>False where a submission has no arguments and its script's #SBATCH lines are not read (slurmrestd).</summary>
    bool RunsSbatch { get; }

    /// <summary>Variables that a job of this user has from the site itself (HOME, PATH, …).</summary>
    Task<IReadOnlyList<KeyValuePair<string, string>>> LoginEnvironmentAsync(CancellationToken cancel);

    /// <summary>Jobs, nodes and partitions, with a bounded number of queries.</summary>
    Task<SlurmLook> LookAsync(CancellationToken cancel);

    Task<SubmitAnswer> SubmitAsync(SlurmSubmission submission, CancellationToken cancel);

    /// <summary>Ends jobs (<c>13</c>) or tasks of arrays (<c>13_5</c>) as scancel does; those that have ended are fine.</summary>
    Task CancelAsync(IReadOnlyList<string> jobs, CancellationToken cancel);

    /// <summary>The same for those of them that Slurm has not started; does nothing where Slurm can't be told so.</summary>
    Task CancelPendingAsync(IReadOnlyList<string> jobs, CancellationToken cancel);

    /// <summary>What accounting or the job completion log knows of jobs that the controller has forgotten, by raw job ID.</summary>
    Task<IReadOnlyDictionary<long, SlurmEnd>> AccountingAsync(IReadOnlyCollection<long> jobs, CancellationToken cancel);

    /// <summary>Raw IDs of jobs that ended lately and worked below a folder, by the name of the folder in it; empty where accounting can not be asked.</summary>
    Task<IReadOnlyDictionary<string, long>> EndedInAsync(string folder, TimeSpan back, CancellationToken cancel);
}

/// <param name="Job">Set exactly when <paramref name="Outcome"/> is Started.</param>
internal sealed record SubmitAnswer(StartOutcome Outcome, long Job, string Detail)
{
    public static SubmitAnswer Started(long job) => new(StartOutcome.Started, job, "");

    public static SubmitAnswer Refused(string words) => new(StartOutcome.Refused, 0, words);

    public static SubmitAnswer NotStarted(string words) => new(StartOutcome.NotStarted, 0, words);

    public static SubmitAnswer Unknown(string words) => new(StartOutcome.Unknown, 0, words);
}

internal sealed record SlurmLook(
    IReadOnlyList<SlurmJob> Jobs, IReadOnlyList<SlurmNode> Nodes, IReadOnlyList<SlurmPartition> Partitions);

/// <summary>A job of the queue, or of those ended within MinJobAge; of an array, a task or all tasks that have not been split off.</summary>
internal sealed record SlurmJob
{
    public required long Id { get; init; }

    /// <summary>0: no array.</summary>
    public long ArrayJob { get; init; }

    public int? ArrayTask { get; init; }

    public string ArrayTasks { get; init; } = "";

    public string Comment { get; init; } = "";

    public required string State { get; init; }

    public string Reason { get; init; } = "";

    /// <summary>Raw wait status.</summary>
    public int WaitStatus { get; init; }

    public int Restarts { get; init; }

    public DateTimeOffset? Start { get; init; }

    public DateTimeOffset? End { get; init; }

    public string Nodes { get; init; } = "";

    public int NodeCount { get; init; }

    public int Cpus { get; init; }

    public long? MemoryPerNodeMiB { get; init; }

    public long? MemoryPerCpuMiB { get; init; }

    /// <summary>Such as <c>gres:gpu:a100:2</c>.</summary>
    public string GresPerNode { get; init; } = "";

    public TimeSpan? Limit { get; init; }

    public string Partition { get; init; } = "";

    /// <summary>How scancel and people name it.</summary>
    public string Name => ArrayTask is { } task && ArrayJob > 0 ? $"{ArrayJob}_{task}" : $"{Id}";
}

internal sealed record SlurmNode
{
    public required string Name { get; init; }

    public required bool Usable { get; init; }

    public int Cpus { get; init; }

    public int UsedCpus { get; init; }

    public long MemoryMiB { get; init; }

    public long UsedMemoryMiB { get; init; }

    public string Gres { get; init; } = "";

    public string UsedGres { get; init; } = "";

    public IReadOnlyList<string> Partitions { get; init; } = [];

    public IReadOnlyList<string> Features { get; init; } = [];
}

internal sealed record SlurmPartition(string Name, bool Up, TimeSpan? MaxTime);

/// <summary>How a forgotten job ended.</summary>
internal sealed record SlurmEnd(string State, int ExitCode, int Signal, DateTimeOffset? Start, DateTimeOffset? End);

/// <summary>What a job's memory is counted by.</summary>
internal enum MemoryForm
{
    PerNode,
    PerCpu,
    PerGpu,
}

internal readonly record struct SlurmMemory(MemoryForm Form, long MiB);

/// <summary>One native submission: one attempt, or tasks of one array.</summary>
internal sealed record SlurmSubmission
{
    /// <summary>The first of them holds the script and its environment in its folder.</summary>
    public required IReadOnlyList<Launch> Launches { get; init; }

    public required string Comment { get; init; }

    public required string Script { get; init; }

    public IReadOnlyList<string> Arguments { get; init; } = [];

    public IReadOnlyList<KeyValuePair<string, string>> Environment { get; init; } = [];

    /// <summary>Path of the script, and of <see cref="Environment"/> as NUL-ended NAME=value, for sbatch.</summary>
    public required string ScriptPath { get; init; }

    public required string EnvironmentPath { get; init; }

    public required string Chdir { get; init; }

    public required string Output { get; init; }

    public required string Error { get; init; }

    public string? Array { get; init; }

    public required string? Partition { get; init; }

    public string? Account { get; init; }

    public string? Qos { get; init; }

    public string? Constraint { get; init; }

    public string? Reservation { get; init; }

    /// <summary>COUNT[@longest wait].</summary>
    public string? Switches { get; init; }

    public required int Nodes { get; init; }

    public required int Tasks { get; init; }

    public int? TasksPerNode { get; init; }

    public required int CpusPerTask { get; init; }

    public required SlurmMemory Memory { get; init; }

    public string Gres { get; init; } = "";

    public int? LimitMinutes { get; init; }

    public bool Exclusive { get; init; }

    /// <summary>Cores of a whole node of the pool, or 0 when it is not known.</summary>
    public int NodeCpus { get; init; }

    public bool? Requeue { get; init; }

    public string? Signal { get; init; }
}

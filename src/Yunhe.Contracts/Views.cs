namespace Yunhe.Contracts;

/// <summary>A page of a list; <c>Next</c> is the cursor of the following page, absent on the last.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

public enum PhaseWord
{
    Submitted,
    Queued,
    Placed,
    Staging,
    Running,
    Finishing,
    Succeeded,
    Failed,
    Cancelled,
}

public sealed record CountsView(
    int Submitted, int Queued, int Placed, int Staging, int Running, int Finishing, int Succeeded, int Failed, int Cancelled);

/// <summary>Money in units of the network's currency, energy in kWh, carbon in grams of CO2 equivalent.</summary>
public sealed record AmountsView(decimal Cost, double EnergyKwh, double CarbonG);

/// <summary>Answer to a submission.</summary>
public sealed record SubmittedView(string Id, PhaseWord Phase)
{
    /// <summary>True when the idempotency key had been used for this workload before.</summary>
    public bool Repeated { get; init; }

    public IReadOnlyList<string> Warnings { get; init; } = [];
}

/// <summary>A workload in a list.</summary>
public record WorkloadSummary
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string Owner { get; init; }

    public string? Project { get; init; }

    public required PhaseWord Phase { get; init; }

    public required CountsView Counts { get; init; }

    public required int Tasks { get; init; }

    public int Nodes { get; init; } = 1;

    public int Priority { get; init; }

    public DateTimeOffset SubmittedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>While it waits for a site: when it is likely to start, by a look some seconds old.</summary>
    public ExpectedStartView? ExpectedStart { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Site of the latest attempt (of the first task).</summary>
    public string? Site { get; init; }

    /// <summary>Exit code of the first task, or of the first failed one.</summary>
    public int? ExitCode { get; init; }

    /// <summary>Why it waits, failed, or is tried again.</summary>
    public string? Detail { get; init; }

    /// <summary>Of all attempts that have ended.</summary>
    public required AmountsView Used { get; init; }
}

/// <summary>Half of such starts come before <c>P50</c>, nine of ten before <c>P90</c>.</summary>
public sealed record ExpectedStartView(DateTimeOffset P50, DateTimeOffset P90);

/// <summary>One workload in full. Secrets are shown as "***".</summary>
public sealed record WorkloadView : WorkloadSummary
{
    public required WorkloadRequest Request { get; init; }

    public string? Quote { get; init; }

    /// <summary>The first 20 tasks that have begun; the others by GET /v1/workloads/{id}/tasks.</summary>
    public required IReadOnlyList<TaskView> FirstTasks { get; init; }
}

public sealed record TaskView
{
    /// <summary>"w17" or "w17_3".</summary>
    public required string Id { get; init; }

    public int? Index { get; init; }

    public required PhaseWord Phase { get; init; }

    public string? Failure { get; init; }

    public string? Detail { get; init; }

    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>What its next attempt begins with.</summary>
    public CheckpointView? Checkpoint { get; init; }

    public required IReadOnlyList<AttemptView> Attempts { get; init; }
}

public sealed record AttemptView
{
    /// <summary>"w17.1".</summary>
    public required string Id { get; init; }

    public required string Site { get; init; }

    public string? Pool { get; init; }

    public required PhaseWord Phase { get; init; }

    public IReadOnlyList<string> Nodes { get; init; } = [];

    public DateTimeOffset PlacedAt { get; init; }

    public DateTimeOffset? StagedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public int? ExitCode { get; init; }

    public int? Signal { get; init; }

    public string? Failure { get; init; }

    public string? Detail { get; init; }

    public string? EngineJob { get; init; }

    public int Restarts { get; init; }

    public double? Utilisation { get; init; }

    /// <summary>Whether the utilisation behind the energy was measured or assumed.</summary>
    public bool? Measured { get; init; }

    public AmountsView? Used { get; init; }

    /// <summary>The copy of an earlier attempt's checkpoint folder that it began with.</summary>
    public CheckpointView? ResumedFrom { get; init; }

    /// <summary>Why its checkpoint folder could not be copied when that was last tried.</summary>
    public string? CheckpointProblem { get; init; }

    /// <summary>Outputs and logs have been brought back.</summary>
    public bool Collected { get; init; }
}

/// <summary>A copy of a checkpoint folder.</summary>
/// <param name="Attempt">Whose.</param>
/// <param name="CoversSeconds">Run time of the task up to it.</param>
public sealed record CheckpointView(string Attempt, DateTimeOffset TakenAt, long Bytes, double CoversSeconds);

/// <summary>One site as an answer to a workload. With <c>Excluded</c> set, the figures are absent.</summary>
public sealed record CandidateView
{
    public required string Site { get; init; }

    public string? Excluded { get; init; }

    public string? Pool { get; init; }

    public bool? FreeNow { get; init; }

    public double? WaitP50Seconds { get; init; }

    public double? WaitP90Seconds { get; init; }

    public double? StagingSeconds { get; init; }

    public double? RunSeconds { get; init; }

    /// <summary>Where the run time comes from: assumed, user, history, time_limit.</summary>
    public string? Basis { get; init; }

    public DateTimeOffset? StartAt { get; init; }

    public DateTimeOffset? FinishAt { get; init; }

    /// <summary>Estimates, of one task.</summary>
    public AmountsView? Amounts { get; init; }

    public double? Score { get; init; }

    /// <summary>Why it would have to wait, where reservations or fabrics are the reason.</summary>
    public string? WaitsFor { get; init; }

    public string? LostBecause { get; init; }
}

/// <summary>Best first, excluded ones last. An estimate, but for the price per hour, which is binding.</summary>
public sealed record QuoteView(
    string Id, DateTimeOffset At, DateTimeOffset ValidUntil, ObjectiveWord Optimize, string? Best, IReadOnlyList<CandidateView> Candidates)
{
    /// <summary>Sites that the list leaves out.</summary>
    public int Omitted { get; init; }

    public IReadOnlyList<ExclusionView> Exclusions { get; init; } = [];

    public IReadOnlyList<string> Warnings { get; init; } = [];
}

/// <summary>Why a workload is where it is, or why it waits.</summary>
public sealed record ExplainView
{
    public required string Workload { get; init; }

    /// <summary>One sentence for people.</summary>
    public required string Summary { get; init; }

    /// <summary>What was known and weighed when the latest attempt (of the task asked for) was placed.</summary>
    public DecisionView? Placed { get; init; }

    /// <summary>For one that waits: how the sites look now.</summary>
    public DecisionView? Now { get; init; }
}

public sealed record DecisionView(DateTimeOffset At, string? Attempt, ObjectiveWord Optimize, IReadOnlyList<CandidateView> Candidates)
{
    /// <summary>Sites that the list leaves out.</summary>
    public int Omitted { get; init; }

    public IReadOnlyList<ExclusionView> Exclusions { get; init; } = [];

    /// <summary>How it was chosen together with others; null: for itself.</summary>
    public string? Together { get; init; }
}

/// <summary>In a large network: how many sites one reason excludes, and the first of them by name.</summary>
public sealed record ExclusionView(string Why, int Sites, string Example);

/// <summary>What an operator declares of a site: body of POST and PUT.</summary>
public sealed record SiteRequest
{
    public required string Name { get; init; }

    /// <summary>general, intelligent, supercomputing, edge.</summary>
    public string Kind { get; init; } = "general";

    public string Operator { get; init; } = "";

    public string Region { get; init; } = "";

    public string Province { get; init; } = "";

    public string City { get; init; } = "";

    /// <summary>local or slurm.</summary>
    public required string Engine { get; init; }

    /// <summary>Settings of the engine; see docs/sites.md.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Pools of a local site; a Slurm site reports its own.</summary>
    public IReadOnlyList<PoolRequest> Pools { get; init; } = [];

    public double Pue { get; init; } = 1.5;

    public double CarbonGPerKwh { get; init; } = 550;

    public double RenewableShare { get; init; }

    /// <summary>Power of one busy core with its share of the node.</summary>
    public double CpuWatts { get; init; } = 10;

    public decimal PriceCpuHour { get; init; }

    public decimal PriceGibHour { get; init; }

    /// <summary>By accelerator model; "*" for any other.</summary>
    public IReadOnlyDictionary<string, decimal> PriceAcceleratorHour { get; init; } = new Dictionary<string, decimal>();

    /// <summary>Multiples of the prices by hour; absent: they hold at any hour.</summary>
    public HourlyRequest? Tariff { get; init; }

    /// <summary>Of the grid in g CO2e per kWh by hour; absent: carbon_g_per_kwh at any hour.</summary>
    public HourlyRequest? CarbonByHour { get; init; }

    public long LinkBitsPerSecond { get; init; } = 1_000_000_000;

    public double LinkRttMs { get; init; } = 1;

    public decimal LinkPricePerGb { get; init; }

    /// <summary>How long its engine may stay away before what it runs is given up and tried elsewhere.</summary>
    public long LostAfterSeconds { get; init; } = 600;

    /// <summary>Slurm: how many attempts of Yunhe's may wait in its queue at once.</summary>
    public int MaxPending { get; init; } = 1000;
}

/// <summary>24 values from midnight on, of the site's own clock.</summary>
public sealed record HourlyRequest
{
    /// <summary>Monday to Friday.</summary>
    public IReadOnlyList<decimal> Weekday { get; init; } = [];

    /// <summary>Saturday and Sunday; empty: as on weekdays.</summary>
    public IReadOnlyList<decimal> Weekend { get; init; } = [];

    /// <summary>Hours that the site's clock is ahead of UTC, the whole year: 8, -3.5.</summary>
    public decimal UtcOffset { get; init; }
}

public sealed record PoolRequest
{
    public required string Name { get; init; }

    public int Nodes { get; init; } = 1;

    public int Cpus { get; init; } = 1;

    public long MemoryMib { get; init; } = 1024;

    public string? Accelerator { get; init; }

    public int Accelerators { get; init; }

    /// <summary>The first so many nodes are one fabric, the next so many the next one; 0: all nodes are one.</summary>
    public int NodesPerFabric { get; init; }

    /// <summary>Of the fabric, one direction, in Gbit/s for each accelerator (without any: for each node); absent: unknown.</summary>
    public double? ScaleOutGbitPerSecond { get; init; }

    /// <summary>Of an accelerator to those in its scale-up domain, one direction, in GB/s; absent: unknown.</summary>
    public double? ScaleUpGbPerSecond { get; init; }

    /// <summary>Accelerators of a scale-up domain; absent: those of a node.</summary>
    public int? ScaleUpDomain { get; init; }
}

public sealed record SiteView
{
    public required SiteRequest Site { get; init; }

    /// <summary>up, drained, unreachable or unknown (not looked at yet).</summary>
    public required string Status { get; init; }

    public string? Problem { get; init; }

    public DateTimeOffset? ObservedAt { get; init; }

    /// <summary>Which limits the engine enforces and how.</summary>
    public string? Enforcement { get; init; }

    public required IReadOnlyList<PoolView> Pools { get; init; }

    /// <summary>The latest of each pool, by name; absent: nothing was measured here.</summary>
    public IReadOnlyList<MeasurementView>? Measurements { get; init; }

    public int ActiveAttempts { get; init; }

    /// <summary>Jobs in the site's own queue, of anybody.</summary>
    public int QueuedJobs { get; init; }

    public int Revision { get; init; }
}

public sealed record PoolView
{
    public required string Name { get; init; }

    public int Nodes { get; init; }

    public int UnusableNodes { get; init; }

    public int Cpus { get; init; }

    public int FreeCpus { get; init; }

    public long MemoryMib { get; init; }

    public long FreeMemoryMib { get; init; }

    public string? Accelerator { get; init; }

    public int Accelerators { get; init; }

    public int FreeAccelerators { get; init; }
}

/// <summary>What was used, grouped by <c>By</c>: workload, name, site, owner, project or day.</summary>
public sealed record UsageView(string By, IReadOnlyList<UsageRow> Rows, UsageRow Total);

public sealed record UsageRow(
    string Key, int Attempts, double CoreHours, double AcceleratorHours, decimal Cost, double EnergyKwh, double CarbonG)
{
    /// <summary>Nodes × hours of reservations that are over.</summary>
    public double ReservedNodeHours { get; init; }

    /// <summary>The part of it that was not used; what was charged for it is in the cost.</summary>
    public double UnusedNodeHours { get; init; }
}

/// <summary>One change, as watchers see it (server-sent events; the SSE event name is <c>Kind</c>, its id is <c>Version</c>).</summary>
public sealed record ChangeView
{
    public required long Version { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>The event's stored name, such as attempt-started.</summary>
    public required string Kind { get; init; }

    public string? Workload { get; init; }

    public string? Task { get; init; }

    public string? Attempt { get; init; }

    public string? Site { get; init; }

    /// <summary>Phase of the task after the change, where it concerns one.</summary>
    public PhaseWord? Phase { get; init; }

    public string? Detail { get; init; }
}

public sealed record ServerView(string Network, string Version, string Currency, DateTimeOffset StartedAt);

/// <summary>RFC 9457. <c>Errors</c>: field path to messages; <c>Candidates</c>: which requirement excludes which site.</summary>
public sealed record ProblemView
{
    public string? Type { get; init; }

    public string? Title { get; init; }

    public int? Status { get; init; }

    public string? Detail { get; init; }

    public string? Instance { get; init; }

    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Errors { get; init; }

    public IReadOnlyList<CandidateView>? Candidates { get; init; }
}

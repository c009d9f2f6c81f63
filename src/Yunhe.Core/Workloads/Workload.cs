using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Yunhe.Core.Workloads;

using Yunhe.Core.Accounts;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling;
using Yunhe.Core.Scheduling.Forecasts;
using Yunhe.Core.Units;

/// <summary>How many tasks of a workload are in each phase.</summary>
public readonly record struct PhaseCounts(
    int Submitted, int Queued, int Placed, int Staging, int Running, int Finishing, int Succeeded, int Failed, int Cancelled)
{
    public int Total => Submitted + Queued + Active + Ended;

    public int Active => OnSite + Finishing;

    /// <summary>Hold nodes, or are about to: what an array's limit counts.</summary>
    public int OnSite => Placed + Staging + Running;

    public int Ended => Succeeded + Failed + Cancelled;

    public PhaseCounts Move(Phase from, Phase to) => Add(from, -1).Add(to, 1);

    public PhaseCounts Add(Phase phase, int by) => phase switch
    {
        Phase.Submitted => this with { Submitted = Submitted + by },
        Phase.Queued => this with { Queued = Queued + by },
        Phase.Placed => this with { Placed = Placed + by },
        Phase.Staging => this with { Staging = Staging + by },
        Phase.Running => this with { Running = Running + by },
        Phase.Finishing => this with { Finishing = Finishing + by },
        Phase.Succeeded => this with { Succeeded = Succeeded + by },
        Phase.Failed => this with { Failed = Failed + by },
        _ => this with { Cancelled = Cancelled + by },
    };

    /// <summary>The workload's phase: ended when all have ended (worst outcome), else the furthest that any task has come.</summary>
    public Phase Overall =>
        Ended == Total ? Failed > 0 ? Phase.Failed : Cancelled > 0 ? Phase.Cancelled : Phase.Succeeded
        : Running > 0 ? Phase.Running
        : Staging > 0 ? Phase.Staging
        : Placed > 0 ? Phase.Placed
        : Finishing > 0 ? Phase.Finishing
        : Queued > 0 ? Phase.Queued : Phase.Submitted;
}

/// <summary>A workload and the totals over its tasks. Tasks that have not begun exist only as a count (see <c>Unstarted</c>).</summary>
public sealed record Workload
{
    public required WorkloadId Id { get; init; }

    public required WorkloadSpec Spec { get; init; }

    public required string Owner { get; init; }

    public required DateTimeOffset SubmittedAt { get; init; }

    public required PhaseCounts Counts { get; init; }

    public DateTimeOffset? QueuedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Tasks that have no <see cref="WorkTask"/>: they never left the queue.</summary>
    public required int Unstarted { get; init; }

    /// <summary>How the tasks ended that never left the queue; null: they did not.</summary>
    public RestEnd? Rest { get; init; }

    public string? IdempotencyKey { get; init; }

    public required string SpecHash { get; init; }

    public bool CancelRequested { get; init; }

    /// <summary>The quote it is bound to, and that quote's site.</summary>
    public string? QuoteId { get; init; }

    public string? BoundSite { get; init; }

    /// <summary>The prices that the quote promised.</summary>
    public PriceBook? BoundPrices { get; init; }

    /// <summary>Until when it is, or was, held back for a better hour, and what that gains; null: it never was. It is at most once.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public HeldBack? Held { get; init; }

    /// <summary>For how long shorter work passes it where the queue is ordered by slowdown; fixed when it was handed in.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public TimeSpan Handicap { get; init; }

    /// <summary>When it was foretold to start, until it does; null: it was not asked, or has started.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Foretold? Foretold { get; init; }

    public Money Cost { get; init; }

    /// <summary>What its attempts that have not ended were expected to cost when they were placed.</summary>
    public Money Committed { get; init; }

    public Energy Energy { get; init; }

    public Carbon Carbon { get; init; }

    /// <summary>The text of <see cref="Control.RequirementClass"/>, which is looked up whenever its counts change; null: not found out.</summary>
    internal string? Needs { get; init; }

    public Phase Phase => Counts.Overall;

    public string Project => Spec.Project ?? Scheduling.Shares.Project.Default;

    /// <summary>Ordinal (in <see cref="ArraySpec.Indices"/>) of the next task to leave the queue for the first time.</summary>
    public int NextOrdinal => TaskCount - Unstarted;

    public int TaskCount => Spec.Array?.Indices.Count ?? 1;

    public TaskId TaskAt(int ordinal) => new(Id, Spec.Array is { } array ? array.Indices[ordinal] : -1);
}

/// <summary>It is not placed before <c>Until</c>; <c>Why</c> is for people.</summary>
public sealed record HeldBack(DateTimeOffset Until, string Why);

/// <summary>How tasks ended that never left the queue.</summary>
public sealed record RestEnd(Phase Outcome, FailureReason? Reason, string Detail);

/// <summary>A task that has left the queue at least once, or ended.</summary>
public sealed record WorkTask(TaskId Id, Phase Phase)
{
    public ImmutableArray<Attempt> Attempts { get; init; } = [];

    /// <summary>Failures of the program itself so far; compared with <see cref="WorkloadSpec.Retries"/>.</summary>
    public int ProgramFailures { get; init; }

    public int SiteFailures { get; init; }

    /// <summary>Not placed again before this.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    public FailureReason? Failure { get; init; }

    /// <summary>For people: why it ended, or why it is tried again.</summary>
    public string Detail { get; init; } = "";

    /// <summary>What its next attempt begins with; null: nothing was copied, or it has succeeded.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Checkpoint? Checkpoint { get; init; }

    /// <summary>Site faults since it last got on: an attempt that left a checkpoint was not in vain.</summary>
    public int FaultsInVain => Checkpoint?.From == Current?.Id ? 0 : SiteFailures;

    public Attempt? Current => Attempts.IsEmpty ? null : Attempts[^1];

    /// <summary>The site that has just failed it by no fault of its own, or let it wait too long; null: none.</summary>
    public string? Avoid => Failure is { } failure && (failure.IsSiteFault() || failure == FailureReason.SpilledOver) && Current is { GivesWay: null } ? Current.Site : null;
}

/// <summary>To which task an attempt gives way, and since when.</summary>
public sealed record GivesWay(TaskId To, DateTimeOffset At)
{
    /// <summary>Its workload has started something since, and claims what was made free no longer.</summary>
    public bool Served { get; init; }
}

/// <summary>When an attempt was called back from a site's own queue, and for which room elsewhere.</summary>
public sealed record Recall(DateTimeOffset At, string Site, string Pool);

/// <summary>One try of a task at one site.</summary>
public sealed record Attempt(AttemptId Id, string Site, string Pool, Requirement Requirement, Terms Terms, Decision Decision)
{
    public IReadOnlyList<string> Nodes { get; init; } = [];

    /// <summary>For each node the accelerators, a bit each, where Yunhe chose them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ulong>? Cards { get; init; }

    public Phase Phase { get; init; } = Phase.Placed;

    public required DateTimeOffset PlacedAt { get; init; }

    public DateTimeOffset? StagedAt { get; init; }

    /// <summary>Of its latest run, where the engine itself began it anew.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When the engine put it back into its own queue; null: it did not, or it runs again.</summary>
    public DateTimeOffset? StoppedAt { get; init; }

    /// <summary>Time that it ran before <see cref="StartedAt"/>; billed as well.</summary>
    public TimeSpan RanBefore { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public int? ExitCode { get; init; }

    public int? Signal { get; init; }

    public FailureReason? Failure { get; init; }

    /// <summary>For people: what the engine says of it now.</summary>
    public string Detail { get; init; } = "";

    public string? EngineJob { get; init; }

    public int Restarts { get; init; }

    public bool CancelSent { get; init; }

    /// <summary>Why the control plane ends it itself (user, budget, another workload); null: it does not.</summary>
    public FailureReason? CancelReason { get; init; }

    /// <summary>Set where Yunhe itself ends it for another; where a site does so by itself it is not.</summary>
    public GivesWay? GivesWay { get; init; }

    /// <summary>Set where it is to end if it has not begun; null: it was not called back.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Recall? Recall { get; init; }

    public UsageRecord? Usage { get; init; }

    /// <summary>The copy that was put into its checkpoint folder before it began.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Checkpoint? ResumesFrom { get; init; }

    /// <summary>Why its checkpoint folder could not be copied when that was last tried; null: it could.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? CheckpointProblem { get; init; }

    /// <summary>It was given up without the site's word: its nodes are taken to be in use until the site says otherwise.</summary>
    public bool Unconfirmed { get; init; }

    /// <summary>Outputs and logs lie at the server, or could not be had.</summary>
    public bool Collected { get; init; }

    /// <summary>A run that was stopped before <paramref name="at"/> counts as an earlier one; one that was not is the same run.</summary>
    public Attempt BeganAnew(DateTimeOffset at) => this with
    {
        RanBefore = StoppedAt <= at && StartedAt < StoppedAt ? RanBefore + (StoppedAt.Value - StartedAt.Value) : RanBefore,
        StoppedAt = null,
        StartedAt = at,
    };
}

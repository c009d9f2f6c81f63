namespace Yunhe.Core.Control;

using Yunhe.Core.Scheduling;
using Yunhe.Core.Workloads;

/// <summary>Why an input was refused; nothing changed.</summary>
public enum RefusalKind
{
    /// <summary>What it names does not exist.</summary>
    NotFound,

    /// <summary>It contradicts the present state (exists already, has ended, revision differs, key used for another workload).</summary>
    Conflict,

    /// <summary>No site can ever take it; <see cref="Refusal.Candidates"/> says which requirement excludes which site.</summary>
    Unsatisfiable,

    /// <summary>A field of it is wrong.</summary>
    Invalid,
}

public sealed record Refusal(RefusalKind Kind, string Message)
{
    public IReadOnlyList<Candidate> Candidates { get; init; } = [];
}

/// <summary>What a step decided. <c>Events</c> are already applied to the state that was stepped.</summary>
/// <param name="Done">IDs of effects that need not be done any more.</param>
/// <param name="Refusal">Set: the input was refused and the lists are empty.</param>
public sealed record StepResult(
    IReadOnlyList<Event> Events, IReadOnlyList<Effect> Effects, IReadOnlyList<string> Done, Refusal? Refusal = null)
{
    /// <summary>The workload that a <see cref="Submit"/> made, or found by its key.</summary>
    public WorkloadId? Workload { get; init; }

    public Quote? Quote { get; init; }
}

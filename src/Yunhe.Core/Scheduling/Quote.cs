using System.Text.Json.Serialization;

namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Network;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;

/// <summary>Where an estimate comes from; said to the user beside the figure.</summary>
public enum EstimateBasis
{
    /// <summary>Nothing is known: 10 minutes are assumed.</summary>
    Assumed,

    /// <summary>The user's own guess.</summary>
    User,

    /// <summary>Earlier runs of the same name by the same owner.</summary>
    History,

    /// <summary>Half of the time limit.</summary>
    TimeLimit,
}

/// <summary>One site as an answer to one workload. Where <c>Excluded</c> is set the figures are absent.</summary>
public sealed record Candidate(string Site)
{
    /// <summary>The exact reason why this site can't take it; null: it can.</summary>
    public string? Excluded { get; init; }

    /// <summary>True where waiting or an operator may lift the exclusion (drained, unreachable).</summary>
    public bool Passing { get; init; }

    /// <summary>True where only the budget excludes it.</summary>
    public bool OverBudget { get; init; }

    public string Pool { get; init; } = "";

    /// <summary>Which of the workload's alternatives is meant.</summary>
    public int Alternative { get; init; }

    /// <summary>True when it would start now.</summary>
    public bool FreeNow { get; init; }

    /// <summary>Why it would have to wait, where reservations or fabrics are the reason; null: nodes are in use.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? WaitsFor { get; init; }

    public TimeSpan WaitP50 { get; init; }

    public TimeSpan WaitP90 { get; init; }

    /// <summary>Moving the inputs there.</summary>
    public TimeSpan Staging { get; init; }

    public TimeSpan RunTime { get; init; }

    public EstimateBasis Basis { get; init; }

    public Money Cost { get; init; }

    public Energy Energy { get; init; }

    public Carbon Carbon { get; init; }

    /// <summary>Lower is better; 1.0 would be the best of all sites in every respect that counts.</summary>
    public double Score { get; init; }

    /// <summary>
    /// Where it starts at once on nodes that Yunhe packs: what it takes of the room for others, in the units of the packing strategy. Of those
    /// that are equal in all else the least goes first.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Packing { get; init; }

    /// <summary>What it would cost in the cheapest hours of its site; null: the same at any hour.</summary>
    internal Money? LeastCost { get; init; }

    /// <summary>Seconds of the wait before it was calibrated; 0: it starts at once, or is not calibrated.</summary>
    internal double Rolled { get; init; }

    /// <summary>However long it waited it would cost no less.</summary>
    internal Money Floor => LeastCost ?? Cost;

    public TimeSpan FinishIn => WaitP50 + Staging + RunTime;
}

/// <summary>Sites that the same reason excludes; <c>Example</c> is the first of them by name.</summary>
public sealed record Exclusion(string Why, int Sites, string Example);

/// <summary>
/// What was known and how it was weighed when a site was chosen. Candidates: best first, then the excluded ones by name. Of a large
/// network only the best are listed; <c>Omitted</c> counts the other sites, and <c>Exclusions</c> says which of those can't take it and why.
/// </summary>
public sealed record Decision(DateTimeOffset At, Objective Objective, IReadOnlyList<Candidate> Candidates)
{
    /// <summary>Sites that the list leaves out because it would be too long.</summary>
    public int Omitted { get; init; }

    public IReadOnlyList<Exclusion> Exclusions { get; init; } = [];

    /// <summary>No site can ever take it, whatever passes.</summary>
    [JsonIgnore]
    public bool Hopeless { get; init; }

    /// <summary>True: an earlier alternative was preferred to a later one.</summary>
    public bool Ordered { get; init; }

    /// <summary>The site that had just failed it; null: none, or it was the only one.</summary>
    public string? Avoided { get; init; }

    /// <summary>It was chosen together with others; null: for itself. The first candidate is the one chosen either way.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Together? Together { get; init; }

    /// <summary>Why a feasible candidate is not the first: "costs 3.1 times as much as hulan"; empty for the first.</summary>
    public string LostBecause(Candidate candidate) =>
        candidate == Candidates[0] ? ""
        : Together is not null && candidate.Score < Candidates[0].Score ? "others, decided together with it, have more use for it"
        : Comparison.WhyLost(candidate, Candidates[0], this);
}

/// <summary>What deciding together has brought, beside one after the other.</summary>
/// <param name="Others">That started with it.</param>
/// <param name="More">So many more started.</param>
/// <param name="Saved">Over all of them, by <see cref="Assignment.WindowCost"/>: a cost where each is weighed by what it asks for, not a bill.</param>
public sealed record Together(int Others, int More, Money Saved);

/// <summary>A priced answer for one task of a workload that can be bound to until <c>ValidUntil</c>.</summary>
public sealed record Quote(string Id, string Owner, WorkloadSpec Spec, string SpecHash, Decision Decision, DateTimeOffset ValidUntil)
{
    /// <summary>Prices of the best site with its tariff, which bind while the quote is valid; null: there is no such site.</summary>
    public PriceBook? Prices { get; init; }

    /// <summary>The site that a bound workload goes to; null: no site can take it.</summary>
    public Candidate? Best => Decision.Candidates is [{ Excluded: null } best, ..] ? best : null;
}

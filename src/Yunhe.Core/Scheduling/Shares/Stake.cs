using Yunhe.Core.Workloads;

namespace Yunhe.Core.Scheduling.Shares;

/// <summary>What one attempt means for its project, from its record alone, so that it is the same however the state came about.</summary>
/// <param name="Site">Where.</param>
/// <param name="Pool">In which pool.</param>
/// <param name="Use">What it holds while it holds it.</param>
/// <param name="Holds">It uses, or may use, nodes.</param>
/// <param name="Ending">It holds them, and its engine has been told to end it.</param>
/// <param name="Pinned">It is not preemptible.</param>
/// <param name="From">When it began to run; null: it has not. Time of earlier runs is taken as spent right before.</param>
/// <param name="To">When it stopped; null: it runs.</param>
internal readonly record struct Stake(
    string Site, string Pool, Use Use, bool Holds, bool Ending, bool Pinned, DateTimeOffset? From, DateTimeOffset? To)
{
    public static Stake Of(Attempt attempt, WorkloadSpec spec) => new(
        attempt.Site,
        attempt.Pool,
        Use.Of(attempt.Requirement, spec.Nodes),
        attempt.EndedAt is null || attempt.Unconfirmed,
        attempt is { EndedAt: null, CancelSent: true },
        spec.Preemptible == false,
        attempt.StartedAt - attempt.RanBefore,
        attempt.EndedAt ?? attempt.StoppedAt);
}

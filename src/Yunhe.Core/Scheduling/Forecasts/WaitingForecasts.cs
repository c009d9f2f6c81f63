using Yunhe.Core.Control;
using Yunhe.Core.Workloads;

namespace Yunhe.Core.Scheduling.Forecasts;

/// <summary>When what waits is likely to start, all of it at one look, for lists: those in front as they are laid out, the others by their place.</summary>
internal sealed class WaitingForecasts
{
    /// <summary>How old a look may be: a list need not be newer.</summary>
    public static readonly TimeSpan GoodFor = TimeSpan.FromSeconds(10);

    private readonly State state;
    private readonly Dictionary<WorkloadId, double> planned = [];
    private readonly Backlog backlog;
    private readonly QueuePlan? plan;

    public WaitingForecasts(State state, DateTimeOffset now)
    {
        (this.state, At) = (state, now);
        if (state.Sites.Count <= Placement.MostWeighed) plan = QueuePlan.Of(state, now, null, (workload, _, start) => planned.TryAdd(workload.Id, start));
        backlog = new(state, null);
    }

    public DateTimeOffset At { get; }

    /// <summary>
    /// Times of the start from <see cref="At"/>: half of such forecasts are too long, nine of ten starts come before the second. Null: it can't be told, since
    /// it waits for something else than those before it, such as a reservation, the limit of its project, or a site that is away.
    /// </summary>
    public (DateTimeOffset P50, DateTimeOffset P90)? Of(Workload workload, Ready entry)
    {
        if (plan is { IsWhole: true } && workload.SubmittedAt <= At && !planned.ContainsKey(workload.Id)) return null;
        if (workload.Spec.Reservation is not null || state.Shares.HoldsBack(workload)) return null;
        var rolled = Math.Max(1, planned.TryGetValue(workload.Id, out var start) ? start : backlog.Seconds(workload.Spec, entry));
        var (p50, p90) = state.Forecasts.Calibrate(rolled, atEngine: false);
        return (At + p50, At + p90);
    }
}

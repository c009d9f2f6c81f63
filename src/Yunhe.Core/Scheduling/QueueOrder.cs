using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Queueing;
using Yunhe.Core.Workloads;

namespace Yunhe.Core.Scheduling;

/// <summary>Who goes first among the waiting work of a project and a priority.</summary>
public enum WaitingOrder
{
    /// <summary>Who came first.</summary>
    Arrival,

    /// <summary>Who came first, but short and small work passes long and large work: see <see cref="SlowdownIndex"/>.</summary>
    Slowdown,
}

/// <summary>The order in which waiting work is given to sites. Ranks do not change with time, so that the queue stays sorted.</summary>
internal static class QueueOrder
{
    /// <summary>A point of priority is worth so much waiting: with time, work of any priority comes first.</summary>
    private static readonly TimeSpan AgeingInterval = TimeSpan.FromHours(1);

    /// <summary>Work is passed only by what arrives within so long, however large it is.</summary>
    private static readonly TimeSpan LongestHandicap = TimeSpan.FromDays(1);

    /// <summary>Cores that an accelerator counts as: about what its node has for each.</summary>
    private const double CoresPerAccelerator = 16;

    /// <summary>The lowest goes first.</summary>
    public static long RankOf(WorkloadSpec spec, DateTimeOffset since, WaitingOrder order, TimeSpan handicap) =>
        since.UtcTicks - spec.Priority * AgeingInterval.Ticks + (order == WaitingOrder.Slowdown ? handicap.Ticks : 0);

    /// <summary>
    /// A second for each second of its index: it is passed by shorter work for about as long as it would take itself on one core. By what is known
    /// of such runs when it is handed in: a place in the queue does not move.
    /// </summary>
    public static TimeSpan Handicap(WorkloadSpec spec, RunTimeExpectation run)
    {
        var index = SlowdownIndex.Of(Math.Max(1, Cores(spec.Requirements[0].PerNode) * spec.Nodes), run);
        return TimeSpan.FromSeconds(Math.Min(index, LongestHandicap.TotalSeconds));
    }

    private static double Cores(Resources each) => Math.Max(each.Cpus, (double)each.AcceleratorAmount * CoresPerAccelerator);
}

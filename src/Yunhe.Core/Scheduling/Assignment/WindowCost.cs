namespace Yunhe.Core.Scheduling.Assignment;

using Yunhe.Core.Units;

/// <summary>
/// Makes workloads with different objectives comparable: what a choice costs is its score (1 = the best in every respect that counts)
/// times the workload's value, so that making a large one a tenth worse weighs as much as making ten small ones a tenth worse. In µ¥.
/// </summary>
public static class WindowCost
{
    /// <summary>The highest cost of one task; hundreds of them still add up within 64 bits.</summary>
    public const long Highest = 1_000_000_000_000_000;

    /// <summary>An hour of a node is valued at least this much where sites charge nothing. An assumption.</summary>
    private const double LeastPerNodeHour = 10_000;

    /// <summary>Priority points that double how much a waiting task counts. An assumption.</summary>
    private const double Doubling = 100;

    private static readonly TimeSpan LongestCounted = TimeSpan.FromDays(7);

    /// <summary>What a workload's task is worth: what it costs where it is cheapest.</summary>
    public static long Value(Money cheapest, int nodes, TimeSpan runTime) =>
        Capped(Math.Max(cheapest.Micros, Math.Max(1, LeastPerNodeHour * nodes * runTime.TotalHours)));

    public static long Of(double score, long value) => Capped(score * value);

    /// <summary>
    /// Leaving it in the queue costs more than any of its choices, so that nobody waits who need not: by its value, which grows with every
    /// hour that it has waited and doubles with every 100 points of priority.
    /// </summary>
    public static long Waiting(long dearest, long value, int priority, TimeSpan waited)
    {
        var hours = Math.Clamp(waited.TotalHours, 0, LongestCounted.TotalHours);
        return Capped(dearest + (value * (1 + hours) * Math.Pow(2, priority / Doubling)));
    }

    private static long Capped(double cost) => (long)Math.Round(Math.Min(cost, Highest));
}

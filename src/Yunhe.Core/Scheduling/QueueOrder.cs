namespace Yunhe.Core.Scheduling;

/// <summary>The order in which waiting work is given to sites. Ranks do not change with time, so that the queue stays sorted.</summary>
internal static class QueueOrder
{
    /// <summary>A point of priority is worth so much waiting: with time, work of any priority comes first.</summary>
    private static readonly TimeSpan AgeingInterval = TimeSpan.FromHours(1);

    /// <summary>The lowest goes first.</summary>
    public static long RankOf(int priority, DateTimeOffset since) => since.UtcTicks - priority * AgeingInterval.Ticks;
}

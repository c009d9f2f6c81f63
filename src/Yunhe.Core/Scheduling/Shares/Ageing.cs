namespace Yunhe.Core.Scheduling.Shares;

/// <summary>
/// Waiting makes up for a low priority: an hour is worth one point, so that of a project's workloads one that is d points lower is
/// overtaken by those that come up to d hours after it, and by no others. Between two that wait the difference never changes, so that
/// their order needs no upkeep.
/// </summary>
internal static class Ageing
{
    public static readonly TimeSpan PerPoint = TimeSpan.FromHours(1);

    /// <summary>When one of priority 0 would have to have come to stand at the same place; earlier goes first.</summary>
    public static DateTimeOffset Turn(int priority, DateTimeOffset since) => since - priority * PerPoint;
}

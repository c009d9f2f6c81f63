namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Network;
using Yunhe.Core.Workloads;

/// <summary>Start now or wait: the start within a workload's slack at which it costs, or emits, least.</summary>
public static class StartTime
{
    /// <summary>A week repeats itself: a later start than within a week can't be better.</summary>
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);

    /// <summary>The latest start that its user allows: so that it ends by the deadline, and within the longest wait.</summary>
    /// <param name="earliest">When it could start.</param>
    /// <param name="length">Of staging and run, pessimistic: the deadline is a hard limit.</param>
    /// <param name="maxWait">How long it may wait for a better hour; null: only a deadline gives slack.</param>
    public static DateTimeOffset Latest(DateTimeOffset earliest, TimeSpan length, DateTimeOffset? deadline, TimeSpan? maxWait)
    {
        var latest = maxWait is { } wait ? earliest + wait : deadline is null ? earliest : DateTimeOffset.MaxValue;
        if (deadline is { } end && (end - earliest < length ? earliest : end - length) is var byDeadline && byDeadline < latest) latest = byDeadline;
        return latest > earliest ? latest : earliest;
    }

    /// <summary>
    /// Exact: what an interval sums up to is linear in its start as long as neither end crosses a full hour, so that the least is where one
    /// of them lies on one, or at the ends of the slack. Of equal ones the earliest.
    /// </summary>
    /// <param name="objective">Time: now. Balanced: money and carbon, each as a share of its mean over the week.</param>
    public static DateTimeOffset Best(
        Objective objective, HourProfile? tariff, HourProfile? carbon, DateTimeOffset earliest, DateTimeOffset latest, TimeSpan length)
    {
        if (objective == Objective.Time || (tariff is null && carbon is null)) return earliest;
        if (latest - earliest > Week) latest = earliest + Week;
        var (best, least) = (earliest, Weigh(objective, tariff, carbon, earliest, length));
        foreach (var start in Starts(tariff, earliest, latest, length).Concat(Starts(carbon, earliest, latest, length)).Append(latest))
        {
            var weight = Weigh(objective, tariff, carbon, start, length);
            if (weight.CompareTo(least) is var c && (c > 0 || (c == 0 && start >= best))) continue;
            (best, least) = (start, weight);
        }
        return best;
    }

    private static IEnumerable<DateTimeOffset> Starts(HourProfile? profile, DateTimeOffset earliest, DateTimeOffset latest, TimeSpan length)
    {
        if (profile is null) yield break;
        for (var hour = profile.NextHour(earliest); hour <= latest; hour = profile.NextHour(hour)) yield return hour;
        for (var end = profile.NextHour(earliest + length); end - length <= latest; end = profile.NextHour(end)) yield return end - length;
    }

    private static (Int128 First, Int128 Second) Weigh(Objective objective, HourProfile? tariff, HourProfile? carbon, DateTimeOffset start, TimeSpan length)
    {
        var (money, grams) = (tariff?.Sum(start, length) ?? 0, carbon?.Sum(start, length) ?? 0);
        return objective switch
        {
            Objective.Cost => (money, grams),
            Objective.Carbon => (grams, money),
            _ => ((money * (carbon?.Week ?? 1)) + (grams * (tariff?.Week ?? 1)), 0),
        };
    }
}

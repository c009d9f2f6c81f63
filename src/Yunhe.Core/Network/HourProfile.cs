namespace Yunhe.Core.Network;

/// <summary>
/// What a site's tariff or grid does hour by hour, in thousandths (of the declared prices, or of a gram of CO2e per kWh). Hours are the
/// site's own, at a fixed offset from UTC, so that every day has 24 of them. Checked where a site is declared.
/// </summary>
/// <param name="Weekday">Monday to Friday: 24 values from midnight on, none below zero.</param>
/// <param name="Weekend">Saturday and Sunday.</param>
public sealed record HourProfile(IReadOnlyList<int> Weekday, IReadOnlyList<int> Weekend, TimeSpan UtcOffset)
{
    private const int HoursPerDay = 24;
    private const int Weekdays = 5;

    public static HourProfile Flat(int value) => new([.. Enumerable.Repeat(value, HoursPerDay)], [.. Enumerable.Repeat(value, HoursPerDay)], TimeSpan.Zero);

    /// <summary>Sum of all hours of a week.</summary>
    internal long Week => (Weekdays * SumOf(Weekday, HoursPerDay)) + ((7 - Weekdays) * SumOf(Weekend, HoursPerDay));

    public int At(DateTimeOffset instant)
    {
        var (days, hour) = Math.DivRem(Local(instant) / TimeSpan.TicksPerHour, HoursPerDay);
        return (IsWeekday(days) ? Weekday : Weekend)[(int)hour];
    }

    /// <summary>The value times the time in ticks, over an interval: exact, however long.</summary>
    public Int128 Sum(DateTimeOffset from, TimeSpan length) => Until(Local(from) + length.Ticks) - Until(Local(from));

    /// <summary>The mean over an interval; of an instant where the length is zero.</summary>
    public decimal Mean(DateTimeOffset from, TimeSpan length) => length == TimeSpan.Zero ? At(from) : (decimal)Sum(from, length) / length.Ticks;

    /// <summary>The first full hour of the site that is later.</summary>
    public DateTimeOffset NextHour(DateTimeOffset instant) => instant.AddTicks(TimeSpan.TicksPerHour - (Local(instant) % TimeSpan.TicksPerHour));

    private long Local(DateTimeOffset instant) => instant.UtcTicks + UtcOffset.Ticks;

    /// <summary>Day 0 is 0001-01-01, a Monday.</summary>
    private static bool IsWeekday(long day) => day % 7 < Weekdays;

    /// <summary>From the calendar's beginning on.</summary>
    private Int128 Until(long ticks)
    {
        var (hours, inHour) = Math.DivRem(ticks, TimeSpan.TicksPerHour);
        var (days, hour) = Math.DivRem(hours, HoursPerDay);
        var (weeks, day) = Math.DivRem(days, 7);
        var today = IsWeekday(day) ? Weekday : Weekend;
        var full = (weeks * Week) + (Math.Min(day, Weekdays) * SumOf(Weekday, HoursPerDay))
            + (Math.Max(0, day - Weekdays) * SumOf(Weekend, HoursPerDay)) + SumOf(today, (int)hour);
        return ((Int128)full * TimeSpan.TicksPerHour) + ((Int128)today[(int)hour] * inHour);
    }

    private static long SumOf(IReadOnlyList<int> values, int first)
    {
        var sum = 0L;
        for (var h = 0; h < first; h++) sum += values[h];
        return sum;
    }
}

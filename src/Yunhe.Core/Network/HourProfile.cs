namespace Yunhe.Core.Network;

/// <summary>
/// What a site's tariff or grid does hour by hour: 24 values for Monday to Friday and 24 for Saturday and Sunday, in thousandths (of the
/// declared prices, or of a gram of CO2e per kWh). Hours are the site's own, at a fixed offset from UTC, so that every day has 24 of them.
/// </summary>
public sealed record HourProfile(IReadOnlyList<int> Weekday, IReadOnlyList<int> Weekend, TimeSpan UtcOffset)
{
    public const int HighestValue = 10_000_000;

    private const int HoursPerDay = 24;
    private const int HoursPerWeek = 7 * HoursPerDay;

    // Sum of the values of all hours of the week before the one at the index; the last is the sum of the week.
    private readonly long[] before = Sums(Weekday, Weekend);

    public IReadOnlyList<int> Weekday { get; } = Checked(Weekday);

    public IReadOnlyList<int> Weekend { get; } = Checked(Weekend);

    public TimeSpan UtcOffset { get; } = UtcOffset.Duration() <= TimeSpan.FromHours(14) && UtcOffset.Ticks % TimeSpan.TicksPerMinute == 0
        ? UtcOffset : throw new ArgumentOutOfRangeException(nameof(UtcOffset), UtcOffset, "whole minutes, at most 14 hours");

    public static HourProfile Flat(int value) => new([.. Enumerable.Repeat(value, HoursPerDay)], [.. Enumerable.Repeat(value, HoursPerDay)], TimeSpan.Zero);

    /// <summary>Sum of all hours of a week.</summary>
    internal long Week => before[HoursPerWeek];

    public int At(DateTimeOffset instant) => ValueOf(HourOfWeek(Local(instant)));

    /// <summary>The value times the time in ticks, over an interval: exact, however long.</summary>
    public Int128 Sum(DateTimeOffset from, TimeSpan length) => Until(Local(from) + length.Ticks) - Until(Local(from));

    /// <summary>The mean over an interval; of an instant where the length is zero.</summary>
    public decimal Mean(DateTimeOffset from, TimeSpan length) => length == TimeSpan.Zero ? At(from) : (decimal)Sum(from, length) / length.Ticks;

    /// <summary>The first full hour of the site that is later.</summary>
    public DateTimeOffset NextHour(DateTimeOffset instant) => instant.AddTicks(TimeSpan.TicksPerHour - (Local(instant) % TimeSpan.TicksPerHour));

    private long Local(DateTimeOffset instant) => instant.UtcTicks + UtcOffset.Ticks;

    /// <summary>From 0001-01-01, a Monday, on.</summary>
    private Int128 Until(long ticks)
    {
        var (weeks, rest) = Math.DivRem(ticks / TimeSpan.TicksPerHour, HoursPerWeek);
        return ((((Int128)weeks * Week) + before[rest]) * TimeSpan.TicksPerHour) + ((Int128)ValueOf((int)rest) * (ticks % TimeSpan.TicksPerHour));
    }

    private static int HourOfWeek(long ticks) => (int)(ticks / TimeSpan.TicksPerHour % HoursPerWeek);

    private int ValueOf(int hourOfWeek) => (hourOfWeek < 5 * HoursPerDay ? Weekday : Weekend)[hourOfWeek % HoursPerDay];

    private static IReadOnlyList<int> Checked(IReadOnlyList<int> values) =>
        values.Count == HoursPerDay && values.All(v => v is >= 0 and <= HighestValue)
            ? values : throw new ArgumentOutOfRangeException(nameof(values), $"24 values from 0 to {HighestValue}");

    private static long[] Sums(IReadOnlyList<int> weekday, IReadOnlyList<int> weekend)
    {
        var sums = new long[HoursPerWeek + 1];
        for (var h = 0; h < HoursPerWeek; h++) sums[h + 1] = sums[h] + (h < 5 * HoursPerDay ? weekday : weekend)[h % HoursPerDay];
        return sums;
    }
}

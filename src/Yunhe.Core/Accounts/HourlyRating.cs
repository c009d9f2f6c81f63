namespace Yunhe.Core.Accounts;

using Yunhe.Core.Network;
using Yunhe.Core.Units;

/// <summary>What an interval costs and emits where the tariff or the grid changes by the hour.</summary>
public static class HourlyRating
{
    private const decimal PerUnit = 1000;

    /// <summary>By the profiles of the terms; where they have none, as <see cref="Rating"/> does.</summary>
    public static (Money Cost, Energy Energy, Carbon Carbon) Rate(Terms terms, DateTimeOffset from, TimeSpan time, double utilisation) =>
        Rate(terms, terms.Tariff, terms.CarbonByHour, from, time, utilisation);

    /// <summary>What it costs at least: all of it in the cheapest hour. Null: the same at any hour.</summary>
    /// <exception cref="OverflowException">In the dearest or dirtiest hour it would be more than can be counted.</exception>
    internal static Money? Least(Terms terms, TimeSpan time)
    {
        if (terms.CarbonByHour is { } carbon)
            _ = Carbon.Of(Rating.Rate(terms, time, 1).Energy, (double)(Math.Max(carbon.Weekday.Max(), carbon.Weekend.Max()) / PerUnit));
        if (terms.Tariff is not { } tariff) return null;
        _ = At(Math.Max(tariff.Weekday.Max(), tariff.Weekend.Max()));
        return At(Math.Min(tariff.Weekday.Min(), tariff.Weekend.Min()));

        Money At(int thousandths) => terms.PerHour.Times(time.Ticks / (decimal)TimeSpan.TicksPerHour * thousandths / PerUnit) + terms.Transfer;
    }

    /// <param name="tariff">Thousandths of the prices; null: the prices hold at any hour.</param>
    /// <param name="carbon">Thousandths of a gram per kWh; null: the terms' own, at any hour.</param>
    public static (Money Cost, Energy Energy, Carbon Carbon) Rate(
        Terms terms, HourProfile? tariff, HourProfile? carbon, DateTimeOffset from, TimeSpan time, double utilisation)
    {
        var (cost, energy, flat) = Rating.Rate(terms, time, utilisation);
        if (tariff is not null) cost = terms.PerHour.Times((decimal)tariff.Sum(from, time) / PerUnit / TimeSpan.TicksPerHour) + terms.Transfer;
        return (cost, energy, carbon is null ? flat : Carbon.Of(energy, (double)(carbon.Mean(from, time) / PerUnit)));
    }
}

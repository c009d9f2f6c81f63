namespace Yunhe.Core.Accounts;

using Yunhe.Core.Network;
using Yunhe.Core.Units;

/// <summary>What an interval costs and emits where the tariff or the grid changes by the hour.</summary>
public static class HourlyRating
{
    private const decimal PerUnit = 1000;

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

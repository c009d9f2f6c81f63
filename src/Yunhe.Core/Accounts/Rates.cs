namespace Yunhe.Core.Accounts;

using Yunhe.Core.Network;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;

/// <summary>What an allocation takes of each node, with the pool's model, and is charged by.</summary>
internal readonly record struct Charged(Requirement Asked, Terms Terms)
{
    public static Charged Of(in Rates rates, Requirement asked, int nodes, long inputBytes) => new(asked, Rating.TermsOf(rates, asked, nodes, inputBytes));
}

/// <summary>What a unit of an allocation costs, draws and emits in one pool: all that <see cref="Rating"/> needs, together in memory.</summary>
/// <param name="CpuHour">Price of a core.</param>
/// <param name="GiBHour">Price of a GiB of memory.</param>
/// <param name="AcceleratorHour">Price of an accelerator.</param>
/// <param name="CpuWatts">Of a busy core with its share of the node.</param>
/// <param name="BoardWatts">Of an accelerator.</param>
/// <param name="PricePerGB">Of what is moved there.</param>
/// <param name="Tariff">Thousandths of the prices by hour; null: they hold at any hour.</param>
/// <param name="CarbonByHour">Thousandths of a gram of CO2e per kWh by hour; null: <paramref name="GramsPerKWh"/> at any hour.</param>
internal readonly record struct Rates(
    Money CpuHour, Money GiBHour, Money AcceleratorHour, double CpuWatts, double BoardWatts, double Pue, double GramsPerKWh, Money PricePerGB,
    HourProfile? Tariff, HourProfile? CarbonByHour)
{
    /// <param name="site">Where.</param>
    /// <param name="bound">Prices and tariff that a quote promised; null: the site's own. Energy and carbon are never promised.</param>
    /// <param name="accelerator">The pool's model; null: it has none.</param>
    public static Rates Of(Site site, PriceBook? bound, string? accelerator)
    {
        var prices = bound ?? site.Prices;
        return new(
            prices.CpuHour,
            prices.GiBHour,
            accelerator is null ? Money.Zero : prices.AcceleratorHourOf(accelerator),
            site.Green.CpuWatts,
            accelerator is null ? 0 : AcceleratorCatalogue.Find(accelerator).BoardWatts,
            site.Green.Pue,
            site.Green.GramsPerKWh,
            site.Link.PricePerGB,
            bound is null ? site.Tariff : bound.Tariff,
            site.CarbonByHour);
    }
}

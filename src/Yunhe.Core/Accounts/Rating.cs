namespace Yunhe.Core.Accounts;

using Yunhe.Core.Network;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;

/// <summary>From an allocation and its time to money, energy and carbon. One set of formulas for quotes and bills.</summary>
public static class Rating
{
    /// <summary>Share of its peak power that an idle allocation draws. An assumption, after published server idle shares of 0.2–0.5.</summary>
    public const double IdleShare = 0.3;

    /// <summary>Utilisation where none is measured. An assumption.</summary>
    public const double AssumedUtilisation = 0.8;

    private const double BytesPerGB = 1e9;

    /// <param name="site">Where.</param>
    /// <param name="bound">Prices and tariff that a quote promised; null: the site's own. Energy and carbon are never promised.</param>
    /// <param name="requirement">What each node needs, with the pool's model.</param>
    /// <param name="nodes">How many.</param>
    /// <param name="inputBytes">What is moved there.</param>
    public static Terms TermsOf(Site site, PriceBook? bound, Requirement requirement, int nodes, long inputBytes)
    {
        var prices = bound ?? site.Prices;
        var each = requirement.PerNode;
        var perNode = prices.CpuHour.Times(each.Cpus) + prices.GiBHour.Times(each.MemoryMiB / 1024m);
        var watts = each.Cpus * site.Green.CpuWatts;
        if (requirement.Accelerator is { } model)
        {
            perNode += prices.AcceleratorHourOf(model).Times(each.AcceleratorAmount);
            watts += (double)each.AcceleratorAmount * AcceleratorCatalogue.Find(model).BoardWatts;
        }
        return new(
            perNode.Times(nodes),
            watts * nodes,
            checked(each.Cpus * nodes),
            site.Green.Pue,
            site.Green.GramsPerKWh,
            site.Link.PricePerGB.Times((decimal)(inputBytes / BytesPerGB)))
        {
            Tariff = bound is null ? site.Tariff : bound.Tariff,
            CarbonByHour = site.CarbonByHour,
        };
    }

    public static (Money Cost, Energy Energy, Carbon Carbon) Rate(Terms terms, TimeSpan time, double utilisation)
    {
        var cost = terms.PerHour.Times(time.Ticks / (decimal)TimeSpan.TicksPerHour) + terms.Transfer;
        var energy = Energy.Of(terms.PeakWatts * (IdleShare + (1 - IdleShare) * utilisation) * terms.Pue, time);
        return (cost, energy, Carbon.Of(energy, terms.GramsPerKWh));
    }

    /// <summary>
    /// What an attempt used from its start to its end, and in earlier runs where its engine began it anew. CPU time tells the
    /// utilisation where there are no accelerators. Null: it never ran. When earlier runs took place is not kept: where prices or the
    /// grid change by the hour they are rated as if they had ended right before the latest began.
    /// </summary>
    /// <param name="startedAt">As the engine says at the end; null: it does not.</param>
    public static UsageRecord? Meter(
        Attempt attempt, Workload workload, DateTimeOffset? startedAt, DateTimeOffset endedAt, double? cpuSeconds)
    {
        if (attempt.StoppedAt is { } stopped)
        {
            if (startedAt >= stopped) attempt = attempt.BeganAnew(startedAt.Value);
            else if (startedAt is null) endedAt = stopped;
        }
        if ((startedAt ?? attempt.StartedAt) is not { } from) return null;
        var time = endedAt > from ? endedAt - from : TimeSpan.Zero;
        var measured = cpuSeconds is not null && attempt.Requirement.Accelerator is null && time > TimeSpan.Zero;
        var utilisation = measured ? Math.Clamp(cpuSeconds!.Value / (attempt.Terms.CpuCores * time.TotalSeconds), 0, 1) : AssumedUtilisation;
        var billed = time + attempt.RanBefore;
        var (cost, energy, carbon) = HourlyRating.Rate(attempt.Terms, from - attempt.RanBefore, billed, utilisation);
        return new(
            attempt.Id, workload.Owner, workload.Spec.Name, attempt.Site, from, from + time,
            attempt.Terms.CpuCores * billed.TotalHours,
            (double)attempt.Requirement.PerNode.AcceleratorAmount * workload.Spec.Nodes * billed.TotalHours,
            utilisation, measured, cost, energy, carbon);
    }
}

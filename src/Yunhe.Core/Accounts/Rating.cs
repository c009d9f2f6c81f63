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

    /// <param name="rates">Of the pool.</param>
    /// <param name="requirement">What each node needs.</param>
    /// <param name="nodes">How many.</param>
    /// <param name="inputBytes">What is moved there.</param>
    internal static Terms TermsOf(in Rates rates, Requirement requirement, int nodes, long inputBytes)
    {
        var each = requirement.PerNode;
        var perNode = rates.CpuHour.Times(each.Cpus) + rates.GiBHour.Times(each.MemoryMiB / 1024m);
        var watts = each.Cpus * rates.CpuWatts;
        if (requirement.Accelerator is not null)
        {
            perNode += rates.AcceleratorHour.Times(each.AcceleratorAmount);
            watts += (double)each.AcceleratorAmount * rates.BoardWatts;
        }
        return new(
            perNode.Times(nodes),
            watts * nodes,
            checked(each.Cpus * nodes),
            rates.Pue,
            rates.GramsPerKWh,
            rates.PricePerGB.Times((decimal)(inputBytes / BytesPerGB)))
        {
            Tariff = rates.Tariff,
            CarbonByHour = rates.CarbonByHour,
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

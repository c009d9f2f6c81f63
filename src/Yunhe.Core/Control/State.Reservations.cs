namespace Yunhe.Core.Control;

using Yunhe.Core.Scheduling.Reserving;
using Yunhe.Core.Workloads;

/// <summary>Advance reservations, and what came of those that are over.</summary>
public sealed partial class State
{
    private readonly ReservationTable reserved = new();
    private readonly List<ReservationUse> reservationUse = [];

    internal ReservationTable Reserved => reserved;

    /// <summary>Those that are not over, in order of name.</summary>
    public IReadOnlyCollection<Reservation> Reservations => reserved.All;

    /// <summary><see cref="CapacityVersion"/> when nodes of reservations that are down were last looked for others; nothing has come free since where it is the same.</summary>
    internal long LastRepair { get; set; } = -1;

    public Reservation? Reservation(string name) => reserved.Find(name);

    /// <summary>Of reservations that are over, in the order in which they ended.</summary>
    public IReadOnlyList<ReservationUse> ReservationUse => reservationUse;

    /// <summary>What of a reservation's node time its project has used until now, in ticks: ended attempts and running ones.</summary>
    public long UsedTicks(Reservation reservation, DateTimeOffset now)
    {
        var used = reservation.UsedTicks;
        foreach (var holding in Ends(reservation.Of.Site, reservation.Of.Pool))
            if (Attempt(holding.Attempt) is { StartedAt: { } from, EndedAt: null } attempt) used += UsedIn(reservation, attempt, from, now);
        return Math.Min(used, ReservedTicks(reservation, now));
    }

    /// <summary>Nodes × time of a reservation until now, in ticks.</summary>
    public static long ReservedTicks(Reservation reservation, DateTimeOffset now)
    {
        var end = now < reservation.Of.To ? now : reservation.Of.To;
        return end <= reservation.Of.From ? 0 : checked((end - reservation.Of.From).Ticks * reservation.Numbers.Count);
    }

    private void Reserve(ReservationAdded e)
    {
        reserved.Set(e.Reservation);
        if (sites.Find(e.Reservation.Of.Site) is { } site) Reopen(site);
    }

    private void Begin(ReservationBegan e)
    {
        var reservation = reserved.Find(e.Reservation)!;
        reserved.Set(reservation with { Begun = true });
        Reopen(sites[reservation.Of.Site]);
    }

    private void Replace(ReservedNodeReplaced e)
    {
        var reservation = reserved.Find(e.Reservation)!;
        reserved.Set(reservation with { Numbers = [.. reservation.Numbers.Where(n => n != e.Node).Append(e.By).Order()] });
        Reopen(sites[reservation.Of.Site]);
    }

    private void End(ReservationEnded e)
    {
        var reservation = reserved.Find(e.Reservation)!;
        reserved.Remove(e.Reservation);
        if (e.Use is { } use) reservationUse.Add(use);
        if (sites.Find(reservation.Of.Site) is { } site) Reopen(site);
    }

    /// <summary>An attempt has ended that may have run in reservations of its project.</summary>
    private void UseReserved(Attempt attempt, DateTimeOffset from, DateTimeOffset to)
    {
        foreach (var reservation in reserved.At(attempt.Site, attempt.Pool).ToList())
            if (UsedIn(reservation, attempt, from, to) is > 0 and var ticks) reserved.Set(reservation with { UsedTicks = reservation.UsedTicks + ticks });
    }

    private long UsedIn(Reservation reservation, Attempt attempt, DateTimeOffset from, DateTimeOffset to)
    {
        if (!reservation.Of.Admits(workloads[attempt.Id.Task.Workload].Project)) return 0;
        var (first, last) = (from > reservation.Of.From ? from : reservation.Of.From, to < reservation.Of.To ? to : reservation.Of.To);
        if (last <= first || sites[attempt.Site].Pools.FirstOrDefault(p => p.Name == attempt.Pool) is not { } pool) return 0;
        var names = reservation.Numbers.Select(n => pool.NodeName(attempt.Site, n)).ToHashSet(StringComparer.Ordinal);
        var (each, node) = (attempt.Requirement.PerNode, pool.PerNode);
        var part = Math.Min(1m, Math.Max(each.Cpus / (decimal)Math.Max(1, node.Cpus), Math.Max(
            each.MemoryMiB / (decimal)Math.Max(1, node.MemoryMiB), each.AcceleratorMilli / (decimal)Math.Max(1, node.AcceleratorMilli))));
        return (long)(part * (last - first).Ticks) * attempt.Nodes.Count(names.Contains);
    }
}

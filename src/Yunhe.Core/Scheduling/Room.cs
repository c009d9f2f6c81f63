using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Reserving;
using Yunhe.Core.Workloads;

namespace Yunhe.Core.Scheduling;

/// <summary>Whether a request could start in a pool now, on which of its nodes, and if not why.</summary>
internal static class Room
{
    /// <summary>Nodes that are reserved for it come first, and are kept from it by nobody.</summary>
    /// <param name="state">The network.</param>
    /// <param name="offer">What, in which pool.</param>
    /// <param name="subject">Whose.</param>
    /// <param name="now">The time.</param>
    /// <param name="kept">What is kept for others; null: nothing.</param>
    /// <param name="fits">It is known to fit somewhere in the pool.</param>
    /// <returns>Where in the pool; null: it can't start there now.</returns>
    public static Within? Of(State state, in Offer offer, Subject subject, DateTimeOffset now, Reservations? kept, bool fits = false)
    {
        var (site, pool, nodes) = (offer.Site.Name, offer.Pool.Name, subject.Spec.Nodes);
        if (state.Slot(site) is not { Capacity: { } capacity, HasFullQueue: false }) return null;
        var anywhere = new Within(kept?.OutOfTheWay(offer, subject), OneFabric(offer.Pool, subject.Spec));
        if (state.Reserved.At(site, pool).Count > 0)
        {
            var end = offer.LatestEnd(subject, now);
            if (state.Reserved.Open(site, pool, subject, now, end, inside: true) is { } own
                && anywhere with { Filter = NodeFilter.Both(own, anywhere.Filter) } is var inside && capacity.Fits(pool, offer.Asked.PerNode, nodes, inside)) return inside;
            anywhere = anywhere with { Filter = NodeFilter.Both(state.Reserved.Open(site, pool, subject, now, end, inside: false), anywhere.Filter) };
        }
        if (subject.Spec.Reservation is not null && !offer.Site.Engine.SchedulesItself) return null;
        if (!(fits && anywhere.IsAnywhere) && !capacity.Fits(pool, offer.Asked.PerNode, nodes, anywhere)) return null;
        if (kept is not { Any: true }) return anywhere;
        if (kept.Forbid(offer.NumberIn(state), offer.Asked.PerNode, now + offer.Figures.Length, out var beside)) return null;
        if (beside is null) return anywhere;
        anywhere = anywhere with { Filter = NodeFilter.Both(beside, anywhere.Filter) };
        return capacity.Fits(pool, offer.Asked.PerNode, nodes, anywhere) ? anywhere : null;
    }

    /// <summary>See <see cref="Candidate.Packing"/>. What needs no accelerators rather goes where there are none.</summary>
    public static long Packing(State state, in Offer offer)
    {
        if (state.Capacity(offer.Site.Name)?.Packed(offer.Pool.Name) is not { } packed) return 0;
        var wastes = offer.Asked.PerNode.AcceleratorMilli == 0 && offer.Pool.PerNode.Accelerators > 0;
        return packed.CostOf(offer.Asked.PerNode) + (wastes ? WastedAccelerators : 0);
    }

    /// <summary>More than any strategy takes the room on a node for that needs no accelerators.</summary>
    private const long WastedAccelerators = 1L << 60;

    public static bool OneFabric(Pool pool, WorkloadSpec spec) => spec.Fabric == FabricWish.Same && spec.Nodes > 1 && pool.NodesPerFabric > 0;

    /// <summary>A candidate that would have to wait so long for nodes: longer where they are reserved, and then it says for whom.</summary>
    public static Candidate Waiting(State state, in Offer offer, Subject subject, TimeSpan p50, TimeSpan p90, DateTimeOffset now, Reservations? kept)
    {
        var (site, pool, oneFabric) = (offer.Site.Name, offer.Pool.Name, OneFabric(offer.Pool, subject.Spec));
        // Where others are planned ahead of it, their plan is the better forecast. It knows of reservations.
        if (kept?.Plan?.Wait(offer, subject) is { } planned) return offer.After(planned, planned, now, Scattered(state, offer, subject, null));
        var end = offer.LatestEnd(subject, now);
        var open = state.Reserved.Open(site, pool, subject, now, end, inside: false);
        var capacity = state.Capacity(site);
        var isReserved = state.Reserved.At(site, pool).Count > 0 && (subject.Spec.Reservation is not null
            || (open is not null && capacity?.Fits(pool, offer.Asked.PerNode, subject.Spec.Nodes, new(open, oneFabric)) != true));
        if (!isReserved) return offer.After(p50, p90, now, FullQueue(state, offer.Site) ?? kept?.Why(offer, subject) ?? Scattered(state, offer, subject, open));
        // There is room, but for the reservations: only those are waited for.
        if (capacity?.Fits(pool, offer.Asked.PerNode, subject.Spec.Nodes, new(null, oneFabric)) == true) (p50, p90) = (TimeSpan.Zero, TimeSpan.Zero);
        var start = state.Reserved.Earliest(offer, subject, now + p50);
        var later = start is { } at ? at - (now + p50) : StartForecast.Unlimited;
        var isReservedLonger = later > TimeSpan.Zero || p50 == TimeSpan.Zero || subject.Spec.Reservation is not null;
        return offer.After(p50 + later, p90 + later, now, isReservedLonger ? state.Reserved.Why(state, offer, subject, now) : Scattered(state, offer, subject, open));
    }

    /// <summary>Whatever is free, no more is handed over to its engine; null: that is not the reason.</summary>
    private static string? FullQueue(State state, Site site) =>
        state.Slot(site.Name) is { HasFullQueue: true, Pending: var pending } ? $"queue: {pending} of Yunhe's jobs waiting in the site's own queue, where its operator allows {site.MaxPending} (max_pending)" : null;

    /// <summary>Enough nodes are free, but not in one fabric; null: that is not the reason.</summary>
    private static string? Scattered(State state, in Offer offer, Subject subject, NodeFilter? filter)
    {
        var (pool, nodes) = (offer.Pool.Name, subject.Spec.Nodes);
        if (!OneFabric(offer.Pool, subject.Spec) || state.Capacity(offer.Site.Name) is not { } capacity) return null;
        var most = capacity.MostInOneFabric(pool, offer.Asked.PerNode, filter);
        return most < nodes ? $"fabric: no fabric has {nodes} free nodes; the largest has {most}" : null;
    }
}

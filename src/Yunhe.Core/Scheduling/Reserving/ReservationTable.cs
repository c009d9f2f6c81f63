using System.Globalization;
using Yunhe.Core.Control;
using Yunhe.Core.Network;

namespace Yunhe.Core.Scheduling.Reserving;

/// <summary>The reservations that are not over, by name and by pool, and what they leave to others.</summary>
internal sealed class ReservationTable
{
    private readonly SortedDictionary<string, Reservation> byName = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Site, string Pool), List<Reservation>> byPool = [];

    public IReadOnlyCollection<Reservation> All => byName.Values;

    public bool Any => byName.Count > 0;

    public Reservation? Find(string name) => byName.GetValueOrDefault(name);

    /// <summary>By when they begin.</summary>
    public IReadOnlyList<Reservation> At(string site, string pool)
    {
        if (byName.Count > 0 && byPool.TryGetValue((site, pool), out var there)) return there;
        return [];
    }

    public void Set(Reservation reservation)
    {
        Remove(reservation.Name);
        byName.Add(reservation.Name, reservation);
        var place = (reservation.Of.Site, reservation.Of.Pool);
        if (!byPool.TryGetValue(place, out var there)) byPool.Add(place, there = []);
        there.Add(reservation);
        there.Sort((a, b) => a.Of.From != b.Of.From ? a.Of.From.CompareTo(b.Of.From) : string.CompareOrdinal(a.Name, b.Name));
    }

    public void Remove(string name)
    {
        if (!byName.Remove(name, out var gone)) return;
        var place = (gone.Of.Site, gone.Of.Pool);
        byPool[place].Remove(gone);
        if (byPool[place].Count == 0) byPool.Remove(place);
    }

    /// <summary>
    /// Nodes that a request may use from a start to its latest end. Without a time limit it may last for ever, so that nodes which are reserved
    /// for others at any later time are closed to it.
    /// </summary>
    /// <param name="inside">Only those that are reserved for its project now, or that it names.</param>
    /// <returns>Null: all of them, or, inside, none.</returns>
    public NodeFilter? Open(string site, string pool, Subject subject, DateTimeOffset start, DateTimeOffset end, bool inside)
    {
        var there = At(site, pool);
        if (there.Count == 0) return null;
        var own = new HashSet<int>();
        var closed = new HashSet<int>();
        foreach (var reservation in there)
        {
            if (!reservation.Overlaps(start, end)) continue;
            var mine = reservation.Of.Admits(subject.Project);
            if (mine && (!inside || reservation.Of.From > start || (subject.Spec.Reservation ?? reservation.Name) != reservation.Name)) continue;
            foreach (var number in reservation.Numbers) (mine ? own : closed).Add(number - 1);
        }
        own.ExceptWith(closed);
        return inside ? own.Count > 0 ? new(own, Only: true) : null
            : closed.Count > 0 ? new(closed, Only: false) : null;
    }

    /// <summary>The first time from <paramref name="from"/> on at which reservations leave so many nodes, whatever runs on them; null: never.</summary>
    public DateTimeOffset? Earliest(Offer offer, Subject subject, DateTimeOffset from)
    {
        var (site, pool) = (offer.Site.Name, offer.Pool.Name);
        var there = At(site, pool);
        if (subject.Spec.Reservation is { } name) return Find(name) is { } own ? own.Of.From > from ? own.Of.From : from : null;
        foreach (var start in there.Select(r => r.Of.To).Where(t => t > from).Order().Prepend(from))
        {
            if ((Open(site, pool, subject, start, offer.LatestEnd(subject, start), inside: false)?.CountOpen(offer.Pool.Nodes) ?? offer.Pool.Nodes) >= subject.Spec.Nodes) return start;
            var inside = Open(site, pool, subject, start, offer.LatestEnd(subject, start), inside: true);
            if (inside?.Nodes.Count >= subject.Spec.Nodes) return start;
        }
        return null;
    }

    /// <summary>Why reservations keep a request from starting in a pool now, for people.</summary>
    public string Why(State state, Offer offer, Subject subject, DateTimeOffset now)
    {
        if (subject.Spec.Reservation is { } name && Find(name) is { } own && own.Of.From > now) return $"reservation {name} begins at {own.Of.From:u}";
        if (subject.Spec.Reservation is { } inside)
            return $"the nodes of reservation {inside} are in use" + (Find(inside)?.DownIn(state.Site(offer.Site.Name)!).Count is > 0 and var down ? $"; {down} of them are down, and no other node of the pool is free" : "");
        var end = offer.LatestEnd(subject, now);
        var others = At(offer.Site.Name, offer.Pool.Name).Where(r => r.Overlaps(now, end) && !r.Of.Admits(subject.Project)).ToList();
        var nodes = others.SelectMany(r => r.Numbers).Distinct().Count();
        var first = others[0].Of;
        return string.Create(CultureInfo.InvariantCulture, $"{nodes} of {offer.Pool.Nodes} nodes are reserved for {first.Project ?? "maintenance"} from {first.From:u} to {first.To:u} (reservation {first.Name}")
            + (others.Count > 1 ? $" and {others.Count - 1} more)" : ")")
            + (subject.Spec.TimeLimit is null && first.From > now ? "; it has no time limit by which it would end before" : "");
    }

    /// <summary>Why a workload that names a reservation can't go to a site; null: it can, or names none.</summary>
    public string? Unwanted(Site site, Subject subject)
    {
        if (subject.Spec.Reservation is not { } name) return null;
        if (Find(name) is { } reservation)
            return reservation.Of.Site != site.Name ? $"reservation: {name} is at {reservation.Of.Site}, in pool {reservation.Of.Pool}" : Unusable(reservation, subject);
        if (!site.Engine.SchedulesItself) return $"reservation: there is no reservation {name}";
        return subject.NamedSites?.Contains(site.Name) == true ? null
            : $"reservation: {name} is none of Yunhe's; if it is one of {site.Name}'s own, name the site too, and it is passed on";
    }

    /// <summary>Why a pool of a reservation's site can't take a workload that names it; null: it can.</summary>
    public string? Unwanted(Pool pool, Subject subject) =>
        subject.Spec.Reservation is { } name && Find(name) is { } reservation && reservation.Of.Pool != pool.Name
            ? $"reservation: {name} is in pool {reservation.Of.Pool}" : null;

    /// <summary>Why a workload could never run in a reservation; null: it could.</summary>
    public static string? Unusable(Reservation reservation, Subject subject) =>
        reservation.Of.Project is null ? $"reservation: {reservation.Name} is for maintenance"
        : !reservation.Of.Admits(subject.Project) ? $"reservation: {reservation.Name} is for project {reservation.Of.Project}, not {subject.Project}"
        : subject.Spec.Nodes > reservation.Numbers.Count ? $"reservation: asks for {subject.Spec.Nodes} nodes, {reservation.Name} has {reservation.Numbers.Count}"
        : null;
}

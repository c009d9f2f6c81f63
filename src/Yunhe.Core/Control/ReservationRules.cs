using System.Globalization;

namespace Yunhe.Core.Control;

using Yunhe.Core.Network;
using Yunhe.Core.Scheduling;
using Yunhe.Core.Scheduling.Reserving;
using Yunhe.Core.Scheduling.Shares;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;

/// <summary>Advance reservations: declared, begun, over.</summary>
internal static class ReservationRules
{
    private const int MostReservations = 10_000;

    /// <summary>Of those that are in the way, so many are named.</summary>
    private const int MostNamed = 3;

    private static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    public static void Add(Step step, AddReservation input)
    {
        var (state, asked) = (step.State, input.Reservation);
        if (state.Reserved.Find(asked.Name) is not null) step.Refuse(RefusalKind.Conflict, $"there is a reservation {asked.Name} already");
        else if (Wrong(state, asked, step.Now) is { } wrong) step.Refuse(RefusalKind.Invalid, wrong);
        else if (state.Reservations.Count >= MostReservations) step.Refuse(RefusalKind.Conflict, $"there are {MostReservations} reservations already; no more are kept");
        else
        {
            var pool = state.Site(asked.Site)!.Pools.First(p => p.Name == asked.Pool);
            var nodes = new ReservableNodes(state, pool, asked, step.Now);
            if (nodes.Open.Count < asked.Nodes) step.Refuse(RefusalKind.Conflict, TooFew(asked, pool, nodes));
            else step.Emit(new ReservationAdded(step.Now, new(asked, nodes.Choose())));
        }
    }

    /// <summary>One that has begun is over from now on.</summary>
    public static void Remove(Step step, RemoveReservation input)
    {
        if (step.State.Reserved.Find(input.Name) is { } reservation) End(step, reservation);
        else step.Refuse(RefusalKind.NotFound, $"there is no reservation {input.Name}");
    }

    /// <summary>What time brings about: some begin, and what of others is still on their nodes is ended; some are over.</summary>
    public static void Tick(Step step)
    {
        if (!step.State.Reserved.Any) return;
        foreach (var reservation in step.State.Reservations.Where(r => (!r.Begun && r.Of.From <= step.Now) || r.Of.To <= step.Now).ToList())
        {
            if (!reservation.Begun) Begin(step, reservation);
            if (reservation.Of.To <= step.Now) End(step, step.State.Reservation(reservation.Name)!);
        }
        ReplaceDown(step);
    }

    /// <summary>
    /// Of those that have begun: a node that is down is replaced by one that is up and that nobody else holds, or has reserved until the end. A
    /// maintenance may well be for nodes that are down.
    /// </summary>
    private static void ReplaceDown(Step step)
    {
        if (step.State.LastRepair == step.State.CapacityVersion) return;
        foreach (var reservation in step.State.Reservations.Where(r => r.Begun && r.Of.Project is not null).ToList())
        {
            var (of, site) = (reservation.Of, step.State.Site(reservation.Of.Site)!);
            var down = reservation.DownIn(site);
            if (down.Count == 0) continue;
            var nodes = new ReservableNodes(step.State, site.Pools.First(p => p.Name == of.Pool), of, step.Now);
            foreach (var (node, by) in down.Zip(nodes.Beside([.. reservation.Numbers.Except(down)])).ToList()) step.Emit(new ReservedNodeReplaced(step.Now, of.Name, node, by));
        }
        step.State.LastRepair = step.State.CapacityVersion;
    }

    private static void Begin(Step step, Reservation reservation)
    {
        step.Emit(new ReservationBegan(step.Now, reservation.Name));
        if (reservation.Of.To <= step.Now || step.State.Site(reservation.Of.Site)!.Pools.FirstOrDefault(p => p.Name == reservation.Of.Pool) is not { } pool) return;
        var names = reservation.Numbers.Select(n => pool.NodeName(reservation.Of.Site, n)).ToHashSet(StringComparer.Ordinal);
        foreach (var holding in step.State.Ends(reservation.Of.Site, reservation.Of.Pool).Where(h => h.Nodes.Any(names.Contains)).OrderBy(h => h.Attempt).ToList())
        {
            var workload = step.State.Workload(holding.Attempt.Task.Workload)!;
            if (reservation.Of.Admits(workload.Project) || step.State.Attempt(holding.Attempt) is not { EndedAt: null, CancelSent: false }) continue;
            step.Emit(new AttemptCancelling(step.Now, holding.Attempt, FailureReason.Preempted));
            step.Order(new CancelAttempt(reservation.Of.Site, holding.Attempt));
        }
    }

    private static void End(Step step, Reservation reservation)
    {
        var of = reservation.Of;
        if (!reservation.Begun)
        {
            step.Emit(new ReservationEnded(step.Now, reservation.Name, null));
            return;
        }
        var end = step.Now < of.To ? step.Now : of.To;
        var (all, used) = (State.ReservedTicks(reservation, end), step.State.UsedTicks(reservation, end));
        var cost = of.Rate is { } rate ? rate.Times((all - used) / (decimal)TimeSpan.TicksPerHour) : Money.Zero;
        step.Emit(new ReservationEnded(step.Now, reservation.Name, new(of.Name, of.Site, of.Pool, of.Project, of.Owner, of.From, end, all, used, cost)));
    }

    private static string? Wrong(State state, ReservationSpec asked, DateTimeOffset now)
    {
        if (asked.Name.Length == 0) return "name: is missing";
        if (state.Site(asked.Site) is not { } site) return $"site: there is no site {asked.Site}";
        if (site.Site.Engine.SchedulesItself)
            return $"site: {asked.Site} has a scheduler of its own: make the reservation there ({site.Site.Engine.Type}), and hand work to it with its name and the site's";
        if (site.Pools.FirstOrDefault(p => p.Name == asked.Pool) is not { } pool)
            return $"pool: {asked.Site} has no pool {asked.Pool}; it has {string.Join(", ", site.Pools.Select(p => p.Name))}";
        if (asked.Nodes < 1 || asked.Nodes > pool.Nodes) return $"nodes: {asked.Nodes} is out of range: {asked.Site}/{asked.Pool} has {pool.Nodes}";
        if (asked.To <= asked.From) return $"to: {asked.To:u} is not later than from, {asked.From:u}";
        if (asked.To <= now) return $"to: {asked.To:u} is over already";
        if (asked.To - asked.From > Longest || asked.From - now > Longest) return $"to: a reservation begins within {Longest.Days} days and lasts {Longest.Days} days at most";
        if (asked.Project is { } project && state.Project(project) is null) return $"project: there is no project {project}";
        if (asked.Rate is { } rate && (rate < Money.Zero || asked.Project is null)) return "rate: must not be negative, and is for a project's reservation only";
        return null;
    }

    private static string TooFew(ReservationSpec asked, Pool pool, ReservableNodes nodes)
    {
        var parts = new List<string>();
        if (nodes.Reserved.Count > 0) parts.Add($"{nodes.ReservedNodes} are reserved ({Named(nodes.Reserved)})");
        if (nodes.Running.Count > 0) parts.Add($"{nodes.RunningNodes} are in use beyond {asked.From:u} ({Named(nodes.Running)})");
        if (nodes.Down > 0) parts.Add($"{nodes.Down} are down");
        return string.Create(CultureInfo.InvariantCulture, $"only {nodes.Open.Count} of the {pool.Nodes} nodes of {asked.Site}/{asked.Pool} can be reserved from {asked.From:u} to {asked.To:u}, not {asked.Nodes}: ")
            + string.Join("; ", parts);
    }

    private static string Named(IReadOnlyCollection<string> all) =>
        string.Join(", ", all.Take(MostNamed)) + (all.Count > MostNamed ? $" and {all.Count - MostNamed} more" : "");
}

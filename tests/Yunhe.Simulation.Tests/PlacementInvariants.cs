using System.Globalization;
using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Reserving;
using Yunhe.Core.Workloads;

namespace Yunhe.Simulation.Tests;

/// <summary>What must hold of every placement, by what was known then: limits of the place, reservations, fabrics and full queues.</summary>
internal static class PlacementInvariants
{
    /// <param name="simulation">As it is after a turn.</param>
    /// <param name="facts">What happened in the turn.</param>
    public static void Check(Simulator.Simulation simulation, IEnumerable<Yunhe.Core.Control.Event> facts)
    {
        foreach (var placed in facts.OfType<AttemptPlaced>())
            if (simulation.State.Site(placed.Site) is { } site)
            {
                CheckPlace(simulation.State, placed, site.Site);
                if (placed.Nodes.Count > 0) CheckPlaced(simulation.State, placed, site);
                else CheckQueue(simulation.State, placed, site.Site);
            }
        foreach (var reservation in simulation.State.Reservations.Where(r => r.Begun && r.Of.To > simulation.Now)) CheckOthersAreEnding(simulation.State, reservation);
    }

    private static void CheckPlace(State state, AttemptPlaced placed, Site site)
    {
        if (state.Workload(placed.Attempt.Task.Workload) is not { Spec: var spec }) return;
        var places = new[] { site.Place.Region, site.Place.Province, site.Place.City };
        bool Within(IReadOnlyList<string>? allowed) => allowed is null or [] || allowed.Any(a => places.Contains(a, StringComparer.OrdinalIgnoreCase));
        Assert.True(Within(spec.Regions) && Within(spec.Residency), $"{placed.Attempt} is in {site.Place}, not in {string.Join(',', spec.Regions)} and {string.Join(',', spec.Residency ?? [])}");
        Assert.True(!(site.Green.Pue > spec.MaxPue) && !(site.Green.RenewableShare < spec.MinRenewableShare), $"{placed.Attempt} is at {site.Green}");
    }

    private static void CheckPlaced(State state, AttemptPlaced placed, SiteState site)
    {
        if (state.Workload(placed.Attempt.Task.Workload) is not { } workload) return;
        var (spec, pool) = (workload.Spec, site.Pools.First(p => p.Name == placed.Pool));
        var numbers = placed.Nodes.Select(n => int.Parse(n.AsSpan(n.LastIndexOf('-') + 1), CultureInfo.InvariantCulture)).ToList();
        if (spec.Fabric == FabricWish.Same && pool.NodesPerFabric > 0)
            Assert.True(numbers.Select(n => (n - 1) / pool.NodesPerFabric).Distinct().Count() == 1, $"{placed.Attempt} is in several fabrics: {string.Join(' ', placed.Nodes)}");
        var plan = placed.Decision.Candidates[0];
        var end = spec.TimeLimit is { } limit ? placed.At + plan.Staging + limit : DateTimeOffset.MaxValue;
        foreach (var reservation in state.Reservations.Where(r => r.Of.Site == placed.Site && r.Of.Pool == placed.Pool && r.Overlaps(placed.At, end)))
            Assert.True(reservation.Of.Admits(workload.Project) || !numbers.Exists(reservation.Numbers.Contains), $"{placed.Attempt} of {workload.Project}, until {end:T}, is on nodes of {reservation}");
        if (spec.Reservation is { } name && state.Reservation(name) is { } own)
            Assert.True(own.Begun && own.Of.Site == placed.Site && numbers.TrueForAll(own.Numbers.Contains), $"{placed.Attempt} is not in {own}");
    }

    /// <summary>What its engine put back into its own queue comes on top.</summary>
    private static void CheckQueue(State state, AttemptPlaced placed, Site site)
    {
        var pending = state.ActiveAt(site.Name).Count(id => state.Attempt(id) is { EndedAt: null, Phase: not Phase.Running, Restarts: 0 });
        Assert.True(pending <= site.MaxPending, $"{placed.Attempt} is handed over to {site.Name}, where {pending} wait and {site.MaxPending} may");
    }

    /// <summary>Who overstays is being ended, or was given up.</summary>
    private static void CheckOthersAreEnding(State state, Reservation reservation)
    {
        if (state.Site(reservation.Of.Site) is not { } site || site.Pools.FirstOrDefault(p => p.Name == reservation.Of.Pool) is not { } pool) return;
        var names = reservation.Numbers.Select(n => pool.NodeName(reservation.Of.Site, n)).ToHashSet(StringComparer.Ordinal);
        foreach (var id in state.ActiveAt(site.Site.Name))
            if (state.Attempt(id) is { EndedAt: null, CancelSent: false } attempt && attempt.Nodes.Any(names.Contains))
                Assert.True(reservation.Of.Admits(state.Workload(id.Task.Workload)!.Project), $"{id} overstays in {reservation}");
    }
}

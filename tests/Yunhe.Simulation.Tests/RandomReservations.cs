using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Shares;
using Yunhe.Core.Workloads;

namespace Yunhe.Simulation.Tests;

/// <summary>
/// What two thirds of the random networks have beside the rest: fabrics, shares of cards, reservations, and half of them conservative backfill.
/// From a random source of its own, so that the others stay what they were.
/// </summary>
internal sealed class RandomReservations(int seed)
{
    public const string Project = "ai";

    private static readonly string[] Names = ["r0", "r1", "r2", "r3"];

    private readonly Random random = new(seed ^ 0x5e5e5e);

    public bool Has { get; } = seed % 3 != 0;

    public Site WithFabrics(Site site) => !Has ? site : site with { Pools = [.. site.Pools.Select(p => p with { NodesPerFabric = random.Next(0, 4) })] };

    /// <summary>Two workloads in three are as they were.</summary>
    public WorkloadSpec Changed(WorkloadSpec spec)
    {
        if (!Has || random.Next(3) > 0) return spec;
        // Inputs share the link, so that some begin later than was planned and overstay where others have reserved.
        if (random.Next(2) == 0) spec = spec with { TimeLimit = TimeSpan.FromSeconds(random.Next(30, 200)), InputBytes = random.Next(100, 2000) * 1_000_000L };
        if (random.Next(3) == 0) spec = spec with { Requirements = [new(new Resources(1, 1024, 0) { Share = random.Next(1, 1000) }, AcceleratorCatalogue.Any)] };
        return spec with
        {
            Fabric = random.Next(2) == 0 ? FabricWish.Same : FabricWish.Prefer,
            Project = random.Next(2) == 0 ? Project : null,
            Reservation = random.Next(4) == 0 ? Names[random.Next(Names.Length)] : null,
        };
    }

    /// <summary>Many of them are refused.</summary>
    public void Plan(Simulator.Simulation simulation, IReadOnlyList<Site> sites)
    {
        if (!Has) return;
        simulation.Give(new SetProject(new(Project)));
        if (random.Next(2) == 0) simulation.Give(new SetSharePolicy(new() { Backfill = Backfilling.Conservative }));
        foreach (var name in Names)
        {
            var site = sites[random.Next(sites.Count)];
            var pool = site.Pools[random.Next(site.Pools.Count)];
            var (declared, from) = (random.Next(200), random.Next(400));
            simulation.Plan(TimeSpan.FromSeconds(declared), new AddReservation(new()
            {
                Name = name, Site = site.Name, Pool = pool.Name, Nodes = random.Next(1, pool.Nodes + 1), Project = random.Next(3) > 0 ? Project : null,
                From = Networks.Start.AddSeconds(from), To = Networks.Start.AddSeconds(Math.Max(from, declared) + random.Next(1, 600)),
            }));
            if (random.Next(3) == 0) simulation.Plan(TimeSpan.FromSeconds(declared + random.Next(1, 400)), new RemoveReservation(name));
        }
    }
}

using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;
using Yunhe.Simulator;

namespace Yunhe.Simulation.Tests;

/// <summary>
/// A network, its work, what its operators do and what fails: all from a seed. Most are small, so that many can be tried; every tenth is large.
/// </summary>
internal sealed class RandomNetworks
{
    /// <summary>Something is submitted then, so that a pass over the queue is due.</summary>
    public static readonly TimeSpan Middle = TimeSpan.FromSeconds(400);

    /// <summary>Networks of so many sites are weighed from the index.</summary>
    public const int Padding = 51;

    private readonly int seed;
    private readonly Random random;
    private readonly bool large;
    private readonly List<Site> sites;
    private readonly Simulator.Simulation simulation;
    private readonly RandomReservations reservations;

    private RandomNetworks(int seed, bool undisturbed, bool backwards, bool padded)
    {
        this.seed = seed;
        random = new(seed);
        large = seed % 10 == 0;
        reservations = new(seed);
        sites = [.. Enumerable.Range(0, random.Next(1, large ? 5 : 4)).Select(Site).Select(reservations.WithFabrics)];
        var faults = new Faults(
            LostAnswer: random.NextDouble() * 0.3, SiteAway: random.Next(2) * 0.05, NodeFailure: random.NextDouble() * 0.01,
            Vanished: random.NextDouble() * 0.01, Crash: random.Next(2) * random.NextDouble() * (large ? 0.03 : 0.05));
        if (undisturbed) faults = faults with { SiteAway = 0, Crash = 0 };
        IEnumerable<Site> added = [.. backwards ? Enumerable.Reverse(sites) : sites, .. padded ? Enumerable.Range(0, Padding).Select(TooSmall) : []];
        simulation = new(seed, Networks.Start, added, Behave, faults);
    }

    /// <param name="seed">The seed.</param>
    /// <param name="undisturbed">No site stays away and the control plane never crashes.</param>
    /// <param name="backwards">The sites are added in the opposite order.</param>
    /// <param name="padded">With so many sites too small for anything that decisions are made from the index.</param>
    public static Simulator.Simulation Of(int seed, bool undisturbed = false, bool backwards = false, bool padded = false)
    {
        var network = new RandomNetworks(seed, undisturbed, backwards, padded);
        foreach (var site in network.simulation.Sites.Values) network.simulation.Give(new Observe(site.Site.Name, site.Observe([], network.simulation.Now)));
        network.reservations.Plan(network.simulation, network.sites);
        network.PlanCorrespondingArrays();
        network.PlanWork();
        foreach (var site in network.sites) network.PlanOperations(site);
        network.simulation.Plan(Middle, new Submit(Networks.Job("middle"), "admin", null, null));
        return network.simulation;
    }

    private Site Site(int i)
    {
        var site = Networks.Site(
            $"s{i}", nodes: random.Next(1, 6), cpus: random.Next(1, 9), cpuHour: random.Next(1, 50) / 100m,
            carbon: random.Next(20, 900), engine: random.Next(2) == 0 ? EngineSpec.Simulated : EngineSpec.Slurm,
            accelerator: random.Next(3) > 0 ? null : random.Next(2) == 0 ? "A100" : "H20") with
        {
            MaxPending = random.Next(3) == 0 ? random.Next(1, 4) : 1000,
            Place = new(i % 2 == 0 ? "east" : "west", $"p{i}", ""),
            Link = new(random.Next(100, 2000) * 1_000_000L, random.Next(50), Money.FromDecimal(0.1m)),
        };
        site = site with { Green = site.Green with { Pue = 1.1 + i * 0.2, RenewableShare = i * 0.25 } };
        if (site.Pools[0].Accelerator is not null) site = site with { Pools = [site.Pools[0] with { PerNode = site.Pools[0].PerNode with { Accelerators = random.Next(1, 5) } }] };
        return random.Next(3) > 0 ? site : site with
        {
            Pools = [.. site.Pools, new() { Name = "large", Nodes = random.Next(1, 3), PerNode = new(12, 48 * 1024, 0) }],
        };
    }

    public static Site TooSmall(int i)
    {
        var site = Networks.Site($"z{i:00}", nodes: 1);
        return site with { Pools = [site.Pools[0] with { PerNode = new(1, 1, 0) }] };
    }

    private void PlanCorrespondingArrays()
    {
        var first = Networks.Job("first") with { Array = new([.. Enumerable.Range(0, random.Next(1, large ? 8 : 4))], null), Retries = random.Next(2) };
        var second = first with { Name = "second", Dependencies = [new(DependencyKind.AfterCorresponding, new(1))] };
        simulation.Plan(TimeSpan.Zero, new Submit(first, "admin", "first", null));
        simulation.Plan(TimeSpan.FromSeconds(random.Next(1, 200)), new Submit(second, "admin", "second", null));
    }

    private void PlanWork()
    {
        var (jobs, cancels, quotes) = large ? (30, 4, 4) : (8, 2, 1);
        for (var i = 0; i < jobs; i++) simulation.Plan(TimeSpan.FromSeconds(random.Next(large ? 600 : 200)), new Submit(reservations.Changed(Spec(i)), "admin", $"key{i}", null));
        for (var i = 0; i < cancels; i++) simulation.Plan(TimeSpan.FromSeconds(random.Next(large ? 900 : 300)), new Cancel(new(random.Next(1, jobs)), "admin"));
        for (var i = 1; i <= quotes; i++)
        {
            var spec = Spec(i) with { Name = $"quoted{i}" };
            simulation.Plan(TimeSpan.FromSeconds(100 * i), new RequestQuote(spec, "admin"));
            simulation.Plan(TimeSpan.FromSeconds(100 * i + random.Next(1, 90)), new Submit(spec, "admin", null, $"q{i}"));
        }
        if (random.Next(3) == 0)
            for (var i = 1; i < 6; i++) simulation.Plan(TimeSpan.FromSeconds(i * 200), new ForgetEnded(Networks.Start.AddSeconds(i * 200 - 100)));
    }

    private void PlanOperations(Site site)
    {
        TimeSpan Some() => TimeSpan.FromSeconds(random.Next(1, large ? 900 : 400));
        if (random.Next(2) == 0) simulation.Plan(Some(), new EditSite(site with { Prices = PriceBook.Free }, null));
        if (random.Next(2) == 0) simulation.Plan(Some(), new EditSite(site with { LostAfter = TimeSpan.FromMinutes(1) }, random.Next(1, 3)));
        // Refused while it holds anything.
        if (random.Next(3) == 0)
            simulation.Plan(Some(), new EditSite(site with { Pools = [.. site.Pools.Select(p => p with { Nodes = p.Nodes + 1 })] }, null));
        if (random.Next(3) == 0)
        {
            var drained = Some();
            simulation.Plan(drained, new DrainSite(site.Name, true));
            simulation.Plan(drained + Some(), new DrainSite(site.Name, false));
        }
        if (random.Next(3) == 0)
        {
            var (at, node) = (Networks.Start + Some(), random.Next(1, site.Pools[0].Nodes + 1));
            simulation.Plan(at, () => simulation.Sites[site.Name].SetNode("main", node, isDown: true, killing: true, simulation.Now));
            simulation.Plan(at + Some(), () => simulation.Sites[site.Name].SetNode("main", node, isDown: false, killing: false, simulation.Now));
        }
        if (random.Next(4) == 0) simulation.Plan(Some(), new RemoveSite(site.Name));
    }

    private SimulatedRun Behave(Launch launch)
    {
        var random = new Random(seed * 1_000_003 ^ (int)launch.Attempt.Task.Workload.Number * 7919 ^ launch.Attempt.Number * 31 ^ launch.Attempt.Task.Index);
        return new(TimeSpan.FromSeconds(random.Next(1, large ? 400 : 150)), random.Next(5) == 0 ? random.Next(1, 128) : 0) { Grace = TimeSpan.FromSeconds(random.Next(3)) };
    }

    private WorkloadSpec Spec(int i)
    {
        var spec = Networks.Job($"job{i % 6}", random.Next(1, 4), random.Next(4) == 0 ? random.Next(1, 6) : 1);
        if (random.Next(6) == 0) spec = spec with { Requirements = [new(new(1, 1024, random.Next(1, 4)), random.Next(2) == 0 ? "*" : "A100")] };
        // Drawn apart, so that what else a seed gives stays what it was.
        var limits = new Random(seed * 31 + i);
        return spec with
        {
            Regions = limits.Next(10) == 0 ? ["east"] : [],
            Residency = limits.Next(10) == 0 ? ["WEST", "p0"] : null,
            MaxPue = limits.Next(10) == 0 ? 1.1 + limits.Next(3) * 0.2 : null,
            MinRenewableShare = limits.Next(10) == 0 ? limits.Next(3) * 0.25 : null,
            Requirements = random.Next(4) == 0 ? [new(new(random.Next(6, 13), 1024, 0)), .. spec.Requirements] : spec.Requirements,
            Ordered = random.Next(2) == 0,
            Array = random.Next(5) == 0 ? new([.. Enumerable.Range(0, random.Next(1, large ? 12 : 6))], random.Next(2) == 0 ? random.Next(1, 4) : null) : null,
            Priority = random.Next(-3, 4),
            Retries = random.Next(3),
            Objective = (Objective)random.Next(4),
            TimeLimit = random.Next(3) == 0 ? TimeSpan.FromSeconds(random.Next(30, 600)) : null,
            Estimate = random.Next(3) == 0 ? TimeSpan.FromSeconds(random.Next(30, 600)) : null,
            Deadline = random.Next(6) == 0 ? Networks.Start.AddSeconds(random.Next(300, 3000)) : null,
            Budget = random.Next(6) == 0 ? Money.FromDecimal(random.Next(1, 500) / 1000m) : null,
            Dependencies = i > 0 && random.Next(5) == 0 ? [new((DependencyKind)random.Next(4), new(random.Next(1, Math.Max(2, i / 2))))] : [],
            InputBytes = random.Next(5) == 0 ? random.Next(1, 500) * 1_000_000L : 0,
        };
    }
}

using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;
using Yunhe.Simulator;

namespace Yunhe.Simulation.Tests;

/// <summary>A network, its work, what its operators do and what fails: all from a seed.</summary>
internal static class RandomNetworks
{
    /// <summary>Something is submitted then, so that a pass over the queue is due.</summary>
    public static readonly TimeSpan Middle = TimeSpan.FromSeconds(400);

    /// <param name="seed">The seed.</param>
    /// <param name="undisturbed">No site stays away and the control plane never crashes.</param>
    /// <param name="backwards">The sites are added in the opposite order.</param>
    public static Simulator.Simulation Of(int seed, bool undisturbed = false, bool backwards = false)
    {
        var random = new Random(seed);
        var sites = Enumerable.Range(0, random.Next(1, 5)).Select(i => Site(random, i)).ToList();
        var faults = new Faults(
            LostAnswer: random.NextDouble() * 0.3, SiteAway: random.Next(2) * 0.05, NodeFailure: random.NextDouble() * 0.01,
            Vanished: random.NextDouble() * 0.01, Crash: random.NextDouble() * 0.1);
        if (undisturbed) faults = faults with { SiteAway = 0, Crash = 0 };
        IEnumerable<Site> added = backwards ? Enumerable.Reverse(sites) : sites;
        var simulation = new Simulator.Simulation(seed, Networks.Start, added, l => Behave(seed, l), faults);
        foreach (var site in simulation.Sites.Values) simulation.Give(new Observe(site.Site.Name, site.Observe([], simulation.Now)));
        PlanCorrespondingArrays(simulation, random);
        PlanWork(simulation, random);
        foreach (var site in sites) PlanOperations(simulation, random, site);
        simulation.Plan(Middle, new Submit(Networks.Job("middle"), "admin", null, null));
        return simulation;
    }

    private static Site Site(Random random, int i)
    {
        var site = Networks.Site(
            $"s{i}", nodes: random.Next(1, 6), cpus: random.Next(1, 9), cpuHour: random.Next(1, 50) / 100m,
            carbon: random.Next(20, 900), engine: random.Next(2) == 0 ? EngineSpec.Simulated : EngineSpec.Slurm) with
        {
            MaxPending = random.Next(3) == 0 ? random.Next(1, 4) : 1000,
        };
        return random.Next(3) > 0 ? site : site with
        {
            Pools = [.. site.Pools, new() { Name = "large", Nodes = random.Next(1, 3), PerNode = new(12, 48 * 1024, 0) }],
        };
    }

    private static void PlanCorrespondingArrays(Simulator.Simulation simulation, Random random)
    {
        var first = Networks.Job("first") with { Array = new([.. Enumerable.Range(0, random.Next(1, 8))], null), Retries = random.Next(2) };
        var second = first with { Name = "second", Dependencies = [new(DependencyKind.AfterCorresponding, new(1))] };
        simulation.Plan(TimeSpan.Zero, new Submit(first, "admin", "first", null));
        simulation.Plan(TimeSpan.FromSeconds(random.Next(1, 200)), new Submit(second, "admin", "second", null));
    }

    private static void PlanWork(Simulator.Simulation simulation, Random random)
    {
        for (var i = 0; i < 30; i++) simulation.Plan(TimeSpan.FromSeconds(random.Next(600)), new Submit(Spec(random, i), "admin", $"key{i}", null));
        for (var i = 0; i < 4; i++) simulation.Plan(TimeSpan.FromSeconds(random.Next(900)), new Cancel(new(random.Next(1, 30)), "admin"));
        for (var i = 1; i <= 4; i++)
        {
            var spec = Spec(random, i) with { Name = $"quoted{i}" };
            simulation.Plan(TimeSpan.FromSeconds(100 * i), new RequestQuote(spec, "admin"));
            simulation.Plan(TimeSpan.FromSeconds(100 * i + random.Next(1, 90)), new Submit(spec, "admin", null, $"q{i}"));
        }
    }

    private static void PlanOperations(Simulator.Simulation simulation, Random random, Site site)
    {
        TimeSpan Some() => TimeSpan.FromSeconds(random.Next(1, 900));
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
        if (random.Next(4) == 0) simulation.Plan(Some(), new RemoveSite(site.Name));
    }

    private static SimulatedRun Behave(int seed, Launch launch)
    {
        var random = new Random(seed * 1_000_003 ^ (int)launch.Attempt.Task.Workload.Number * 7919 ^ launch.Attempt.Number * 31 ^ launch.Attempt.Task.Index);
        return new(TimeSpan.FromSeconds(random.Next(1, 400)), random.Next(5) == 0 ? random.Next(1, 128) : 0) { Grace = TimeSpan.FromSeconds(random.Next(3)) };
    }

    private static WorkloadSpec Spec(Random random, int i)
    {
        var spec = Networks.Job($"job{i % 6}", random.Next(1, 4), random.Next(4) == 0 ? random.Next(1, 6) : 1);
        return spec with
        {
            Requirements = random.Next(4) == 0 ? [new(new(random.Next(6, 13), 1024, 0)), .. spec.Requirements] : spec.Requirements,
            Ordered = random.Next(2) == 0,
            Array = random.Next(5) == 0 ? new([.. Enumerable.Range(0, random.Next(1, 12))], random.Next(2) == 0 ? random.Next(1, 4) : null) : null,
            Priority = random.Next(-3, 4),
            Retries = random.Next(3),
            Objective = (Objective)random.Next(4),
            TimeLimit = random.Next(3) == 0 ? TimeSpan.FromSeconds(random.Next(30, 600)) : null,
            Estimate = random.Next(3) == 0 ? TimeSpan.FromSeconds(random.Next(30, 600)) : null,
            Deadline = random.Next(6) == 0 ? Networks.Start.AddSeconds(random.Next(300, 3000)) : null,
            Budget = random.Next(6) == 0 ? Money.FromDecimal(random.Next(1, 500) / 1000m) : null,
            Dependencies = i > 0 && random.Next(5) == 0 ? [new((DependencyKind)random.Next(4), new(random.Next(1, Math.Max(2, i / 2))))] : [],
        };
    }
}

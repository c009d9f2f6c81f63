using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Workloads;
using Yunhe.Simulator;

namespace Yunhe.Simulation.Tests;

/// <summary>One pool, random jobs whose lengths are known: what the first that waits is promised, by a count of its own of what runs.</summary>
internal sealed class EasySearch
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly int seed;
    private readonly Pool pool;
    private readonly Simulator.Simulation simulation;
    private readonly SortedDictionary<WorkloadId, DateTimeOffset> promised = [];
    private readonly HashSet<AttemptId> passed = [];

    private EasySearch(int seed)
    {
        this.seed = seed;
        var random = new Random(seed);
        var (cards, fabric) = (random.Next(2) * random.Next(1, 9), random.Next(3) == 0 ? random.Next(1, 4) : 0);
        var site = Networks.Site("a", nodes: random.Next(2, 9), cpus: 16, accelerator: cards > 0 ? "A100" : null, accelerators: cards);
        pool = site.Pools[0] with { NodesPerFabric = fabric };
        simulation = new(seed, Networks.Start, [site with { Pools = [pool] }], launch => new(launch.Spec.Estimate!.Value));
        simulation.Give(new Observe("a", simulation.Sites["a"].Observe([], simulation.Now)));
        var at = 0;
        for (var i = 0; i < 60; i++) simulation.Plan(TimeSpan.FromSeconds(at += random.Next(600)), new Submit(Spec(random, cards), "admin", null, null));
        simulation.AfterTurn = Look;
    }

    /// <summary>How many attempts ran into the time of one that waited, and did not delay it.</summary>
    public static int Run(int seed)
    {
        var search = new EasySearch(seed);
        Assert.True(search.simulation.Run(TimeSpan.FromDays(90)), $"seed {seed} does not end");
        foreach (var (id, start) in search.promised)
            Assert.True(search.simulation.State.Workload(id)!.StartedAt <= start + Second, $"seed {seed}: {id} could have begun at {start:T} and did at {search.simulation.State.Workload(id)!.StartedAt:T}");
        return search.passed.Count;
    }

    private WorkloadSpec Spec(Random random, int cards)
    {
        var each = new Resources(random.Next(1, 17), 1024, cards > 0 && random.Next(3) > 0 ? random.Next(1, cards + 1) : 0);
        if (each.Accelerators > 0 && random.Next(4) == 0) each = each with { Accelerators = 0, Share = random.Next(1, 10) * 100 };
        var nodes = random.Next(3) == 0 ? random.Next(1, pool.Nodes + 1) : 1;
        return Networks.Job() with
        {
            Requirements = [each.AcceleratorMilli > 0 ? new(each, AcceleratorCatalogue.Any) : new(each)],
            Nodes = nodes,
            Estimate = TimeSpan.FromSeconds(random.Next(60, 7200)),
            Fabric = nodes <= pool.NodesPerFabric && random.Next(2) == 0 ? FabricWish.Same : FabricWish.Prefer,
        };
    }

    private void Look(Simulator.Simulation now)
    {
        if (now.State.WorkloadsBefore().OrderBy(w => w.Id).FirstOrDefault(w => w is { EndedAt: null, StartedAt: null }) is not { } first) return;
        if (now.State.ActiveAt("a").Select(a => now.State.Attempt(a)!).Any(a => a.Id.Task.Workload == first.Id)) return;
        if (promised.TryGetValue(first.Id, out var start))
        {
            foreach (var id in now.State.ActiveAt("a"))
                if (id.Task.Workload.CompareTo(first.Id) > 0 && now.State.Attempt(id)!.PlacedAt == now.Now && EndOf(id) > start) passed.Add(id);
        }
        else if (now.Now - first.SubmittedAt > PlacementPatience) promised.Add(first.Id, Soonest(first.Spec));
    }

    /// <summary>After it the first that waits has its nodes kept, in the pass that follows.</summary>
    private static readonly TimeSpan PlacementPatience = TimeSpan.FromMinutes(2);

    private DateTimeOffset EndOf(AttemptId id) => simulation.State.Attempt(id)!.PlacedAt + simulation.State.Workload(id.Task.Workload)!.Spec.Estimate!.Value;

    /// <summary>As what runs ends, node by node and card by card.</summary>
    private DateTimeOffset Soonest(WorkloadSpec spec)
    {
        var running = simulation.State.ActiveAt("a").Select(id => simulation.State.Attempt(id)!).ToList();
        foreach (var end in running.Select(a => EndOf(a.Id)).Append(simulation.Now).Order())
            if (Fits(spec, running.FindAll(a => EndOf(a.Id) > end))) return end;
        throw new InvalidOperationException($"seed {seed}: {spec} never fits");
    }

    private bool Fits(WorkloadSpec spec, List<Attempt> running)
    {
        var fitting = Enumerable.Range(1, pool.Nodes).Where(number => FitsOn(pool.NodeName("a", number), spec.Requirements[0].PerNode, running)).ToList();
        return spec.Fabric == FabricWish.Same && spec.Nodes > 1 && pool.NodesPerFabric > 0
            ? fitting.GroupBy(n => (n - 1) / pool.NodesPerFabric).Any(f => f.Count() >= spec.Nodes)
            : fitting.Count >= spec.Nodes;
    }

    private bool FitsOn(string node, Resources each, List<Attempt> running)
    {
        var cpus = pool.PerNode.Cpus;
        var cards = Enumerable.Repeat(1000, pool.PerNode.Accelerators).ToArray();
        foreach (var attempt in running)
            for (var i = 0; i < attempt.Nodes.Count; i++)
            {
                if (attempt.Nodes[i] != node) continue;
                var held = attempt.Requirement.PerNode;
                cpus -= held.Cpus;
                for (var c = 0; c < cards.Length && attempt.Cards is not null; c++)
                    if ((attempt.Cards[i] >> c & 1) != 0) cards[c] -= held.Share > 0 ? held.Share : 1000;
            }
        return each.Cpus <= cpus && (each.Share > 0 ? cards.Any(c => c >= each.Share) : cards.Count(c => c == 1000) >= each.Accelerators);
    }
}

using System.Text.Json;
using CsCheck;
using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling;
using Yunhe.Core.Scheduling.Assignment;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;

namespace Yunhe.Core.Tests.Assignment;

public sealed class PlacementWindowTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly Gen<(int Nodes, int Cpus)[]> Networks = Gen.Select(Gen.Int[1, 3], Gen.Int[2, 8]).Array[2, 5];

    private static readonly Gen<(int Cpus, int Nodes, int Kind, int Minutes, int Waited)[]> Queues =
        Gen.Select(Gen.Int[1, 8], Gen.Int[1, 2], Gen.Int[0, 9], Gen.Int[5, 90], Gen.Int[0, 90]).Array[2, 14];

    [Fact]
    public void One_who_can_go_elsewhere_leaves_the_place_to_one_who_can_not()
    {
        (int, int)[] network = [(1, 8), (1, 4)];
        WorkloadSpec[] queue = [Job(4, 1), Job(8, 1)];
        Assert.Equal([(1, "s0")], Sites(Run(network, queue, together: false)));
        var placed = Run(network, queue, together: true);
        Assert.Equal([(1, "s1"), (2, "s0")], Sites(placed));
        Assert.All(placed, p => Assert.Equal((1, 1), (p.Decision.Together!.Others, p.Decision.Together.More)));
        Assert.All(placed, p => Assert.Equal(p.Site, p.Decision.Candidates[0].Site));
    }

    [Fact]
    public void Where_everybody_gets_the_best_nothing_is_decided_together() =>
        Assert.All(Run([(2, 8), (1, 4)], [Job(4, 1), Job(8, 1)], together: true), p => Assert.Null(p.Decision.Together));

    [Fact]
    public void One_with_a_deadline_ends_the_window_before_him()
    {
        WorkloadSpec[] queue = [Job(4, 1), Job(8, 1) with { Deadline = Now.AddDays(3) }];
        Assert.Equal([(1, "s0")], Sites(Run([(1, 8), (1, 4)], queue, together: true)));
    }

    /// <summary>Up to the last that it places: what is behind a window may find other room than it would have.</summary>
    [Fact]
    public void A_window_costs_no_more_than_one_after_the_other_and_takes_nobodys_start()
    {
        var (better, all) = (0, 0);
        Gen.Select(Networks, Queues).Sample((network, drawn) =>
        {
            WorkloadSpec[] queue = [.. drawn.Select(Spec)];
            var waited = drawn.Select(d => d.Waited).ToArray();
            var state = Network(network, queue, waited, together: false);
            var (alone, joint) = (Run(network, queue, false, waited), Run(network, queue, true, waited));
            Interlocked.Increment(ref all);
            AssertRoom(network, joint);
            Assert.Equal(JsonSerializer.Serialize(joint), JsonSerializer.Serialize(Run(network, queue, true, waited)));
            var window = joint.Where(p => p.Decision.Together is not null).Select(p => p.Attempt.Task.Workload).ToList();
            if (window.Count == 0)
            {
                Assert.Equal(Sites(alone), Sites(joint));
                return;
            }
            Interlocked.Increment(ref better);
            var order = InOrder(state);
            var prefix = order.Take(order.FindLastIndex(window.Contains) + 1).ToList();
            Assert.All(prefix.Intersect(alone.Select(p => p.Attempt.Task.Workload)), w => Assert.Contains(w, joint.Select(p => p.Attempt.Task.Workload)));
            Assert.True(prefix.Sum(w => CostOf(state, w, joint)) < prefix.Sum(w => CostOf(state, w, alone)));
        }, iter: 1500, threads: 1);
        Assert.True(better * 50 > all, $"{better} of {all} were decided together");
    }

    private static WorkloadSpec Spec((int Cpus, int Nodes, int Kind, int Minutes, int Waited) d) => Job(d.Cpus, d.Nodes) with
    {
        Objective = d.Kind == 0 ? Objective.Cost : d.Kind < 4 ? Objective.Balanced : Objective.Time,
        Estimate = TimeSpan.FromMinutes(d.Minutes),
        Array = d.Kind == 5 ? new([0, 1, 2], null) : null,
    };

    private static List<WorkloadId> InOrder(State state)
    {
        var entries = new List<Ready>();
        foreach (var (alike, head) in state.Ready.Heads())
            for (Ready? entry = head; entry is { } e; entry = alike.After(e)) entries.Add(e);
        return [.. entries.Order().Select(e => e.Workload)];
    }

    /// <summary>By what was known before the pass; those of an array that wait are alike.</summary>
    private static decimal CostOf(State state, WorkloadId id, List<AttemptPlaced> placed)
    {
        var workload = state.Workload(id)!;
        var free = Controller.Evaluate(state, workload, Now).Candidates.Where(c => c.Excluded is null).ToList();
        if (free.Count == 0) return 0;
        var cheapest = free.MinBy(c => c.Cost)!;
        var value = WindowCost.Value(cheapest.Cost, workload.Spec.Nodes, cheapest.RunTime);
        var mine = placed.Where(p => p.Attempt.Task.Workload == id).ToList();
        var waiting = WindowCost.Waiting(WindowCost.Of(free.Max(c => c.Score), value), value, 0, Now - workload.QueuedAt!.Value);
        return mine.Sum(p => (decimal)WindowCost.Of(free.First(c => c.Site == p.Site).Score, value)) + ((decimal)waiting * (workload.Unstarted - mine.Count));
    }

    private static void AssertRoom((int Nodes, int Cpus)[] network, List<AttemptPlaced> placed)
    {
        foreach (var node in placed.SelectMany(p => p.Nodes.Select(n => (p.Site, Node: n, p.Requirement.PerNode.Cpus))).GroupBy(n => (n.Site, n.Node)))
            Assert.True(node.Sum(n => n.Cpus) <= network[node.Key.Site[1] - '0'].Cpus);
    }

    private static IEnumerable<(int, string)> Sites(List<AttemptPlaced> placed) => placed.Select(p => ((int)p.Attempt.Task.Workload.Number, p.Site)).Order();

    private static List<AttemptPlaced> Run((int Nodes, int Cpus)[] network, WorkloadSpec[] queue, bool together, int[]? waited = null) =>
        [.. Controller.Step(Network(network, queue, waited, together), new Tick(), Now, new(1)).Events.OfType<AttemptPlaced>()];

    private static State Network((int Nodes, int Cpus)[] network, WorkloadSpec[] queue, int[]? waited, bool together)
    {
        var state = new State();
        for (var s = 0; s < network.Length; s++)
        {
            var site = new Site
            {
                Name = $"s{s}",
                Place = new(),
                Link = new(8_000_000 / (s + 1), 0, Money.Zero),
                Prices = new(Money.FromDecimal(0.1m * (network.Length - s)), Money.Zero, new Dictionary<string, Money>()),
                Green = new(1, 0, 0, 0),
                Engine = new(EngineSpec.Simulated, new Dictionary<string, string>()),
                Pools = [new() { Name = "main", Nodes = network[s].Nodes, PerNode = new(network[s].Cpus, 1024, 0) }],
            };
            Controller.Step(state, new AddSite(site), Now, new(1));
            Controller.Step(state, new Observe(site.Name, new() { Pools = [new(site.Pools[0], [new(network[s].Nodes, site.Pools[0].PerNode)])] }), Now, new(1));
        }
        if (together) Assert.Null(Controller.Step(state, new SetSharePolicy(new() { PlacesTogether = true }), Now, new(1)).Refusal);
        for (var i = 0; i < queue.Length; i++) Controller.Step(state, new Submit(queue[i], "admin", null, null), Now.AddSeconds(-(waited?[i] ?? 0)), new(1));
        return state;
    }

    private static WorkloadSpec Job(int cpus, int nodes) => new()
    {
        Name = "job",
        Program = new(ProgramKind.Task) { Run = "true" },
        Requirements = [new(new(cpus, 1, 0))],
        Nodes = nodes,
        Objective = Objective.Time,
        Estimate = TimeSpan.FromHours(1),
        InputBytes = 10_000_000,
    };
}

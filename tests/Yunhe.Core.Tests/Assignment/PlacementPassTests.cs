using CsCheck;
using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling;
using Yunhe.Core.Scheduling.Assignment;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;

namespace Yunhe.Core.Tests.Assignment;

public sealed class PlacementPassTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly Gen<(int Nodes, int Cpus)[]> Networks = Gen.Select(Gen.Int[1, 4], Gen.Int[2, 8]).Array[1, 4];

    private static readonly Gen<(int Cpus, int Nodes)[]> Queues = Gen.Select(Gen.Int[1, 8], Gen.Int[1, 3]).Array[1, 20];

    /// <summary>
    /// All run for an hour, and moving their inputs takes seconds that differ by site: so the nearest site with room is best, and one
    /// without, where they would wait for an hour, is worst. That is a window whose costs are seconds to the end.
    /// </summary>
    [Fact]
    public void One_after_the_other_is_what_a_placement_pass_does() =>
        Gen.Select(Networks, Queues).Sample((network, queue) =>
        {
            var state = Network(network);
            var submitted = queue.Select(q => Job(q.Cpus, q.Nodes)).Where(spec =>
                Controller.Step(state, new Submit(spec, "admin", null, null), Now, new(1)).Refusal is null).ToList();
            var window = new Window(
                [.. network.Select((n, s) => new WindowPool(Name(s), [new(n.Nodes, new(n.Cpus, 1024, 0))]))],
                [.. submitted.Select(spec => Item(Controller.Evaluate(state, spec, "admin", Now), spec))]);
            var placed = Controller.Step(state, new Tick(), Now, new(1)).Events.OfType<AttemptPlaced>()
                .Select(e => ((int)e.Attempt.Task.Workload.Number - 1, e.Site));
            var greedy = GreedyAssignment.Solve(window).Taken.Select(t => (t.Item, Name(window.Items[t.Item].Choices[t.Choice].Pool)));
            Assert.Equal(greedy, placed.Order());
        }, iter: 200);

    private static WindowItem Item(Decision decision, WorkloadSpec spec)
    {
        var feasible = decision.Candidates.Where(c => c.Excluded is null).ToList();
        List<WindowChoice> choices =
        [
            .. feasible.Select(c => new WindowChoice(c.Site[1] - '0', spec.Requirements[0].PerNode, spec.Nodes, (long)(c.Staging + c.RunTime).TotalMilliseconds)),
        ];
        return new(choices, choices.Min(c => c.Cost) + (long)feasible[0].RunTime.TotalMilliseconds);
    }

    private static string Name(int site) => $"s{site}";

    private static State Network((int Nodes, int Cpus)[] network)
    {
        var state = new State();
        for (var s = 0; s < network.Length; s++)
        {
            var site = new Site
            {
                Name = Name(s),
                Place = new(),
                Link = new(8_000_000 / (s + 1), 0, Money.Zero),
                Prices = PriceBook.Free,
                Green = new(1, 0, 0, 0),
                Engine = new(EngineSpec.Simulated, new Dictionary<string, string>()),
                Pools = [new() { Name = "main", Nodes = network[s].Nodes, PerNode = new(network[s].Cpus, 1024, 0) }],
            };
            Controller.Step(state, new AddSite(site), Now, new(1));
            Controller.Step(state, new Observe(site.Name, new() { Pools = [new(site.Pools[0], [new(network[s].Nodes, site.Pools[0].PerNode)])] }), Now, new(1));
        }
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

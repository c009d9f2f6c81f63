using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;

namespace Yunhe.Core.Tests;

/// <summary>Large networks are decided from an index; what it chooses is held against weighing every site.</summary>
public sealed class ShortlistTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly string[] Models = ["H100", "A100", "ASCEND910B"];

    [Fact]
    public void The_index_chooses_what_weighing_every_site_chooses_while_work_comes_and_goes()
    {
        foreach (var seed in Enumerable.Range(1, 20)) Compare(seed);
    }

    [Fact]
    public void What_the_index_says_of_room_is_what_the_nodes_have_while_work_comes_and_goes()
    {
        foreach (var seed in Enumerable.Range(1, 5)) CompareRoom(seed);
    }

    [Fact]
    public void What_no_site_can_take_is_refused_and_told_by_reason_with_the_number_of_sites()
    {
        var state = Network(new(1), 60);
        var refusal = Controller.Step(state, new Submit(Job(new(new(1, 1024, 9), "H100")), "u", null, null), Start, new(1)).Refusal!;
        Assert.Equal(RefusalKind.Unsatisfiable, refusal.Kind);
        Assert.Contains("20 such as s001: accelerators: asks for 9 H100 per node, nodes have 8", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("accelerators: asks for H100, has A100", refusal.Message, StringComparison.Ordinal);
        var elsewhere = Job(new(new(1, 1024, 1), "H100")) with { Regions = ["nowhere"] };
        Assert.Contains("20 such as s001: regions: not in nowhere", Controller.Step(state, new Submit(elsewhere, "u", null, null), Start, new(1)).Refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_budget_or_deadline_that_no_site_can_meet_is_refused_at_once_and_one_that_some_site_meets_is_not()
    {
        var state = Network(new(1), 60);
        var job = Job(new(new(1, 1024, 1), "A100"));
        var cheapest = Controller.Evaluate(state, job with { Objective = Objective.Cost }, "u", Start).Candidates[0].Cost;
        Assert.NotNull(Submit(state, job with { Budget = new(cheapest.Micros - 1) }));
        Assert.Null(Submit(state, job with { Budget = cheapest }));
        Assert.NotNull(Submit(state, job with { Deadline = Start.AddMinutes(59) }));
        Assert.Null(Submit(state, job with { Deadline = Start.AddHours(2) }));
    }

    private static Refusal? Submit(State state, WorkloadSpec spec) => Controller.Step(state, new Submit(spec, "u", null, null), Start, new(1)).Refusal;

    private static void Compare(int seed)
    {
        var random = new Random(seed);
        var state = Network(random, 55 + random.Next(30));
        var now = Start;
        var running = new List<AttemptId>();
        for (var round = 0; round < 40; round++)
        {
            now = now.AddSeconds(1 + random.Next(100));
            var spec = RandomJob(random);
            var before = new Subject(spec, "u", Money.Zero);
            var (chosen, all) = (Placement.Evaluate(state, before, now), Placement.WeighAll(state, before, now));
            Assert.True(SameChoice(chosen, all), $"seed {seed}, round {round}: {Text(chosen)} against {Text(all)}");
            Controller.Step(state, new Submit(spec, "u", null, null), now, random);
            foreach (var placed in Controller.Step(state, new Tick(), now, random).Events.OfType<AttemptPlaced>()) running.Add(placed.Attempt);
            if (running.Count > 0 && random.Next(3) == 0) End(state, running, random, now);
        }
    }

    private static void CompareRoom(int seed)
    {
        var random = new Random(seed);
        var state = Network(random, 55);
        var (now, running, asked) = (Start, new List<AttemptId>(), new List<WorkloadSpec>());
        // Enough waits that the pools are full, in more kinds than the index keeps track of.
        for (var round = 0; round < 200; round++)
        {
            now = now.AddSeconds(1);
            var spec = RandomJob(random) with { Deadline = null };
            if (round % 2 == 0) spec = spec with { Requirements = [new(new(1 + round / 2, 1024, 1), "*")] };
            asked.Add(spec);
            Controller.Step(state, new Submit(spec, "u", null, null), now, random);
            foreach (var placed in Controller.Step(state, new Tick(), now, random).Events.OfType<AttemptPlaced>()) running.Add(placed.Attempt);
            if (running.Count > 0 && random.Next(3) == 0) End(state, running, random, now);
            if (round == 150)
            {
                // A node of each is down from now on.
                foreach (var site in state.Sites.ToList())
                    Controller.Step(state, new Observe(site.Site.Name, new() { Pools = [new(site.Site.Pools[0], []) { Down = [$"{site.Site.Name}-gpu-1"] }] }), now, random);
            }
            state.Pools.BeginPass(state, now);
            foreach (var (each, nodes) in asked.Select(a => (a.Requirements[0].PerNode, a.Nodes)).Distinct())
            {
                var shape = state.Pools.ShapeOf(each, spec with { Nodes = nodes });
                foreach (var site in state.Sites)
                    Assert.Equal(state.Capacity(site.Site.Name)!.Fits("gpu", each, nodes), state.Pools.Fits(state.Pools.NumberOf(site.Site.Name, "gpu"), shape));
            }
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(60)]
    public void What_needs_no_accelerators_goes_where_there_are_none_at_the_same_price(int sites)
    {
        var (state, random) = (Network(new Random(1), sites), new Random(1));
        foreach (var site in state.Sites.Select(s => s.Site).ToList())
        {
            Controller.Step(state, new EditSite(site with { Pools = [.. site.Pools, site.Pools[0] with { Name = "plain", PerNode = new(64, 512 * 1024, 0), Accelerator = null }] }, null), Start, random);
            Controller.Step(state, new Observe(site.Name, new() { Pools = [] }), Start, random);
        }
        Controller.Step(state, new Submit(Job(new(new(4, 1024, 0))), "u", null, null), Start, random);
        Assert.Equal("plain", Assert.Single(Controller.Step(state, new Tick(), Start, random).Events.OfType<AttemptPlaced>()).Pool);
    }

    /// <summary>Sites that are alike in everything that counts are as good as each other.</summary>
    private static bool SameChoice(Decision chosen, Decision all) =>
        chosen.Candidates is not [{ Excluded: null } mine, ..] ? all.Candidates is not [{ Excluded: null }, ..]
        : all.Candidates[0] is { Excluded: null } best && mine.FreeNow == best.FreeNow
            && (mine.Site == best.Site || (Math.Abs(mine.Score - best.Score) < 1e-9 && mine.FinishIn == best.FinishIn && mine.Cost == best.Cost));

    private static string Text(Decision decision) => decision.Candidates is [var best, ..] ? $"{best.Site} {best.Score} {best.FreeNow} {best.WaitP50} {best.Excluded}" : "none";

    private static void End(State state, List<AttemptId> running, Random random, DateTimeOffset now)
    {
        var id = running[random.Next(running.Count)];
        running.Remove(id);
        var report = new AttemptReport(id, EnginePhase.Ended) { StartedAt = now.AddSeconds(-10), EndedAt = now, ExitCode = 0 };
        Controller.Step(state, new Observe(state.Attempt(id)!.Site, new() { Pools = [], Attempts = [report] }), now, random);
    }

    private static State Network(Random random, int count)
    {
        var state = new State();
        for (var i = 0; i < count; i++)
        {
            var site = new Site
            {
                Name = $"s{i:000}",
                Place = new(i % 2 == 0 ? "east" : "west", "", $"c{i % 5}"),
                Link = new(1_000_000_000, 5, Money.FromDecimal(0.1m)),
                Prices = new(Money.FromDecimal(0.05m), Money.Zero, new Dictionary<string, Money> { ["*"] = Money.FromDecimal(1 + random.Next(40) / 4m) }),
                Green = new(1.1 + random.Next(5) / 10.0, 100 + random.Next(8) * 100, random.Next(6) / 10.0, 6),
                Engine = new(EngineSpec.Simulated, new Dictionary<string, string>()),
                Pools = [new() { Name = "gpu", Nodes = 1 + random.Next(3), PerNode = new(64, 512 * 1024, 8), Accelerator = Models[(i + 2) % 3] }],
            };
            Controller.Step(state, new AddSite(site), Start, random);
            Controller.Step(state, new Observe(site.Name, new() { Pools = [] }), Start, random);
        }
        return state;
    }

    private static WorkloadSpec RandomJob(Random random) => Job(new(new(1, 1024, 1 << random.Next(4)), random.Next(3) == 0 ? "*" : Models[random.Next(3)])) with
    {
        Nodes = 1 + random.Next(3) / 2,
        Objective = (Objective)random.Next(4),
        Regions = random.Next(3) == 0 ? ["west"] : [],
        Residency = random.Next(5) == 0 ? ["west"] : null,
        MaxPue = random.Next(5) == 0 ? 1.3 : null,
        MinRenewableShare = random.Next(5) == 0 ? 0.3 : null,
        Estimate = TimeSpan.FromMinutes(1 << random.Next(8)),
        Deadline = random.Next(4) == 0 ? Start.AddHours(1 + random.Next(5)) : null,
    };

    private static WorkloadSpec Job(Requirement requirement) => new()
    {
        Name = "job",
        Program = new(ProgramKind.Task) { Run = "true" },
        Requirements = [requirement],
        Estimate = TimeSpan.FromHours(1),
    };
}

using System.Text.Json;
using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Siting;

namespace Yunhe.Planning.Tests.Siting;

public sealed class SitingPlannerTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void The_plan_of_a_tiny_instance_is_the_best_of_all_that_there_are(int seed)
    {
        var request = Tiny(seed);
        Assert.Empty(SitingCheck.Check(request));
        var best = new BruteForce(request, 3).Solve();
        var answer = SitingPlanner.Plan(request, new());
        if (double.IsInfinity(best)) Assert.Equal(PlanStatus.Infeasible, answer.Status);
        else Assert.Equal(best, answer.Plan!.Totals.NpvCny / 1e6, best * 1e-6);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_plan_keeps_every_limit_of_a_random_instance(int seed)
    {
        var request = Small(seed);
        Assert.Empty(SitingCheck.Check(request));
        var answer = SitingPlanner.Plan(request, new());
        Assert.Equal(PlanStatus.Proven, answer.Status);
        PlanAudit.Check(request, answer.Plan!);
        Assert.Empty(answer.Plan!.Missed);
        Assert.All(answer.Plan.Targets, t => Assert.True(t.IsMet, t.ToString()));
        Assert.True(answer.Plan.Gap <= request.Solver.Gap);
    }

    [Fact]
    public void No_plan_without_a_solver_is_cheaper_where_it_serves_all_and_keeps_all()
    {
        var judged = 0;
        for (var seed = 1; seed <= 3; seed++)
        {
            var request = Small(seed) with { Targets = [] };
            var answer = SitingPlanner.Plan(request, new());
            foreach (var other in answer.Compared.Where(c => c.Totals.Served > 0.9999 && c.Missed.Count == 0))
            {
                judged++;
                Assert.True(answer.Plan!.Totals.NpvCny <= other.Totals.NpvCny * 1.01, $"seed {seed}: {answer.Plan.Totals.NpvCny} over {other.Name} {other.Totals.NpvCny}");
            }
            Assert.Equal(0, answer.Compared.Single(c => c.Name.StartsWith("today", StringComparison.Ordinal)).Totals.Served);
        }
        Assert.True(judged > 0);
    }

    [Fact]
    public void The_same_request_gives_the_same_answer()
    {
        var request = Small(4);
        Assert.Equal(JsonSerializer.Serialize(SitingPlanner.Plan(request, new())), JsonSerializer.Serialize(SitingPlanner.Plan(request, new())));
    }

    [Fact]
    public void No_point_of_the_front_beats_another_and_the_plan_s_cost_is_on_it()
    {
        var request = Small(5) with { Solver = new() { Gap = 0.02 } };
        var front = SitingPlanner.Plan(request, new() { FrontPoints = 1 }).Front;
        Assert.True(front.Count >= 2, $"{front.Count} points");
        foreach (var a in front)
            foreach (var b in front.Where(b => !ReferenceEquals(a, b)))
                Assert.False(a.NpvCny <= b.NpvCny && a.CarbonKt <= b.CarbonKt && a.LatencyMs <= b.LatencyMs, $"{a} beats {b}");
    }

    [Fact]
    public void One_kind_alone_costs_no_less_than_the_mix_where_supply_is_no_limit()
    {
        var request = Small(6);
        request = request with { Accelerators = [.. request.Accelerators.Select(a => a with { Supply = [] })] };
        var answer = SitingPlanner.Plan(request, new() { Mixes = true });
        Assert.Equal(request.Accelerators.Count, answer.Mixes.Count);
        Assert.All(answer.Mixes.Where(m => m.OverPlan is not null), m => Assert.True(m.OverPlan > 0.99, m.ToString()));
        Assert.Contains(answer.Mixes, m => m.Others.Count > 0);
    }

    [Fact]
    public void Lower_carbon_is_dearer_and_the_cleanest_plan_is_the_cleanest()
    {
        var request = Small(7);
        var cheap = SitingPlanner.Plan(request, new()).Plan!.Totals;
        var clean = SitingPlanner.Plan(request with { Objective = SitingObjective.Carbon }, new()).Plan!.Totals;
        var near = SitingPlanner.Plan(request with { Objective = SitingObjective.Latency }, new()).Plan!.Totals;
        Assert.True(clean.CarbonKt <= cheap.CarbonKt * 1.01 && clean.CarbonKt <= near.CarbonKt * 1.01);
        Assert.True(near.LatencyMs <= cheap.LatencyMs * 1.01 && near.LatencyMs <= clean.LatencyMs * 1.01);
        Assert.True(cheap.NpvCny <= clean.NpvCny * 1.01 && cheap.NpvCny <= near.NpvCny * 1.01);
    }

    [Fact]
    public void What_exists_is_used_before_anything_is_bought()
    {
        var tiny = Tiny(1);
        var request = tiny with
        {
            Candidates = [.. tiny.Candidates.Select((c, i) => i > 0 ? c : c with { Existing = [new() { Accelerator = "a", Devices = 10_000 }], MaxMw = 100 })],
            Demand = [tiny.Demand[0] with { Growth = 0 }],
        };
        var answer = SitingPlanner.Plan(request, new());
        Assert.Empty(answer.Plan!.Years.SelectMany(y => y.Builds));
        Assert.Equal(1, answer.Compared[0].Totals.Served, 1e-9);
    }

    [Fact]
    public void The_return_is_a_range_with_its_assumptions()
    {
        var back = SitingPlanner.Plan(Tiny(1), new()).Return!;
        Assert.True(back.LowCny < back.MiddleCny && back.MiddleCny < back.HighCny);
        Assert.Contains(back.Assumptions, a => a.Contains("not a law", StringComparison.Ordinal));
        // At its own cost revenue is what it costs.
        Assert.Equal(1, back.BreakEvenMultiplier, 1e-6);
    }

    /// <summary>Two places, two kinds of hardware, two years, one demand that sends nothing over links.</summary>
    internal static SitingRequest Tiny(int seed)
    {
        var random = new Random(seed);
        double Between(double a, double b) => a + ((b - a) * random.NextDouble());
        CandidateSpec Candidate(string place) => new()
        {
            Place = place, LandCnyPerM2 = Between(100, 2000), PowerCnyPerKwh = Between(0.3, 0.8), Pue = Between(1.1, 1.5), MaxMw = Between(0.5, 1),
            FacilityCnyPerKw = Between(8_000, 15_000), OpeningCny = Between(0, 5e7), BuildYears = seed % 3 == 0 ? random.Next(2) : 0,
        };
        HardwareSpec Hardware(string name) => new()
        {
            Name = name, Tflops = new Dictionary<DataType, double> { [DataType.Bf16] = Between(100, 500) }, Efficiency = new Dictionary<DemandKind, double> { [DemandKind.Training] = Between(0.3, 0.5) },
            PriceCny = Between(50_000, 200_000), Watts = Between(500, 900), BlockDevices = 512, LifeYears = 5, Supply = seed % 2 == 0 ? [1024] : [],
        };
        return new()
        {
            StartYear = 2026,
            Years = 2,
            Demand = [new() { Place = "wuhan", Kind = DemandKind.Training, Pflops = Between(20, 90), Growth = Between(0.1, 0.5), GbitPerPflops = 0 }],
            Candidates = [Candidate("guian-cluster"), Candidate("hangzhou")],
            Accelerators = [Hardware("a"), Hardware("b")],
            Operation = new() { Utilisation = new Dictionary<DemandKind, double> { [DemandKind.Training] = 0.8 } },
            Budgets = new() { TotalCny = seed == 5 ? 2e8 : null },
            Solver = new() { Gap = 0, TimeLimitSeconds = 60 },
        };
    }

    /// <summary>Three clusters, two cities, two years, four kinds of hardware.</summary>
    internal static SitingRequest Small(int seed)
    {
        var national = SyntheticSiting.National(seed, years: 2);
        string[] cities = ["shanghai", "chengdu"], places = ["guian-cluster", "wuhu-cluster", "tianfu-cluster"], hardware = ["H20", "Ascend910B2", "cpu", "dcu"];
        return national with
        {
            Demand = [.. national.Demand.Where(d => cities.Contains(d.Place)).Select(d => d with { LatencyMs = d.LatencyMs is null ? null : 25 })],
            Candidates = [.. national.Candidates.Where(c => places.Contains(c.Place))],
            Accelerators = [.. national.Accelerators.Where(a => hardware.Contains(SitingCheck.NameOf(a))).Select(a => a with { BlockDevices = 64 })],
            Solver = new() { Gap = 0.01, TimeLimitSeconds = 60 },
        };
    }
}

using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Siting;

namespace Yunhe.Planning.Tests.Siting;

public sealed class ConflictTests
{
    [Fact]
    public void A_budget_of_nothing_is_named_with_the_demand_that_it_can_not_serve()
    {
        var answer = SitingPlanner.Plan(SitingPlannerTests.Tiny(1) with { Budgets = new() { TotalCny = 0 } }, new());
        Assert.Equal(PlanStatus.Infeasible, answer.Status);
        Assert.True(answer.IsIrreducible);
        Assert.Contains(answer.Conflicts, c => c.Limit == "budgets.total_cny");
        Assert.Contains(answer.Conflicts, c => c.Limit.StartsWith("demand[0]", StringComparison.Ordinal));
        Assert.Equal(2, answer.Conflicts.Count);
    }

    [Fact]
    public void Two_targets_that_exclude_each_other_are_both_named_and_nothing_else()
    {
        var request = SitingPlannerTests.Small(1) with
        {
            Targets =
            [
                new() { Measure = TargetMeasure.IntelligentShare, Year = 2027, Least = 0.1 },
                new() { Measure = TargetMeasure.WestShare, Year = 2027, Least = 0.9 },
                new() { Measure = TargetMeasure.WestShare, Year = 2027, Most = 0.2 },
            ],
        };
        var answer = SitingPlanner.Plan(request, new());
        Assert.Equal(PlanStatus.Infeasible, answer.Status);
        var named = answer.Conflicts.Select(c => c.Limit).ToList();
        Assert.Contains(named, n => n.StartsWith("targets[1]", StringComparison.Ordinal));
        Assert.Contains(named, n => n.StartsWith("targets[2]", StringComparison.Ordinal));
        Assert.DoesNotContain(named, n => n.StartsWith("targets[0]", StringComparison.Ordinal));
    }

    [Fact]
    public void Letting_any_one_of_the_conflicting_limits_go_makes_it_possible()
    {
        var tiny = SitingPlannerTests.Tiny(1);
        var request = tiny with { Accelerators = [.. tiny.Accelerators.Select(a => a with { Supply = [0] })] };
        var conflicts = SitingPlanner.Plan(request, new()).Conflicts.Select(c => c.Limit).ToList();
        Assert.Equal(3, conflicts.Count);
        Assert.NotEqual(PlanStatus.Infeasible, SitingPlanner.Plan(request with { Accelerators = [request.Accelerators[0] with { Supply = [] }, request.Accelerators[1]] }, new()).Status);
        Assert.NotEqual(PlanStatus.Infeasible, SitingPlanner.Plan(request with { Demand = [request.Demand[0] with { Pflops = 0 }] }, new()).Status);
    }

    [Fact]
    public void How_far_a_budget_falls_short_is_told()
    {
        var tiny = SitingPlannerTests.Tiny(1);
        var spent = SitingPlanner.Plan(tiny, new()).Plan!.Totals.CapitalCny;
        var budget = SitingPlanner.Plan(tiny with { Budgets = new() { TotalCny = spent / 10 } }, new()).Conflicts.Single(c => c.Limit == "budgets.total_cny");
        Assert.Matches("at least [0-9.]+ % more", budget.Mend);
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_is_absurd_is_told_by_its_field(string field, SitingRequest request) => Assert.Contains(SitingCheck.Check(request), p => p.Field == field);

    public static TheoryData<string, SitingRequest> Wrong()
    {
        var good = SitingPlannerTests.Tiny(1);
        SitingRequest Candidate(Func<CandidateSpec, CandidateSpec> change) => good with { Candidates = [change(good.Candidates[0]), good.Candidates[1]] };
        SitingRequest Hardware(Func<HardwareSpec, HardwareSpec> change) => good with { Accelerators = [change(good.Accelerators[0]), good.Accelerators[1]] };
        SitingRequest Demand(Func<DemandSpec, DemandSpec> change) => good with { Demand = [change(good.Demand[0])] };
        return new()
        {
            { "demand", new() { StartYear = 2026 } },
            { "candidates[0].pue", Candidate(c => c with { Pue = 0.9 }) },
            { "candidates[0].pue", Candidate(c => c with { Pue = double.NaN }) },
            { "candidates[0].power_cny_per_kwh", Candidate(c => c with { PowerCnyPerKwh = -1 }) },
            { "candidates[0].place", Candidate(c => c with { Place = "Atlantis" }) },
            { "candidates[1].name", Candidate(c => c with { Name = "hangzhou" }) },
            { "candidates[0].max_mw", Candidate(c => c with { MaxMw = double.PositiveInfinity }) },
            { "candidates[0].existing[0].accelerator", Candidate(c => c with { Existing = [new() { Accelerator = "x", Devices = 1 }] }) },
            { "accelerators[0].tflops.bf16", Hardware(h => h with { Tflops = new Dictionary<DataType, double> { [DataType.Bf16] = 1e30 } }) },
            { "accelerators[0].model", Hardware(h => h with { Name = "", Model = "H9000", Tflops = new Dictionary<DataType, double>() }) },
            { "accelerators[0].price_cny", Hardware(h => h with { PriceCny = double.NaN }) },
            { "demand[0].pflops", Demand(d => d with { Pflops = 1e30 }) },
            { "demand[0].pflops", Demand(d => d with { Pflops = null }) },
            { "demand[0].growth", Demand(d => d with { Growth = double.NaN }) },
            { "demand[0].pflops_by_year", Demand(d => d with { Pflops = null, PflopsByYear = [1, 2, 3] }) },
            { "demand[0].data_type", Demand(d => d with { DataType = DataType.Fp64 }) },
            { "demand[0].latency_ms", Demand(d => d with { LatencyMs = 2.5 }) },
            { "targets[0].year", good with { Targets = [new() { Measure = TargetMeasure.WestShare, Year = 1999, Least = 0.5 }] } },
            { "targets[0].least", good with { Targets = [new() { Measure = TargetMeasure.WestShare, Year = 2026, Least = 1.5 }] } },
            { "budgets.total_cny", good with { Budgets = new() { TotalCny = -5 } } },
            { "solver.time_limit_seconds", good with { Solver = new() { TimeLimitSeconds = 0 } } },
            { "$", good with { Links = null! } },
        };
    }
}

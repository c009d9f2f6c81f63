using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Siting;

namespace Yunhe.Planning.Tests.Siting;

public sealed class UnusedPlaceTests
{
    private const double PriceApart = 0.2;
    private const double Opening = 1e7;

    [Fact]
    public void A_dearer_place_is_passed_over_for_what_a_block_there_costs_more()
    {
        var answer = SitingPlanner.Plan(Request(), new());
        var unused = Assert.Single(answer.Unused);
        Assert.Equal("dear", unused.Site);
        // A block moved there: 512 × 0.5 kW × PUE 1.25 for a year, 80 % of it busy and the rest at 30 % of its power, 0.2 yuan a kWh dearer; and the opening, less its worth after one of 15 years.
        var power = 512 * 0.5 * 1.25 * 8760 * (0.3 + (0.7 * 0.8)) * PriceApart;
        var opening = Opening * (1 - (14 / 15.0 / 1.06));
        Assert.Equal(power + opening, unused.ExtraNpvCny!.Value, 1e-3 * (power + opening));
        Assert.False(unused.IsWithinGap);
        Assert.Equal(Opening, unused.OpeningCny);
        Assert.Equal("cheap", unused.CheapestSite);
        Assert.Equal(0.5 * 1.25 * PriceApart * (0.3 + (0.7 * 0.8)) / 0.8, unused.CnyPerDeviceHour!.Value - unused.CheapestCnyPerDeviceHour!.Value, 1e-9);
    }

    [Fact]
    public void A_place_without_room_or_too_far_says_so()
    {
        var request = Request();
        var answer = SitingPlanner.Plan(
            request with { Candidates = [.. request.Candidates, request.Candidates[1] with { Name = "small", MaxMw = 0.1 }], Demand = [.. request.Demand.Select(d => d with { LatencyMs = 10 })] }, new());
        Assert.Contains("candidates[2].max_mw", Assert.Single(answer.Unused.Single(u => u.Site == "small").Excluded), StringComparison.Ordinal);
        Assert.Contains("training bf16 at wuhan", Assert.Single(answer.Unused.Single(u => u.Site == "dear").TooFar), StringComparison.Ordinal);
    }

    [Fact]
    public void A_place_that_a_target_keeps_empty_is_called_excluded()
    {
        var request = Request();
        var answer = SitingPlanner.Plan(request with { Targets = [new() { Measure = TargetMeasure.WestShare, Year = 2026, Most = 0 }] }, new());
        Assert.Equal("targets, budgets and supply together", Assert.Single(Assert.Single(answer.Unused).Excluded));
    }

    [Fact]
    public void Where_something_is_built_there_is_nothing_to_explain()
    {
        var request = Request();
        Assert.Empty(SitingPlanner.Plan(request with { Candidates = [request.Candidates[0]] }, new()).Unused);
    }

    /// <summary>8 whole blocks at 80 % for a demand in Wuhan that sends nothing over links; a place near by, and one far away in the West that is dearer.</summary>
    private static SitingRequest Request() => new()
    {
        StartYear = 2026,
        Years = 1,
        Demand = [new() { Place = "wuhan", Kind = DemandKind.Training, Pflops = 8 * 512 * 0.8 * 0.4 * 0.1, GbitPerPflops = 0 }],
        Candidates =
        [
            new() { Place = "hangzhou", Name = "cheap", PowerCnyPerKwh = 0.5, MaxMw = 10, BuildYears = 0 },
            new() { Place = "urumqi", Name = "dear", PowerCnyPerKwh = 0.5 + PriceApart, MaxMw = 10, BuildYears = 0, OpeningCny = Opening },
        ],
        Accelerators = [new() { Name = "card", Tflops = new Dictionary<DataType, double> { [DataType.Bf16] = 100 }, PriceCny = 10_000, Watts = 500 }],
        Operation = new() { Utilisation = new Dictionary<DemandKind, double> { [DemandKind.Training] = 0.8 } },
        Solver = new() { Gap = 1e-6, TimeLimitSeconds = 30 },
    };
}

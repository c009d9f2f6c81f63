using Yunhe.Core.Network;
using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Census;

namespace Yunhe.Planning.Tests.Census;

public sealed class TallyTests
{
    [Fact]
    public void Equals_share_a_rank_and_what_is_not_broken_down_has_none()
    {
        Facility In(string name, string province, decimal petaflops) => Samples.Facility(name, petaflops) with { Place = new("", province, "") };
        var tally = Tally.Take(Samples.Census(In("a", "甲", 5), In("b", "乙", 5), In("c", "丙", 2), In("rest", "", 100)), Dimension.Province, DataType.Fp32);
        Assert.Equal([("乙", 1), ("甲", 1), ("丙", 3), ("", 0)], tally.Rows.Select(r => (r.Key, r.Rank)));
        Assert.Equal(112m, tally.Total.BuiltPetaflops);
    }

    [Fact]
    public void Data_types_are_never_added()
    {
        var facility = Samples.Facility("a", 5) with { Capacity = [new("fp32", 5), new("bf16", 80)] };
        Assert.Equal([DataType.Fp32, DataType.Bf16], Tally.TypesOf([facility]));
        Assert.Equal(80m, Tally.Take(Samples.Census(facility), Dimension.Kind, DataType.Bf16).Total.BuiltPetaflops);
    }

    /// <summary>1.2 of 100 kW and 1.6 of 300 kW: (120 + 480) / 400; what states only one of the two says nothing.</summary>
    [Fact]
    public void Pue_is_weighted_by_power()
    {
        var pue = WeightedPue.Of([Samples.Facility("a", 1) with { Pue = 1.2, ItKilowatts = 100 }, Samples.Facility("b", 1) with { Pue = 1.6, ItKilowatts = 300 }, Samples.Facility("c", 1) with { Pue = 3 }])!;
        Assert.Equal((1.5, 400, 2), (pue.Pue, pue.ItKilowatts, pue.Facilities));
        Assert.Null(WeightedPue.Of([Samples.Facility("c", 1)]));
    }

    [Fact]
    public void An_assumed_split_of_a_published_total_marks_the_parts_and_not_the_total()
    {
        var census = Samples.Census(
            Samples.Facility("a", 3) with { Basis = FigureBasis.Assumed, Source = "split", Place = new("East", "", "") },
            Samples.Facility("b", 7) with { Basis = FigureBasis.Assumed, Source = "split", Place = new("West", "", "") }) with
        {
            Totals = [new(Part.Whole, FacilityStatus.Built, DataType.Fp32, 10, 0, false, null, "x")],
        };
        var tally = Tally.Take(census, Dimension.Region, DataType.Fp32);
        Assert.All(tally.Rows, r => Assert.Equal([FacilityStatus.Built], r.Assumed));
        Assert.Empty(tally.Total.Assumed);
    }

    [Fact]
    public void A_site_counts_its_pools_by_the_catalogue()
    {
        var pool = new Pool { Name = "gpu", Nodes = 10, PerNode = new(64, 1 << 20, 8), Accelerator = "a100-80gb", Features = ["EPYC-7742"] };
        var facility = SiteFacilities.Of(Site, [pool], [Measurement(pool, 150)])!;
        // 80 × 19.5 TFLOPS and 640 cores × 2.25 GHz × 16.
        Assert.Equal(1.56m + 0.02304m, Tally.Of(facility, DataType.Fp64));
        Assert.Equal(80 * 312 / 1000m, Tally.Of(facility, DataType.Bf16));
        Assert.Equal(0.0015m, facility.Capacity[0].MeasuredPetaflops);
        Assert.Equal((FigureBasis.Declared, 1.25), (facility.Basis, facility.Pue));
        Assert.Equal(10 * (64 * 5 + 8 * 400) / 1000.0, facility.ItKilowatts!.Value, 9);
        Assert.Null(SiteFacilities.Of(Site, [], []));
    }

    [Fact]
    public void Cores_whose_model_nothing_tells_are_assumed_and_said_to_be()
    {
        var facility = SiteFacilities.Of(Site, [new() { Name = "cpu", Nodes = 2, PerNode = new(8, 1024, 0) }], [])!;
        Assert.Equal(16 * 40 / 1e6m, Tally.Of(facility, DataType.Fp64));
        Assert.Equal(FigureBasis.Assumed, facility.Basis);
        Assert.Contains("assumed", facility.Source, StringComparison.Ordinal);
    }

    [Fact]
    public void Use_is_hours_held_over_hours_there_were()
    {
        var pool = new Pool { Name = "gpu", Nodes = 2, PerNode = new(10, 1024, 4), Accelerator = "H100" };
        var from = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var use = MeteredUse.Of([(Site, [pool])], [new("s", 30, 16), new("s", 18, 4), new("gone", 99, 99)], from, from.AddHours(24));
        Assert.Equal(48 / (20.0 * 24), use.Sites[0].CoreUtilisation!.Value, 9);
        Assert.Equal(20 / (8.0 * 24), use.Total.AcceleratorUtilisation!.Value, 9);
        Assert.Equal(20 * 0.989, use.Total.PetaflopHours.Single(h => h.Type == "bf16").PetaflopHours, 9);
    }

    private static SiteMeasurement Measurement(Pool pool, double gigaflops) => new()
    {
        Site = "s", Pool = pool.Name, Workload = new(1), Nodes = 1, Cores = 64, Processors = [new("fp64", gigaflops)],
    };

    private static Site Site => new()
    {
        Name = "s", Place = new("", "浙江", "杭州市"), Link = new(1, 1, default), Prices = PriceBook.Free, Green = new(1.25, 500, 0, 5), Engine = new("local", new Dictionary<string, string>()),
    };
}

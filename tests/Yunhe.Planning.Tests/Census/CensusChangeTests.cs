using Yunhe.Core.Network;
using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Census;
using static Yunhe.Planning.Tests.Census.Samples;

namespace Yunhe.Planning.Tests.Census;

public sealed class CensusChangeTests
{
    private static readonly CensusDocument Before = Samples.Census(
        Facility("stays", 100), Facility("goes", 50, kind: SiteKind.Supercomputing), Facility("comes", 21, FacilityStatus.UnderConstruction));

    private static readonly CensusDocument Now = Samples.Census(
        Facility("stays", 100), Facility("comes", 21), Facility("young", 9, kind: SiteKind.Intelligent)) with { AsOf = new(2025, 6, 30) };

    [Fact]
    public void What_was_added_is_told_by_part_and_adds_up()
    {
        var change = CensusChange.Of(Now, Before, Dimension.Kind, DataType.Fp32);
        Assert.Equal([("General", 100m, 121m), ("Intelligent", 0m, 9m), ("Supercomputing", 50m, 0m)], change.Rows.Select(r => (r.Key, r.BeforePetaflops, r.NowPetaflops)));
        Assert.Equal((150m, 130m, -20m), (change.Total.BeforePetaflops, change.Total.NowPetaflops, change.Total.AddedPetaflops));
        Assert.Equal(change.Total.AddedPetaflops, change.Rows.Sum(r => r.AddedPetaflops));
    }

    [Fact]
    public void Growth_a_year_is_the_one_that_compounds_to_the_whole()
    {
        var general = CensusChange.Of(Now, Before, Dimension.Kind, DataType.Fp32).Rows[0];
        Assert.Equal(0.21, general.Growth!.Value, 12);
        // 731 days are two years and half a day.
        Assert.Equal(Math.Pow(1.21, 365.25 / 731) - 1, general.PerYear!.Value, 12);
        Assert.Equal(0.1, general.PerYear!.Value, 3);
    }

    [Fact]
    public void Of_what_was_not_there_before_or_is_gone_no_growth_is_told()
    {
        var rows = CensusChange.Of(Now, Before, Dimension.Kind, DataType.Fp32).Rows;
        Assert.Equal((null, null), (rows[1].Growth, rows[1].PerYear));
        Assert.Equal((-1, null), (rows[2].Growth, rows[2].PerYear));
    }

    [Fact]
    public void Facilities_that_are_new_or_gone_or_were_finished_are_named()
    {
        var change = CensusChange.Of(Now, Before, Dimension.Kind, DataType.Fp32);
        Assert.Equal(["young"], change.New);
        Assert.Equal(["goes"], change.Gone);
        Assert.Equal([new("comes", FacilityStatus.UnderConstruction, FacilityStatus.Built, 21, 21)], change.Changed);
    }

    [Fact]
    public void Too_few_days_between_say_nothing_of_a_year() =>
        Assert.Null(CensusChange.Of(Now with { AsOf = Before.AsOf.AddDays(27) }, Before, Dimension.Kind, DataType.Fp32).Total.PerYear);

    [Fact]
    public void A_census_after_the_other_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => CensusChange.Of(Before, Now, Dimension.Kind, DataType.Fp32));

    [Fact]
    public void An_assumption_then_or_now_marks_the_row()
    {
        var assumed = Before with { Facilities = [.. Before.Facilities.Select(f => f.Name == "goes" ? f with { Basis = FigureBasis.Assumed } : f)] };
        Assert.Equal([false, false, true], CensusChange.Of(Now, assumed, Dimension.Kind, DataType.Fp32).Rows.Select(r => r.Assumed));
    }
}

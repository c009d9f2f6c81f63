using Yunhe.Core.Network;
using Yunhe.Planning.Census;
using Yunhe.Planning.Census.Outlook;

namespace Yunhe.Planning.Tests.Census;

public sealed class OutlookTests
{
    private static readonly DateOnly AsOf = new(2023, 6, 30);

    [Fact]
    public void Steady_growth_is_found_and_foretold_without_error()
    {
        var history = Enumerable.Range(0, 6).Select(i => new Observed(AsOf.AddDays(i * 180), 100 * Math.Exp(0.25 * i * 180 / Observed.DaysPerYear))).ToList();
        Assert.Equal(0.25, Growth.Slope(history), 9);
        var test = BackTest.Of(history)!;
        Assert.Equal(6, test.Points.Count);
        Assert.All(test.Points, p => Assert.Equal(0, p.Error, 9));
        Assert.Equal(0, test.HalfPerRootYear, 9);
        Assert.Null(BackTest.Of([.. history.Take(3)]));
    }

    /// <summary>197 EFLOPS at 30 % a year: ln(300/197)/ln(1.3) = 1.603 years.</summary>
    [Fact]
    public void A_target_is_reached_when_growth_says_so()
    {
        var outlook = CensusOutlook.Of(China());
        var total = outlook.Targets[0];
        Assert.Equal((false, 103_000m), (total.Met, total.MissingPetaflops));
        Assert.Equal(AsOf.AddDays((int)Math.Round(Math.Log(300 / 197.0) / Math.Log(1.3) * Observed.DaysPerYear)), total.Scenarios[0].Reached);
        Assert.Equal(300_000, 197_000 * Math.Pow(1 + total.NeededPerYear!.Value, new Observed(total.Target.By, 0).YearsSince(AsOf)), 3);
    }

    /// <summary>Its ends are where the faster and the slower of 80 of 100 courses meet the target.</summary>
    [Fact]
    public void The_interval_of_the_date_agrees_with_the_interval_of_the_amount()
    {
        var outlook = CensusOutlook.Of(China());
        var (scenario, half) = (outlook.Targets[0].Scenarios[0], outlook.BackTest!.HalfPerRootYear);
        foreach (var (day, sign) in new[] { (scenario.Earliest!.Value, 1), (scenario.Latest!.Value, -1) })
        {
            var years = new Observed(day, 0).YearsSince(AsOf);
            Assert.Equal(300, 197 * Math.Exp(Math.Log(1.3) * years + sign * half * Math.Sqrt(years)), 0.5);
        }
        Assert.True(scenario.Earliest < scenario.Reached && scenario.Reached < scenario.Latest);
        Assert.True(scenario.AtDeadlineLow < scenario.AtDeadline && scenario.AtDeadline < scenario.AtDeadlineHigh);
    }

    [Fact]
    public void A_share_needs_so_much_more_that_it_is_reached_if_nothing_else_is_added()
    {
        var share = CensusOutlook.Of(China()).Targets[1];
        Assert.Equal(0.35, (double)((50_040 + share.MissingPetaflops) / (197_000 + share.MissingPetaflops)), 9);
        Assert.Equal(Math.Log(0.35 / (50_040 / 197_000.0)) / Math.Log(1.45 / 1.3), new Observed(share.Scenarios[0].Reached!.Value, 0).YearsSince(AsOf), 0.01);
    }

    [Fact]
    public void What_came_later_judges_and_is_not_used()
    {
        var census = China();
        var later = census with { History = [.. census.History, new(new(2023, 12, 31), Part.Whole, 400_000, FigureBasis.Published, "x")] };
        var (before, after) = (CensusOutlook.Of(census), CensusOutlook.Of(later));
        Assert.Equal(before.TrendPerYear, after.TrendPerYear);
        Assert.Equal(before.Targets[0].Scenarios[0].Latest, after.Targets[0].Scenarios[0].Latest);
        Assert.InRange(Assert.Single(after.Since).Error, -0.5, -0.4);
    }

    [Fact]
    public void A_target_that_is_met_needs_nothing_and_one_of_a_shrinking_part_is_never_reached()
    {
        var census = China() with
        {
            Targets = [new(new("met", "met"), Part.Whole, 100_000, null, new(2025, 12, 31), FigureBasis.Published, "x"), new(new("far", "far"), Part.Whole, 400_000, null, new(2025, 12, 31), FigureBasis.Published, "x")],
            Growth = [new("shrinking", Part.Whole, -0.1, FigureBasis.Assumed, "x")],
        };
        var outlook = CensusOutlook.Of(census);
        Assert.True(outlook.Targets[0] is { Met: true, MissingPetaflops: 0, Scenarios.Count: 0, Equivalents.Count: 0 });
        Assert.Null(outlook.Targets[1].Scenarios[0].Reached);
        Assert.Null(outlook.Targets[1].Scenarios[0].Latest);
    }

    private static CensusDocument China() => Samples.Census(
        Samples.Facility("general", 146_960), Samples.Facility("intelligent", 50_040, kind: SiteKind.Intelligent)) with
    {
        History =
        [
            Total(2020, 12, 31, 90_000), Total(2021, 12, 31, 140_000), Total(2022, 6, 30, 150_000), Total(2022, 12, 31, 180_000), Total(2023, 6, 30, 197_000),
        ],
        Growth = [new("stated", Part.Whole, 0.3, FigureBasis.Published, "x"), new("stated", new(SiteKind.Intelligent, null, null), 0.45, FigureBasis.Published, "x")],
        Targets =
        [
            new(new("Total", "总量"), Part.Whole, 300_000, null, new(2025, 12, 31), FigureBasis.Published, "x"),
            new(new("Share", "占比"), new(SiteKind.Intelligent, null, null), null, 0.35, new(2025, 12, 31), FigureBasis.Published, "x"),
        ],
    };

    private static HistoryPoint Total(int year, int month, int day, decimal petaflops) => new(new(year, month, day), Part.Whole, petaflops, FigureBasis.Published, "x");
}

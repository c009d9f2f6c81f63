using Yunhe.Planning.Siting;

namespace Yunhe.Planning.Tests.Siting;

public sealed class LaneRoundingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void What_it_finds_keeps_every_limit_with_whole_lanes_and_is_no_better_than_its_bound_nor_than_the_best(int seed)
    {
        using var model = new SitingModel(SitingProblem.Of(SitingPlannerTests.Small(seed)), new());
        model.SetObjective(SitingObjective.Cost);
        Build(model);
        var rounded = LaneRounding.Find(model, 60);
        Assert.All(Lanes(model), v => Assert.Equal(Math.Round(rounded.Values[v]), rounded.Values[v], 1e-6));
        Assert.True(rounded.Bound <= rounded.Objective + 1e-6);
        Assert.Equal(model.Program.Evaluate(rounded.Values), rounded.Objective, 1e-6 * rounded.Objective);

        // Its lanes held, a solver finds the rest feasible and at its cost; and it may find better lanes, but no plan below the bound.
        var best = model.Program.Solve(new() { Gap = 0, TimeLimitSeconds = 60 });
        Assert.True(best.Objective <= rounded.Objective * (1 + 1e-6));
        Assert.True(best.Objective >= rounded.Bound * (1 - 1e-6));
        foreach (var v in Lanes(model)) model.Program.SetBounds(v, Math.Round(rounded.Values[v]), Math.Round(rounded.Values[v]));
        Assert.Equal(rounded.Objective, model.Program.Relax(60).Objective, 1e-4 * rounded.Objective);
    }

    [Fact]
    public void It_leaves_the_prices_of_lanes_as_they_were()
    {
        using var model = new SitingModel(SitingProblem.Of(SitingPlannerTests.Small(1)), new());
        model.SetObjective(SitingObjective.Cost);
        Build(model);
        var before = Lanes(model).Select(model.Program.ObjectiveOf).ToList();
        LaneRounding.Find(model, 60);
        Assert.Equal(before, Lanes(model).Select(model.Program.ObjectiveOf));
    }

    [Fact]
    public void What_can_not_be_done_is_told_as_infeasible()
    {
        using var model = new SitingModel(SitingProblem.Of(SitingPlannerTests.Small(1) with { Budgets = new() { TotalCny = 0 } }), new());
        model.SetObjective(SitingObjective.Cost);
        var found = LaneRounding.Find(model, 60);
        Assert.False(found.HasValues);
        Assert.Equal(SolveOutcome.Infeasible, found.Outcome);
    }

    /// <summary>It takes what is built as given.</summary>
    private static void Build(SitingModel model)
    {
        var lanes = Lanes(model).ToList();
        foreach (var v in lanes) model.Program.SetWhole(v, false);
        var built = model.Program.Solve(new() { Gap = 0.01, TimeLimitSeconds = 60 }).Values;
        foreach (var v in lanes) model.Program.SetWhole(v, true);
        foreach (var v in model.Blocks.Cast<int>().Concat(model.Opens.Cast<int>()).Where(v => v >= 0)) model.Program.SetBounds(v, Math.Round(built[v]), Math.Round(built[v]));
    }

    private static IEnumerable<int> Lanes(SitingModel model) => model.Lanes.Cast<int>().Where(v => v >= 0);
}

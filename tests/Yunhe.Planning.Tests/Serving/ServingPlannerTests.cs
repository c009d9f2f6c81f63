using Yunhe.Planning.Serving.Plans;

namespace Yunhe.Planning.Tests.Serving;

public sealed class ServingPlannerTests
{
    private static readonly ServingPlanRequest Usual = new()
    {
        Model = "llama-3.1-70b", Precision = "fp8", InputTokens = 1000, OutputTokens = 300, RequestsPerSecond = 5, FirstTokenMs = 1000, PerTokenMs = 50, Accelerators = ["H100", "H200", "B200"],
    };

    [Fact]
    public void The_replicas_bear_the_rate_within_the_targets_and_the_cheapest_comes_first()
    {
        var plan = Plan(Usual);
        Assert.Equal(3, plan.Options.Count);
        Assert.All(plan.Options.Where(o => o.MeetsTargets), o =>
        {
            Assert.InRange(o.FirstTokenMs.Value, 0, 1000);
            Assert.InRange(o.PerTokenMs.Value, 0, 50);
            Assert.InRange(o.Batch, 0, o.MostSequences);
            Assert.Equal(100, o.StepPercent.Values.Sum(), 1e-6);
        });
        Assert.True(plan.Options[0].MeetsTargets);
        var priced = plan.Options.Where(o => o.MeetsTargets && o.CnyPerMillionOutputTokens is not null).Select(o => o.CnyPerMillionOutputTokens!.Value).ToList();
        Assert.Equal(priced.Order(), priced);
    }

    [Fact]
    public void The_price_is_that_of_all_devices_for_the_tokens_they_give()
    {
        var best = Plan(Usual with { Accelerators = [], Clusters = ["64xH100,price=10"] }).Options[0];
        Assert.Equal(best.Devices * 10 / (5 * 300 * 3600.0) * 1e6, best.CnyPerMillionOutputTokens!.Value, 1e-6);
    }

    [Fact]
    public void Prices_in_dollars_and_in_yuan_are_ranked_in_yuan_at_the_rate_that_is_told()
    {
        foreach (var (rate, first) in ((double, string)[])[(7.1, "dollars"), (20, "yuan")])
        {
            var request = Usual with { Accelerators = ["H100"], YuanPerDollar = rate };
            var card = ServingQuestion.Places(request, [])[0];
            var plan = ServingPlanner.Plan(
                ServingQuestion.Demand(request), [card with { Name = "dollars", UsdPerHour = 2 }, card with { Name = "yuan", CnyPerHour = 20, UsdPerHour = null }]);
            Assert.Equal(first, plan.Options[0].Place);
            var (dollars, yuan) = (plan.Options.Single(o => o.Place == "dollars"), plan.Options.Single(o => o.Place == "yuan"));
            Assert.Equal(rate, dollars.CnyPerMillionOutputTokens!.Value / dollars.UsdPerMillionOutputTokens!.Value, 1e-9);
            Assert.Null(yuan.UsdPerMillionOutputTokens);
            Assert.Contains(plan.Assumptions, a => a.Contains(FormattableString.Invariant($"at {rate} ¥ a dollar: dollars"), StringComparison.Ordinal));
        }
    }

    [Fact]
    public void More_requests_need_no_fewer_devices_and_burstier_ones_none_fewer_either()
    {
        var before = 0;
        foreach (var rate in (double[])[1, 5, 20, 100, 500])
        {
            var devices = Only(Usual with { RequestsPerSecond = rate }).Replicas;
            Assert.True(devices >= before, $"{devices} replicas at {rate}/s, {before} at less");
            before = devices;
        }

        Assert.True(Only(Usual with { RequestsPerSecond = 100, Burstiness = 20 }).Replicas >= Only(Usual with { RequestsPerSecond = 100 }).Replicas);

        static ServingOption Only(ServingPlanRequest request) => Plan(request with { Accelerators = ["H200"] }).All.Single(o => o.Layout == "TP2");
    }

    [Fact]
    public void A_stricter_target_is_never_cheaper() => Assert.True(
        Plan(Usual with { PerTokenMs = 15 }).Options.Min(o => o.MeetsTargets ? o.Devices : int.MaxValue) >= Plan(Usual).Options.Min(o => o.Devices));

    [Fact]
    public void Where_the_model_fits_nowhere_it_says_how_many_devices_would_do()
    {
        var plan = Plan(Usual with { Model = "deepseek-v3", Accelerators = [], Clusters = ["4xH100"] });
        Assert.Empty(plan.Options);
        Assert.Equal(16, plan.Unfit[0].DevicesNeeded);
        Assert.Contains("needs 16 devices, there are 4", plan.Unfit[0].Why);
        Assert.Null(Plan(Usual with { Model = "deepseek-v3", Accelerators = ["T4"] }).Unfit[0].DevicesNeeded);
    }

    [Fact]
    public void A_target_that_nothing_meets_is_named_with_the_best_there_is()
    {
        var plan = Plan(Usual with { PerTokenMs = 0.5, FirstTokenMs = 1 });
        Assert.All(plan.Options, o =>
        {
            Assert.False(o.MeetsTargets);
            Assert.Contains("first token within 1 ms: at best", o.Missed);
            Assert.Contains("0.5 ms a token: at best", o.Missed);
            Assert.True(o.Shortfall > 1);
        });
    }

    [Fact]
    public void Too_few_devices_are_told() =>
        Assert.Contains("there are 2", Plan(Usual with { RequestsPerSecond = 500, Accelerators = [], Clusters = ["2xH100"] }).Options[0].Missed);

    [Fact]
    public void A_model_of_which_only_the_size_is_known_is_marked_as_assumed()
    {
        var plan = Plan(Usual with { Model = "70B" });
        Assert.True(plan.Demand.ModelGuessed);
        Assert.Contains(plan.Assumptions, a => a.StartsWith("model shape: ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(1e12)]
    public void An_impossible_rate_is_refused(double rate) => Assert.Equal("requests_per_second", Assert.Throws<PlanException>(() => Plan(Usual with { RequestsPerSecond = rate })).Where);

    [Fact]
    public void Other_impossible_figures_are_refused_by_name()
    {
        Refused("input_tokens", Usual with { InputTokens = double.NaN });
        Refused("output_tokens", Usual with { OutputTokens = 0 });
        Refused("percentile", Usual with { Percentile = 100 });
        Refused("burstiness", Usual with { Burstiness = -1 });
        Refused("per_token_ms", Usual with { PerTokenMs = 0 });
        Refused("precision", Usual with { Precision = "fp3" });
        Refused("model", Usual with { Model = "" });
        Refused("accelerators", Usual with { Accelerators = ["H900"] });
        Refused("yuan_per_dollar", Usual with { YuanPerDollar = 0 });
        Refused("pue", Usual with { Pue = 0.9 });

        static void Refused(string where, ServingPlanRequest request) => Assert.Equal(where, Assert.Throws<PlanException>(() => Plan(request)).Where);
    }

    [Fact]
    public void The_interval_is_around_the_estimate_and_says_what_it_is_known_from()
    {
        var (known, foreign) = (Plan(Usual with { Accelerators = ["H200"] }).Options[0], Plan(Usual with { Accelerators = ["MI300X"] }).Options[0]);
        Assert.All([known, foreign], o => Assert.True(o.PerTokenMs.Low < o.PerTokenMs.Value && o.PerTokenMs.Value < o.PerTokenMs.High));
        Assert.Contains("published runs of Llama-3-70B with vllm", known.Evidence);
        Assert.Contains("no published runs with vllm on MI300X", foreign.Evidence);
    }

    private static ServingPlan Plan(ServingPlanRequest request) => ServingPlanner.Plan(ServingQuestion.Demand(request), ServingQuestion.Places(request, []));
}

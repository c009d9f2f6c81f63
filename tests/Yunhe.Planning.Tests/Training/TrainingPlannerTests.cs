using Yunhe.Planning.Clusters;
using Yunhe.Planning.Training.Plans;
using Yunhe.Planning.Training.Search;

namespace Yunhe.Planning.Tests.Training;

public sealed class TrainingPlannerTests
{
    private static readonly TrainingPlanRequest Llama = new() { Model = "llama-3-8b", Tokens = "1T", Batch = "512", Sequence = 8192 };

    private static TrainingPlan Plan(TrainingPlanRequest request, params string[] clusters) =>
        TrainingPlanner.Plan(QuestionReader.Read(request), [.. clusters.Select(ClusterSpec.Parse)], []);

    [Fact]
    public void Time_tokens_and_MFU_tell_the_same_story()
    {
        var host = Plan(Llama, "128xH100").Best!;
        Assert.Equal(1e12 / host.TokensPerSecond / 86_400, host.TrainingDays, 1e-6);
        Assert.Equal(host.TrainingDays / host.Checkpoints.Goodput, host.TotalDays.Expected, 1e-6);
        Assert.InRange(host.Mfu, 0.3, 0.65);
        var layout = host.Layout.Layout;
        Assert.Equal(128, layout.Tensor * layout.Pipeline * layout.Data * layout.Context);
        Assert.True(host.Layout.Memory.Total <= host.Layout.MemoryBytes);
    }

    [Fact]
    public void Money_energy_and_carbon_follow_from_devices_and_days()
    {
        var host = Plan(Llama, "128xH100,price=20,pue=1.2,carbon=500").Best!;
        var hours = host.TotalDays.Expected * 24;
        Assert.Equal(20m * 128 * (decimal)hours, host.Cost!.Value, 0);
        Assert.Equal(128 * 700 * 1.3 * 1.2 * hours / 1e6, host.EnergyMWh, 1e-6);
        Assert.Equal(host.EnergyMWh * 0.5, host.CarbonTonnes!.Value, 1e-6);
    }

    [Fact]
    public void Clusters_are_ranked_by_what_is_asked_for()
    {
        string[] clusters = ["128xH100,name=fast,price=50,carbon=900", "128xA100-80GB,name=cheap,price=5,carbon=700", "128xH200,name=clean,price=45,carbon=10"];
        Assert.Equal("cheap", Plan(Llama with { Optimize = PlanObjective.Cost }, clusters).Best!.Name);
        Assert.Equal("clean", Plan(Llama with { Optimize = PlanObjective.Carbon }, clusters).Best!.Name);
        Assert.NotEqual("cheap", Plan(Llama, clusters).Best!.Name);
    }

    [Fact]
    public void One_that_cannot_host_it_says_why_and_what_would_do()
    {
        var plan = Plan(Llama with { Model = "llama-3.1-405b", Devices = 64, Precision = "fp8" }, "32xH100,name=few", "64xA100,name=old", "64xH100,name=tight", "72xH200,per_node=9,name=odd");
        var why = plan.Rejected.ToDictionary(r => r.Name);
        Assert.Contains("it has 32, 64 are asked for", why["few"].Because);
        Assert.Contains("has no FP8", why["old"].Because);
        Assert.Contains("memory short by", why["tight"].Because);
        Assert.Matches("of these devices, or accelerators with .* GB", why["tight"].WouldHelp);
        Assert.Contains("not whole nodes of 9", why["odd"].Because);
        Assert.Equal("63 or 72", why["odd"].WouldHelp);
        Assert.Empty(plan.Hosts);
        Assert.Empty(plan.Sensitivities);
    }

    /// <summary>What is said to fit does.</summary>
    [Fact]
    public void As_many_devices_as_would_do_do()
    {
        var request = Llama with { Model = "llama-3.1-405b" };
        var enough = Plan(request, "16xA100-80GB").Rejected.Single().WouldHelp.Split(' ')[0].Replace(",", "", StringComparison.Ordinal);
        Assert.NotNull(Plan(request, $"{enough}xA100-80GB").Best);
    }

    [Fact]
    public void Devices_that_no_layout_divides_are_left_idle_in_whole_nodes()
    {
        var host = Plan(Llama, "104xH100").Best!;
        Assert.InRange(host.Devices, 52, 96);
        Assert.Equal(0, host.Devices % 8);
        Assert.Equal(104, host.DevicesOffered);
    }

    [Fact]
    public void The_last_changes_of_a_cluster_change_the_time_as_they_must()
    {
        var plan = Plan(Llama with { Model = "llama-3-70b" }, "256xH100,scale_out=200");
        var percent = plan.Sensitivities.ToDictionary(s => s.Change, s => s.Percent);
        Assert.True(percent["400 Gbit/s network instead of 200"] <= 0);
        Assert.True(percent["100 Gbit/s network instead of 200"] >= 0);
        Assert.InRange(percent["512 devices instead of 256"]!.Value, -55, -30);
        Assert.True(percent["40 GB of memory instead of 80 GB"] > 0);
        Assert.True(percent["160 GB of memory instead of 80 GB"] <= 0);
        Assert.True(percent["twice as many failures"] > 0);
        Assert.True(percent["FP8 instead of BF16"] < -5);
    }

    [Fact]
    public void A_network_as_fast_as_demanded_is_enough_for_the_layout()
    {
        var question = QuestionReader.Read(Llama with { Model = "llama-3-70b" });
        var (done, _) = Reckoning.Of(question, ClusterSpec.Parse("256xH100,scale_out=50").Cluster, 1);
        var demands = Deliveries.Of(question, done!);
        double Step(double gbit) => Planning.Training.StepModel.Estimate(question.Job, done!.Best.Layout, done.Cluster with { ScaleOutGbitPerSecond = gbit }, done.Profile).Total;
        Assert.InRange(Step(demands.ScaleOutGbit!.Value) / Step(1e6), 1.0, 1.0501);
        Assert.True(Step(demands.ScaleOutGbit.Value * 0.9) / Step(1e6) > 1.0499);
    }

    /// <summary>The exchange of 8B gradients in BF16 over 10 Gbit/s takes 12.8 s for two sites; a link a hundred times as fast a hundredth of it.</summary>
    [Fact]
    public void Several_sites_pay_for_the_link_between_them()
    {
        WidePlan Two(string link, int steps = 1) => Plan(Llama with { LocalSteps = steps }, $"128xH100,name=a,{link}", $"128xH100,name=b,{link}").Together.Single();
        var slow = Two("link=10,rtt=0");
        Assert.Equal(8.03e9 * 16 / 10e9, slow.ExchangeSeconds, 0.01);
        Assert.Equal(512, slow.Batches.Sum());
        Assert.True(slow.OverBestAlone > 1);
        var fast = Two("link=1000,rtt=0");
        Assert.Equal(slow.ExchangeSeconds / 100, fast.ExchangeSeconds, 1e-6);
        Assert.InRange(fast.OverBestAlone, 0.45, 0.65);
        Assert.True(Two("link=10,rtt=0", steps: 100).OverBestAlone < 0.65);
        Assert.InRange(Two($"link={slow.LinkGbitForTenth!.Value.ToString(System.Globalization.CultureInfo.InvariantCulture)},rtt=0") is var w ? w.ExchangeSeconds / (w.StepSeconds - w.ExchangeSeconds) : 0, 0.099, 0.101);
    }

    [Fact]
    public void A_larger_site_gets_a_larger_part_of_the_batch()
    {
        var wide = Plan(Llama, "256xH100,name=a", "64xH100,name=b").Together.Single();
        Assert.Equal(["a", "b"], wide.Names);
        Assert.Equal(512, wide.Batches.Sum());
        Assert.InRange((double)wide.Batches[0] / wide.Batches[1], 3, 5);
    }

    [Theory]
    [InlineData("tokens", "is no amount", "0", "512")]
    [InlineData("tokens", "is no amount", "NaN", "512")]
    [InlineData("tokens", "is no amount", "-3T", "512")]
    [InlineData("tokens", "is no amount", "9999999999T", "512")]
    [InlineData("batch", "is no amount", "1T", "-5")]
    [InlineData("batch", "whole number of sequences", "1T", "1.5")]
    [InlineData("batch", "more than", "1T", "999B")]
    public void A_figure_that_can_not_be_is_told_by_its_field(string field, string message, string tokens, string batch)
    {
        var error = Assert.Throws<PlanException>(() => QuestionReader.Read(Llama with { Tokens = tokens, Batch = batch }));
        Assert.Equal(field, error.Where);
        Assert.Contains(message, error.Message);
    }

    [Fact]
    public void Figures_out_of_range_are_told_by_their_field()
    {
        foreach (var (request, field) in new (TrainingPlanRequest, string)[]
        {
            (Llama with { Sequence = 0 }, "sequence"), (Llama with { Sequence = -1 }, "sequence"), (Llama with { Devices = 0 }, "devices"), (Llama with { Precision = "int3" }, "precision"),
            (Llama with { FailuresPerThousandNodeDays = double.NaN }, "failures"), (Llama with { RestartMinutes = -1 }, "restart"), (Llama with { LocalSteps = 0 }, "local_steps"),
            (Llama with { Alternatives = 0 }, "alternatives"), (Llama with { Limits = new LayoutLimits { Zero = 4 } }, "zero"), (Llama with { Limits = new LayoutLimits { Tensor = 0 } }, "tensor"),
        })
            Assert.Equal(field, Assert.Throws<PlanException>(() => QuestionReader.Read(request)).Where);
    }

    [Fact]
    public void Defaults_are_said()
    {
        var question = QuestionReader.Read(new() { Model = "llama-3-8b" });
        Assert.Equal(["batch", "tokens", "failures", "restart after a failure"], question.Assumptions.Select(a => a.What));
        Assert.Equal(20 * 8_030_261_248.0, question.Tokens, 1);
        Assert.Equal(512, question.Job.GlobalBatch);
    }
}

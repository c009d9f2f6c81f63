using CsCheck;
using Yunhe.Planning.Models;
using Yunhe.Planning.Training.Failures;

namespace Yunhe.Planning.Tests.Training;

public sealed class CheckpointingTests
{
    private const double Between = 3.09 * 3600;

    /// <summary>Llama 3 405B on 16,384 H100: 3.09 h between interruptions, 10 minutes to go on.</summary>
    [Theory]
    [InlineData(10, 0.908)]
    [InlineData(60, 0.853)]
    [InlineData(300, 0.744)]
    public void Goodput_of_the_largest_published_run_is_as_reckoned_by_others(double writeSeconds, double goodput) =>
        Assert.Equal(goodput, Checkpointing.GoodputOf(Checkpointing.Daly(writeSeconds, Between), writeSeconds, Between, 600), 0.001);

    [Fact]
    public void The_usual_rate_of_failures_is_that_of_the_largest_published_run() =>
        Assert.Equal(3.09, new Reliability().MeanSecondsBetween(2048) / 3600, 0.02);

    [Fact]
    public void A_checkpoint_of_405B_has_what_its_optimizer_holds() =>
        Assert.Equal(405.85e9 * 14, Checkpointing.Of(ModelPresets.Find("llama-3.1-405b")!, 2048, 2000, new()).Bytes, 1e10);

    /// <summary>Daly's interval is within a few thousandths of the best there is, wherever it is meant for.</summary>
    [Fact]
    public void No_other_interval_is_much_better_than_Dalys() =>
        Gen.Select(Gen.Double[1, 600], Gen.Double[2, 1000], Gen.Double[0, 1800], Gen.Double[0.1, 10]).Sample((write, ratio, restart, factor) =>
        {
            var between = write * ratio;
            var interval = Checkpointing.Daly(write, between);
            Assert.True(Checkpointing.GoodputOf(interval * factor, write, between, restart) <= 1.01 * Checkpointing.GoodputOf(interval, write, between, restart));
        });

    [Fact]
    public void More_failures_slower_storage_and_longer_restarts_leave_less()
    {
        var model = ModelPresets.Find("llama-3-70b")!;
        var usual = Checkpointing.Of(model, 256, 100, new()).Goodput;
        Assert.True(Checkpointing.Of(model, 512, 100, new()).Goodput < usual);
        Assert.True(Checkpointing.Of(model, 256, 50, new()).Goodput < usual);
        Assert.True(Checkpointing.Of(model, 256, 100, new() { RestartSeconds = 1200 }).Goodput < usual);
        Assert.Equal(1, Checkpointing.Of(model, 256, 100, new() { FailuresPerThousandNodeDays = 0 }).Goodput);
    }
}

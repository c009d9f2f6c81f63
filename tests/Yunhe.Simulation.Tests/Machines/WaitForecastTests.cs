using Yunhe.Core.Scheduling.Queueing;
using Yunhe.Simulator.Machines;
using Yunhe.Simulator.Traces;

namespace Yunhe.Simulation.Tests.Machines;

public sealed class WaitForecastTests
{
    private static BatchScheduler Busy(int waiting)
    {
        var machine = new BatchScheduler(10, QueuePolicy.Easy, new RequestedTime());
        for (var i = 0; i <= waiting; i++) machine.Submit(new(10, 100), 0);
        machine.Schedule(0);
        return machine;
    }

    private static WaitForecast Taught(double ratio)
    {
        var forecast = new WaitForecast(QueuePolicy.Easy, new RequestedTime());
        for (var i = 0; i < 20; i++) forecast.Ended(new(10, 100), (long)(100 * ratio));
        return forecast;
    }

    [Fact]
    public void What_can_start_at_once_is_forecast_so()
    {
        var machine = new BatchScheduler(10, QueuePolicy.Easy, new RequestedTime());
        Assert.Equal((0L, 0L), (Taught(1).Of(machine, new BatchJob(10, 100), 5, 1).P50, Taught(1).Of(machine, new BatchJob(10, 100), 5, 1).P90));
    }

    [Theory]
    [InlineData(1.0, 300)]
    [InlineData(0.5, 150)]
    public void Those_ahead_are_taken_to_run_as_long_as_jobs_have_run_so_far(double ratio, long expected) =>
        Assert.Equal(expected, Taught(ratio).Of(Busy(waiting: 2), new BatchJob(10, 100), 0, 1).P50);

    [Fact]
    public void A_forecast_changes_nothing_and_is_the_same_for_the_same_seed()
    {
        var (machine, forecast) = (Busy(waiting: 5), Taught(0.7));
        for (var i = 1; i < 30; i++) forecast.Ended(new(10, 100), i);
        var first = forecast.Of(machine, new BatchJob(4, 50), 3, 9);
        Assert.Equal(first, forecast.Of(machine, new BatchJob(4, 50), 3, 9));
        Assert.Equal((1, 5, 0), (machine.Running, machine.Waiting, machine.Schedule(3).Length));
        Assert.True(first.P50 <= first.P90);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Of_forecasts_made_under_changing_load_nine_of_ten_starts_come_before_P90_and_half_before_P50(int seed)
    {
        // Long stretches of high and of low load; users who ask for far more than they need.
        var random = new Random(seed);
        long submit = 0;
        var jobs = Enumerable.Range(0, 8000).Select(i =>
        {
            submit += random.Next(0, i / 500 % 2 == 0 ? 150 : 250);
            var (user, run) = (random.Next(8), 1 + (long)Math.Exp(random.NextDouble() * 7));
            return new TraceJob(i, submit) { RunTime = run, RequestedTime = run * (1 + user), CpuMilli = 1000 * random.Next(1, 24), User = $"u{user}" };
        }).ToList();
        HoldsOut(jobs, new(RandomTraces.Processors, QueuePolicy.Easy) { ForecastEvery = 1 }, 3);
    }

    [Fact]
    public void On_the_second_half_of_KTH_SP2_nine_of_ten_starts_come_before_P90_and_half_before_P50()
    {
        var folder = Environment.GetEnvironmentVariable("YUNHE_DATA");
        Assert.SkipWhen(string.IsNullOrEmpty(folder), "YUNHE_DATA names no folder with the public logs");
        var jobs = SwfReader.Read(Path.Combine(folder!, "kth", "KTH-SP2_filtered.swf.gz"), new(skip: false)).ToList();
        HoldsOut(jobs, new(100, QueuePolicy.Easy) { ForecastEvery = 1 }, 2);
    }

    private static void HoldsOut(List<TraceJob> jobs, MachineOptions machine, double points)
    {
        var heldOut = MachineRun.Schedule(jobs, machine).Where(s => s.Job.Number >= jobs.Count / 2 && s.Forecast is not null).ToList();
        Assert.True(heldOut.Count > 1000, $"only {heldOut.Count} jobs waited");
        double Share(Func<ForecastWait, long> promised) => 100.0 * heldOut.Count(s => s.Start - s.Job.Submit <= promised(s.Forecast!.Value)) / heldOut.Count;
        Assert.InRange(Share(f => f.P90), 90 - points, 90 + points);
        Assert.InRange(Share(f => f.P50), 50 - 2 * points, 50 + 2 * points);
    }
}

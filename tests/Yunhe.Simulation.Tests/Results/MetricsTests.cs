using CsCheck;
using Yunhe.Core.Units;
using Yunhe.Simulator.Results;
using Yunhe.Simulator.Traces;

namespace Yunhe.Simulation.Tests.Results;

public sealed class MetricsTests
{
    private static JobOutcome Job(long submit, double start, double finish, long cpus = 1, string? project = null, string site = "a") =>
        new(new TraceJob(1, submit) { CpuMilli = cpus * 1000, Project = project }, JobEnd.Completed) { Start = start, Finish = finish, Site = site };

    private static RunResult Run(double? until = null, params JobOutcome[] outcomes)
    {
        var metrics = new RunMetrics([new("a", 4000, 2000)]);
        foreach (var outcome in outcomes) metrics.Add(outcome);
        return metrics.Result("policy", 1, until);
    }

    [Fact]
    public void Waits_slowdowns_and_bounded_slowdowns_are_those_computed_by_hand()
    {
        // wait 0 run 100; wait 100 run 50; wait 45 run 5.
        var s = Run(null, Job(0, 0, 100), Job(0, 100, 150), Job(100, 145, 150)).Summary;
        Assert.Equal((145.0 / 3, 45, 100, 100), (s.Wait.Mean, s.Wait.P50, s.Wait.P95, s.Wait.Max));
        Assert.Equal((1 + 3 + 10) / 3.0, s.Slowdown.Mean, 12);
        Assert.Equal((1 + 3 + 5) / 3.0, s.BoundedSlowdown.Mean, 12);
        Assert.Equal((150, true), (s.Makespan, s.IsExact));
    }

    [Fact]
    public void A_run_shorter_than_a_second_counts_as_one_so_that_no_slowdown_is_below_one() =>
        Assert.Equal((1 + 6) / 2.0, Run(null, Job(0, 0, 0), Job(0, 5, 5)).Summary.Slowdown.Mean);

    [Fact]
    public void Utilisation_is_busy_over_available_from_the_first_submission_to_the_last_end_and_in_the_steady_window()
    {
        // 4 processors: 2 busy for 100 s, then 4 for 100 s; the last submission at 100 s, so steady is 10 to 100 s.
        var s = Run(null, Job(0, 0, 100, cpus: 2), Job(100, 100, 200, cpus: 4)).Summary;
        Assert.Equal((0.75, 0.5), (s.Cpus, s.CpusSteady));
        Assert.Equal(0, s.Accelerators);
        var shared = new JobOutcome(new TraceJob(1, 0) { Nodes = 2, Accelerators = 1, AcceleratorMilli = 250 }, JobEnd.Completed) { Start = 0, Finish = 10, Site = "a" };
        Assert.Equal(0.25, Run(null, shared).Summary.Accelerators);
    }

    [Fact]
    public void Jobs_that_never_ran_or_have_not_ended_are_counted_apart_and_still_seen_in_the_queue()
    {
        var waiting = new JobOutcome(new TraceJob(1, 50) { CpuMilli = 1 }, JobEnd.Unfinished);
        var running = Job(0, 50, -1, cpus: 4) with { End = JobEnd.Unfinished };
        var rejected = new JobOutcome(new TraceJob(1, 0) { CpuMilli = 1 }, JobEnd.Rejected) { Why = "no site has 9 nodes" };
        var run = Run(100, waiting, running, rejected);
        Assert.Equal((3, 1, 2, 0), (run.Summary.Jobs, run.Summary.Rejected, run.Summary.Unfinished, run.Summary.Wait.Count));
        Assert.Equal(0.5, run.Summary.Cpus);
        Assert.Equal(1, StepSeries.Area(run.Network.Waiting, 0, 100) / 100);
        Assert.Equal([("no site has 9 nodes", 1L)], run.Reasons);
        Assert.True(double.IsNaN(run.Summary.Wait.Mean));
    }

    [Fact]
    public void Money_energy_carbon_forecasts_and_fairness_are_summed_up()
    {
        var job = Job(0, 40, 140, project: "p") with { Cost = new(5), Energy = new(7), Carbon = new(9), ForecastP50 = 30, ForecastP90 = 40, Attempts = 2 };
        var s = Run(null, job, Job(0, 0, 100, project: "q") with { ForecastP50 = 0, ForecastP90 = 1 }, Job(0, 0, 1)).Summary;
        Assert.Equal((new Money(5), new Energy(7), new Carbon(9)), (s.Cost, s.Energy, s.Carbon));
        Assert.Equal((2, 0.5, 1, 1), (s.Forecasts, s.BeforeP50, s.BeforeP90, s.Retried));
        Assert.Equal(2.4 * 2.4 / (2 * (1.4 * 1.4 + 1)), s.FairnessOfProjects, 12);
        Assert.True(double.IsNaN(s.FairnessOfUsers));
    }

    [Fact]
    public void Fragmentation_holds_from_sample_to_sample()
    {
        var metrics = new RunMetrics([new("a", 1, 0)]);
        metrics.Add(Job(0, 0, 100));
        metrics.Fragmentation(0, 0.1);
        metrics.Fragmentation(50, 0.3);
        Assert.Equal(0.2, metrics.Result("p", 1).Summary.Fragmentation, 12);
    }

    [Fact]
    public void A_run_without_jobs_has_no_figures_but_a_result()
    {
        var s = Run().Summary;
        Assert.Equal(0, s.Jobs);
        Assert.True(double.IsNaN(s.Wait.Mean) && double.IsNaN(s.CpusSteady) && double.IsNaN(s.FairnessOfProjects));
    }

    [Fact]
    public void A_series_keeps_its_area_whatever_the_order_and_length_of_its_steps() =>
        Gen.Select(Gen.Double[0, 1e6], Gen.Double[0, 1e6], Gen.Int[1, 100]).List[1, 200].Sample(steps =>
        {
            var series = new StepSeries(64);
            var area = 0.0;
            foreach (var (a, b, amount) in steps)
            {
                series.Add(Math.Min(a, b), Math.Max(a, b), amount);
                area += Math.Abs(b - a) * amount;
            }
            var points = series.Points(0, 2e6);
            Assert.InRange(points.Count, 1, 65);
            Assert.Equal(area, StepSeries.Area(points, 0, 2e6), 1e-6 * (1 + area));
            Assert.All(points, p => Assert.True(p.Value > -1e-6));
            Assert.All(points.Zip(points.Skip(1)), p => Assert.Equal(p.First.Until, p.Second.From));
        }, iter: 200);

    [Fact]
    public void A_series_of_few_seconds_is_exact_to_the_second()
    {
        var series = new StepSeries(500);
        series.Add(100, 102.5, 4);
        series.Step(103, 1);
        Assert.Equal([(100, 101, 4), (101, 102, 4), (102, 103, 2), (103, 103.5, 1)], series.Points(0, 103.5).Select(p => (p.From, p.Until, p.Value)));
    }

    [Fact]
    public void Quantiles_are_exact_for_few_values_and_within_half_a_percent_for_many()
    {
        var few = new Quantiles();
        for (var i = 1; i <= 100; i++) few.Add(101 - i);
        Assert.Equal((50, 95, 99, 100, 1), (few.At(0.5), few.At(0.95), few.At(0.99), few.At(1), few.At(0)));
        var many = new Quantiles();
        var values = Enumerable.Range(0, 2 * Quantiles.MostExact).Select(i => Math.Exp(i % 7919 / 500.0) - 1).ToList();
        foreach (var value in values) many.Add(value);
        values.Sort();
        Assert.False(many.IsExact);
        Assert.Equal(values.Average(), many.Mean, 6);
        foreach (var q in new[] { 0.01, 0.5, 0.95, 0.99, 0.9999 })
        {
            var right = values[(int)Math.Ceiling(q * values.Count) - 1];
            Assert.InRange(many.At(q), right * (1 - Quantiles.RelativeError - 1e-9), right * (1 + Quantiles.RelativeError + 1e-9));
        }
    }

    [Fact]
    public void The_sample_for_the_Gantt_plot_lacks_no_job_that_ran_in_its_window()
    {
        var window = new BusyWindow();
        var jobs = Enumerable.Range(0, 2000).Select(i => Job(i, i < 1000 ? i : i + 5, i + 10 + (i * 37 % 50))).OrderBy(j => j.Finish).ToList();
        foreach (var job in jobs) window.Add(job);
        var sample = window.Sample();
        Assert.Equal(0, sample.Omitted);
        Assert.InRange(sample.Jobs.Count, 120, 300);
        Assert.Empty(jobs.Where(j => j.Finish > sample.From && j.Start < sample.Until).Except(sample.Jobs));
        Assert.True(sample.Jobs.Count(j => j.Start > j.Job.Submit) >= 60);
    }

    [Fact]
    public void The_published_EASY_schedule_of_KTH_SP2_has_its_published_bounded_slowdown()
    {
        using var lines = new TraceLines(Scratch.Data("kth/easy.swf.gz"), new BadLines(skip: false));
        var metrics = new RunMetrics([new("KTH-SP2", 100_000, 0)]);
        while (lines.Next())
        {
            if (lines.Line.StartsWith(";"u8)) continue;
            var f = System.Text.Encoding.UTF8.GetString(lines.Line).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(double.Parse).ToArray();
            metrics.Add(Job((long)f[1], f[1] + f[2], f[1] + f[2] + f[3], (long)f[4], site: "KTH-SP2"));
        }
        var run = metrics.Result("EASY", 0);
        Assert.Equal((28_481, 92.58), (run.Summary.Jobs, Math.Round(run.Summary.BoundedSlowdown.Mean, 2)));
        Assert.InRange(run.Summary.Cpus, 0.6, 0.8);
        Assert.All(run.Network.Cpus, p => Assert.InRange(p.Value, -1e-9, 1 + 1e-9));
    }
}

using Yunhe.Core.Scheduling.Queueing;
using Yunhe.Simulator.Machines;
using Yunhe.Simulator.Traces;

namespace Yunhe.Simulation.Tests.Machines;

/// <summary>Yunhe's own order, what it learns, and its bound on waits.</summary>
public sealed class LeastSlowdownTests
{
    private const int TwoDays = 48 * 3600;
    private const int SevenDays = 7 * 24 * 3600;

    private static MachineOptions Machine(int processors = RandomTraces.Processors) =>
        new(processors, QueuePolicy.LeastSlowdown) { Prediction = () => new LearnedRunTimes() };

    /// <summary>Random traces in which jobs ask for up to days, handed in faster than they can run.</summary>
    private static List<TraceJob> Overload(int seed) =>
        [.. RandomTraces.Draw(seed, 500).Select(j => j with { Submit = j.Submit * 300, RunTime = j.RunTime * 400, RequestedTime = j.RequestedTime * 400 })];

    [Fact]
    public void No_wait_exceeds_its_bound_however_overloaded_the_machine_is()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var run = MachineRun.Schedule(Overload(seed), Machine()).OrderBy(s => s.Job.Number).ToList();
            var longest = run.Max(s => s.Job.RequestedTime);
            var clearing = MostRequested(run) / RandomTraces.Processors;
            foreach (var s in run)
            {
                var overdue = s.Job.Submit + Math.Min(clearing * 3 / 2, SevenDays) + Math.Max(TwoDays, s.Job.RequestedTime);
                var older = run.Count(o => o.Job.Number < s.Job.Number && o.Start >= overdue);
                Assert.True(s.Start <= overdue + (((2 * older) + 1) * longest), $"seed {seed}, job {s.Job.Number}: waited {s.Start - s.Job.Submit} s");
            }
        }
    }

    [Fact]
    public void A_job_that_needs_the_whole_machine_gets_it_although_small_ones_never_stop_coming()
    {
        List<TraceJob> jobs = [new(0, 0) { RunTime = 3600, RequestedTime = 3600, CpuMilli = 10_000, User = "wide" }];
        for (var i = 0; i < 4000; i++) jobs.Add(new(i + 1, i * 100) { RunTime = 950, RequestedTime = 1000, CpuMilli = 1000, User = "small" });
        jobs[0] = jobs[0] with { Submit = 50 };
        var run = MachineRun.Schedule(jobs.OrderBy(j => j.Submit), Machine(10)).ToDictionary(s => s.Job.Number);
        Assert.InRange(run[0].Start, 1, 1.2 * TwoDays);
        Assert.True(run.Values.Max(s => s.Start - s.Job.Submit) < 1.2 * TwoDays);
    }

    [Fact]
    public void Who_is_thought_long_does_not_wait_for_months_on_a_machine_that_is_not_overloaded()
    {
        // The least true requests stay behind, so that the work that waits is taken to be enormous.
        const long TenDays = 10 * 24 * 3600;
        var random = new Random(2);
        var jobs = SwfReader.Read(PublishedScheduleTests.Data("kth", "KTH-SP2_filtered.swf.gz"), new(skip: false)).Select(j => j with
        {
            RequestedTime = Math.Max(j.RunTime, Math.Clamp(j.RunTime * (random.Next(5) switch { 0 => 1, 1 => 2, 2 => 5, 3 => 10, _ => 50 }), 60, TenDays)),
        });
        Assert.InRange(MachineRun.Schedule(jobs, Machine(100)).Max(s => s.Start - s.Job.Submit), 0, 14 * 24 * 3600);
    }

    [Fact]
    public void What_the_clock_calls_zero_changes_nothing()
    {
        for (var seed = 0; seed < 5; seed++)
        {
            var jobs = Overload(seed);
            var later = jobs.Select(j => j with { Submit = j.Submit + 1_000_000_007 });
            Assert.Equal(MachineRun.Schedule(jobs, Machine()).Select(s => (s.Job.Number, s.Start)),
                MachineRun.Schedule(later, Machine()).Select(s => (s.Job.Number, s.Start - 1_000_000_007)));
        }
    }

    [Fact]
    public void The_index_of_a_known_run_time_is_the_root_of_the_processors_times_the_run_time()
    {
        Assert.Equal(200, SlowdownIndex.Of(4, RunTimeExpectation.Of(100)), 9);
        Assert.True(SlowdownIndex.Of(1, RunTimeExpectation.Of(2)) < SlowdownIndex.Of(1, RunTimeExpectation.Of(5)));
        // One that may end at once goes before one with the same mean that surely does not.
        Assert.True(SlowdownIndex.Of(1, new(100, (0.5 / 10) + (0.5 / 190))) < SlowdownIndex.Of(1, RunTimeExpectation.Of(100)));
    }

    [Fact]
    public void Who_is_new_is_taken_at_his_word_and_who_always_asks_for_too_much_no_longer()
    {
        var learned = new LearnedRunTimes();
        var job = new BatchJob(1, 1000) { User = 3 };
        Assert.Equal(1000, learned.Predict(job));
        for (var i = 0; i < 20; i++) learned.Learn(job, 100);
        Assert.InRange(learned.Predict(job), 100, 300);
        Assert.InRange(learned.Predict(job with { Requested = 5000 }), 500, 2000);
        Assert.Equal(learned.Predict(job), learned.Predict(job with { Processors = 8 }));
    }

    [Theory]
    [InlineData("lublin-1.swf.gz", 256, 53.6)]
    [InlineData("HPC2N-2002-2.2-cln.swf.gz", 240, 71.95)]
    public void Its_slowdown_is_below_every_row_of_RLSchedulers_table(string log, int processors, double best)
    {
        int[] windows = [1981, 2756, 4299, 8850, 3316, 2714, 5228, 7762, 4022, 7085];
        var jobs = SwfReader.Read(PublishedScheduleTests.Data("swf", log), new(skip: false)).Where(j => j.RunTime > 0).Take(10_000).ToList();
        var machine = Machine(processors) with { EndsAtLimit = false };
        Assert.InRange(windows.Average(start => Slowdown(MachineRun.Schedule(jobs.Skip(start).Take(1024), machine))), 1, best);
    }

    [Fact]
    public void Its_slowdown_on_KTH_SP2_is_below_that_of_shortest_job_backfilling_with_exact_run_times()
    {
        var jobs = SwfReader.Read(PublishedScheduleTests.Data("kth", "KTH-SP2_filtered.swf.gz"), new(skip: false));
        Assert.InRange(Slowdown(MachineRun.Schedule(jobs, Machine(100))), 1, 49.85);
    }

    private static double Slowdown(IEnumerable<ScheduledJob> run) =>
        run.Average(s => Math.Max(1, (s.End - s.Job.Submit) / Math.Max(10.0, s.End - s.Start)));

    /// <summary>The most processor seconds that were ever requested by what waited or ran.</summary>
    private static long MostRequested(List<ScheduledJob> run)
    {
        var (present, most) = (0L, 0L);
        foreach (var (_, work) in run
            .SelectMany(s => new[] { (s.Job.Submit, Work(s.Job)), (s.End, -Work(s.Job)) })
            .OrderBy(e => e.Item1).ThenByDescending(e => e.Item2))
            most = Math.Max(most, present += work);
        return most;

        static long Work(TraceJob job) => job.CpuMilli / 1000 * job.RequestedTime;
    }
}

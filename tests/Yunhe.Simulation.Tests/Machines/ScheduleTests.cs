using Yunhe.Core.Scheduling.Queueing;
using Yunhe.Simulator.Machines;
using Yunhe.Simulator.Results;
using Yunhe.Simulator.Traces;

namespace Yunhe.Simulation.Tests.Machines;

/// <summary>What holds for every schedule. A failing seed is in the message.</summary>
public sealed class ScheduleTests
{
    private const int Seeds = 6;

    [Fact]
    public void Every_job_runs_once_after_its_submission_and_the_machine_is_never_overcommitted()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var jobs = RandomTraces.Draw(seed);
            foreach (var machine in RandomTraces.Machines)
            {
                var run = MachineRun.Schedule(jobs, machine).ToList();
                var where = $"seed {seed}, {machine}";
                Assert.True(run.Select(s => s.Job.Number).Order().SequenceEqual(jobs.Select(j => j.Number)), where);
                Assert.True(run.All(s => s.Ran && s.Start >= s.Job.Submit && s.End == s.Start + s.Job.RunTime), where);
                Assert.True(run.Zip(run.Skip(1)).All(p => p.First.End <= p.Second.End), where);
                Assert.True(MostUsed(run) <= RandomTraces.Processors, where);
            }
        }
    }

    [Fact]
    public void The_same_trace_gives_the_same_schedule()
    {
        foreach (var machine in RandomTraces.Machines)
            Assert.Equal(MachineRun.Schedule(RandomTraces.Draw(1), machine).Select(s => (s.Job.Number, s.Start)),
                MachineRun.Schedule(RandomTraces.Draw(1), machine).Select(s => (s.Job.Number, s.Start)));
    }

    [Fact]
    public void With_exact_times_EASY_starts_each_head_when_it_was_promised_or_earlier()
    {
        for (var seed = 0; seed < 4 * Seeds; seed++)
            foreach (var policy in new[] { QueuePolicy.Easy, QueuePolicy.EasyShortestFirst })
            {
                var promised = new Dictionary<int, long>();
                Step(RandomTraces.Draw(seed), new(RandomTraces.Processors, policy, new ExactTime()), (machine, job, now) =>
                {
                    if (machine.Waiting > 0) promised.TryAdd(job(machine.WaitingAt(0)), Reservation(machine));
                }, (job, start) => Assert.True(!promised.TryGetValue(job, out var time) || start <= time, $"seed {seed}, job {job}"));
            }
    }

    [Fact]
    public void With_exact_times_conservative_backfill_starts_every_job_when_it_was_first_planned_or_earlier()
    {
        for (var seed = 0; seed < 4 * Seeds; seed++)
            foreach (var order in new IQueueOrder[] { new FirstComeFirstServed(), new F1(), new Wfp3() })
            {
                var promised = new Dictionary<int, long>();
                Step(RandomTraces.Draw(seed), new(RandomTraces.Processors, new(order, Backfill.Conservative), new ExactTime()), (machine, job, now) =>
                {
                    for (var i = 0; i < machine.Waiting; i++) promised.TryAdd(job(machine.WaitingAt(i)), machine.PlannedStart(machine.WaitingAt(i)));
                }, (job, start) => Assert.True(!promised.TryGetValue(job, out var time) || start <= time, $"seed {seed}, job {job}"));
            }
    }

    [Fact]
    public void The_fast_EASY_decides_as_one_that_looks_at_everything_each_time()
    {
        for (var seed = 0; seed < 10 * Seeds; seed++)
            foreach (var (policy, order, candidates) in Written)
            {
                var jobs = RandomTraces.Draw(seed);
                var fast = MachineRun.Schedule(jobs, new(RandomTraces.Processors, policy)).ToDictionary(s => s.Job.Number, s => s.Start);
                foreach (var (job, start) in PlainEasy.Run(jobs, RandomTraces.Processors, order, candidates))
                    Assert.True(fast[job] == start, $"seed {seed}, {policy}, job {job}: {fast[job]}, not {start}");
            }
    }

    private static (QueuePolicy, Func<TraceJob, double>, Func<TraceJob, double>)[] Written =>
    [
        (QueuePolicy.Easy, j => j.Submit, j => j.Submit),
        (QueuePolicy.EasyShortestFirst, j => j.Submit, j => j.RequestedTime),
        (new(new ShortestRequested(), Backfill.Easy), j => j.RequestedTime, j => j.RequestedTime),
        (new(new ShortestRequested(), Backfill.Easy) { Candidates = new FirstComeFirstServed() }, j => j.RequestedTime, j => j.Number),
    ];

    [Fact]
    public void What_the_machine_cannot_run_is_rejected_with_the_reason_and_what_outlives_its_limit_is_ended()
    {
        var job = new TraceJob(1, 0) { RunTime = 10, RequestedTime = 5, CpuMilli = 1500 };
        TraceJob[] jobs =
        [
            job, job with { Number = 2, CpuMilli = 33_000 }, job with { Number = 3, CpuMilli = 0 }, job with { Number = 4, RunTime = -1 },
            job with { Number = 5, RequestedTime = -1 },
        ];
        var outcomes = MachineRun.Outcomes(jobs, new(32, QueuePolicy.Fcfs)).ToDictionary(o => o.Job.Number);
        Assert.Equal((JobEnd.TimedOut, 5), (outcomes[1].End, outcomes[1].Finish));
        Assert.Equal((JobEnd.Completed, 10), (outcomes[5].End, outcomes[5].Finish));
        Assert.Equal([JobEnd.Rejected, JobEnd.Rejected, JobEnd.Rejected], [outcomes[2].End, outcomes[3].End, outcomes[4].End]);
        Assert.Equal("needs 33 processors, the machine has 32", outcomes[2].Why);
    }

    private static long MostUsed(IEnumerable<ScheduledJob> run)
    {
        var (used, most) = (0L, 0L);
        foreach (var (_, change) in run.SelectMany(s => new[] { (s.Start, s.Job.CpuMilli / 1000), (s.End, -s.Job.CpuMilli / 1000) })
            .OrderBy(e => e.Item1).ThenBy(e => e.Item2))
            most = Math.Max(most, used += change);
        return most;
    }

    private static long Reservation(BatchScheduler machine)
    {
        var free = machine.Free;
        for (var i = 0; ; i++)
        {
            free += machine.Job(machine.RunningAt(i)).Processors;
            if (free >= machine.Job(machine.WaitingAt(0)).Processors) return machine.ExpectedEnd(machine.RunningAt(i));
        }
    }

    /// <summary>Drives a scheduler by hand, one decision per instant.</summary>
    private static void Step(
        List<TraceJob> jobs, BatchScheduler machine, Action<BatchScheduler, Func<int, int>, long> look, Action<int, long> started)
    {
        var (ends, numbers, next) = (new PriorityQueue<int, (long, int)>(), new Dictionary<int, int>(), 0);
        while (next < jobs.Count || ends.Count > 0)
        {
            var now = Math.Min(next < jobs.Count ? jobs[next].Submit : long.MaxValue, ends.TryPeek(out _, out var e) ? e.Item1 : long.MaxValue);
            while (ends.TryPeek(out var slot, out var end) && end.Item1 == now) machine.End(ends.Dequeue(), now);
            for (; next < jobs.Count && jobs[next].Submit == now; next++)
            {
                // A job of no length counts as one of a second, as it is expected.
                var run = Math.Max(1, jobs[next].RunTime);
                numbers[machine.Submit(new((int)(jobs[next].CpuMilli / 1000), jobs[next].RequestedTime) { Submit = now, KnownRunTime = run }, now)] = next;
            }
            foreach (var slot in machine.Schedule(now))
            {
                started(numbers[slot], now);
                ends.Enqueue(slot, (now + Math.Max(1, jobs[numbers[slot]].RunTime), numbers[slot]));
            }
            look(machine, slot => numbers[slot], now);
        }
    }
}

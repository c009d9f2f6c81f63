using Yunhe.Core.Scheduling.Queueing;
using Yunhe.Simulator.Machines;
using Yunhe.Simulator.Traces;

namespace Yunhe.Bench;

/// <summary>
/// Jobs per CPU second of a whole log through one machine (FCFS with EASY), all threads counted, the schedule checked in the same run.
/// <c>--log FILE</c> takes another log, <c>--seconds n</c> measures longer.
/// </summary>
internal static class SimulationSpeed
{
    private static readonly (string Name, double JobsPerSecond)[] Others =
        [("pyss (Python)", 10_500), ("Batsim 4.2 + batsched (C++)", 2_400), ("Alea/GridSim (Java)", 1_550), ("AccaSim (Python)", 1_250)];

    public static Task<IReadOnlyList<Row>> RunAsync(Options options)
    {
        var log = options.Text("--log");
        var file = log ?? BatchLogs.File(options, "kth", "KTH-SP2_filtered.swf.gz");
        var (jobs, processors) = BatchLogs.Read(file, options);
        var machine = new MachineOptions(processors, QueuePolicy.Easy) { Deciding = Deciding.PerEventExpectedEndsGone };
        var length = TimeSpan.FromSeconds(options.Number("--seconds", 3));
        var differing = log is null
            ? BatchLogs.Differing([.. MachineRun.Schedule(jobs, machine)], BatchLogs.Starts(BatchLogs.File(options, "kth", "easy.swf.gz")))
            : -1;
        var starts = MachineRun.Schedule(jobs, machine).Sum(s => s.Start);
        var simulated = PerCpuSecond(jobs.Count, length, () => Same(starts, MachineRun.Schedule(jobs, machine).Sum(s => s.Start)));
        // Read as a stream, a log out of order has fewer jobs.
        var (count, streamed) = (SwfReader.Read(file, new(skip: true)).Count(), MachineRun.Schedule(SwfReader.Read(file, new(skip: true)), machine).Sum(s => s.Start));
        var read = PerCpuSecond(count, length, () => Same(streamed, MachineRun.Schedule(SwfReader.Read(file, new(skip: true)), machine).Sum(s => s.Start)));
        var parsed = PerCpuSecond(count, length, () => Same(count, SwfReader.Read(file, new(skip: true)).Count()));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Same(starts, MachineRun.Schedule(jobs, machine).Sum(s => s.Start));
        var bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)jobs.Count;

        var rows = new List<Row>();
        if (log is null)
        {
            rows.Add(new("jobs that start at another time than published", "jobs", differing, 0, $"easy.swf.gz ({jobs.Count:N0} jobs)"));
            rows.AddRange(Others.Select(o => new Row("simulated, in memory", "jobs/CPU s", simulated, o.JobsPerSecond, $"{o.Name}, this log, one core of a 2-core machine")));
        }
        else rows.Add(new("simulated, in memory", "jobs/CPU s", simulated, 1_000_000, "aim"));
        rows.Add(new("read from gzip and simulated", "jobs/CPU s", read, 1_000_000, "aim"));
        rows.Add(new("read from gzip only", "jobs/CPU s", parsed, 1_000_000, "aim"));
        if (MachineRun.Schedule(jobs, machine).Count(s => !s.Ran) is > 0 and var rejected) rows.Add(new("rejected", "jobs", rejected, null, "need more processors than there are, or have no run time"));
        if (count < jobs.Count) rows.Add(new("left out when read as a stream", "jobs", jobs.Count - count, null, "out of order"));
        rows.Add(new("allocated while simulating", "B/job", bytes, null, "the run's own arrays; nothing per decision"));
        return Task.FromResult<IReadOnlyList<Row>>(rows);
    }

    /// <summary>The best of several rounds: what else runs on the machine only slows them down.</summary>
    private static double PerCpuSecond(int jobs, TimeSpan length, Action run)
    {
        for (var i = 0; i < 5; i++) run();
        var best = 0.0;
        var spent = TimeSpan.Zero;
        while (spent < length)
        {
            const int Rounds = 5;
            var before = Environment.CpuUsage.TotalTime;
            for (var i = 0; i < Rounds; i++) run();
            var taken = Environment.CpuUsage.TotalTime - before;
            spent += taken;
            best = Math.Max(best, Rounds * jobs / Math.Max(1e-6, taken.TotalSeconds));
        }
        return best;
    }

    private static void Same(long expected, long found)
    {
        if (expected != found) throw new InvalidOperationException($"another result than in the checked run: {found}, not {expected}");
    }
}

using Yunhe.Core.Scheduling.Queueing;
using Yunhe.Simulator.Machines;
using Yunhe.Simulator.Traces;

namespace Yunhe.Bench;

/// <summary>Logs of batch machines as published experiments take them, and what they report.</summary>
internal static class BatchLogs
{
    /// <summary>Seconds below which a job's run time counts as so long: the floor of bounded slowdown in all the published tables here.</summary>
    private const double Floor = 10;

    private static readonly int[] RlSchedulerWindows = [1981, 2756, 4299, 8850, 3316, 2714, 5228, 7762, 4022, 7085];

    public static double BoundedSlowdown(IEnumerable<ScheduledJob> schedule) =>
        schedule.Where(s => s.Ran).Select(s => Math.Max(1, (s.End - s.Job.Submit) / Math.Max(Floor, s.End - s.Start))).ToList() is { Count: > 0 } slowdowns ? slowdowns.Average()
            : throw new OptionException("no job can run: each needs more processors than there are (--procs n says otherwise), or has no run time");

    /// <summary>
    /// Windows of <c>--jobs</c> jobs (1,024) that begin at those that an option names; else RLScheduler's ten or, in a log too short for them, ten spread evenly over it.
    /// </summary>
    public static List<List<TraceJob>> Windows(string file, IReadOnlyList<TraceJob> jobs, Options options, string option)
    {
        var length = options.Number("--jobs", 1024);
        var starts = options.Numbers(option, RlSchedulerWindows, least: 0);
        if (options.Text(option) is null && starts.Max() + length > jobs.Count)
        {
            length = Math.Min(length, jobs.Count);
            starts = [.. Enumerable.Range(0, RlSchedulerWindows.Length).Select(i => (jobs.Count - length) * i / (RlSchedulerWindows.Length - 1)).Distinct()];
            Console.Error.WriteLine($"{file}: {jobs.Count} jobs are too few for RLScheduler's windows; instead {length} jobs each from {string.Join(", ", starts)} on ({option} a,b,c says otherwise)");
        }
        return starts.Max() + length <= jobs.Count ? [.. starts.Select(start => jobs.Skip(start).Take(length).ToList())]
            : throw new OptionException($"{file} has {jobs.Count} jobs, too few for {length} from {starts.Max()} on: {option} a,b,c and --jobs n say otherwise");
    }

    /// <summary>A whole log and its machine's processors: those of <c>--procs</c>, else of its header, else as many as its largest job has.</summary>
    public static (IReadOnlyList<TraceJob> Jobs, int Processors) Read(string file, Options options)
    {
        var bad = new BadLines(skip: true);
        using var reader = SwfReader.Open(file, bad);
        var jobs = new List<TraceJob>();
        while (reader.Next()) jobs.Add(reader.Job());
        return (InOrder(jobs, bad), Processors(file, reader, jobs, options));
    }

    /// <summary>RLScheduler's reading: jobs without a run time left out, the larger of allocated and requested processors.</summary>
    public static (IReadOnlyList<TraceJob> Jobs, int Processors) ReadForRlScheduler(string file, Options options)
    {
        var bad = new BadLines(skip: true);
        using var reader = SwfReader.Open(file, bad);
        var (jobs, empty) = (new List<TraceJob>(), 0);
        while (reader.Next())
        {
            var job = reader.Job();
            if (job.RunTime == 0) empty++;
            if (job.RunTime == 0) continue;
            var processors = (long)Math.Max(reader.Fields[SwfField.AllocatedProcessors], reader.Fields[SwfField.RequestedProcessors]);
            jobs.Add(job with { CpuMilli = processors * 1000, RunTime = job.RunTime < 0 ? 10 : job.RunTime });
        }
        if (empty > 0) Console.Error.WriteLine($"{file}: jobs of no length left out, as RLScheduler does: {empty}");
        return (InOrder(jobs, bad), Processors(file, reader, jobs, options));
    }

    /// <summary>Start of each job in a schedule that some simulator wrote in the Standard Workload Format, by job number.</summary>
    public static Dictionary<long, long> Starts(string file)
    {
        using var reader = SwfReader.Open(file, new(skip: false));
        var starts = new Dictionary<long, long>();
        while (reader.Next())
            starts.Add((long)reader.Fields[SwfField.Number], (long)(reader.Fields[SwfField.Submit] + reader.Fields[SwfField.Wait]));
        return starts;
    }

    /// <summary>How many jobs start at another time than published, or are missing on either side.</summary>
    public static int Differing(IReadOnlyCollection<ScheduledJob> schedule, Dictionary<long, long> starts) =>
        schedule.Count(s => !starts.TryGetValue(s.Job.Number, out var start) || start != s.Start) + Math.Max(0, starts.Count - schedule.Count);

    public static string File(Options options, params string[] path) =>
        Path.Combine([options.DataFolder, .. path]);

    /// <summary>Logs as they were published have lines for jobs that never ran: they are left out, and that is said.</summary>
    private static TraceJob[] InOrder(List<TraceJob> jobs, BadLines bad)
    {
        if (bad.Count > 0) Console.Error.WriteLine($"lines left out: {bad.Count}; the first: {bad.First[0].Message}");
        return [.. jobs.OrderBy(j => j.Submit)];
    }

    private static int Processors(string file, SwfReader reader, List<TraceJob> jobs, Options options)
    {
        if (jobs.Count == 0) throw new OptionException($"{file}: no job that can be read");
        if (options.Number("--procs", 0) is > 0 and var said) return said;
        if (reader.Header.Processors is { } processors and <= int.MaxValue) return (int)processors;
        var most = (int)(jobs.Max(j => j.CpuMilli) / 1000);
        Console.Error.WriteLine($"{file}: no MaxProcs and no MaxNodes from 1 to {int.MaxValue} in its header; taken to have as many processors as its largest job, {most} (--procs n says otherwise)");
        return most;
    }
}

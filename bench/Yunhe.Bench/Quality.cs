using Yunhe.Core.Scheduling.Queueing;
using Yunhe.Simulator.Machines;
using Yunhe.Simulator.Traces;

namespace Yunhe.Bench;

/// <summary>
/// Yunhe's own policy, one configuration for all logs, beside the published tables, and its waits beside those of EASY in the order of arrival.
/// <c>--log FILE</c> takes any log: the ten windows of RLScheduler's protocol, others (<c>--windows a,b</c>, <c>--jobs n</c>) or all of it
/// (<c>--full</c>), on the machine of its header or one of <c>--procs n</c>.
/// </summary>
internal static class Quality
{
    private static readonly (string Name, string File, (string Row, double Slowdown)[] Rows)[] Windowed =
    [
        ("Lublin-1", "lublin-1.swf.gz",
        [
            ("FCFS", 7273.77), ("WFP3", 19753.53), ("UNICEP", 22274.74), ("SJF", 277.35), ("F1", 258.37), ("RL", 254.67),
            ("FCFS +bf", 235.82), ("WFP3 +bf", 133.87), ("UNICEP +bf", 307.23), ("SJF +bf", 73.31), ("F1 +bf", 75.07), ("RL +bf", 58.64),
        ]),
        ("HPC2N", "HPC2N-2002-2.2-cln.swf.gz",
        [
            ("FCFS", 297.18), ("WFP3", 426.99), ("UNICEP", 609.77), ("SJF", 157.71), ("F1", 118.01), ("RL", 117.01),
            ("FCFS +bf", 127.38), ("WFP3 +bf", 97.39), ("UNICEP +bf", 175.12), ("SJF +bf", 122.04), ("F1 +bf", 71.95), ("RL +bf", 86.14),
        ]),
    ];

    private static readonly (string Row, double Slowdown)[] Kth =
    [
        ("EASY", 92.58), ("EASY-SJBF", 69.41), ("EASY++", 63.50), ("best learned", 45.80), ("EASY, exact times", 71.72), ("EASY-SJBF, exact times", 49.85),
    ];

    public static Task<IReadOnlyList<Row>> RunAsync(Options options)
    {
        if (options.Text("--log") is { } log) return Task.FromResult<IReadOnlyList<Row>>([.. Any(options, log)]);
        var rows = new List<Row>();
        foreach (var (name, file, published) in Windowed)
        {
            var (jobs, processors) = BatchLogs.ReadForRlScheduler(BatchLogs.File(options, "swf", file), options);
            rows.AddRange(Rows(name, BatchLogs.Windows(name, jobs, options, "--windows"), processors, endsAtLimit: false, published, "RLScheduler, SC'20"));
        }
        var kth = BatchLogs.Read(BatchLogs.File(options, "kth", "KTH-SP2_filtered.swf.gz"), options);
        rows.AddRange(Rows("KTH-SP2", [kth.Jobs], kth.Processors, endsAtLimit: true, Kth, "Gaussier et al., SC'15"));
        return Task.FromResult<IReadOnlyList<Row>>(rows);
    }

    private static IEnumerable<Row> Any(Options options, string log)
    {
        var full = options.Has("--full");
        var (jobs, processors) = full ? BatchLogs.Read(log, options) : BatchLogs.ReadForRlScheduler(log, options);
        IReadOnlyList<IReadOnlyList<TraceJob>> parts = full ? [jobs] : BatchLogs.Windows(log, jobs, options, "--windows");
        return Rows(Path.GetFileName(log), parts, processors, endsAtLimit: full, [], "");
    }

    private static IEnumerable<Row> Rows(
        string log, IReadOnlyList<IReadOnlyList<TraceJob>> parts, int processors, bool endsAtLimit, (string Row, double Slowdown)[] published, string source)
    {
        var ours = Measured(parts, new(processors, QueuePolicy.LeastSlowdown) { Prediction = () => new LearnedRunTimes(), EndsAtLimit = endsAtLimit });
        var easy = Measured(parts, new(processors, QueuePolicy.Easy) { EndsAtLimit = endsAtLimit });
        const string Beside = "EASY in the order of arrival, here";
        yield return new($"{log}, bounded slowdown", "", ours.Slowdown, easy.Slowdown, Beside);
        foreach (var (row, slowdown) in published) yield return new($"{log}, bounded slowdown", "", ours.Slowdown, slowdown, $"{row}, {source}");
        yield return new($"{log}, longest wait", "s", ours.Waits[^1], easy.Waits[^1], Beside);
        yield return new($"{log}, p99 wait", "s", At(ours.Waits, 0.99), At(easy.Waits, 0.99), Beside);
        yield return new($"{log}, mean wait", "s", ours.Waits.Average(), easy.Waits.Average(), Beside);
        foreach (var share in new[] { 0.5, 0.95, 0.99 })
            yield return new($"{log}, p{share * 100:0} bounded slowdown", "", At(ours.Slowdowns, share), At(easy.Slowdowns, share), Beside);
        yield return new($"{log}, utilisation", "%", ours.Utilisation * 100, easy.Utilisation * 100, Beside);
        if (ours.Rejected > 0) yield return new($"{log}, rejected", "jobs", ours.Rejected, easy.Rejected, Beside);
    }

    /// <summary>The mean of the parts' mean slowdowns, as published; waits and slowdowns of all their jobs, ascending.</summary>
    private static (double Slowdown, double[] Waits, double[] Slowdowns, double Utilisation, int Rejected) Measured(
        IReadOnlyList<IReadOnlyList<TraceJob>> parts, MachineOptions machine)
    {
        var runs = parts.Select(part => MachineRun.Schedule(part, machine).ToList()).ToList();
        var ran = runs.SelectMany(r => r).Where(s => s.Ran).ToList();
        return (
            runs.Average(BatchLogs.BoundedSlowdown),
            [.. ran.Select(s => (double)(s.Start - s.Job.Submit)).Order()],
            [.. ran.Select(s => BatchLogs.BoundedSlowdown([s])).Order()],
            runs.Average(r => Utilisation(r.Where(s => s.Ran).ToList(), machine)),
            runs.Sum(r => r.Count(s => !s.Ran)));
    }

    private static double Utilisation(List<ScheduledJob> run, MachineOptions machine)
    {
        var span = run.Max(s => s.End) - run.Min(s => s.Job.Submit);
        return run.Sum(s => (double)machine.Size(s.Job) * (s.End - s.Start)) / Math.Max(1, span) / machine.Processors;
    }

    private static double At(double[] ascending, double share) => ascending[Math.Min(ascending.Length - 1, (int)(share * ascending.Length))];
}

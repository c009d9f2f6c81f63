using Yunhe.Core.Scheduling.Queueing;
using Yunhe.Simulator.Machines;
using Yunhe.Simulator.Traces;

namespace Yunhe.Bench;

/// <summary>
/// RLScheduler's table (Zhang et al., SC'20) reproduced: average bounded slowdown over ten windows of a log, each on an empty machine.
/// <c>--log FILE</c> (with <c>--starts a,b,c</c>, <c>--jobs n</c>) runs another log by the same protocol.
/// </summary>
internal static class RlScheduler
{
    private const string Source = "RLScheduler, SC'20";

    private static readonly (string Name, IQueueOrder Order)[] Orders =
        [("FCFS", new FirstComeFirstServed()), ("SJF", new ShortestRequested()), ("F1", new F1())];

    private static readonly (string Log, string File, double[] Plain, double[] Backfilled)[] Published =
    [
        ("Lublin-1", "lublin-1.swf.gz", [7273.77, 277.35, 258.37], [235.82, 73.31, 75.07]),
        ("HPC2N", "HPC2N-2002-2.2-cln.swf.gz", [297.18, 157.71, 118.01], [127.38, 122.04, 71.95]),
    ];

    public static Task<IReadOnlyList<Row>> RunAsync(Options options)
    {
        var rows = options.Text("--log") is { } log
            ? Log(Path.GetFileName(log), log, options, null, null)
            : Published.SelectMany(p => Log(p.Log, BatchLogs.File(options, "swf", p.File), options, p.Plain, p.Backfilled));
        return Task.FromResult<IReadOnlyList<Row>>([.. rows]);
    }

    private static IEnumerable<Row> Log(string name, string file, Options options, double[]? plain, double[]? backfilled)
    {
        var (jobs, processors) = BatchLogs.ReadForRlScheduler(file, options);
        var windows = BatchLogs.Windows(file, jobs, options, "--starts");
        if (windows.Sum(w => w.Count(j => j.CpuMilli > processors * 1000L)) is > 0 and var large) yield return new($"{name}, rejected", "jobs", large, null, $"need more than the machine's {processors} processors");
        foreach (var (backfill, published) in new[] { (Backfill.None, plain), (Backfill.BeforeHead, backfilled) })
            for (var i = 0; i < Orders.Length; i++)
            {
                var machine = new MachineOptions(processors, Policy(Orders[i].Order, backfill)) { EndsAtLimit = false, Deciding = Deciding.PerEvent };
                var slowdown = windows.Average(window => BatchLogs.BoundedSlowdown(MachineRun.Schedule(window, machine)));
                var metric = $"{name} {Orders[i].Name}{(backfill == Backfill.None ? "" : " +bf")}, bounded slowdown";
                yield return new(metric, "", slowdown, published?[i], published is null ? "" : $"{Source}; {Verdict(slowdown, published[i])}");
            }
    }

    /// <summary>Its simulator keeps the head that it has once chosen, and tries the others in the order of their submission.</summary>
    private static QueuePolicy Policy(IQueueOrder order, Backfill backfill) =>
        new(order, backfill) { KeepsHead = true, Candidates = new FirstComeFirstServed() };

    private static string Verdict(double ours, double published) =>
        Math.Round(ours, 2) == published ? "equal to two decimals" : $"{ours:0.00} against {published:0.00}";
}

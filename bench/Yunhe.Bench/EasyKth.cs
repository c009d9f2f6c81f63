using Yunhe.Core.Scheduling.Queueing;
using Yunhe.Simulator.Machines;

namespace Yunhe.Bench;

/// <summary>
/// EASY and its kin on KTH-SP2 beside the published figures (Gaussier et al., SC'15) and, job by job, beside the published schedules.
/// <c>--log FILE</c> runs another log; there is nothing to compare it with.
/// </summary>
internal static class EasyKth
{
    private const string Source = "Gaussier et al., SC'15";

    private static readonly (string Name, QueuePolicy Policy, Func<IRunTimePrediction> Prediction, double Published, string? Schedule)[] Cases =
    [
        ("EASY", QueuePolicy.Easy, () => new RequestedTime(), 92.58, "easy.swf.gz"),
        ("EASY-SJBF", QueuePolicy.EasyShortestFirst, () => new RequestedTime(), 69.41, null),
        ("EASY++", QueuePolicy.EasyShortestFirst, () => new RecentMean(), 63.50, "easy-plus-plus.swf.gz"),
        ("EASY, exact run times", QueuePolicy.Easy, () => new ExactTime(), 71.72, "easy-clairvoyant.swf.gz"),
        ("EASY-SJBF, exact run times", QueuePolicy.EasyShortestFirst, () => new ExactTime(), 49.85, null),
        ("conservative", QueuePolicy.Conservative, () => new RequestedTime(), 0, null),
    ];

    public static Task<IReadOnlyList<Row>> RunAsync(Options options)
    {
        var log = options.Text("--log");
        var (jobs, processors) = BatchLogs.Read(log ?? BatchLogs.File(options, "kth", "KTH-SP2_filtered.swf.gz"), options);
        var rows = new List<Row>();
        foreach (var (name, policy, prediction, published, schedule) in Cases)
        {
            var machine = new MachineOptions(processors, policy) { Prediction = prediction, Deciding = Deciding.PerEventExpectedEndsGone };
            var run = MachineRun.Schedule(jobs, machine).ToList();
            var known = log is null && published > 0;
            rows.Add(new($"{name}, bounded slowdown", "", BatchLogs.BoundedSlowdown(run), known ? published : null, known ? Source : ""));
            if (run.Count(s => !s.Ran) is > 0 and var rejected) rows.Add(new($"{name}, rejected", "jobs", rejected, null, ""));
            if (log is null && schedule is not null)
                rows.Add(new($"{name}, jobs that start at another time", "jobs", BatchLogs.Differing(run, BatchLogs.Starts(BatchLogs.File(options, "kth", schedule))), 0,
                    $"{schedule} ({jobs.Count:N0} jobs)"));
        }
        return Task.FromResult<IReadOnlyList<Row>>(rows);
    }
}

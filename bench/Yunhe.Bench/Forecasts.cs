using System.Diagnostics;
using Yunhe.Core.Scheduling.Queueing;
using Yunhe.Simulator.Machines;

namespace Yunhe.Bench;

/// <summary>
/// Start forecasts made when a job arrives, held against its start, over the second half of a log: the first only teaches. Jobs that start
/// at once are not counted. <c>--log FILE</c> takes another log, <c>--every n</c> forecasts every n-th waiting job.
/// </summary>
internal static class Forecasts
{
    private const int QueueLength = 1000;

    public static Task<IReadOnlyList<Row>> RunAsync(Options options)
    {
        if (options.Has("--network")) return Task.FromResult(NetworkForecasts.Run(options));
        var rows = new List<Row>();
        var logs = options.Text("--log") is { } log
            ? [(Path.GetFileName(log), log, 1)]
            : new[]
            {
                ("KTH-SP2", BatchLogs.File(options, "kth", "KTH-SP2_filtered.swf.gz"), 1),
                ("HPC2N", BatchLogs.File(options, "swf", "HPC2N-2002-2.2-cln.swf.gz"), 4),
                ("Lublin-1", BatchLogs.File(options, "swf", "lublin-1.swf.gz"), 1),
            };
        foreach (var (name, file, every) in logs) rows.AddRange(Log(name, file, options, options.Number("--every", every)));
        rows.Add(Cost());
        return Task.FromResult<IReadOnlyList<Row>>(rows);
    }

    private static IEnumerable<Row> Log(string name, string file, Options options, int every)
    {
        var (jobs, processors) = BatchLogs.Read(file, options);
        foreach (var (policyName, policy) in new[] { ("EASY", QueuePolicy.Easy), ("F4+EASY", new QueuePolicy(new F4(), Backfill.Easy)) })
        {
            var machine = new MachineOptions(processors, policy) { ForecastEvery = every };
            var heldOut = MachineRun.Schedule(jobs, machine).Where(s => s.Ran && s.Job.Submit >= jobs[jobs.Count / 2].Submit && s.Forecast is not null)
                .Select(s => (Waited: s.Start - s.Job.Submit, Wait: s.Forecast!.Value)).ToList();
            if (heldOut.Count == 0) throw new OptionException($"{file}: no job of its second half had to wait, so there is nothing to hold forecasts against");
            yield return new($"{name}, {policyName}: starts before P90", "%", 100.0 * heldOut.Count(h => h.Waited <= h.Wait.P90) / heldOut.Count, 90, $"{heldOut.Count:N0} jobs that waited");
            yield return new($"{name}, {policyName}: starts before P50", "%", 100.0 * heldOut.Count(h => h.Waited <= h.Wait.P50) / heldOut.Count, 50, "");
            yield return new($"{name}, {policyName}: mean P90", "min", heldOut.Average(h => h.Wait.P90) / 60.0, heldOut.Average(h => h.Waited) / 60.0, "mean wait of the same jobs");
            yield return new($"{name}, {policyName}: mean |P50 - wait|", "min", heldOut.Average(h => Math.Abs(h.Wait.P50 - h.Waited)) / 60.0, heldOut.Average(h => h.Waited) / 60.0, "mean wait of the same jobs");
        }
    }

    /// <summary>A quote behind a queue of 1,000 jobs.</summary>
    private static Row Cost()
    {
        var (machine, forecast, random) = (new BatchScheduler(1000, QueuePolicy.Easy, new RequestedTime()), new WaitForecast(QueuePolicy.Easy, new RequestedTime()), new Random(1));
        for (var i = 0; i < 2000; i++) forecast.Ended(new(1, 3600) { User = i % 50 }, random.Next(1, 3600));
        BatchJob Draw() => new(1 + random.Next(64), 600 + random.Next(86_400)) { User = random.Next(60) };
        while (machine.Waiting < QueueLength)
        {
            machine.Submit(Draw(), 0);
            machine.Schedule(0);
        }
        var taken = new List<double>();
        for (var i = 0; i < 500; i++)
        {
            var start = Stopwatch.GetTimestamp();
            forecast.Of(machine, Draw(), 1, (ulong)i);
            taken.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        return new("a quote behind a queue of 1,000, p50", "ms", new Timings([.. taken.Skip(100)], TimeSpan.Zero).Percentile(0.5), 1, "aim: under 1 ms");
    }
}

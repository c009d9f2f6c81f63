using System.Diagnostics;
using System.Diagnostics.Metrics;
using Yunhe.Core.Control;
using Yunhe.Server.Control;

namespace Yunhe.Server.Telemetry;

/// <summary>The server's own figures, all under the meter "Yunhe".</summary>
internal static class Meters
{
    public const string Name = "Yunhe";

    private static readonly Meter Meter = new(Name);
    private static readonly Counter<long> Submissions = Meter.CreateCounter<long>("yunhe.submissions", description: "Workloads accepted");
    private static readonly Counter<long> Placements = Meter.CreateCounter<long>("yunhe.placements", description: "Attempts placed, by site");
    private static readonly Counter<long> Ended = Meter.CreateCounter<long>("yunhe.attempts.ended", description: "Attempts ended, by outcome");
    private static readonly Histogram<int> BatchSize = Meter.CreateHistogram<int>("yunhe.commit.steps", description: "Steps stored by one transaction");
    private static readonly Histogram<double> CommitTime = Meter.CreateHistogram<double>("yunhe.commit.duration", "s", "Time of one transaction");
    private static readonly Histogram<double> ObserveTime = Meter.CreateHistogram<double>("yunhe.observe.duration", "s", "Time of one look at a site");

    private static Func<int> waiting = () => 0;
    private static Func<int> effects = () => 0;

    static Meters()
    {
        Meter.CreateObservableGauge("yunhe.queue.length", () => waiting(), description: "Tasks that wait for a site");
        Meter.CreateObservableGauge("yunhe.effects.pending", () => effects(), description: "Effects stored and not done");
    }

    public static readonly ActivitySource Traces = new(Name);

    /// <summary>Where the gauges look. The latest server of the process wins.</summary>
    public static void Observe(Func<int> waitingTasks, Func<int> pendingEffects) => (waiting, effects) = (waitingTasks, pendingEffects);

    public static void Committed(int steps, TimeSpan took, Commit commit)
    {
        BatchSize.Record(steps);
        CommitTime.Record(took.TotalSeconds);
        foreach (var (_, fact) in commit.Events)
        {
            switch (fact)
            {
                case WorkloadSubmitted: Submissions.Add(1); break;
                case AttemptPlaced placed: Placements.Add(1, new KeyValuePair<string, object?>("site", placed.Site)); break;
                case AttemptEnded ended: Ended.Add(1, new KeyValuePair<string, object?>("outcome", ended.Failure?.ToString() ?? "Succeeded")); break;
            }
        }
    }

    public static void Observed(string site, TimeSpan took) => ObserveTime.Record(took.TotalSeconds, new KeyValuePair<string, object?>("site", site));
}

using Yunhe.Planning.Clusters;
using Yunhe.Planning.Training.Calibration;
using Yunhe.Planning.Training.Failures;
using Yunhe.Planning.Training.Search;

namespace Yunhe.Planning.Training.Plans;

/// <summary>The fastest layout on one cluster and what the whole run takes with it.</summary>
internal sealed record Reckoning
{
    private const double SecondsPerDay = 86_400;

    public required Cluster Cluster { get; init; }

    public required CalibrationProfile Profile { get; init; }

    public required int Devices { get; init; }

    public required SearchResult Found { get; init; }

    public required Checkpointing Checkpoints { get; init; }

    public required double TrainingDays { get; init; }

    public RankedLayout Best => Found.Best[0];

    public double StepSeconds => Best.Time.Total;

    public double TotalDays => TrainingDays / Checkpoints.Goodput;

    public double Nodes => Math.Max(1, (double)Devices / Cluster.DevicesPerNode);

    /// <summary>Null: no layout fits; then the reason.</summary>
    public static (Reckoning? Done, Rejection? Why) Of(TrainingQuestion question, Cluster cluster, int keep)
    {
        if (cluster.Accelerator.Peak(question.Job.Precision) is null)
            return (null, new(cluster.Name, $"{cluster.Accelerator.Name} has no {question.Job.Precision.ToString().ToUpperInvariant()}", "another precision"));
        if (question.Devices is { } wanted)
        {
            if (wanted > cluster.Devices) return (null, new(cluster.Name, $"too few devices: it has {cluster.Devices:N0}, {wanted:N0} are asked for", $"at most {cluster.Devices:N0} devices"));
            if (wanted > cluster.DevicesPerNode && wanted % cluster.DevicesPerNode != 0)
                return (null, new(cluster.Name, $"{wanted:N0} devices are not whole nodes of {cluster.DevicesPerNode}",
                    $"{wanted / cluster.DevicesPerNode * cluster.DevicesPerNode:N0} or {((wanted / cluster.DevicesPerNode) + 1) * cluster.DevicesPerNode:N0}"));
        }

        var offered = question.Devices ?? cluster.Devices;
        var counts = DeviceCounts.Usable(question.Job, offered, cluster.DevicesPerNode, question.Limits);
        if (counts.Count == 0) return (null, new(cluster.Name, $"no layout on at most {offered:N0} devices divides {Divided(question)}", "another batch, or fewer sizes decided"));
        var profile = ShippedCalibration.For(cluster.Accelerator, question.Stack);
        Reckoning? best = null;
        RankedLayout? leanest = null;
        foreach (var count in counts)
        {
            var found = LayoutSearch.Run(question.Job, cluster, profile, count, keep, question.Limits);
            if (found.Best.Count == 0)
            {
                if (found.Leanest is { } lean && lean.Memory.Total < (leanest?.Memory.Total ?? double.MaxValue)) leanest = lean;
                continue;
            }
            var one = With(question, cluster, profile, count, found);
            if (best is null || one.TotalDays < best.TotalDays) best = one;
        }
        return best is not null ? (best, null) : (null, MemoryShort.Explain(question, cluster, profile, leanest));
    }

    /// <summary>The same layout on a cluster that differs in what no layout depends on.</summary>
    public static Reckoning With(TrainingQuestion question, Cluster cluster, CalibrationProfile profile, int devices, SearchResult found)
    {
        var job = question.Job;
        var steps = question.Tokens / ((double)job.GlobalBatch * job.SequenceLength);
        var nodes = Math.Max(1, (double)devices / cluster.DevicesPerNode);
        return new()
        {
            Cluster = cluster,
            Profile = profile,
            Devices = devices,
            Found = found,
            TrainingDays = steps * found.Best[0].Time.Total / SecondsPerDay,
            Checkpoints = Checkpointing.Of(job.Model, nodes, StorageOf(cluster, nodes), question.Reliability),
        };
    }

    /// <summary>All of it where it is declared for the cluster; the nodes used can hardly write more than their part of it.</summary>
    private static double StorageOf(Cluster cluster, double nodes) =>
        (cluster.StorageGBPerSecond ?? 1) * Math.Min(1, nodes * cluster.DevicesPerNode / Math.Max(1, cluster.Devices));

    private static string Divided(TrainingQuestion question) =>
        $"a batch of {question.Job.GlobalBatch:N0}, {question.Job.Model.Layers} layers and {question.Job.Model.Heads} heads" + (question.Limits == LayoutLimits.None ? "" : " with the sizes that are decided");
}

using System.Globalization;
using Yunhe.Planning.Clusters;
using Yunhe.Planning.Models;
using Yunhe.Planning.Training.Measurements;
using Yunhe.Planning.Training.Search;

namespace Yunhe.Planning.Training.Plans;

/// <summary>Plans a training run over the clusters that could host it.</summary>
public static class TrainingPlanner
{
    private const double ShownShare = 0.02;

    /// <param name="unusable">Named among the rejected.</param>
    public static TrainingPlan Plan(TrainingQuestion question, IReadOnlyList<HostCandidate> candidates, IReadOnlyList<UnusableHost> unusable)
    {
        // 1. Each cluster alone: the best layout, or why there is none.
        var hosted = new List<(HostCandidate Candidate, Reckoning Reckoning)>();
        var rejected = new List<Rejection>();
        foreach (var candidate in candidates)
        {
            var (done, why) = Reckoning.Of(question, candidate.Cluster, question.Alternatives);
            if (done is not null) hosted.Add((candidate, done));
            else rejected.Add(why!);
        }

        // 2. Best first.
        hosted = [.. hosted.OrderBy(h => Rank(question.Optimize, h.Reckoning)).ThenBy(h => h.Reckoning.TotalDays).ThenBy(h => h.Candidate.Cluster.Name, StringComparer.Ordinal)];

        // 3. Several at once, what would change the best, and what all of it rests on.
        var model = question.Job.Model;
        return new()
        {
            Model = model.Name,
            Parameters = model.Parameters,
            ActiveParameters = model.ActiveParameters,
            Tokens = question.Tokens,
            Sequence = question.Job.SequenceLength,
            Batch = question.Job.GlobalBatch,
            Precision = question.Job.Precision.ToString().ToLowerInvariant(),
            Hosts = [.. hosted.Select(h => Host(question, h.Candidate, h.Reckoning))],
            Rejected = [.. rejected.Concat(unusable.Select(u => new Rejection(u.Name, u.Because)))],
            Together = WideArea.Plan(question, hosted),
            Sensitivities = hosted.Count > 0 ? SensitivityStudy.Of(question, hosted[0].Reckoning) : [],
            Assumptions = [.. question.Assumptions, Power.Assumed],
        };
    }

    private static HostPlan Host(TrainingQuestion question, HostCandidate candidate, Reckoning on)
    {
        var cluster = candidate.Cluster;
        var job = question.Job;
        var days = on.TotalDays;
        var mwh = Power.MWh(cluster, on.Devices, days);
        return new()
        {
            Name = cluster.Name,
            Site = candidate.Site,
            Pool = candidate.Pool,
            Province = cluster.Province,
            Accelerator = cluster.Accelerator.Name,
            Devices = on.Devices,
            DevicesOffered = cluster.Devices,
            DevicesPerNode = cluster.DevicesPerNode,
            Layout = Layout(on, on.Best),
            Alternatives = [.. on.Found.Best.Skip(1).Select(b => Layout(on, b))],
            Searched = on.Found.Evaluated,
            TokensPerSecond = job.GlobalBatch * (double)job.SequenceLength / on.StepSeconds,
            Mfu = Mfu(job, cluster, on.Devices, on.StepSeconds),
            TrainingDays = on.TrainingDays,
            TotalDays = Certainty.Days(question, cluster, days),
            Checkpoints = on.Checkpoints,
            Cost = Power.Cost(cluster, on.Devices, days),
            EnergyMWh = mwh,
            CarbonTonnes = Power.Tonnes(cluster, mwh),
            Demands = Deliveries.Of(question, on),
            Limits = Parts(on.Best.Time),
            Confidence = Certainty.Words(question, cluster, on.Best.Memory),
            Assumptions = [.. candidate.Assumptions, .. Power.AssumedOf(cluster)],
        };
    }

    private static LayoutPlan Layout(Reckoning on, RankedLayout ranked) => new()
    {
        Words = LayoutWords.Of(ranked.Layout),
        Layout = ranked.Layout,
        StepSeconds = ranked.Time.Total,
        Time = ranked.Time,
        Memory = ranked.Memory,
        MemoryBytes = DeviceBytes.Usable(on.Cluster.Accelerator),
    };

    /// <summary>Model FLOPs (6 a parameter and token, and the whole attention) of the nominal peak of the precision.</summary>
    internal static double Mfu(TrainingJob job, Cluster cluster, int devices, double stepSeconds) =>
        FlopsConvention.PerToken("model", job.Model, job.SequenceLength, Recompute.None, null) * job.GlobalBatch * job.SequenceLength
            / (stepSeconds * devices * cluster.Accelerator.Peak(job.Precision)!.Value * 1e12);

    private static double Rank(PlanObjective objective, Reckoning on) => objective switch
    {
        PlanObjective.Cost => (double?)Power.Cost(on.Cluster, on.Devices, on.TotalDays) ?? double.MaxValue,
        PlanObjective.Carbon => Power.Tonnes(on.Cluster, Power.MWh(on.Cluster, on.Devices, on.TotalDays)) ?? double.MaxValue,
        _ => on.TotalDays,
    };

    private static List<string> Parts(StepTime time) =>
    [
        .. new (string Name, double Seconds)[]
        {
            ("compute", time.Compute), ("tensor-parallel communication", time.TensorCommunication), ("pipeline transfers", time.PipelineCommunication),
            ("data-parallel communication", time.DataCommunication), ("context-parallel communication", time.ContextCommunication),
            ("expert all-to-all", time.ExpertCommunication), ("pipeline bubble", time.Bubble), ("optimizer and fixed time", time.Optimizer),
        }.Where(p => p.Seconds >= ShownShare * time.Total).OrderByDescending(p => p.Seconds)
            .Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Name} {100 * p.Seconds / time.Total:0} %")),
    ];
}

using Yunhe.Planning.Clusters;
using Yunhe.Planning.Training.Calibration;

namespace Yunhe.Planning.Training.Measurements;

/// <summary>A layout for a run that publishes none, or no micro-batch: the fastest of the usual ones that fits, since what is published was tuned.</summary>
public static class LayoutGuess
{
    private static readonly int[] Tensors = [1, 2, 4, 8];
    private static readonly int[] Pipelines = [1, 2, 4, 8, 16];
    private static readonly int[] Experts = [1, 4, 8, 16, 32, 64];
    private static readonly int[] Micros = [1, 2, 4, 8];

    /// <summary>Where weights are sharded and layers cut at once, up to an axis of a torus, whose devices share their sequences.</summary>
    private static readonly int[] TensorsOfTorus = [1, 2, 4, 8, 16];
    private static readonly int[] MicrosOfTorus = [1, 2, 4, 8, 16, 32];

    /// <summary>The published layout, where it is complete.</summary>
    public static Parallelism For(PublishedRun run, CalibrationProfile profile)
    {
        if (run.Layout is { } published && run.MicroBatchKnown) return published;
        Parallelism? best = null;
        Parallelism roomiest = default;
        double bestSeconds = double.MaxValue, leastBytes = double.MaxValue;
        foreach (var layout in run.Layout is { } partly ? Micros.Select(m => partly with { MicroBatch = m }) : Candidates(run))
        {
            if (layout.MicroBatch > 1 && run.Job.GlobalBatch < (long)layout.Data * layout.MicroBatch) continue;
            var costs = new StageCosts(run.Job, layout, run.Cluster, profile);
            var bytes = costs.Bytes(layout).Total;
            var seconds = costs.Step(layout).Total;
            if (bytes < leastBytes) (roomiest, leastBytes) = (layout, bytes);
            if (bytes > run.Cluster.Accelerator.MemoryGB * 1e9 || seconds >= bestSeconds) continue;
            (best, bestSeconds) = (layout, seconds);
        }
        return best ?? roomiest;
    }

    private static IEnumerable<Parallelism> Candidates(PublishedRun run)
    {
        var job = run.Job;
        var devices = run.Cluster.Devices;
        var sharded = run.Keys.Stack.UsualZero == 3;
        var combines = run.Keys.Stack.CombinesTensor;
        var mostTensor = combines ? run.Cluster.ScaleUpDomain : run.Cluster.DevicesPerNode;
        foreach (var tensor in combines ? TensorsOfTorus : sharded ? [1] : Tensors)
            foreach (var pipeline in sharded ? [1] : Pipelines)
                foreach (var (micro, expert) in (combines ? MicrosOfTorus : Micros).SelectMany(m => job.Model.Experts > 0 ? Experts.Select(e => (m, e)) : [(m, 1)]))
                    foreach (var recompute in Enum.GetValues<Recompute>())
                    {
                        if (devices % (tensor * pipeline) != 0 || job.Model.Heads % tensor != 0 || pipeline > job.Model.Layers || tensor > mostTensor) continue;
                        var data = devices / (tensor * pipeline);
                        if (expert > 1 && (job.Model.Experts % expert != 0 || (long)data * tensor % expert != 0)) continue;
                        yield return new()
                        {
                            Tensor = tensor, Pipeline = pipeline, Context = 1, Data = data, Interleave = 1,
                            Expert = expert,
                            Zero = sharded ? 3 : 1, MicroBatch = micro, Recompute = recompute, SequenceParallel = tensor > 1 && run.Keys.Stack.SequenceParallel,
                        };
                    }
    }
}

using Yunhe.Planning.Clusters;
using Yunhe.Planning.Training.Calibration;

namespace Yunhe.Planning.Training.Search;

/// <summary>
/// The fastest layouts of a job on so many devices of a cluster, proven: every layout is evaluated, or belongs to a group whose lower bound is above
/// what was found. Equal times are ordered by <see cref="Compare"/>.
/// </summary>
public static class LayoutSearch
{
    /// <summary>Room for the rounding of sums in another order.</summary>
    private const double Rounding = 1 - 1e-9;

    /// <param name="keep">How many layouts are wanted.</param>
    /// <param name="prune">Groups are tried from the lowest bound on and left out once it is above the last that is kept.</param>
    public static SearchResult Run(
        TrainingJob job, Cluster cluster, CalibrationProfile profile, int devices, int keep = 1, LayoutLimits? limits = null, bool prune = true, double? memoryBytes = null)
    {
        var space = new LayoutSpace(job, devices, limits ?? LayoutLimits.None);
        var found = new Finder(keep, memoryBytes ?? DeviceBytes.Usable(cluster.Accelerator));
        if (!prune)
        {
            foreach (var group in space.Groups()) found.Try(space, group, new(job, group, cluster, profile));
            return found.Result(pruned: false);
        }

        var groups = space.Groups().Select(group =>
        {
            var costs = new StageCosts(job, group, cluster, profile);
            return (Group: group, Costs: costs, Bound: Bound(job, group, costs, devices));
        }).ToList();
        groups.Sort((a, b) => a.Bound.CompareTo(b.Bound));
        var tried = 0;
        foreach (var (group, costs, bound) in groups)
        {
            if (bound > found.Worst) break;
            tried++;
            found.Try(space, group, costs);
        }
        return found.Result(tried < groups.Count);
    }

    /// <summary>
    /// Whatever pipeline, data and ZeRO are: each device does its share of layers × micro-batches, and a stage or a rank that has more than the share
    /// only makes the step longer.
    /// </summary>
    internal static double Bound(TrainingJob job, in Parallelism group, StageCosts costs, int devices) =>
        Rounding * costs.LayerSeconds * job.Model.Layers * ((double)job.GlobalBatch / group.MicroBatch) / ((double)devices / group.Tensor / group.Context);

    /// <summary>Faster first; of equally fast ones the one with the simpler layout.</summary>
    internal static int Compare(in Parallelism a, double timeA, in Parallelism b, double timeB)
    {
        ReadOnlySpan<int> orders =
        [
            timeA.CompareTo(timeB), a.Pipeline.CompareTo(b.Pipeline), a.Tensor.CompareTo(b.Tensor), a.Context.CompareTo(b.Context), a.Expert.CompareTo(b.Expert),
            a.Interleave.CompareTo(b.Interleave), a.Recompute.CompareTo(b.Recompute), b.MicroBatch.CompareTo(a.MicroBatch), a.Zero.CompareTo(b.Zero),
            a.SequenceParallel.CompareTo(b.SequenceParallel),
        ];
        foreach (var order in orders)
            if (order != 0) return order;
        return 0;
    }

    /// <summary>What fits and is fast enough to be kept.</summary>
    private sealed class Finder(int keep, double memoryBytes)
    {
        private readonly List<RankedLayout> best = [];
        private RankedLayout? leanest;
        private double leastBytes = double.MaxValue;
        private long evaluated;

        /// <summary>A layout that is slower than this changes nothing.</summary>
        public double Worst => best.Count < keep ? double.MaxValue : best[^1].Time.Total;

        public void Try(LayoutSpace space, in Parallelism group, StageCosts costs)
        {
            var visit = new Visit(this, costs);
            evaluated += space.ForEach(group, ref visit);
        }

        public SearchResult Result(bool pruned) => new() { Best = best, Leanest = best.Count == 0 ? leanest : null, Evaluated = evaluated, Pruned = pruned };

        private void Offer(in Parallelism layout, in StepTime time, in DeviceMemory memory)
        {
            var (tensor, pipeline, context, expert) = (layout.Tensor, layout.Pipeline, layout.Context, layout.Expert);
            var same = best.FindIndex(b => b.Layout.Tensor == tensor && b.Layout.Pipeline == pipeline && b.Layout.Context == context && b.Layout.Expert == expert);
            if (same >= 0)
            {
                if (Compare(layout, time.Total, best[same].Layout, best[same].Time.Total) >= 0) return;
                best.RemoveAt(same);
            }
            else if (best.Count == keep)
            {
                if (Compare(layout, time.Total, best[^1].Layout, best[^1].Time.Total) >= 0) return;
                best.RemoveAt(best.Count - 1);
            }

            var at = 0;
            while (at < best.Count && Compare(best[at].Layout, best[at].Time.Total, layout, time.Total) < 0) at++;
            best.Insert(at, new(layout, time, memory));
        }

        private readonly ref struct Visit(Finder finder, StageCosts costs) : ILayoutVisitor
        {
            void ILayoutVisitor.Visit(in Parallelism layout)
            {
                var memory = costs.Bytes(layout);
                var time = costs.Step(layout);
                if (memory.Total > finder.memoryBytesUsable)
                {
                    if (finder.best.Count > 0 || memory.Total >= finder.leastBytes) return;
                    finder.leastBytes = memory.Total;
                    finder.leanest = new(layout, time, memory);
                }
                else if (time.Total <= finder.Worst) finder.Offer(layout, time, memory);
            }
        }

        private readonly double memoryBytesUsable = memoryBytes;
    }
}

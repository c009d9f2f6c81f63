namespace Yunhe.Planning.Training.Plans;

/// <summary>How many devices of those offered some layout can use: tensor × pipeline × context × data sizes that the rules allow, in whole nodes.</summary>
internal static class DeviceCounts
{
    private const int Tried = 4;

    /// <summary>The largest ones, largest first; a smaller one may be the faster where the largest only allows poor layouts.</summary>
    public static IReadOnlyList<int> Usable(TrainingJob job, int devices, int perNode, Search.LayoutLimits limits)
    {
        var found = new SortedSet<int>();
        var largest = Math.Min(devices, perNode);
        var pairs = (
            from tensor in Sizes(limits.Tensor, devices)
            where Lawful(job, tensor, 1, 1, 1)
            from context in Sizes(limits.Context, devices / tensor)
            where Lawful(job, tensor, 1, context, 1)
            select tensor * context).Distinct().ToList();
        var pipelines = Sizes(limits.Pipeline, Math.Min(devices, job.Model.Layers)).Where(p => Lawful(job, 1, p, 1, p)).ToList();
        var data = Enumerable.Range(1, Math.Min(devices, job.GlobalBatch)).Where(d => job.GlobalBatch % d == 0).ToList();
        foreach (var product in pairs.SelectMany(_ => pipelines, (pair, pipeline) => (long)pair * pipeline).Where(p => p <= devices).Distinct())
        {
            foreach (var ranks in data)
            {
                var count = product * ranks;
                if (count > devices) break;
                if (count % perNode != 0 && count > largest) continue;
                found.Add((int)count);
                if (found.Count > Tried) found.Remove(found.Min);
            }
        }
        return [.. found.Reverse()];
    }

    private static IEnumerable<int> Sizes(int? wanted, int most) => wanted is { } one ? one <= most ? [one] : [] : Enumerable.Range(1, Math.Max(0, most));

    private static bool Lawful(TrainingJob job, int tensor, int pipeline, int context, int batch) => ParallelismRules.Allows(
        job with { GlobalBatch = batch },
        new()
        {
            Tensor = tensor, Pipeline = pipeline, Interleave = 1, Data = 1, Context = context, Expert = 1, Zero = 0, MicroBatch = 1, Recompute = Recompute.None, SequenceParallel = false,
        },
        tensor * pipeline * context);
}

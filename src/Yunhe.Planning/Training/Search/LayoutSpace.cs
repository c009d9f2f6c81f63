namespace Yunhe.Planning.Training.Search;

/// <summary>
/// Every layout that <see cref="ParallelismRules"/> allow a job on exactly so many devices, by groups: those of a group share all that makes a
/// <see cref="StageCosts"/>, and differ in pipeline, interleaving, data and ZeRO.
/// </summary>
internal sealed class LayoutSpace
{
    private static readonly Parallelism One = new()
    {
        Tensor = 1, Pipeline = 1, Interleave = 1, Data = 1, Context = 1, Expert = 1, Zero = 0, MicroBatch = 1, Recompute = Recompute.None, SequenceParallel = false,
    };

    private readonly TrainingJob job;
    private readonly int devices;
    private readonly LayoutLimits limits;
    private readonly List<(int Pipeline, bool Plain, (int Interleave, int Zero)[] Schedules)> pipelines;

    public LayoutSpace(TrainingJob job, int devices, LayoutLimits limits)
    {
        (this.job, this.devices, this.limits) = (job, devices, limits);
        pipelines = [.. Divisors(devices).Where(p => Wanted(limits.Pipeline, p)).Select(p => (p, Schedules(p))).Where(p => p.Item2.Length > 0)
            .Select(p => (p.p, p.Item2.Any(s => s.Interleave == 1), p.Item2))];
    }

    /// <summary>Only the sizes that the members share are set; the others are 1.</summary>
    public IEnumerable<Parallelism> Groups() =>
        from tensor in Divisors(devices)
        where Wanted(limits.Tensor, tensor) && Lawful(One with { Tensor = tensor }, 1)
        from context in Divisors(devices / tensor)
        where Wanted(limits.Context, context) && Lawful(One with { Tensor = tensor, Context = context }, 1)
        from along in (bool[])[false, true]
        where Lawful(One with { Tensor = tensor, Context = context, SequenceParallel = along }, 1)
        from expert in Divisors(Math.Max(1, job.Model.Experts))
        where Wanted(limits.Expert, expert)
        from micro in Divisors(job.GlobalBatch)
        where Wanted(limits.MicroBatch, micro)
        from recompute in (Recompute[])[Recompute.None, Recompute.Selective, Recompute.Full]
        where limits.Recompute is null || limits.Recompute == recompute
        let @group = One with { Tensor = tensor, Context = context, Expert = expert, MicroBatch = micro, Recompute = recompute, SequenceParallel = along }
        where HasMembers(@group)
        select @group;

    /// <summary>Calls for each member of a group; says how many there are.</summary>
    public long ForEach<T>(in Parallelism group, ref T visitor)
        where T : ILayoutVisitor, allows ref struct
    {
        var members = 0L;
        var ranks = devices / group.Tensor / group.Context;
        var layout = group;
        foreach (var (pipeline, _, schedules) in pipelines)
        {
            if (!Divides(group, ranks, pipeline, out var micros)) continue;
            var even = micros % pipeline == 0;
            foreach (var (interleave, zero) in schedules)
            {
                if (interleave > 1 && !even) continue;
                members++;
                layout = group with { Pipeline = pipeline, Data = ranks / pipeline, Interleave = interleave, Zero = zero };
                visitor.Visit(layout);
            }
        }
        return members;
    }

    private bool HasMembers(in Parallelism group)
    {
        var ranks = devices / group.Tensor / group.Context;
        foreach (var (pipeline, plain, _) in pipelines)
            if (Divides(group, ranks, pipeline, out var micros) && (plain || micros % pipeline == 0)) return true;
        return false;
    }

    private bool Divides(in Parallelism group, int ranks, int pipeline, out int micros)
    {
        micros = 0;
        if (ranks % pipeline != 0) return false;
        var data = ranks / pipeline;
        if (job.GlobalBatch % ((long)data * group.MicroBatch) != 0) return false;
        if ((long)group.Tensor * group.Context * data % group.Expert != 0) return false;
        micros = job.GlobalBatch / (data * group.MicroBatch);
        return true;
    }

    /// <summary>What the rules allow a pipeline so long whatever the batch is; interleaving asks for a multiple of it in micro-batches besides.</summary>
    private (int Interleave, int Zero)[] Schedules(int pipeline) =>
    [
        .. from interleave in Enumerable.Range(1, Math.Max(1, job.Model.Layers / pipeline))
           from zero in Enumerable.Range(0, 4)
           where Wanted(limits.Zero, zero) && Lawful(One with { Pipeline = pipeline, Interleave = interleave, Zero = zero }, pipeline)
           select (interleave, zero),
    ];

    private bool Lawful(in Parallelism layout, int batch) => ParallelismRules.Allows(job with { GlobalBatch = batch }, layout, layout.Devices);

    private static bool Wanted(int? wanted, int size) => wanted is null || wanted == size;

    private static int[] Divisors(int number)
    {
        var (low, high) = (new List<int>(), new List<int>());
        for (var d = 1; (long)d * d <= number; d++)
        {
            if (number % d != 0) continue;
            low.Add(d);
            if (d != number / d) high.Add(number / d);
        }
        high.Reverse();
        return [.. low, .. high];
    }
}

internal interface ILayoutVisitor
{
    void Visit(in Parallelism layout);
}

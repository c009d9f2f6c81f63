namespace Yunhe.Core.Scheduling.Queueing;

/// <summary>The place of a waiting job: lowest key first, equal keys in the order of submission.</summary>
public interface IQueueOrder
{
    /// <summary>Keys change while jobs wait, with the time or with what is predicted: they are recomputed for each decision.</summary>
    bool Changes { get; }

    /// <summary>Seconds throughout; <paramref name="predicted"/> is the expected run time, <paramref name="now"/> at least the job's submission.</summary>
    double Key(in BatchJob job, long predicted, long now);
}

public sealed class FirstComeFirstServed : IQueueOrder
{
    public bool Changes => false;

    public double Key(in BatchJob job, long predicted, long now) => 0;
}

/// <summary>Shortest job first by what the user asked for.</summary>
public sealed class ShortestRequested : IQueueOrder
{
    public bool Changes => false;

    public double Key(in BatchJob job, long predicted, long now) => job.Requested;
}

/// <summary>Shortest job first by the expected run time.</summary>
public sealed class ShortestPredicted : IQueueOrder
{
    public bool Changes => true;

    public double Key(in BatchJob job, long predicted, long now) => predicted;
}

/// <summary>F1 of Carastan-Santos and de Camargo (SC'17), fitted to simulated schedules: log10(r)·n + 870·log10(s).</summary>
public sealed class F1 : IQueueOrder
{
    public bool Changes => false;

    public double Key(in BatchJob job, long predicted, long now) =>
        Logarithm.Ten(job.Requested) * job.Processors + 870 * Logarithm.Ten(job.Submit);
}

/// <summary>F2 (SC'17): √r·n + 25,600·log10(s).</summary>
public sealed class F2 : IQueueOrder
{
    public bool Changes => false;

    public double Key(in BatchJob job, long predicted, long now) =>
        Math.Sqrt(job.Requested) * job.Processors + 25_600 * Logarithm.Ten(job.Submit);
}

/// <summary>F3 (SC'17): r·n + 6,860,000·log10(s).</summary>
public sealed class F3 : IQueueOrder
{
    public bool Changes => false;

    public double Key(in BatchJob job, long predicted, long now) =>
        (double)job.Requested * job.Processors + 6_860_000 * Logarithm.Ten(job.Submit);
}

/// <summary>F4 (SC'17): r·√n + 530,000·log10(s).</summary>
public sealed class F4 : IQueueOrder
{
    public bool Changes => false;

    public double Key(in BatchJob job, long predicted, long now) =>
        job.Requested * Math.Sqrt(job.Processors) + 530_000 * Logarithm.Ten(job.Submit);
}

/// <summary>WFP3 (Tang et al., Cluster 2009): −(w/r)³·n, so that large jobs and long waits in proportion to the run time go first.</summary>
public sealed class Wfp3 : IQueueOrder
{
    public bool Changes => true;

    public double Key(in BatchJob job, long predicted, long now)
    {
        var ratio = (now - job.Submit) / (double)Math.Max(1, job.Requested);
        return -(ratio * ratio * ratio) * job.Processors;
    }
}

/// <summary>UNICEF (Tang et al., Cluster 2009): −w/(log2(n)·r), which turns small jobs around quickly; one processor counts as two.</summary>
public sealed class Unicef : IQueueOrder
{
    public bool Changes => true;

    public double Key(in BatchJob job, long predicted, long now) =>
        -(now - job.Submit) / (Math.Log2(Math.Max(2, job.Processors)) * Math.Max(1, job.Requested));
}

internal static class Logarithm
{
    /// <summary>Base 10; of 0 that of 0.1, as the published implementation of F1 has it.</summary>
    public static double Ten(long value) => Math.Log10(value > 0 ? value : 0.1);
}

namespace Yunhe.Core.Scheduling.Queueing;

/// <summary>
/// The order that keeps the average bounded slowdown low: what a start earns against what it takes. While a job waits, each second adds
/// E[1/max(R,10)] to the sum of slowdowns; once started it takes n·E[R] processor seconds from the others. The weighted shortest
/// expected processing time first rule (Smith 1956; Rothkopf 1966 for random times) ranks by the quotient of the two. With a known run
/// time r above 10 s the index is √n·r: the shape that was found by fitting simulations (F4 of Carastan-Santos and de Camargo, SC'17).
/// </summary>
public static class SlowdownIndex
{
    /// <summary>
    /// √(n·E[R] / E[1/max(R,10)]), in seconds of a known run time on one processor; lowest first. Fixed as long as nothing new is learned.
    /// </summary>
    /// <param name="share">Processors, or any other measure in proportion to what the job keeps from the others (a dominant share).</param>
    /// <param name="run">What is expected of its run time.</param>
    public static double Of(double share, in RunTimeExpectation run) => Math.Sqrt(share * run.Mean / run.Urgency);

    /// <summary>
    /// The same with ageing in proportion to the wait: a job is passed only by those that arrive within index / <paramref name="ageing"/>
    /// seconds. Linear in time, so the order of two jobs never changes and is fixed when they arrive, whatever moment is called zero.
    /// </summary>
    /// <param name="submit">Seconds on any clock that all the compared jobs share.</param>
    /// <param name="ageing">Index seconds per second of waiting; 0.01 changed averages little in the logs tried, more is dear in overload.</param>
    public static double Aged(double share, in RunTimeExpectation run, double submit, double ageing = 0.01) => Of(share, run) + (ageing * submit);
}

/// <summary><see cref="SlowdownIndex"/> as the order of a plain queue, where the expected run time is taken as certain.</summary>
public sealed class LeastSlowdown : IQueueOrder
{
    public bool Changes => true;

    public double Key(in BatchJob job, long predicted, long now) => SlowdownIndex.Of(job.Processors, RunTimeExpectation.Of(predicted));
}

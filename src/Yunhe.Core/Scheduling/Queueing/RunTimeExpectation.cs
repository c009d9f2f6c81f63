namespace Yunhe.Core.Scheduling.Queueing;

/// <summary>What is expected of a run time that is not known: two means over its distribution.</summary>
/// <param name="Mean">E[R], seconds, at least 1.</param>
/// <param name="Urgency">E[1 / max(R, 10 s)] per second: by how much the bounded slowdown grows for each second that the job waits.</param>
public readonly record struct RunTimeExpectation(double Mean, double Urgency)
{
    /// <summary>Run times below so many seconds count as so long; the usual floor of bounded slowdown (Feitelson and Rudolph, 1998).</summary>
    public const double Floor = 10;

    /// <summary>A run time that is taken as certain.</summary>
    public static RunTimeExpectation Of(double seconds) => new(Math.Max(1, seconds), 1 / Math.Max(Floor, seconds));
}

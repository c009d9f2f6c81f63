namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Workloads;

/// <summary>
/// What candidates are measured by: the smallest price, time and carbon that any pool of the network would offer to the request if all
/// were free. A score is a ratio to these (1 = best); "balanced" is the mean of the three ratios. Waiting adds to the time only.
/// </summary>
internal sealed class Yardstick
{
    private readonly Ratio money = new();
    private readonly Ratio time = new();
    private readonly Ratio carbon = new();

    /// <summary>Counts what one pool would offer.</summary>
    public void Add(Candidate offer)
    {
        money.Add(offer.Cost.Micros);
        time.Add((offer.Staging + offer.RunTime).TotalSeconds);
        carbon.Add(offer.Carbon.Milligrams);
    }

    public double Score(Candidate c, Objective objective) => objective switch
    {
        Objective.Cost => money.Of(c.Cost.Micros),
        Objective.Time => time.Of(c.FinishIn.TotalSeconds),
        Objective.Carbon => carbon.Of(c.Carbon.Milligrams),
        _ => (money.Of(c.Cost.Micros) + time.Of(c.FinishIn.TotalSeconds) + carbon.Of(c.Carbon.Milligrams)) / 3,
    };

    /// <summary>What a second of waiting adds to a score.</summary>
    public double PerSecond(Objective objective) => objective switch
    {
        Objective.Time => time.PerUnit,
        Objective.Balanced => time.PerUnit / 3,
        _ => 0,
    };

    /// <summary>Ratio to the smallest; a hundredth of the largest is added to both, so that a smallest of zero does not decide alone.</summary>
    private sealed class Ratio
    {
        private double smallest = double.MaxValue;
        private double largest;

        public void Add(double value)
        {
            smallest = Math.Min(smallest, value);
            largest = Math.Max(largest, value);
        }

        public double PerUnit => largest > 0 ? 1 / (smallest + largest / 100) : 0;

        public double Of(double value) => largest > 0 ? (value + largest / 100) / (smallest + largest / 100) : 1;
    }
}

/// <summary>
/// The order of feasible candidates: by the alternative where the workload orders them, by score, then by what the score leaves open, then
/// by name, so that the order is total.
/// </summary>
internal sealed class CandidateOrder(bool ordered) : IComparer<Candidate>
{
    public static CandidateOrder For(WorkloadSpec spec) => new(spec.Ordered);

    public int Compare(Candidate? a, Candidate? b)
    {
        var c = ordered ? a!.Alternative.CompareTo(b!.Alternative) : 0;
        if (c == 0) c = a!.Score.CompareTo(b!.Score);
        if (c == 0) c = a!.FinishIn.CompareTo(b!.FinishIn);
        if (c == 0) c = a!.Cost.CompareTo(b!.Cost);
        if (c == 0) c = a!.Carbon.CompareTo(b!.Carbon);
        if (c == 0) c = string.CompareOrdinal(a!.Site, b!.Site);
        if (c == 0) c = string.CompareOrdinal(a!.Pool, b!.Pool);
        return c == 0 ? a!.Alternative.CompareTo(b!.Alternative) : c;
    }
}

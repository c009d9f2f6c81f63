namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Units;
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
    public void Add(in Figures offer)
    {
        money.Add(offer.Cost.Micros);
        time.Add(offer.Length.TotalSeconds);
        carbon.Add(offer.Carbon.Milligrams);
    }

    public double Score(Candidate c, Objective objective) => Score(c.Cost, c.FinishIn, c.Carbon, objective);

    /// <summary>Without a wait.</summary>
    public double Score(in Figures offer, Objective objective) => Score(offer.Cost, offer.Length, offer.Carbon, objective);

    private double Score(Money cost, TimeSpan finishIn, Carbon emitted, Objective objective) => objective switch
    {
        Objective.Cost => money.Of(cost.Micros),
        Objective.Time => time.Of(finishIn.TotalSeconds),
        Objective.Carbon => carbon.Of(emitted.Milligrams),
        _ => (money.Of(cost.Micros) + time.Of(finishIn.TotalSeconds) + carbon.Of(emitted.Milligrams)) / 3,
    };

    /// <summary>For a request that costs and emits so many times as much everywhere, and takes so many times as long.</summary>
    public Yardstick Scaled(double cost, double length)
    {
        var scaled = new Yardstick();
        scaled.money.Scale(money, cost);
        scaled.time.Scale(time, length);
        scaled.carbon.Scale(carbon, cost);
        return scaled;
    }

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

        public void Scale(Ratio other, double by) => (smallest, largest) = (other.smallest * by, other.largest * by);

        public double PerUnit => largest > 0 ? 1 / (smallest + largest / 100) : 0;

        public double Of(double value) => largest > 0 ? (value + largest / 100) / (smallest + largest / 100) : 1;
    }
}

/// <summary>The order in which a decision shows its candidates.</summary>
/// <param name="order">Of those that are feasible.</param>
/// <param name="avoided">The site that comes last of them; null: none does.</param>
internal sealed class DecisionOrder(CandidateOrder order, string? avoided) : IComparer<Candidate>
{
    public int Compare(Candidate? a, Candidate? b)
    {
        var c = (a!.Excluded is not null).CompareTo(b!.Excluded is not null);
        if (c == 0 && a.Excluded is not null) return string.CompareOrdinal(a.Site, b.Site);
        if (c == 0 && avoided is not null) c = (a.Site == avoided).CompareTo(b.Site == avoided);
        return c == 0 ? order.Compare(a, b) : c;
    }
}

/// <summary>
/// The order of feasible candidates: by the alternative where the workload orders them, by score, then by what the score leaves open, then
/// by name, so that the order is total.
/// </summary>
internal sealed class CandidateOrder(bool ordered) : IComparer<Candidate>
{
    private static readonly CandidateOrder ByAlternative = new(true), ByScore = new(false);

    public static CandidateOrder For(WorkloadSpec spec) => spec.Ordered ? ByAlternative : ByScore;

    public int Compare(Candidate? a, Candidate? b)
    {
        var c = ordered ? a!.Alternative.CompareTo(b!.Alternative) : 0;
        if (c == 0) c = a!.Score.CompareTo(b!.Score);
        if (c == 0) c = a!.FinishIn.CompareTo(b!.FinishIn);
        if (c == 0) c = a!.Cost.CompareTo(b!.Cost);
        if (c == 0) c = a!.Carbon.CompareTo(b!.Carbon);
        if (c == 0) c = a!.Packing.CompareTo(b!.Packing);
        if (c == 0) c = string.CompareOrdinal(a!.Site, b!.Site);
        if (c == 0) c = string.CompareOrdinal(a!.Pool, b!.Pool);
        return c == 0 ? a!.Alternative.CompareTo(b!.Alternative) : c;
    }
}

using Yunhe.Core.Scheduling.Queueing;
using Yunhe.Core.Workloads;

namespace Yunhe.Core.Scheduling.Forecasts;

/// <summary>Whose runs: of one owner and name, of an owner, of a project, of all.</summary>
public enum LengthLevel
{
    Name,
    Owner,
    Project,
    All,
}

/// <summary>What the length of a run is a share of.</summary>
public enum LengthBasis
{
    TimeLimit,
    Estimate,

    /// <summary>Nothing was asked for: it is in seconds.</summary>
    Nothing,
}

/// <summary>The latest shares of what was asked for that some runs really took, the oldest first.</summary>
/// <param name="Level">Whose runs.</param>
/// <param name="Basis">What was asked for.</param>
/// <param name="Of">The owner, or the project; empty: all.</param>
/// <param name="Name">Of the workload, where they are told apart by it.</param>
/// <param name="Shares">As they ended.</param>
public sealed record LearnedLength(LengthLevel Level, LengthBasis Basis, string Of, string Name, IReadOnlyList<double> Shares);

/// <summary>
/// Which share of what users asked for their runs really took: of the same owner and name, else of the owner, else of the project, else of all.
/// For forecasts of starts only; what is quoted for a run itself is <see cref="RunTime"/>.
/// </summary>
internal sealed class LearnedLengths
{
    private const int Kept = 32;
    private const int KeptOfAll = 512;

    /// <summary>Fewer runs teach nothing of their kind yet.</summary>
    private const int Enough = 8;

    /// <summary>Kinds that are remembered; of more those are forgotten of which nothing was learned for longest.</summary>
    private const int MostKinds = 4096;

    private readonly Dictionary<Kind, (RecentValues Shares, long Taught)> kinds = [];
    private long taught;

    private readonly record struct Kind(LengthLevel Level, LengthBasis Basis, string Of, string Name);

    public void Learn(Workload workload, TimeSpan ran)
    {
        var (asked, basis) = Asked(workload.Spec);
        for (var level = LengthLevel.Name; level <= LengthLevel.All; level++)
            Teach(KindAt(level, basis, workload.Owner, workload.Project, workload.Spec.Name), ran.TotalSeconds / asked);
    }

    /// <summary>How many seconds a run takes in all that has gone on for so many.</summary>
    public double Expect(Workload workload, double elapsed) => Expect(workload.Owner, workload.Project, workload.Spec, elapsed);

    public double Expect(string owner, string project, WorkloadSpec spec, double elapsed)
    {
        var (asked, basis) = Asked(spec);
        for (var level = LengthLevel.Name; level <= LengthLevel.All; level++)
            if (kinds.TryGetValue(KindAt(level, basis, owner, project, spec.Name), out var known) && known.Shares.Count >= Enough
                && MiddleAbove(known.Shares.Sorted, elapsed / asked, basis) is { } share) return share * asked;
        return basis switch
        {
            LengthBasis.TimeLimit when (spec.Estimate?.TotalSeconds ?? asked / 2) is var meant => Math.Max(elapsed + 1, elapsed < meant && meant < asked ? meant : asked),
            LengthBasis.Estimate => Beyond(elapsed, asked),
            _ => Beyond(elapsed, RunTime.Unknown.TotalSeconds),
        };
    }

    /// <summary>Both means over what is known of a run that has not begun; its user's word where nothing is.</summary>
    public RunTimeExpectation ExpectationOf(string owner, string project, WorkloadSpec spec)
    {
        var (asked, basis) = Asked(spec);
        for (var level = LengthLevel.Name; level <= LengthLevel.All; level++)
        {
            if (!kinds.TryGetValue(KindAt(level, basis, owner, project, spec.Name), out var known) || known.Shares.Count < Enough) continue;
            var (mean, urgency) = (0.0, 0.0);
            foreach (var share in known.Shares.Sorted) (mean, urgency) = (mean + share * asked, urgency + 1 / Math.Max(RunTimeExpectation.Floor, share * asked));
            return new(Math.Max(1, mean / known.Shares.Count), urgency / known.Shares.Count);
        }
        return RunTimeExpectation.Of((spec.Estimate ?? spec.TimeLimit / 2 ?? RunTime.Unknown).TotalSeconds);
    }

    public IReadOnlyList<LearnedLength> Capture() =>
        [.. kinds.OrderBy(k => k.Value.Taught).Select(k => new LearnedLength(k.Key.Level, k.Key.Basis, k.Key.Of, k.Key.Name, k.Value.Shares.Capture()))];

    public void Restore(IReadOnlyList<LearnedLength> learned)
    {
        kinds.Clear();
        taught = 0;
        foreach (var one in learned)
        {
            var shares = new RecentValues(MostOf(one.Level));
            foreach (var share in one.Shares) shares.Add(share);
            kinds.Add(new(one.Level, one.Basis, one.Of, one.Name), (shares, ++taught));
        }
    }

    private static Kind KindAt(LengthLevel level, LengthBasis basis, string owner, string project, string name) => level switch
    {
        LengthLevel.Name => new(level, basis, owner, name),
        LengthLevel.Owner => new(level, basis, owner, ""),
        LengthLevel.Project => new(level, basis, project, ""),
        _ => new(level, basis, "", ""),
    };

    /// <summary>Seconds that it asked for.</summary>
    private static (double Seconds, LengthBasis Basis) Asked(WorkloadSpec spec) =>
        spec.TimeLimit is { } limit ? (Math.Max(1, limit.TotalSeconds), LengthBasis.TimeLimit)
        : spec.Estimate is { } guess ? (Math.Max(1, guess.TotalSeconds), LengthBasis.Estimate)
        : (1, LengthBasis.Nothing);

    private static int MostOf(LengthLevel level) => level == LengthLevel.All ? KeptOfAll : Kept;

    /// <summary>Longer than expected, it goes on for half as long again.</summary>
    private static double Beyond(double elapsed, double expected) => elapsed < expected ? expected : elapsed * 1.5;

    /// <summary>
    /// The mean of those that ran longer; where no limit bounds them the median, since a few very long runs would make all others look long.
    /// </summary>
    private static double? MiddleAbove(ReadOnlySpan<double> sorted, double value, LengthBasis basis)
    {
        var from = sorted.Length;
        while (from > 0 && sorted[from - 1] > value) from--;
        var above = sorted[from..];
        if (above.IsEmpty) return null;
        if (basis != LengthBasis.TimeLimit) return (above[(above.Length - 1) / 2] + above[above.Length / 2]) / 2;
        var sum = 0.0;
        for (var i = above.Length - 1; i >= 0; i--) sum += above[i];
        return sum / above.Length;
    }

    private void Teach(Kind kind, double share)
    {
        if (!kinds.TryGetValue(kind, out var known))
        {
            if (kinds.Count >= MostKinds)
                foreach (var old in kinds.OrderBy(k => k.Value.Taught).Take(MostKinds / 4).Select(k => k.Key).ToList()) kinds.Remove(old);
            known.Shares = new(MostOf(kind.Level));
        }
        known.Shares.Add(share);
        kinds[kind] = (known.Shares, ++taught);
    }
}

using System.Collections;

namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Network;
using Yunhe.Core.Workloads;

/// <summary>An attempt that holds nodes, and when it is expected to let them go.</summary>
/// <param name="Attempt">Which.</param>
/// <param name="From">When it began, or will have been staged.</param>
/// <param name="Expected">Its run time as it was estimated when it was placed.</param>
/// <param name="Owner">Whose run it is.</param>
/// <param name="Spec">Of what.</param>
/// <param name="Nodes">Names of its nodes.</param>
/// <param name="Each">What it holds of each.</param>
/// <param name="Cards">Its accelerators on each, a bit each; null: not recorded.</param>
internal readonly record struct Holding(AttemptId Attempt, DateTimeOffset From, TimeSpan Expected, string Owner, WorkloadSpec Spec, IReadOnlyList<string> Nodes, Resources Each, IReadOnlyList<ulong>? Cards)
{
    /// <summary>Its time limit; null: none.</summary>
    public TimeSpan? Limit => Spec.TimeLimit;

    public static Holding Of(Attempt attempt, Workload workload)
    {
        var plan = attempt.Decision.Candidates[0];
        return new(attempt.Id, attempt.StartedAt ?? attempt.PlacedAt + plan.Staging, plan.RunTime, workload.Owner, workload.Spec, attempt.Nodes, attempt.Requirement.PerNode, attempt.Cards);
    }

    /// <summary>One that has run longer than expected goes on for half as long again.</summary>
    public DateTimeOffset EndAfter(DateTimeOffset now, TimeSpan length)
    {
        var end = From + length;
        return end > now ? end : now + (now - From) / 2;
    }
}

/// <summary>What holds nodes of a site, by pool, the earliest expected end first. An index over the state: rebuilt, never stored.</summary>
internal sealed class ExpectedEnds
{
    private readonly Dictionary<string, SortedChunks<Key>> pools = new(StringComparer.Ordinal);
    private readonly Dictionary<AttemptId, Holding> holdings = [];

    public IReadOnlyCollection<Holding> Of(string pool) => pools.TryGetValue(pool, out var held) ? new OfPool(held, holdings) : [];

    public void Set(Attempt attempt, Workload workload)
    {
        Remove(attempt);
        var holding = Holding.Of(attempt, workload);
        holdings.Add(attempt.Id, holding);
        if (!pools.TryGetValue(attempt.Pool, out var held)) pools.Add(attempt.Pool, held = new());
        held.Add(Key.Of(holding));
    }

    public void Remove(Attempt attempt)
    {
        if (holdings.Remove(attempt.Id, out var holding)) pools[attempt.Pool].Remove(Key.Of(holding));
    }

    /// <param name="End">In ticks of UTC.</param>
    /// <param name="Attempt">Whose.</param>
    private readonly record struct Key(long End, AttemptId Attempt) : IComparable<Key>
    {
        public static Key Of(Holding holding) => new(holding.From.UtcTicks + holding.Expected.Ticks, holding.Attempt);

        public int CompareTo(Key other) => End.CompareTo(other.End) is var c && c != 0 ? c : Attempt.CompareTo(other.Attempt);
    }

    private sealed class OfPool(SortedChunks<Key> keys, Dictionary<AttemptId, Holding> holdings) : IReadOnlyCollection<Holding>
    {
        public int Count => keys.Count;

        public IEnumerator<Holding> GetEnumerator() => keys.Select(k => holdings[k.Attempt]).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}

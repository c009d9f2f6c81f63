namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Workloads;

/// <summary>
/// When a request could start in a pool that is not free now. P90 lets running work use its whole time limit, P50 go on for as long as such work
/// really does; work ahead of it in the site's own queue goes first. An estimate, and called so wherever it is shown.
/// Whoever decides by it takes running work to go on for at least as long as was planned: of many forecasts the shortest is mostly too short.
/// </summary>
internal static class StartForecast
{
    /// <summary>Where nothing limits running work it is taken to go on so much longer.</summary>
    public static readonly TimeSpan Unlimited = TimeSpan.FromHours(24);

    private const int FirstEnds = 64;

    /// <summary>Share of its time limit that work uses on average; users ask for more than they need.</summary>
    private const double UsedShareOfLimit = 0.5;

    /// <param name="state">The network.</param>
    /// <param name="site">Where.</param>
    /// <param name="pool">In which pool.</param>
    /// <param name="asked">Of each node.</param>
    /// <param name="nodes">So many.</param>
    /// <param name="now">The time.</param>
    /// <param name="oneFabric">All of them on one fabric.</param>
    public static (TimeSpan P50, TimeSpan P90) Wait(State state, Site site, Pool pool, Requirement asked, int nodes, DateTimeOffset now, bool oneFabric) =>
        (P50(state, site, pool, asked, nodes, now, oneFabric), P90(state, site, pool, asked, nodes, now, oneFabric));

    /// <summary>To decide by. It and the P90 cost half of <see cref="Wait"/> each.</summary>
    public static TimeSpan P50(State state, Site site, Pool pool, Requirement asked, int nodes, DateTimeOffset now, bool oneFabric) =>
        P50(state, site, pool, asked, nodes, now, oneFabric, r => EndOf(state, r, now));

    /// <summary>To tell, once it is calibrated.</summary>
    public static TimeSpan Likely(State state, Site site, Pool pool, Requirement asked, int nodes, DateTimeOffset now, bool oneFabric) =>
        P50(state, site, pool, asked, nodes, now, oneFabric, r => now + Left(state, r, now));

    private static TimeSpan P50(State state, Site site, Pool pool, Requirement asked, int nodes, DateTimeOffset now, bool oneFabric, Func<Holding, DateTimeOffset> endOf) =>
        RunTime.Sane((site.Engine.SchedulesItself ? WaitInQueue(state, site, pool, asked, nodes).P50 : WaitForNodes(state, site, pool, asked, nodes, now, oneFabric, endOf)).TotalSeconds);

    public static TimeSpan P90(State state, Site site, Pool pool, Requirement asked, int nodes, DateTimeOffset now, bool oneFabric) => RunTime.Sane((site.Engine.SchedulesItself
        ? WaitInQueue(state, site, pool, asked, nodes).P90
        : WaitForNodes(state, site, pool, asked, nodes, now, oneFabric, r => r.EndAfter(now, r.Limit ?? Unlimited))).TotalSeconds);

    /// <summary>How long a holding is expected to last from now: as such runs did that had gone on for as long (<see cref="Forecasts.LearnedLengths"/>).</summary>
    public static TimeSpan Left(State state, Holding held, DateTimeOffset now)
    {
        var elapsed = (now - held.From).TotalSeconds;
        return TimeSpan.FromSeconds(Math.Clamp(state.Lengths.Expect(held.Owner, held.Spec.Project ?? Shares.Project.Default, held.Spec, Math.Max(0, elapsed)) - elapsed, 1, RunTime.Longest.TotalSeconds));
    }

    /// <summary>When a holding ends, to decide by.</summary>
    public static DateTimeOffset EndOf(State state, Holding held, DateTimeOffset now)
    {
        var (planned, learned) = (held.EndAfter(now, held.Expected), now + Left(state, held, now));
        return learned > planned ? learned : planned;
    }

    /// <summary>Named nodes: what runs is let go in the order of its expected end until the gang fits.</summary>
    private static TimeSpan WaitForNodes(
        State state, Site site, Pool pool, Requirement asked, int nodes, DateTimeOffset now, bool oneFabric, Func<Holding, DateTimeOffset> endOf)
    {
        var running = state.Ends(site.Name, pool.Name);
        // Mostly one of the first ends makes room; only where none does are all looked at.
        return WaitForSome(FirstEnds, onlyIfFound: running.Count > FirstEnds) ?? WaitForSome(int.MaxValue, onlyIfFound: false)!.Value;

        TimeSpan? WaitForSome(int most, bool onlyIfFound)
        {
            var count = Math.Min(most, running.Count);
            var (ends, released) = (new Ending[count], new Held[count]);
            using var holdings = running.GetEnumerator();
            for (var i = 0; i < count && holdings.MoveNext(); i++)
            {
                var run = holdings.Current;
                (ends[i], released[i]) = (new(endOf(run), run.Attempt), new(run.Nodes, run.Each, run.Cards));
            }
            Array.Sort(ends, released);
            var first = state.Capacity(site.Name)!.FitsAfter(pool.Name, asked.PerNode, nodes, released, new(null, oneFabric));
            return first >= 0 ? ends[first].End - now : onlyIfFound ? null : Unlimited;
        }
    }

    private readonly record struct Ending(DateTimeOffset End, AttemptId Attempt) : IComparable<Ending>
    {
        public int CompareTo(Ending other) => End.CompareTo(other.End) is var c && c != 0 ? c : Attempt.CompareTo(other.Attempt);
    }

    /// <summary>
    /// A queue of the engine's own: totals of the pool, not single nodes, since the engine alone knows which nodes it will choose.
    /// </summary>
    private static (TimeSpan P50, TimeSpan P90) WaitInQueue(State state, Site site, Pool pool, Requirement asked, int nodes)
    {
        var load = state.QueueAt(state.Site(site.Name)!, pool.Name);
        var free = state.Capacity(site.Name)!.Totals(pool.Name);
        var need = Sum(load.Waiting, asked.PerNode, nodes);
        var wait = TimeSpan.Zero;
        foreach (var running in load.Running)
        {
            if (Covers(free, need)) break;
            wait = RunTime.Sane((running.Limit ?? Unlimited).TotalSeconds);
            free = Sum(free, running.PerNode, running.Nodes);
        }
        // Room enough in all and yet not on any nodes, or nodes that are down: nobody knows for how long.
        if (wait == TimeSpan.Zero || !Covers(free, need)) wait = Longer(wait, need, pool);
        return (wait * UsedShareOfLimit, wait);
    }

    private static (long Cpus, long Memory, long Acc) Sum((long Cpus, long Memory, long Acc) sum, Resources each, int nodes) =>
        (sum.Cpus + (long)each.Cpus * nodes, sum.Memory + each.MemoryMiB * nodes, sum.Acc + (long)each.Accelerators * nodes);

    private static bool Covers((long Cpus, long Memory, long Acc) free, (long Cpus, long Memory, long Acc) need) =>
        need.Cpus <= free.Cpus && need.Memory <= free.Memory && need.Acc <= free.Acc;

    /// <summary>More is queued than the pool holds at once: as many rounds as it fills the pool.</summary>
    private static TimeSpan Longer(TimeSpan round, (long Cpus, long Memory, long Acc) need, Pool pool)
    {
        var whole = (Cpus: (double)pool.PerNode.Cpus * pool.Nodes, Acc: (double)pool.PerNode.Accelerators * pool.Nodes);
        var rounds = Math.Max(need.Cpus / Math.Max(1, whole.Cpus), need.Acc / Math.Max(1, whole.Acc));
        var each = round > TimeSpan.Zero ? round : RunTime.Unknown;
        return each * Math.Min(Math.Max(1, rounds), 1000);
    }
}

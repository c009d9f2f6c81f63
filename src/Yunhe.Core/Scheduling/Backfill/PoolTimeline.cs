using System.Globalization;
using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Reserving;

namespace Yunhe.Core.Scheduling.Backfill;

/// <summary>
/// What each node of a pool is used for from now on: what runs until its time limit (or as long as it is expected to, without one), and what
/// is planned. Nodes without either are only a count. Sums of cores, memory and cards: whether a share finds one card with enough free is for
/// the packing to say when it starts.
/// </summary>
internal sealed class PoolTimeline
{
    /// <summary>Steps from one possible start to the next that are tried for a gang.</summary>
    private const int MostSteps = 256;

    private readonly Pool pool;
    private readonly DateTimeOffset now;
    private readonly IReadOnlyList<Reservation> reservations;
    private readonly SortedDictionary<int, List<Use>> busy = [];

    private readonly record struct Use(DateTimeOffset From, DateTimeOffset To, Resources Each);

    public PoolTimeline(State state, Site site, Pool pool, DateTimeOffset now)
    {
        (this.pool, this.now) = (pool, now);
        reservations = state.Reserved.At(site.Name, pool.Name);
        var prefix = pool.NodeName(site.Name, 0).Length - 1;
        var names = pool.NodeName(site.Name, 0)[..prefix];
        foreach (var holding in state.Ends(site.Name, pool.Name))
            foreach (var name in holding.Nodes) Take(NumberOf(name), new(now, holding.EndAfter(now, holding.Limit ?? StartPlan.Unlimited(holding.Expected)), holding.Each));
        foreach (var name in state.Site(site.Name)!.DownIn(pool.Name))
            if (name.StartsWith(names, StringComparison.Ordinal) && int.TryParse(name.AsSpan(prefix), NumberStyles.None, CultureInfo.InvariantCulture, out _))
                Take(NumberOf(name), new(now, DateTimeOffset.MaxValue, pool.PerNode));
        // Nodes that are reserved are looked at one by one.
        foreach (var node in reservations.SelectMany(r => r.Numbers)) busy.TryAdd(node - 1, []);

        int NumberOf(string name) => int.Parse(name.AsSpan(prefix), NumberStyles.None, CultureInfo.InvariantCulture) - 1;
    }

    /// <summary>The nodes where it may start now without being in the way of anything.</summary>
    public NodeFilter Open(Offer offer, Subject subject)
    {
        var run = new Run(offer, subject);
        var closed = new HashSet<int>();
        foreach (var (node, uses) in busy)
            if (Earliest(node, uses, run, now) > now) closed.Add(node);
        return new(closed, Only: false);
    }

    /// <summary>The first time at which a gang could begin, and its nodes; null: never, as the pool is.</summary>
    public (DateTimeOffset Start, IReadOnlyList<int> Nodes)? Earliest(Offer offer, Subject subject)
    {
        var run = new Run(offer, subject);
        if (!Room.OneFabric(pool, subject.Spec)) return Earliest(run, 0, pool.Nodes);
        (DateTimeOffset Start, IReadOnlyList<int> Nodes)? best = null;
        for (var first = 0; first < pool.Nodes; first += pool.NodesPerFabric)
            if (Earliest(run, first, Math.Min(pool.Nodes, first + pool.NodesPerFabric)) is { } found && (best is null || found.Start < best.Value.Start)) best = found;
        return best;
    }

    public void Take(IEnumerable<int> nodes, DateTimeOffset from, DateTimeOffset to, Resources each)
    {
        foreach (var node in nodes) Take(node, new(from, to, each));
    }

    private void Take(int node, Use use)
    {
        if (node < 0 || node >= pool.Nodes) return;
        if (!busy.TryGetValue(node, out var uses)) busy.Add(node, uses = []);
        uses.Add(use);
    }

    private (DateTimeOffset Start, IReadOnlyList<int> Nodes)? Earliest(Run run, int first, int end)
    {
        var listed = busy.Where(b => b.Key >= first && b.Key < end).ToList();
        var idle = end - first - listed.Count;
        var start = now;
        for (var step = 0; step < MostSteps; step++)
        {
            var starts = listed.ConvertAll(b => (At: Earliest(b.Key, b.Value, run, start), Node: b.Key));
            starts.Sort();
            var lacking = run.Nodes - idle;
            if (lacking > starts.Count) return null;
            var next = lacking > 0 ? starts[lacking - 1].At : start;
            if (next == DateTimeOffset.MaxValue) return null;
            if (next == start) return (start, [.. starts.TakeWhile(s => s.At == start).Select(s => s.Node).Concat(Idle(first, end)).Take(run.Nodes)]);
            start = next;
        }
        return null;
    }

    private IEnumerable<int> Idle(int first, int end) => Enumerable.Range(first, end - first).Where(node => !busy.ContainsKey(node));

    /// <summary>From when on the node has room for the whole run; the end of all times: never.</summary>
    private DateTimeOffset Earliest(int node, List<Use> uses, Run run, DateTimeOffset from)
    {
        while (true)
        {
            var next = DateTimeOffset.MaxValue;
            if (Blocks(node, run, from) is { } reserved) next = reserved;
            else if (Fits(uses, run.Each, from, run.EndOf(from))) return from;
            else
                foreach (var use in uses)
                    if (use.To > from && use.To < next) next = use.To;
            if (next == DateTimeOffset.MaxValue) return next;
            from = next;
        }
    }

    /// <summary>Until when a reservation keeps a run that begins then from a node; null: none does.</summary>
    private DateTimeOffset? Blocks(int node, Run run, DateTimeOffset from)
    {
        foreach (var reservation in reservations)
            if (!reservation.Of.Admits(run.Subject.Project) && reservation.Overlaps(from, run.LatestEndOf(from)) && reservation.Numbers.Contains(node + 1)) return reservation.Of.To;
        return null;
    }

    private bool Fits(List<Use> uses, Resources each, DateTimeOffset from, DateTimeOffset to)
    {
        // What is used together is most where something begins, or at the beginning.
        if (!FitsAt(uses, each, from)) return false;
        foreach (var use in uses)
            if (use.From > from && use.From < to && !FitsAt(uses, each, use.From)) return false;
        return true;
    }

    private bool FitsAt(List<Use> uses, Resources each, DateTimeOffset at)
    {
        var sum = each;
        foreach (var use in uses)
            if (use.From <= at && use.To > at) sum += use.Each;
        return sum.Fits(pool.PerNode);
    }

    /// <summary>What is asked for.</summary>
    private readonly record struct Run(Offer Offer, Subject Subject)
    {
        public int Nodes => Subject.Spec.Nodes;

        public Resources Each => Offer.Asked.PerNode;

        public DateTimeOffset EndOf(DateTimeOffset start) => start + StartPlan.LengthOf(Offer, Subject);

        public DateTimeOffset LatestEndOf(DateTimeOffset start) => Offer.LatestEnd(Subject, start);
    }
}

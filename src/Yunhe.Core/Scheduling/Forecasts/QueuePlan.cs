using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Queueing;
using Yunhe.Core.Workloads;

namespace Yunhe.Core.Scheduling.Forecasts;

/// <summary>
/// What waits laid out in its turn, behind what runs, by how long each is expected to take: each task where it would choose to go, as soon as
/// its pool has so much free for so long. Pools are taken as sums of their nodes. Made from the state alone, whenever one asks.
/// </summary>
internal sealed class QueuePlan
{
    /// <summary>Tasks that are laid out; what waits behind them counts as a sum (<see cref="Backlog"/>).</summary>
    private const int MostTasks = 512;

    /// <summary>Pools that are weighed for all of them together.</summary>
    private const int MostWeighed = 4096;

    private readonly State state;
    private readonly DateTimeOffset now;
    private readonly Dictionary<(string Site, string Pool), PlannedPool> pools = [];
    private readonly Dictionary<ReadyClass, List<Option>> options = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<ReadyClass, int> laidOut = new(ReferenceEqualityComparer.Instance);
    private Backlog? behind;
    private int weighed;

    /// <summary>Where tasks that are alike may go: its score if it were free, and what a second of waiting adds.</summary>
    private readonly record struct Option(PlannedPool Pool, int Need, double Score, double PerSecond);

    private QueuePlan(State state, DateTimeOffset now) => (this.state, this.now) = (state, now);

    /// <param name="state">A network that is small enough to be weighed site by site.</param>
    /// <param name="now">The time.</param>
    /// <param name="before">What is ahead of this place is laid out; null: all that waits.</param>
    /// <param name="planned">Told of each workload that is laid out, where and in how many seconds the first of its tasks starts.</param>
    public static QueuePlan Of(State state, DateTimeOffset now, Place? before, Action<Workload, PlannedPool, double>? planned = null)
    {
        var plan = new QueuePlan(state, now);
        foreach (var site in state.Sites)
            if (!site.Site.Engine.SchedulesItself && SiteFilter.Closed(site) is null)
                foreach (var pool in site.Pools)
                    // Who gets reserved nodes, and when, sums of nodes can't tell.
                    if (pool.Nodes > 0 && state.Reserved.At(site.Site.Name, pool.Name).Count == 0) plan.pools.Add((site.Site.Name, pool.Name), new(state, site, pool, now));
        plan.LayOut(before, planned);
        return plan;
    }

    /// <summary>All that waits is laid out, as far as there is a pool for it.</summary>
    public bool IsWhole => behind is null;

    /// <summary>In how many seconds so much is free for so long behind all that is laid out; null: the pool is not planned.</summary>
    public double? WaitAt(Offer offer, int nodes, double length) =>
        pools.TryGetValue((offer.Site.Name, offer.Pool.Name), out var pool)
            ? pool.Earliest(pool.Need(offer.Asked.PerNode, nodes), length) + (behind?.SecondsAt(offer.Site, pool.Pool, offer.Asked.Accelerator is not null) ?? 0)
            : null;

    private void LayOut(Place? before, Action<Workload, PlannedPool, double>? planned)
    {
        var tasks = 0;
        foreach (var (alike, entry, workload) in new TurnOrder(state, now, before).Served())
        {
            if (tasks >= MostTasks || weighed >= MostWeighed)
            {
                behind = new(state, before, one => laidOut.GetValueOrDefault(one));
                return;
            }
            var count = entry.Task is null ? Math.Min(workload.Unstarted, workload.Spec.Array?.Limit ?? int.MaxValue) : 1;
            var length = state.Lengths.Expect(workload, 0);
            for (var i = 0; i < count && tasks < MostTasks; i++, tasks++)
            {
                if (Choose(OptionsOf(alike, workload), length) is not var (option, start)) break;
                option.Pool.Take(start, length, option.Need);
                if (i == 0) planned?.Invoke(workload, option.Pool, start);
                laidOut[alike] = laidOut.GetValueOrDefault(alike) + 1;
            }
        }
    }

    /// <summary>As the pass over the queue chooses: by the score with the wait. Null: none of them ever has so much.</summary>
    private static (Option Option, double Start)? Choose(List<Option> options, double length)
    {
        var (best, start, score) = (-1, 0.0, double.MaxValue);
        for (var i = 0; i < options.Count && options[i].Score < score; i++)
        {
            var at = options[i].Pool.Earliest(options[i].Need, length);
            if (options[i].Score + options[i].PerSecond * at is var with && with < score) (best, start, score) = (i, at, with);
        }
        return best < 0 ? null : (options[best], start);
    }

    /// <summary>The best first as if all were free.</summary>
    private List<Option> OptionsOf(ReadyClass alike, Workload workload)
    {
        if (options.TryGetValue(alike, out var known)) return known;
        var (subject, yardstick, spec) = (Subject.Of(workload), new Yardstick(), workload.Spec);
        var offers = new List<Offer>();
        foreach (var site in state.Sites)
        {
            if (SiteFilter.Unwanted(site.Site, subject) is not null) continue;
            weighed += site.Pools.Count;
            foreach (var offer in Estimates.Offers(state, site, subject, now).Offers)
            {
                yardstick.Add(offer.Figures);
                if (spec.Nodes <= offer.Pool.Nodes && pools.ContainsKey((site.Site.Name, offer.Pool.Name))) offers.Add(offer);
            }
        }
        var perSecond = yardstick.PerSecond(spec.Objective);
        return options[alike] =
        [
            .. offers.Select(o => (Offer: o, Pool: pools[(o.Site.Name, o.Pool.Name)]))
                .Select(o => new Option(o.Pool, o.Pool.Need(o.Offer.Asked.PerNode, spec.Nodes), yardstick.Score(o.Offer.Figures, spec.Objective), perSecond))
                .OrderBy(o => o.Score),
        ];
    }
}

namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Accounts;
using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Workloads;

/// <summary>
/// All pools of the network by number, what room has come free in them, and the rankings and openings made of them for requests that are
/// alike. An index over the state: rebuilt, never stored.
/// </summary>
internal sealed class PoolIndex
{
    /// <summary>Rankings and openings kept; when there would be more all are made anew as they are needed.</summary>
    private const int MostRankings = 512;
    private const int MostOpenings = 16_384;
    private const int MostForecasts = 100_000;

    /// <summary>How old the forecast of a start may be at least.</summary>
    private static readonly TimeSpan ForecastAge = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, Ranking> rankings = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Openings> openings = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Site, string Pool), int> numbers = [];
    private SitePool[] pools = [];
    private readonly List<int> freed = [];
    private int[] waiting = [];
    private Charged[]?[] charges = [];
    private readonly RoomIndex room = new();
    private readonly Dictionary<(int Pool, int Shape), (DateTimeOffset At, DateTimeOffset Start)> forecasts = [], pessimistic = [];
    private long freedBefore;
    private long passBegan;
    private bool stale = true;
    private int made;
    private DateTimeOffset lastPass;

    /// <summary>Rises when rankings and openings are dropped: what holds on to one knows that it is out of date.</summary>
    private int generation;

    /// <summary>A pool has a limit of time, so that requests with different limits are not alike.</summary>
    private bool limitsTime;

    /// <summary>Prices or grid of a site change by the hour, so that rankings hold until the next such change only; from <see cref="ranked"/> on.</summary>
    private bool hourly;

    /// <summary>At which parts of a UTC hour, in ticks: sites have their own hours.</summary>
    private readonly SortedSet<long> turns = [];

    private DateTimeOffset ranked;

    public int Count => pools.Length;

    /// <summary>Between the pass that has begun and the one before it; a long time before the first.</summary>
    public TimeSpan SinceLastPass { get; private set; } = TimeSpan.MaxValue;

    public int NextRanking() => ++made;

    public ref readonly SitePool this[int number] => ref pools[number];

    /// <summary>Number of a pool, good while a pass over the queue goes on.</summary>
    public int NumberOf(string site, string pool) => numbers[(site, pool)];

    /// <summary>How many tasks were found in this pass to wait for each pool, by number.</summary>
    public Span<int> Waiting => waiting;

    /// <summary>Sites or pools are others than before, or have other prices.</summary>
    public void Invalidate() => stale = true;

    public void Freed(string site, string pool)
    {
        if (stale || !numbers.TryGetValue((site, pool), out var number)) return;
        if (freed.Count >= 4 * pools.Length + 1000) ForgetFreed();
        freed.Add(number);
    }

    /// <summary>Its pools are counted anew.</summary>
    public void Reopened(SiteState site)
    {
        foreach (var pool in site.Pools)
        {
            if (!stale && numbers.TryGetValue((site.Site.Name, pool.Name), out var number)) room.Forget(number);
            Freed(site.Site.Name, pool.Name);
        }
    }

    public Openings OpeningsFor(State state, Subject subject, DateTimeOffset now)
    {
        if (stale) Rebuild(state);
        TurnHour(now);
        var (ofRanking, ofOpenings) = RankingKey.Of(state, subject, limitsTime, hourly);
        if (!openings.TryGetValue(ofOpenings, out var found))
        {
            if (openings.Count >= MostOpenings || rankings.Count >= MostRankings)
            {
                Forget();
            }
            if (!rankings.TryGetValue(ofRanking, out var ranking)) rankings.Add(ofRanking, ranking = Ranking.Make(state, this, subject, ranked));
            openings.Add(ofOpenings, found = new(state, ranking, subject) { Generation = generation });
        }
        return CaughtUp(found);
    }

    public Openings CaughtUp(Openings known)
    {
        known.CatchUp(freed, freedBefore);
        return known;
    }

    /// <summary>How long a forecast is good for: the longer the wait, the longer. What comes free earlier is seen at once.</summary>
    public static TimeSpan GoodFor(TimeSpan wait) => wait / 4 > ForecastAge ? wait / 4 : ForecastAge;

    /// <summary>What has come free since the last pass began.</summary>
    public FreedBatch BeginPass(State state, DateTimeOffset now)
    {
        if (stale) Rebuild(state);
        TurnHour(now);
        // In a small network no openings are made, by which they would be counted.
        if (room.Shapes >= MostOpenings) Forget();
        Array.Clear(waiting);
        SinceLastPass = lastPass == default || now < lastPass ? TimeSpan.MaxValue : now - lastPass;
        lastPass = now;
        var until = freedBefore + freed.Count;
        var from = Math.Clamp(passBegan, freedBefore, until);
        passBegan = until;
        return new(from, freed.GetRange((int)(from - freedBefore), (int)(until - from)), Fits);
    }

    /// <summary>They can still be used.</summary>
    public bool Knows(Openings known) => !stale && known.Generation == generation;

    /// <summary>Whether a pool no worse than the one that is waited for has room that is not kept for others.</summary>
    public bool HasRoom(Openings known, Blocked blocked, Reservations kept, DateTimeOffset now)
    {
        known.CatchUp(freed, freedBefore);
        for (var rank = known.NextMarked(0); rank >= 0 && known.Ranking.ScoreOf(rank) <= blocked.Score; rank = known.NextMarked(rank + 1))
        {
            var (pool, alternative) = known.Ranking[rank];
            if (!Fits(pool, known.ShapeOf(alternative)) || pools[pool].Slot.HasFullQueue) known.Unmark(rank);
            // Taken to be as long as where it would wait.
            else if (!kept.Forbid(pool, room[known.ShapeOf(alternative)].Each, now + blocked.Length, out var beside)
                && (beside is null || room.Fits(pools[pool], known.ShapeOf(alternative), beside))) return true;
        }
        return false;
    }

    /// <summary>Number of a shape of requests; see <see cref="RoomIndex"/>.</summary>
    public int ShapeOf(Resources each, WorkloadSpec spec) => room.NumberOf(each, spec);

    /// <summary>Whether a shape of request fits in a pool now.</summary>
    public bool Fits(int pool, int shape) => room.Fits(pools[pool], pool, shape);

    /// <summary>What a request is charged by in a pool: the same object for all of its shape that bring no inputs.</summary>
    /// <param name="pool">Its number.</param>
    /// <param name="shape">The request's.</param>
    /// <param name="requirement">As it is asked for.</param>
    /// <param name="nodes">On so many.</param>
    /// <param name="inputBytes">What is moved there.</param>
    public Charged Charge(int pool, int shape, Requirement requirement, int nodes, long inputBytes)
    {
        ref readonly var at = ref pools[pool];
        if (inputBytes > 0 || shape >= RoomIndex.MostTracked) return Charged.Of(at.Rates, requirement.In(at.Pool), nodes, inputBytes);
        ref var known = ref charges[pool];
        if (shape >= (known?.Length ?? 0)) Array.Resize(ref known, shape + 8);
        // Asking for no accelerators of some model is another thing than asking for none.
        if (known![shape] is { Terms: not null } same && (same.Asked.Accelerator is null) == (requirement.Accelerator is null)) return same;
        return known[shape] = Charged.Of(at.Rates, requirement.In(at.Pool), nodes, inputBytes);
    }

    /// <summary>When a gang could start in a pool that is full: a forecast at most a few seconds old, found out once for all that are alike.</summary>
    public DateTimeOffset StartOf(State state, Offer offer, int pool, int shape, DateTimeOffset now) => Known(forecasts, pool, shape, now)
        ?? Keep(forecasts, pool, shape, now, StartForecast.P50(state, offer.Site, offer.Pool, offer.Asked, room[shape].Nodes, now, room[shape].OneFabric));

    /// <summary>By when it is sure to, as far as limits tell; asked only of what is shown.</summary>
    public DateTimeOffset LatestStartOf(State state, Offer offer, int pool, int shape, DateTimeOffset now) => Known(pessimistic, pool, shape, now)
        ?? Keep(pessimistic, pool, shape, now, StartForecast.P90(state, offer.Site, offer.Pool, offer.Asked, room[shape].Nodes, now, room[shape].OneFabric));

    private static DateTimeOffset? Known(Dictionary<(int Pool, int Shape), (DateTimeOffset At, DateTimeOffset Start)> of, int pool, int shape, DateTimeOffset now) =>
        of.TryGetValue((pool, shape), out var known) && now >= known.At && now - known.At < GoodFor(known.Start - known.At) ? known.Start : null;

    private static DateTimeOffset Keep(Dictionary<(int Pool, int Shape), (DateTimeOffset At, DateTimeOffset Start)> of, int pool, int shape, DateTimeOffset now, TimeSpan wait)
    {
        if (of.Count >= MostForecasts) of.Clear();
        of[(pool, shape)] = (now, now + wait);
        return now + wait;
    }

    private void Forget()
    {
        rankings.Clear();
        openings.Clear();
        room.Clear(pools.Length);
        charges = new Charged[]?[pools.Length];
        forecasts.Clear();
        pessimistic.Clear();
        generation++;
    }

    /// <summary>When prices or the grid of a site may change next; at the latest in an hour.</summary>
    public DateTimeOffset NextTurn(DateTimeOffset now)
    {
        var (hour, part) = HourOf(now);
        foreach (var turn in turns)
            if (turn > part) return hour.AddTicks(turn);
        return hour.AddTicks(TimeSpan.TicksPerHour + turns.Min);
    }

    /// <summary>Rated from the beginning of the hour, so that it does not matter who asks first. Without profiles nothing depends on time.</summary>
    private void TurnHour(DateTimeOffset now)
    {
        var hour = hourly ? LastTurn(now) : default;
        if (hour == ranked) return;
        ranked = hour;
        Forget();
    }

    private DateTimeOffset LastTurn(DateTimeOffset now)
    {
        var (hour, part) = HourOf(now);
        foreach (var turn in turns.Reverse())
            if (turn <= part) return hour.AddTicks(turn);
        return hour.AddTicks(turns.Max - TimeSpan.TicksPerHour);
    }

    private static (DateTimeOffset Hour, long Part) HourOf(DateTimeOffset now) =>
        (new(now.UtcTicks - now.UtcTicks % TimeSpan.TicksPerHour, TimeSpan.Zero), now.UtcTicks % TimeSpan.TicksPerHour);

    private void ForgetFreed()
    {
        freedBefore += freed.Count;
        freed.Clear();
    }

    private void Rebuild(State state)
    {
        numbers.Clear();
        ForgetFreed();
        limitsTime = false;
        turns.Clear();
        var all = new List<SitePool>();
        foreach (var slot in state.Slots)
        {
            var site = slot.State.Site;
            foreach (var profile in (ReadOnlySpan<HourProfile?>)[site.Tariff, site.CarbonByHour])
                if (profile is not null) turns.Add(profile.NextHour(DateTimeOffset.UnixEpoch).Ticks % TimeSpan.TicksPerHour);
            foreach (var pool in slot.State.Pools)
            {
                numbers[(site.Name, pool.Name)] = all.Count;
                all.Add(new(slot, site, pool, Rates.Of(site, null, pool.Accelerator)));
                limitsTime |= pool.MaxTime is not null;
            }
        }
        pools = [.. all];
        waiting = new int[pools.Length];
        hourly = turns.Count > 0;
        if (!hourly) turns.Add(0);
        Forget();
        stale = false;
    }
}

/// <summary>A pool and what decisions need of it, together in memory: in a large network they look at a few pools each, of thousands.</summary>
internal readonly record struct SitePool(SiteSlot Slot, Site Site, Pool Pool, Rates Rates)
{
    public (string Site, string Pool) Name => (Site.Name, Pool.Name);
}

namespace Yunhe.Core.Control;

using Yunhe.Core.Accounts;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling;
using Yunhe.Core.Scheduling.Backfill;
using Yunhe.Core.Scheduling.Shares;
using Yunhe.Core.Workloads;

/// <summary>Gives waiting tasks to sites, in the order of the queue.</summary>
internal sealed class PlacementPass
{
    /// <summary>Placements of one pass; the rest follows in the next, so that submissions are answered in between.</summary>
    private const int MostPlacements = 1000;

    /// <summary>
    /// Entries of one class, each with its own deadline or budget, that a pass weighs in vain: the first so many, and so many of those behind them from
    /// where the latest pass left off.
    /// </summary>
    private const int MostInVain = 100;

    /// <summary>So often in a pass those are asked who are behind one that would rather wait than go elsewhere.</summary>
    private const int MostRather = 200;

    /// <summary>One that waits longer has nodes kept free for it where it waits: later ones may use them until its start, and others for as long as they like.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Without any change a pass is repeated only so often, since forecasts move with time; in a small network see <see cref="lookAgain"/>.</summary>
    private static readonly TimeSpan IdleInterval = TimeSpan.FromSeconds(10);

    private readonly Step step;
    private readonly Reservations kept;
    private readonly Preemptions? preemptions;
    private readonly Dictionary<(ReadyClass Class, bool Limited), int> inVain = [];

    private readonly WaitingBehind behind;
    private readonly BlockedClasses blocked;
    private bool ended;

    /// <summary>When a forecast is too old that someone waits by, though there is room: until then the next pass would do what this one has done.</summary>
    private DateTimeOffset lookAgain;

    /// <summary>Who asked last would rather wait than go where there is room; and how often that was so.</summary>
    private bool rather;
    private int ratherWait;

    private PlacementPass(Step step)
    {
        this.step = step;
        kept = new(step.State, step.Now) { Plan = step.State.SharePolicy.Backfill == Backfilling.Conservative ? new(step.State, step.Now) : null };
        blocked = new(step.State, step.Now, kept);
        behind = new(step.State);
        if (step.State.Shares.Preempts) preemptions = new(step, kept);
        // Prices may turn with the hour.
        lookAgain = DependsOnClock(step.State) ? step.Now + IdleInterval : step.State.Pools.NextTurn(step.Now);
    }

    public static void Run(Step step)
    {
        var state = step.State;
        if (state.Waiting == 0)
        {
            state.LastKept = null;
            return;
        }
        var last = state.LastPass;
        if (last.Queue == state.Ready.Version && last.Capacity == state.CapacityVersion && step.Now >= last.At && step.Now < last.Until) return;
        var pass = new PlacementPass(step);
        var all = pass.PlaceAll();
        pass.preemptions?.Close();
        state.LastKept = pass.kept;
        state.LastPass = all ? (state.Ready.Version, state.CapacityVersion, step.Now, pass.lookAgain) : default;
    }

    /// <summary>More than forecasts changes with time, or what was found out in earlier passes is renewed by and by.</summary>
    private static bool DependsOnClock(State state) =>
        state.Sites.Count > Placement.MostWeighed || state.Shares.Limits || state.Shares.Preempts || state.Reserved.Any;

    /// <summary>False: there may be more to place.</summary>
    private bool PlaceAll()
    {
        var heads = step.State.BeginTurns(step.Now);
        var first = blocked.ToAsk();
        var placed = step.State.SharePolicy.PlacesTogether && preemptions is null && !kept.Any && kept.Plan is null ? PlaceTogether(first) : 0;
        foreach (var (alike, entry) in first) heads.Enqueue(alike, entry);
        while (placed < MostPlacements && heads.TryDequeue(out var alike, out var entry))
        {
            var (full, failed) = (false, false);
            // Its workload may have ended in this pass, with entries in other classes.
            if (alike.Entries(entry.Limited).Contains(entry))
            {
                // Its array runs as many as it may: those behind it need not wait for it. One that finds no room blocks those that are alike.
                full = !MayRunMore(entry);
                if (!full && TryPlace(alike, entry)) placed++;
                else failed = !full;
                if (failed && kept.Plan?.IsFull != false && IsInVain(alike, entry))
                {
                    if (entry.Limited && GoOn(alike, entry) is { } further) heads.Enqueue(alike, further);
                    continue;
                }
            }
            // An array whose next task was placed keeps its place. Where all have theirs in time, those that are alike are asked for too.
            if ((full || (failed && !rather) ? alike.After(entry) : behind.After(alike, entry)) is { } next) heads.Enqueue(alike, next);
        }
        return placed < MostPlacements && !ended;
    }

    /// <summary>Those that it places are gone when their turn comes; the others are asked for in theirs.</summary>
    private int PlaceTogether(IReadOnlyList<(ReadyClass Class, Ready Entry)> heads)
    {
        var placed = 0;
        foreach (var (workload, entry, chosen, decision) in PlacementWindow.Decide(step.State, step.Now, heads, Patience))
        {
            // A node's memory is weighed by the GiB when it is packed and by the MiB in a window, so that now and then a last one does not fit.
            if (!step.State.Capacity(chosen.Site)!.Fits(chosen.Pool, workload.Spec.Requirements[0].PerNode, workload.Spec.Nodes)) break;
            var current = step.State.Workload(workload.Id)!;
            var task = entry.Task ?? current.TaskAt(current.NextOrdinal);
            Place(current, new(task, (step.State.Task(task)?.Attempts.Length ?? 0) + 1), step.State.Site(chosen.Site)!, chosen, decision);
            placed++;
        }
        return placed;
    }

    private bool MayRunMore(Ready entry)
    {
        var workload = step.State.Workload(entry.Workload)!;
        return workload.Spec.Array?.Limit is not { } limit || workload.Counts.OnSite < limit;
    }

    /// <summary>
    /// True: the rest of its kind need not be asked for in this pass. Where one would rather wait than go elsewhere, those behind it would have to wait for
    /// longer, and may go.
    /// </summary>
    private bool IsInVain(ReadyClass alike, Ready entry) =>
        (!entry.Limited && !rather) || (inVain[(alike, entry.Limited)] = inVain.GetValueOrDefault((alike, entry.Limited)) + 1) is MostInVain or >= 2 * MostInVain;

    /// <summary>Where to, once the first of a class with limits of their own were asked in vain; null: the rest follows in the next pass.</summary>
    private Ready? GoOn(ReadyClass alike, Ready entry)
    {
        if (inVain[(alike, true)] == MostInVain)
        {
            var leftOff = alike.AskedInVain;
            alike.AskedInVain = null;
            return (leftOff is { } last && last.CompareTo(entry) > 0 ? alike.Limited.After(last) : null) ?? alike.After(entry);
        }
        alike.AskedInVain = entry;
        lookAgain = Earlier(lookAgain, step.Now + IdleInterval);
        return null;
    }

    private bool TryPlace(ReadyClass alike, Ready entry)
    {
        var workload = step.State.Workload(entry.Workload)!;
        var task = entry.Task ?? workload.TaskAt(workload.NextOrdinal);
        preemptions?.Asks(task);
        rather = false;
        if (step.State.Shares.HoldsBack(workload))
        {
            preemptions?.MakeRoom(Waiting(alike, entry), null);
            return false;
        }
        kept.Rank = entry.Rank;
        if (!behind.Has(alike) && blocked.IsBlockedAgain(alike, entry)) return false;
        var before = entry.Task is null ? null : step.State.Task(task);
        var subject = Subject.Of(workload, before);
        // Others may have been asked for in this pass whose openings took the places of these.
        if (Placement.UsesIndex(step.State, subject) && !(alike.Openings is { } known && step.State.Pools.Knows(known)))
            alike.Openings = step.State.Pools.OpeningsFor(step.State, subject, step.Now);
        var decision = Placement.Evaluate(step.State, subject, step.Now, kept, alike.Openings);
        if (decision.Candidates is not [{ Excluded: null } best, ..])
        {
            EndIfOverBudget(workload.Id, decision);
            if (step.State.Workload(workload.Id)!.EndedAt is null) preemptions?.MakeRoom(Waiting(alike, entry), null);
            return false;
        }
        var site = step.State.Site(best.Site)!;
        if (entry.Task is null && IsHeld(workload, best)) return true;
        if (!MayStart(site, best))
        {
            preemptions?.MakeRoom(Waiting(alike, entry), best);
            NoteForecast(best, decision);
            if (kept.Plan is not null)
            {
                KeepPlace(subject, workload, entry, site, best);
                return false;
            }
            rather = !entry.Limited && decision.Candidates.Any(c => c is { Excluded: null, FreeNow: true })
                && WaitingBehind.Matters(workload.Spec) && ++ratherWait <= MostRather;
            var pool = step.State.Pools.NumberOf(best.Site, best.Pool);
            kept.Wait(pool, entry.Limited || rather ? 1 : alike.Alike.Count);
            // What it waits for in a reservation is kept for it already.
            var waiter = step.Now - entry.Since > Patience && workload.Spec.Reservation is null ? Waiter.Of(workload, pool, site.Pool(best.Pool), best) : null;
            if (waiter is not null && !kept.Keep(waiter, step.Now + best.WaitP50)) waiter = null;
            if (!entry.Limited && alike.Openings is not null) Block(alike, new(pool, workload.Spec.Ordered ? double.MaxValue : best.Score, best.Staging + best.RunTime, step.Now + best.WaitP50, LookAgainAt(alike.Openings, pool, entry, best), waiter));
            if (rather) behind.Add(alike, entry);
            return false;
        }
        if (!behind.Has(alike)) alike.Blocked = null;
        Place(workload, new(task, (before?.Attempts.Length ?? 0) + 1), site, best, decision);
        preemptions?.Placed(task, best.Site, best.Pool);
        return true;
    }

    /// <summary>It waits by a forecast, though there is room. Where there is none at all, time alone makes none.</summary>
    private void NoteForecast(Candidate best, Decision decision)
    {
        var old = step.Now + PoolIndex.GoodFor(best.WaitP50);
        if (old < lookAgain && (kept.Plan is not null || decision.Candidates.Any(c => c.FreeNow || c.WaitsFor is not null))) lookAgain = old;
    }

    /// <summary>How long what was found out for one that waits is good for.</summary>
    private DateTimeOffset LookAgainAt(Openings openings, int pool, Ready entry, Candidate best)
    {
        var until = step.Now + PoolIndex.GoodFor(best.WaitP50);
        // From then on nodes are kept for it.
        if (step.Now - entry.Since <= Patience) until = Earlier(until, entry.Since + Patience);
        // Nobody tells when what is kept there for others is given up.
        if (step.State.Pools.Knows(openings) && step.State.Pools.Fits(pool, openings.ShapeOf(best.Alternative))) until = Earlier(until, step.Now + IdleInterval);
        return until;
    }

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    /// <summary>What the first waits for; whatever is better than what the last behind it would wait for is worth another look.</summary>
    private void Block(ReadyClass alike, Blocked found) =>
        alike.Blocked = behind.Has(alike) && alike.Blocked is { } first ? first with { Score = Math.Max(first.Score, found.Score) } : found;

    /// <summary>Of an array for as many tasks as may start; what waits for others to be ended needs no place.</summary>
    private void KeepPlace(Subject subject, Workload workload, Ready entry, SiteState site, Candidate best)
    {
        if (site.Site.Engine.SchedulesItself) return;
        var pool = site.Pool(best.Pool);
        if (Estimates.Of(step.State, site.Site, pool, subject, best.Alternative, step.Now) is not { } offer) return;
        var tasks = entry.Task is not null ? 1 : WaitingBehind.StartableOf(workload);
        while (tasks-- > 0 && kept.Plan!.Keep(offer, subject)) { }
    }

    /// <summary>It waits for a better hour, outside the queue. Once only: what else may come then, it starts as others do.</summary>
    private bool IsHeld(Workload workload, Candidate best)
    {
        if (workload.Spec.MaxWait is null || workload.Held is not null || workload.NextOrdinal > 0) return false;
        if (HoldBack.Until(workload, best, ChargeAt(step.State.Pools.NumberOf(best.Site, best.Pool), workload, best).Terms, step.Now) is not var (until, why)) return false;
        step.Emit(new WorkloadHeld(step.Now, workload.Id, until, why));
        return true;
    }

    /// <summary>The tasks of a class from an entry on: of an array the next that it may run.</summary>
    private IEnumerable<TaskId> Waiting(ReadyClass alike, Ready? from)
    {
        for (; from is { } entry; from = entry.Limited ? null : alike.After(entry))
        {
            var workload = step.State.Workload(entry.Workload)!;
            if (entry.Task is { } task) yield return task;
            else
                for (var i = 0; i < WaitingBehind.StartableOf(workload); i++)
                    yield return workload.TaskAt(workload.NextOrdinal + i);
        }
    }

    /// <summary>What is left of its budget is not enough anywhere, and never will be.</summary>
    private void EndIfOverBudget(WorkloadId id, Decision decision)
    {
        if (!decision.Candidates.Any(c => c.OverBudget) || decision.Candidates.Any(c => c.Passing)) return;
        CancelRules.EndWaiting(step, id, Phase.Failed, FailureReason.BudgetExceeded, decision.Candidates.First(c => c.OverBudget).Excluded!);
        DependencyRules.Changed(step, id);
        ended = true;
    }

    /// <summary>A queue of the site's own takes what would have to wait as well.</summary>
    private bool MayStart(SiteState site, Candidate best) =>
        best.FreeNow || (site.Site.Engine.SchedulesItself && !step.State.Slot(best.Site)!.HasFullQueue);

    private Charged ChargeAt(int pool, Workload workload, Candidate best)
    {
        var (spec, pools) = (workload.Spec, step.State.Pools);
        var asked = spec.Requirements[best.Alternative];
        if (workload.BoundPrices is null) return pools.Charge(pool, pools.ShapeOf(asked.PerNode, spec), asked, spec.Nodes, spec.InputBytes);
        ref readonly var at = ref pools[pool];
        return Charged.Of(Rates.Of(at.Site, workload.BoundPrices, at.Pool.Accelerator), asked.In(at.Pool), spec.Nodes, spec.InputBytes);
    }

    /// <summary>Nodes and cards where it was found to have room.</summary>
    private ChosenNodes NodesFor(SiteState site, int number, Workload workload, TaskId task, Candidate best)
    {
        var pool = step.State.Pools[number].Pool;
        // Nobody is kept from any node: what was found free a moment ago is.
        if (!step.State.Reserved.Any && kept.Plan is null && !kept.Keeps(number))
            return step.State.Capacity(best.Site)!.Find(best.Pool, workload.Spec.Requirements[best.Alternative].PerNode, workload.Spec.Nodes, new(null, Room.OneFabric(pool, workload.Spec)));
        var subject = Subject.Of(workload, step.State.Task(task));
        if (Estimates.Of(step.State, site.Site, pool, subject, best.Alternative, step.Now) is not { } offer || Room.Of(step.State, offer, subject, step.Now, kept) is not { } within)
            throw new InvalidOperationException($"{workload.Id} was chosen for {best.Site}/{best.Pool}, where it has no room");
        var nodes = step.State.Capacity(best.Site)!.Find(best.Pool, offer.Asked.PerNode, workload.Spec.Nodes, within);
        kept.Started(offer, subject, nodes.Nodes);
        return nodes;
    }

    private void Place(Workload workload, AttemptId id, SiteState site, Candidate best, Decision decision)
    {
        var pool = step.State.Pools.NumberOf(best.Site, best.Pool);
        var (asked, terms) = ChargeAt(pool, workload, best);
        var nodes = site.Site.Engine.SchedulesItself
            ? new([], null)
            : NodesFor(site, pool, workload, id.Task, best);
        step.Emit(new AttemptPlaced(step.Now, id, best.Site, best.Pool, asked, nodes.Nodes, terms, decision) { Cards = nodes.Cards });
        step.Order(new StartAttempt(best.Site, id));
    }
}

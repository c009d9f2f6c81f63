using System.Text.Json;
using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Reserving;
using Yunhe.Core.Workloads;

namespace Yunhe.Simulator;

/// <summary>
/// Pumps <see cref="Controller.Step"/> with a virtual clock and simulated sites, as the server does with the real ones: from one moment
/// at which something happens to the next, looking only at sites where something has changed. Everything follows from the seed.
/// </summary>
public sealed partial class Simulation
{
    /// <summary>While something waits, or has a deadline or a budget, time alone may bring about more: as often as this it is asked.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Slice = TimeSpan.FromDays(1);
    private static readonly TimeSpan Stuck = TimeSpan.FromDays(30);

    /// <summary>The end of a longer one is not waited for.</summary>
    private static readonly TimeSpan LongestOutage = TimeSpan.FromDays(366);

    private readonly Random random;
    private readonly Faults faults;
    private readonly bool faulty;
    private readonly bool keepsAll;
    private readonly SortedDictionary<string, SimulatedSite> sites = new(StringComparer.Ordinal);

    /// <summary>What will happen: an input, an action, a site where something is due, or null (time has come to look again).</summary>
    private readonly PriorityQueue<object?, (DateTimeOffset At, long Order)> agenda = new();
    private readonly List<SimulatedSite> changed = [];
    private readonly List<Event> log = [];
    private readonly SortedSet<(DateTimeOffset Began, DateTimeOffset Until, long Number)> lasting = [];
    private DateTimeOffset lastTurn;
    private long order;
    private int planned;

    /// <param name="seed">The seed.</param>
    /// <param name="start">The virtual clock's first reading.</param>
    /// <param name="state">What the control plane knows; each of its sites is attached with <see cref="Attach"/> before the first run.</param>
    /// <param name="faults">What goes wrong by chance; null: nothing.</param>
    /// <param name="keepsAll">The event log and every attempt that was begun are kept, to be checked; false for long runs.</param>
    public Simulation(int seed, DateTimeOffset start, State state, Faults? faults = null, bool keepsAll = true)
    {
        random = new(seed);
        this.faults = faults ?? new();
        faulty = this.faults != new Faults();
        this.keepsAll = keepsAll;
        State = state;
        Now = lastTurn = start;
        Give(new CreateNetwork());
        foreach (var reservation in state.Reservations) LookAgain(reservation);
        foreach (var deadline in state.Deadlines) LookAgain(deadline);
    }

    public Simulation(int seed, DateTimeOffset start, IEnumerable<Site> network, Func<Launch, SimulatedRun> behaviour, Faults? faults = null)
        : this(seed, start, new State(), faults)
    {
        foreach (var site in network) Attach(site, behaviour);
    }

    public State State { get; private set; }

    public DateTimeOffset Now { get; private set; }

    public IReadOnlyDictionary<string, SimulatedSite> Sites => sites;

    /// <summary>The durable events, in order; empty where they are not kept.</summary>
    public IReadOnlyList<Event> Log => log;

    /// <summary>Called for every event, once it is applied.</summary>
    public Action<Event>? Happened { get; set; }

    /// <summary>Called after all that happens at one moment; a place to check invariants.</summary>
    public Action<Simulation>? AfterTurn { get; set; }

    /// <summary>Workloads are forgotten so long after they have ended; null: never.</summary>
    public TimeSpan? Retention { get; set; }

    /// <summary>A site, which the state may know already, comes to life.</summary>
    public SimulatedSite Attach(Site site, Func<Launch, SimulatedRun> behaviour)
    {
        var simulated = new SimulatedSite(site, behaviour) { KeepsBegun = keepsAll };
        simulated.Changed = () => Mark(simulated);
        sites.Add(site.Name, simulated);
        if (State.Site(site.Name) is null) Give(new AddSite(site));
        Mark(simulated);
        return simulated;
    }

    /// <summary>Something is planned, or under way at a site.</summary>
    public bool IsBusy => planned > 0 || sites.Values.Any(s => s.NextMoment is not null);

    /// <summary>A site stops answering, or answers again.</summary>
    public void SetAway(SimulatedSite site, bool away)
    {
        site.Away = away;
        Mark(site);
    }

    public StepResult Give(Input input)
    {
        var result = Controller.Step(State, input, Now, random);
        foreach (var fact in result.Events) Note(fact);
        Take(result);
        return result;
    }

    public void Plan(TimeSpan after, Input input) => Enqueue(input, Now + after);

    public void Plan(DateTimeOffset at, Action action) => Enqueue(action, at);

    /// <summary>Like <see cref="Plan(DateTimeOffset, Action)"/>, but a run need not wait for it.</summary>
    public void PlanInBackground(DateTimeOffset at, Action action) => agenda.Enqueue(new Background(action), (at, order++));

    /// <summary>What an outage that has begun now ends with. While one lasts that is older than all that has happened, something may follow from its end.</summary>
    public void PlanRepair(DateTimeOffset at, Action action)
    {
        var outage = (Began: Now, Until: at, Number: order);
        if (at - Now <= LongestOutage) lasting.Add(outage);
        PlanInBackground(at, () =>
        {
            lasting.Remove(outage);
            action();
        });
    }

    /// <summary>Runs until nothing is planned and every workload has ended, or for <paramref name="most"/>; true: all has ended.</summary>
    public bool Run(TimeSpan most, CancellationToken cancel = default)
    {
        var end = Now + most;
        // What is handed in at the very beginning finds sites that are known.
        if (!faulty) Observe();
        while (Now < end && !cancel.IsCancellationRequested)
        {
            Turn();
            if (planned == 0 && IdleOrders && State.Unended == 0) return true;
            Now = NextMoment() is { } next && next < end ? next : end;
        }
        return false;
    }

    /// <summary>Runs until every workload has ended, or none of them will: for thirty days nothing has run, nothing has come in, and no outage is left from before.</summary>
    public void RunOut(CancellationToken cancel)
    {
        var (happened, version) = (Now, State.Version);
        while (!Run(Slice, cancel) && !cancel.IsCancellationRequested)
        {
            if (State.Version != version || IsBusy) happened = Now;
            version = State.Version;
            if (Now - happened >= Stuck && (lasting.Count == 0 || lasting.Min.Began > happened)) return;
        }
    }

    /// <summary>The state as JSON: equal texts are equal states.</summary>
    public static string Text(State state) => JsonSerializer.Serialize(Sorted(state.Capture()));

    public State Replay()
    {
        var replayed = new State();
        foreach (var fact in log) replayed.Apply(fact);
        return replayed;
    }

    /// <summary>The state that a snapshot gives which was written out and read in again.</summary>
    public State Reread() => State.Restore(JsonSerializer.Deserialize<StateSnapshot>(JsonSerializer.SerializeToUtf8Bytes(State.Capture()))!);

    private static StateSnapshot Sorted(StateSnapshot snapshot) => snapshot with
    {
        Workloads = [.. snapshot.Workloads.OrderBy(w => w.Id)],
        Tasks = [.. snapshot.Tasks.OrderBy(t => t.Id)],
    };

    private void Turn()
    {
        // 1. What is due happens.
        lastTurn = Now;
        while (agenda.TryPeek(out _, out var when) && when.At <= Now) Happen(agenda.Dequeue());
        if (faulty) InjectFaults();
        RetryHeld();

        // 2. The controller is told and does what follows, until nothing more follows at this moment.
        bool more;
        do
        {
            Observe();
            more = Give(new Tick()).Events.Count > 0;
            more |= ExecuteOrders();
        }
        while (!faulty && (more || changed.Count > 0));
        if (Retention is { } kept && State.Ended > 0) Give(new ForgetEnded(Now - kept) { DropUsage = true });
        AfterTurn?.Invoke(this);
    }

    private void Happen(object? what)
    {
        switch (what)
        {
            case Input input:
                planned--;
                Give(input);
                break;
            case Action action:
                planned--;
                action();
                break;
            case Background background:
                background.Action();
                break;
            case SimulatedSite site:
                site.Booked = null;
                site.Advance(Now);
                Book(site);
                break;
        }
    }

    /// <summary>Tells the controller of every site where something has changed, in order of name.</summary>
    private void Observe()
    {
        if (changed.Count == 0) return;
        changed.Sort((a, b) => string.CompareOrdinal(a.Site.Name, b.Site.Name));
        SimulatedSite[] looked = [.. changed];
        changed.Clear();
        foreach (var site in looked)
        {
            Look(site);
            // What it did while it was looked at, it has told.
            site.Marked = false;
            Book(site);
        }
    }

    private void Look(SimulatedSite site)
    {
        var name = site.Site.Name;
        if (State.Site(name) is not { } known) return;
        if (site.Away) Give(new ReportUnreachable(name, "simulated: no answer"));
        else if (faulty || known.Report is null || known.AwaySince is not null) Give(new Observe(name, site.Observe(Expected(site), Now)));
        else Give(new Observe(name, site.ObserveChanges(Now)));
    }

    private void Note(Event fact)
    {
        if (keepsAll && !fact.Volatile) log.Add(fact);
        switch (fact)
        {
            case SiteEdited e:
                sites[e.Site.Name].Edit(e.Site);
                Mark(sites[e.Site.Name]);
                break;
            case TaskRequeued e:
                LookAgain(e.NotBefore);
                break;
            case WorkloadHeld e:
                LookAgain(e.Until);
                break;
            case SiteWentAway e:
                LookAgain(Now + State.Site(e.Site)!.Site.LostAfter);
                break;
            case ReservationAdded e:
                LookAgain(e.Reservation);
                break;
            case WorkloadSubmitted { Spec.Deadline: { } deadline }:
                LookAgain(deadline);
                break;
        }
        Happened?.Invoke(fact);
    }

    private DateTimeOffset? NextMoment()
    {
        DateTimeOffset? next = agenda.TryPeek(out _, out var when) ? when.At : null;
        if (faulty) return NextRound(next);
        if (State.Waiting == 0 && !State.Watches) return next;
        return next < lastTurn + Heartbeat ? next : lastTurn + Heartbeat;
    }

    private void Enqueue(object what, DateTimeOffset at)
    {
        planned++;
        agenda.Enqueue(what, (at, order++));
    }

    private void LookAgain(Reservation reservation)
    {
        LookAgain(reservation.Of.From);
        LookAgain(reservation.Of.To);
    }

    /// <summary>Rules ask whether a time is over: a moment after it, it is.</summary>
    private void LookAgain(DateTimeOffset after) => agenda.Enqueue(null, (after.AddMilliseconds(1), order++));

    private void Mark(SimulatedSite site)
    {
        if (site.Marked) return;
        site.Marked = true;
        changed.Add(site);
    }

    private void Book(SimulatedSite site)
    {
        if (site.NextMoment is not { } next || site.Booked <= next) return;
        site.Booked = next;
        agenda.Enqueue(site, (next, order++));
    }

    private sealed record Background(Action Action);
}

using System.Text.Json;
using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Workloads;

namespace Yunhe.Simulator;

/// <summary>How often what can go wrong does, per occasion, 0 to 1.</summary>
public sealed record Faults(double LostAnswer = 0, double SiteAway = 0, double NodeFailure = 0, double Vanished = 0, double Crash = 0);

/// <summary>
/// Pumps <see cref="Controller.Step"/> with a virtual clock and simulated sites, as the server does with the real ones. Everything
/// follows from the seed. A "crash" throws the state away and rebuilds it from the stored events, as a restart does.
/// </summary>
public sealed class Simulation
{
    private static readonly TimeSpan Cycle = TimeSpan.FromSeconds(1);

    private readonly Random random;
    private readonly Faults faults;
    private readonly SortedDictionary<string, SimulatedSite> sites = new(StringComparer.Ordinal);
    private readonly PriorityQueue<Input, (DateTimeOffset At, int Order)> planned = new();
    private readonly List<Event> log = [];

    /// <summary>Effects of a site are done in their order.</summary>
    private readonly SortedDictionary<long, Effect> pending = [];
    private readonly Dictionary<string, long> pendingById = [];
    private long effects;
    private int order;

    public Simulation(int seed, DateTimeOffset start, IEnumerable<Site> network, Func<Launch, SimulatedRun> behaviour, Faults? faults = null)
    {
        random = new(seed);
        this.faults = faults ?? new();
        Now = start;
        Give(new CreateNetwork());
        foreach (var site in network)
        {
            sites.Add(site.Name, new(site, behaviour));
            Give(new AddSite(site));
        }
    }

    public State State { get; private set; } = new();

    public DateTimeOffset Now { get; private set; }

    public IReadOnlyDictionary<string, SimulatedSite> Sites => sites;

    /// <summary>The durable events, in order.</summary>
    public IReadOnlyList<Event> Log => log;

    /// <summary>Called after every cycle; a place to check invariants.</summary>
    public Action<Simulation>? AfterCycle { get; set; }

    /// <summary>When the state is thrown away and read again from a snapshot, once; null: never.</summary>
    public DateTimeOffset? RestartAt { get; set; }

    public StepResult Give(Input input)
    {
        var result = Controller.Step(State, input, Now, random);
        log.AddRange(result.Events.Where(e => !e.Volatile));
        foreach (var effect in result.Effects)
            if (pendingById.TryAdd(effect.Id, effects)) pending.Add(effects++, effect);
        foreach (var id in result.Done)
            if (pendingById.Remove(id, out var number)) pending.Remove(number);
        foreach (var edited in result.Events.OfType<SiteEdited>()) sites[edited.Site.Name].Edit(edited.Site);
        return result;
    }

    public void Plan(TimeSpan after, Input input) => planned.Enqueue(input, (Now + after, order++));

    /// <summary>Runs until nothing is planned and every workload has ended, or for <paramref name="most"/>; true: all has ended.</summary>
    public bool Run(TimeSpan most)
    {
        var end = Now + most;
        while (Now < end)
        {
            RunCycle();
            if (planned.Count == 0 && pending.Count == 0 && State.Unended == 0) return true;
            Now = NextMoment() is var next && next < end ? next : end;
        }
        return false;
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
    public State Reread() => State.Restore(JsonSerializer.Deserialize<StateSnapshot>(JsonSerializer.Serialize(State.Capture()))!);

    private static StateSnapshot Sorted(StateSnapshot snapshot) => snapshot with
    {
        Workloads = [.. snapshot.Workloads.OrderBy(w => w.Id)],
        Tasks = [.. snapshot.Tasks.OrderBy(t => t.Id)],
    };

    private void RunCycle()
    {
        while (planned.TryPeek(out _, out var when) && when.At <= Now) Give(planned.Dequeue());
        if (Happens(faults.Crash)) State = Happens(0.5) ? Replay() : Reread();
        if (Now >= RestartAt)
        {
            State = Reread();
            RestartAt = null;
        }
        InjectFaults();
        foreach (var site in sites.Values.Where(s => State.Site(s.Site.Name) is not null))
        {
            if (site.Away) Give(new ReportUnreachable(site.Site.Name, "simulated: no answer"));
            else Give(new Observe(site.Site.Name, site.Observe(Expected(site), Now)));
        }
        Give(new Tick());
        foreach (var effect in pending.Values.ToList()) Execute(effect);
        AfterCycle?.Invoke(this);
    }

    /// <summary>Attempts of which the engine has said that it has them.</summary>
    private List<AttemptId> Expected(SimulatedSite site) =>
        [.. State.Site(site.Site.Name)!.Active.Where(id => !pendingById.ContainsKey(new StartAttempt(site.Site.Name, id).Id))];

    private void InjectFaults()
    {
        foreach (var site in sites.Values)
        {
            site.Advance(Now);
            if (Happens(faults.SiteAway)) site.Away = !site.Away;
            else if (faults.SiteAway == 0) site.Away = false;
            foreach (var launch in site.Running.ToList())
            {
                if (Happens(faults.NodeFailure)) site.Break(launch.Attempt, FailureReason.NodeFailure, Now);
                else if (Happens(faults.Vanished)) site.Forget(launch.Attempt);
            }
        }
    }

    private void Execute(Effect effect)
    {
        var site = sites[effect.Site];
        if (site.Away) return;
        Input done = effect switch
        {
            StartAttempt => Start(site, effect.Attempt),
            CancelAttempt => Cancel(site, effect),
            CollectAttempt => Collect(site, effect.Attempt),
            ForgetAttempt => Forget(site, effect),
            _ => throw new NotSupportedException(effect.GetType().Name),
        };
        if (!Happens(faults.LostAnswer)) Give(done);
    }

    private Input Start(SimulatedSite site, AttemptId id)
    {
        var attempt = State.Attempt(id)!;
        var (job, refusal) = attempt.EndedAt is null
            ? site.Start(new(id, State.Workload(id.Task.Workload)!.Spec, attempt.Requirement, attempt.Pool, attempt.Nodes), Now)
            : ("", "");
        return job is null ? new AttemptRefused(id, FailureReason.Refused, refusal) : new AttemptAccepted(id, job, "");
    }

    private EffectDone Cancel(SimulatedSite site, Effect effect)
    {
        site.Cancel(effect.Attempt, Now);
        return new(effect);
    }

    private static AttemptBroughtBack Collect(SimulatedSite site, AttemptId id)
    {
        site.Forget(id);
        return new(id, "");
    }

    private static EffectDone Forget(SimulatedSite site, Effect effect)
    {
        site.Forget(effect.Attempt);
        return new(effect);
    }

    private DateTimeOffset NextMoment()
    {
        var next = Now + Cycle * (faults == new Faults() ? 60 : 5);
        foreach (var site in sites.Values)
            if (site.NextEnd is { } end && end < next) next = end;
        if (planned.TryPeek(out _, out var when) && when.At < next) next = when.At;
        return next > Now + Cycle ? next : Now + Cycle;
    }

    private bool Happens(double probability) => probability > 0 && random.NextDouble() < probability;
}

using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;
using Yunhe.Simulator.Results;
using Yunhe.Simulator.Traces;

namespace Yunhe.Simulator.Networks;

/// <summary>
/// A trace handed in to a network, job by job, under one policy and one seed. The trace is read one job ahead, and what has ended is
/// forgotten: memory grows with what is in the system.
/// </summary>
public sealed class NetworkRun
{
    private readonly SimulatedNetwork network;
    private readonly TraceSpecs specs;
    private readonly Action<JobOutcome> done;
    private readonly Simulation simulation;
    private readonly IEnumerator<TraceJob> arrivals;
    private readonly Dictionary<WorkloadId, TraceJob> inSystem = [];
    private readonly IdleFragments fragments;
    private long turns;
    private long nextSample = 1;

    /// <param name="network">The sites and what befalls them.</param>
    /// <param name="trace">In order of submission.</param>
    /// <param name="policy">What the users want.</param>
    /// <param name="seed">Of all that happens by chance.</param>
    /// <param name="done">Called for every job once, when its fate is known.</param>
    public NetworkRun(SimulatedNetwork network, IEnumerable<TraceJob> trace, NetworkPolicy policy, int seed, Action<JobOutcome> done)
        : this(network, trace, policy, seed, done, new())
    {
    }

    internal NetworkRun(SimulatedNetwork network, IEnumerable<TraceJob> trace, NetworkPolicy policy, int seed, Action<JobOutcome> done, State state)
    {
        this.network = network;
        this.done = done;
        specs = new(network, policy.Objective);
        arrivals = trace.GetEnumerator();
        simulation = new(seed, network.Start, state, keepsAll: false) { Retention = TimeSpan.Zero, Happened = Note };
        foreach (var site in network.Sites) simulation.Attach(site, launch => specs.RunOf(inSystem[launch.Attempt.Task.Workload], site.Name, launch.Requirement));
        var sharing = state.SharePolicy with { Order = policy.Order, Backfill = policy.Backfill };
        if (sharing != state.SharePolicy) simulation.Give(new SetSharePolicy(sharing));
        foreach (var input in network.Declarations())
            if (simulation.Give(input).Refusal is { } refusal) throw new ArgumentException(refusal.Message, nameof(network));
        new Outages(simulation, network, seed).Plan();
        fragments = new([.. simulation.Sites.Values]);
    }

    /// <summary>Told now and then, at seconds of the trace, what share of what is free is of no use (<see cref="IdleFragments"/>); null: nobody wants to know.</summary>
    public Action<double, double>? Fragmentation { get; init; }

    internal Simulation Simulation => simulation;

    /// <summary>Events that the controller has decided.</summary>
    public long Events => simulation.State.Version;

    /// <summary>Jobs that were handed in and have not ended.</summary>
    public int InSystem => inSystem.Count;

    public DateTimeOffset Now => simulation.Now;

    /// <summary>Runs until every job has ended or can't start any more; those are told as unfinished, as are all when it is cancelled.</summary>
    public void Run(CancellationToken cancel = default)
    {
        using (arrivals)
        {
            if (Fragmentation is { } tell) simulation.AfterTurn = _ => Sample(tell);
            PlanNext();
            simulation.RunOut(cancel);
        }
        foreach (var (id, job) in inSystem.OrderBy(j => j.Key))
        {
            var workload = simulation.State.Workload(id)!;
            done(OutcomeOf(job, JobEnd.Unfinished, workload, simulation.State.Task(workload.TaskAt(0))));
        }
    }

    private DateTimeOffset At(double traceSeconds) => network.Start + TimeSpan.FromSeconds(traceSeconds);

    private double SecondsOf(DateTimeOffset at) => (at - network.Start).TotalSeconds;

    private void PlanNext()
    {
        while (arrivals.MoveNext())
        {
            var job = arrivals.Current;
            if (TraceSpecs.Refusal(job) is { } why)
            {
                done(new(job, JobEnd.Rejected) { Why = why, Attempts = 0 });
                continue;
            }
            var at = At(job.Submit);
            simulation.Plan(at > simulation.Now ? at : simulation.Now, () =>
            {
                HandIn(job);
                PlanNext();
            });
            return;
        }
    }

    private void HandIn(TraceJob job)
    {
        var spec = specs.SpecOf(job);
        var result = simulation.Give(new Submit(spec, TraceSpecs.OwnerOf(job), null, null));
        if (result.Refusal is { } refusal)
        {
            done(new(job, JobEnd.Rejected) { Why = refusal.Message, Attempts = 0 });
            return;
        }
        inSystem.Add(result.Workload!.Value, job);
        fragments.Arrived(spec);
    }

    /// <summary>Whenever one part in 256 more has happened: however long the trace, there are few samples, and none is long out of date.</summary>
    private void Sample(Action<double, double> tell)
    {
        if (++turns < nextSample) return;
        nextSample = turns + 1 + (turns / 256);
        if (fragments.Share() is { } share) tell(SecondsOf(simulation.Now), share);
    }

    private void Note(Event fact)
    {
        switch (fact)
        {
            case TaskEnded e: Ended(e.Task.Workload, e.Outcome, e.Reason, e.Detail, simulation.State.Task(e.Task)!); break;
            case UnstartedEnded e: Ended(e.Workload, e.Outcome, e.Reason, e.Detail, null); break;
        }
    }

    private void Ended(WorkloadId id, Phase outcome, FailureReason? reason, string why, WorkTask? task)
    {
        if (!inSystem.Remove(id, out var job)) return;
        var end = outcome == Phase.Succeeded ? JobEnd.Completed : reason == FailureReason.TimeLimit ? JobEnd.TimedOut : JobEnd.Failed;
        done(OutcomeOf(job, end, simulation.State.Workload(id)!, task) with { Why = end == JobEnd.Completed ? "" : why });
    }

    private JobOutcome OutcomeOf(TraceJob job, JobEnd end, Workload workload, WorkTask? task)
    {
        // One that was to be tried again has none that counts as its last.
        var last = end == JobEnd.Unfinished && task?.Current is { EndedAt: not null } ? null : task?.Current;
        return new(job, end)
        {
            Start = last?.StartedAt is { } start ? SecondsOf(start) : -1,
            Finish = last?.EndedAt is { } finish ? SecondsOf(finish) : -1,
            Site = last?.Site ?? "",
            Pool = last?.Pool ?? "",
            Attempts = task?.Attempts.Length ?? 0,
            Lost = task is null || task.Attempts is [var only] && only == last ? [] : [.. task.Attempts.Where(a => a != last && a is { StartedAt: not null, EndedAt: not null }).Select(LostOf)],
            Cost = workload.Cost,
            Energy = workload.Energy,
            Carbon = workload.Carbon,
        };
    }

    private LostRun LostOf(Attempt attempt) => new(attempt.Site, SecondsOf(attempt.StartedAt!.Value), SecondsOf(attempt.EndedAt!.Value))
    {
        Cost = attempt.Usage?.Cost ?? Money.Zero, Energy = attempt.Usage?.Energy ?? default, Carbon = attempt.Usage?.Carbon ?? default,
    };
}

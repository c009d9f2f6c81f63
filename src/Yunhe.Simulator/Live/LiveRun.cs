using Yunhe.Core.Accounts;
using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;
using Yunhe.Simulator.Networks;

namespace Yunhe.Simulator.Live;

/// <summary>What becomes of a workload that had not ended in the snapshot. Times are null where it does not come to that.</summary>
public sealed record LiveOutcome(WorkloadId Id, string Name, Phase Phase)
{
    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public DateTimeOffset? Deadline { get; init; }

    /// <summary>From the snapshot on.</summary>
    public Money Cost { get; init; }

    public Energy Energy { get; init; }

    public Carbon Carbon { get; init; }

    public bool IsLate => Deadline is { } by && !(EndedAt <= by && Phase == Phase.Succeeded);
}

/// <summary>
/// A running network, from a snapshot on, in virtual time: what runs goes on for as long as it is expected to, what waits is placed by the same
/// controller, nothing new comes in. Seed 1 takes every estimate as it is; other seeds scatter them.
/// </summary>
public sealed class LiveRun
{
    /// <summary>Spread of true run times around estimates (of their logarithm) for seeds other than 1. An assumption.</summary>
    private const double Spread = 0.5;

    private readonly LiveSnapshot snapshot;
    private readonly Simulation simulation;
    private readonly int seed;

    public LiveRun(LiveSnapshot snapshot, WhatIf whatIf, int seed)
    {
        this.snapshot = snapshot;
        this.seed = seed;
        var preferred = whatIf.Changes.OfType<Prefer>().LastOrDefault();
        simulation = new(seed, snapshot.At, State.Restore(preferred is null ? snapshot.State : With(snapshot.State, preferred.Objective)), keepsAll: false);
        foreach (var site in snapshot.State.Sites) simulation.Attach(Complete(site), RunOf);
        foreach (var site in simulation.Sites.Values) Populate(site);
        var network = new SimulatedNetwork([]) { Start = snapshot.At };
        var outages = new Outages(simulation, network, seed);
        foreach (var change in whatIf.Changes) Plan(change, outages);
    }

    /// <summary>Until all has ended or nothing more can happen.</summary>
    /// <returns>In order of ID.</returns>
    public IReadOnlyList<LiveOutcome> Run(CancellationToken cancel)
    {
        simulation.RunOut(cancel);
        return [.. snapshot.State.Workloads.Where(w => w.EndedAt is null).Select(OutcomeOf)];
    }

    private LiveOutcome OutcomeOf(Workload before)
    {
        var after = simulation.State.Workload(before.Id)!;
        // What runs is billed when it ends, also for what it used before the snapshot.
        var used = snapshot.State.Tasks.Where(t => t.Id.Workload == before.Id).Select(t => t.Current).OfType<Attempt>()
            .Where(a => a is { EndedAt: null, Phase: Phase.Running }).Select(a => Rating.Meter(a, before, null, snapshot.At, null)).OfType<UsageRecord>().ToList();
        return new(before.Id, before.Spec.Name, after.Phase)
        {
            StartedAt = after.StartedAt,
            EndedAt = after.EndedAt,
            Deadline = before.Spec.Deadline,
            Cost = used.Aggregate(after.Cost - before.Cost, (sum, u) => sum - u.Cost),
            Energy = new(after.Energy.Joules - before.Energy.Joules - used.Sum(u => u.Energy.Joules)),
            Carbon = new(after.Carbon.Milligrams - before.Carbon.Milligrams - used.Sum(u => u.Carbon.Milligrams)),
        };
    }

    private static StateSnapshot With(StateSnapshot state, Objective objective) =>
        state with { Workloads = [.. state.Workloads.Select(w => w with { Spec = w.Spec with { Objective = objective } })] };

    /// <summary>An engine that schedules by itself declares no pools: those that it reported.</summary>
    private Site Complete(Site site) => site.Engine.SchedulesItself && snapshot.Reports.TryGetValue(site.Name, out var report)
        ? site with { Pools = [.. report.Pools.Select(p => p.Pool)] }
        : site;

    private void Plan(Change change, Outages outages)
    {
        switch (change)
        {
            case Failure failure:
                var site = simulation.Sites[failure.Site];
                simulation.Plan(snapshot.At + failure.After, () => outages.Fail(site, failure.What, simulation.Now + failure.Lasts));
                break;
            case Drain drain:
                simulation.Plan(drain.After, new DrainSite(drain.Site, true));
                break;
        }
    }

    /// <summary>Puts back what the site ran and had in its queue: Yunhe's by what the state knows, others' by what it reported.</summary>
    private void Populate(SimulatedSite site)
    {
        var name = site.Site.Name;
        var others = snapshot.Reports.TryGetValue(name, out var report) ? report.Queue.ToList() : [];
        foreach (var attempt in simulation.State.ActiveAt(name).Select(id => simulation.State.Attempt(id)!).Where(a => a.EndedAt is null).ToList())
        {
            var launch = LaunchOf(attempt);
            var running = attempt is { Phase: Phase.Running, StartedAt: not null };
            // The queue tells of everybody's work alike: one like this attempt is this attempt.
            var own = others.FindIndex(w => w.Pool == attempt.Pool && w.Nodes == launch.Spec.Nodes && w.PerNode == attempt.Requirement.PerNode && w.Running == running);
            if (own >= 0) others.RemoveAt(own);
            if (running) site.Resume(launch, site.Site.Engine.SchedulesItself ? [] : attempt.Nodes, attempt.StartedAt!.Value, Remaining(attempt), snapshot.At);
            else site.Start(launch, snapshot.At);
            if (attempt.CancelSent) site.Cancel(attempt.Id, snapshot.At);
        }
        foreach (var id in simulation.State.FinishingAt(name).ToList()) simulation.Give(new AttemptBroughtBack(id, ""));
        for (var i = 0; i < others.Count; i++) site.Occupy(others[i], i, snapshot.At);
    }

    private Launch LaunchOf(Attempt attempt) =>
        new(attempt.Id, simulation.State.Workload(attempt.Id.Task.Workload)!.Spec, attempt.Requirement, attempt.Pool, attempt.Nodes);

    /// <summary>As the controller takes it, but not beyond its limit.</summary>
    private TimeSpan Remaining(Attempt attempt)
    {
        var ran = snapshot.At - attempt.StartedAt!.Value;
        var left = (Controller.ExpectedEnd(simulation.State, attempt, snapshot.At) - snapshot.At) * Scatter(attempt);
        var limit = simulation.State.Workload(attempt.Id.Task.Workload)!.Spec.TimeLimit;
        return limit is { } most && most - ran < left ? TimeSpan.FromTicks(Math.Max(0, (most - ran).Ticks)) : left;
    }

    /// <summary>As was expected when it was placed.</summary>
    private SimulatedRun RunOf(Launch launch)
    {
        var attempt = simulation.State.Attempt(launch.Attempt)!;
        return new(attempt.Decision.Candidates is [var chosen, ..] ? chosen.RunTime * Scatter(attempt) : TimeSpan.Zero);
    }

    /// <summary>The same for a task whatever else happens.</summary>
    private double Scatter(Attempt attempt) => seed == 1 ? 1 : Math.Exp(Spread * Streams.Of(seed, attempt.Id.Task.ToString()).Normal());
}

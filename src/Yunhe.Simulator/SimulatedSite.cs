using Yunhe.Core.Network;
using Yunhe.Core.Workloads;

namespace Yunhe.Simulator;

/// <summary>
/// A site in virtual time: a link over which inputs come, nodes that can be overcommitted only by a bug (then it throws), a
/// first-come-first-served queue where the site schedules itself, and faults. The simulator's engine, and behind an adapter the
/// conformance suite's fake.
/// </summary>
public sealed partial class SimulatedSite
{
    private readonly SortedDictionary<AttemptId, SimulatedJob> jobs = [];
    private readonly HashSet<SimulatedJob> running = [];
    private readonly HashSet<AttemptId> changed = [];
    private readonly SimulatedNodes nodes;
    private readonly SiteQueue queue;
    private readonly SharedLink link;
    private readonly Func<Launch, SimulatedRun> behaviour;

    /// <summary>When what runs ends, with entries that are out of date.</summary>
    private readonly PriorityQueue<AttemptId, (DateTimeOffset, AttemptId)> ends = new();
    private long nextJob = 1;

    public SimulatedSite(Site site, Func<Launch, SimulatedRun> behaviour)
    {
        Site = site;
        this.behaviour = behaviour;
        nodes = new(() => Site);
        queue = new(nodes, site.Engine.Settings.GetValueOrDefault("queue") != "fcfs");
        link = new(site.Link);
    }

    public Site Site { get; private set; }

    /// <summary>What its nodes have free now, those left out that are down.</summary>
    internal IReadOnlyList<PoolReport> Free => nodes.Report();

    /// <summary>While true every call that a control plane makes should fail; the work goes on.</summary>
    public bool Away { get; set; }

    /// <summary>
    /// How often each attempt was begun; more than once is a bug of the control plane. Those that were brought back are left out where
    /// <see cref="KeepsBegun"/> is false.
    /// </summary>
    public Dictionary<AttemptId, int> Begun { get; } = [];

    public bool KeepsBegun { get; init; } = true;

    /// <summary>Called when something has changed that an observation would tell.</summary>
    public Action? Changed { get; set; }

    /// <summary>The simulation has it in its list of what to look at.</summary>
    internal bool Marked { get; set; }

    /// <summary>The earliest moment for which the simulation has it on its agenda.</summary>
    internal DateTimeOffset? Booked { get; set; }

    /// <summary>When something happens here next by itself; null: nothing will.</summary>
    public DateTimeOffset? NextMoment => (NextToEnd()?.EndsAt, link.Next) switch
    {
        ({ } end, { } staged) => end < staged ? end : staged,
        var (end, staged) => end ?? staged,
    };

    /// <summary>Attempts that use nodes now.</summary>
    public IEnumerable<Launch> Running => running.Select(j => j.Launch).OrderBy(l => l.Attempt);

    /// <summary>Its operator changes it. Its machines only while nothing runs.</summary>
    public void Edit(Site edited)
    {
        // One that reports its pools itself does not declare them.
        if (edited.Engine.SchedulesItself && edited.Pools.Count == 0) edited = edited with { Pools = Site.Pools };
        if (!edited.HasSameMachines(Site) && nodes.AnyInUse) throw new InvalidOperationException($"machines of {edited.Name} change under what runs");
        Site = edited;
    }

    public bool Holds(AttemptId attempt) => jobs.ContainsKey(attempt);

    /// <summary>Starts an attempt, or finds it. Null and a reason: refused.</summary>
    public (string? Job, string Refusal) Start(Launch launch, DateTimeOffset now)
    {
        Advance(now);
        if (jobs.TryGetValue(launch.Attempt, out var there)) return (there.Name, "");
        // One that vanished has left its claim: it is not begun again, and an observation will say that it is gone.
        if (Begun.ContainsKey(launch.Attempt)) return ($"{Site.Name}, vanished", "");
        if (Site.Pools.FirstOrDefault(p => p.Name == launch.Pool) is not { } pool) return (null, $"there is no pool {launch.Pool}");
        if (!launch.Requirement.PerNode.Fits(pool.PerNode)) return (null, $"no node of {pool.Name} is large enough");
        Adopt(launch, pool, behaviour(launch).After(launch.Checkpoint?.Covers ?? TimeSpan.Zero), now);
        Advance(now);
        return (jobs[launch.Attempt].Name, "");
    }

    public void Cancel(AttemptId attempt, DateTimeOffset now)
    {
        Advance(now);
        if (!jobs.TryGetValue(attempt, out var job) || job.Phase == EnginePhase.Ended) return;
        job.ExitCode = null;
        job.Signal = job.Run.Grace > TimeSpan.Zero ? 9 : 15;
        job.Failure = FailureReason.CancelledByUser;
        if (job.Phase == EnginePhase.Pending) EndUnstarted(job, now);
        else EndAt(job, now + job.Run.Grace);
        Advance(now);
    }

    /// <summary>Ends it unless it has begun.</summary>
    public void Recall(AttemptId attempt, DateTimeOffset now)
    {
        Advance(now);
        if (!jobs.TryGetValue(attempt, out var job) || job.Phase != EnginePhase.Pending) return;
        job.Failure = FailureReason.CancelledBySite;
        EndUnstarted(job, now);
        Advance(now);
    }

    /// <summary>Since when an attempt that has failed ran, and how much of its work its last checkpoint holds; null: none.</summary>
    public (DateTimeOffset StartedAt, TimeSpan Kept)? KeptOf(AttemptId attempt) =>
        jobs.TryGetValue(attempt, out var job) && job is { Phase: EnginePhase.Ended, ExitCode: not 0, StartedAt: { } at, Kept: var kept } && kept > TimeSpan.Zero ? (at, kept) : null;

    /// <summary>The site forgets it without a trace.</summary>
    public void Forget(AttemptId attempt, DateTimeOffset now)
    {
        changed.Remove(attempt);
        if (!jobs.Remove(attempt, out var job)) return;
        if (!KeepsBegun && job.Phase == EnginePhase.Ended) Begun.Remove(attempt);
        if (job.Staging) link.Stop(attempt, now);
        if (job.Phase == EnginePhase.Running) Release(job);
    }

    /// <summary>Lets time pass: ends what is due and takes in what has been staged, in turn, and begins what waits for it.</summary>
    public void Advance(DateTimeOffset now)
    {
        do
        {
            while (NextMoment is { } at && at <= now)
            {
                // All that happens in one moment is known before anything begins in it.
                while (NextToEnd() is { } end && end.EndsAt == at) End(end);
                while (link.Ended(at) is { } staged) TakeIn(jobs[staged], at);
                BeginAll(at);
            }
        }
        while (BeginAll(now));
    }

    /// <summary>Everything here, and which of the expected are gone.</summary>
    public SiteReport Observe(IReadOnlyCollection<AttemptId> expected, DateTimeOffset now)
    {
        Advance(now);
        changed.Clear();
        var gone = expected.Where(id => !jobs.ContainsKey(id)).Select(id => new AttemptReport(id, EnginePhase.Gone));
        return Report([.. Own.Select(j => j.Report()), .. gone]);
    }

    /// <summary>
    /// What has changed since the latest observation. All of it where the site schedules itself, since the report then tells what the
    /// capacity that it shows already counts.
    /// </summary>
    public SiteReport ObserveChanges(DateTimeOffset now)
    {
        if (Site.Engine.SchedulesItself) return Observe([], now);
        Advance(now);
        var report = Report([.. changed.Where(id => id.Task.Workload.Number > 0).Order().Select(id => jobs[id].Report())]);
        changed.Clear();
        return report;
    }

    private IEnumerable<SimulatedJob> Own => jobs.Values.Where(j => j.Id.Task.Workload.Number > 0);

    private SiteReport Report(IReadOnlyList<AttemptReport> attempts) => new()
    {
        Pools = Free,
        Queue = Site.Engine.SchedulesItself ? [.. jobs.Values.Where(j => j.Phase != EnginePhase.Ended).Select(Queued)] : [],
        Attempts = attempts,
        Enforcement = "simulated",
    };

    private static QueuedWork Queued(SimulatedJob job) => new(
        job.Pool.Name, job.Launch.Spec.Nodes, job.Launch.Requirement.PerNode, job.Launch.Spec.TimeLimit, job.Phase == EnginePhase.Running);

    private SimulatedJob Add(Launch launch, Pool pool, SimulatedRun run)
    {
        var job = new SimulatedJob(launch, pool, run, $"{Site.Name} job {nextJob++}");
        jobs.Add(job.Id, job);
        Begun[job.Id] = Begun.GetValueOrDefault(job.Id) + 1;
        Told(job);
        return job;
    }

    private void Adopt(Launch launch, Pool pool, SimulatedRun run, DateTimeOffset now)
    {
        var job = Add(launch, pool, run);
        if (launch.Spec.InputBytes == 0)
        {
            TakeIn(job, now);
            return;
        }
        job.Staging = true;
        link.Begin(job.Id, launch.Spec.InputBytes, now);
    }

    private void End(SimulatedJob job)
    {
        job.Phase = EnginePhase.Ended;
        Release(job);
        Told(job);
    }

    /// <summary>Its inputs are here.</summary>
    private void TakeIn(SimulatedJob job, DateTimeOffset now)
    {
        job.Staging = false;
        if (Site.Engine.SchedulesItself)
        {
            queue.Add(job);
            return;
        }
        IReadOnlyList<(string Pool, int Node)> named = [.. job.Launch.Nodes.Select(name => (job.Pool.Name, NumberOf(job.Pool, name)))];
        if (!named.Any(n => nodes.IsDown(n.Pool, n.Node))) Begin(job, named, now);
        else
        {
            job.Failure = FailureReason.NodeFailure;
            EndUnstarted(job, now);
        }
    }

    private bool BeginAll(DateTimeOffset now)
    {
        var any = false;
        while (queue.Next(running, now) is var (job, on))
        {
            Begin(job, on, now);
            any = true;
        }
        return any;
    }

    private void Begin(SimulatedJob job, IReadOnlyList<(string Pool, int Node)> on, DateTimeOffset now)
    {
        var each = job.Launch.Requirement.PerNode;
        if (on.Count != job.Launch.Spec.Nodes) throw new InvalidOperationException($"{job.Id}: a gang of {job.Launch.Spec.Nodes} on {on.Count} nodes");
        foreach (var (_, node) in on)
            if (!each.Fits(nodes.FreeOn(job.Pool, node)))
                throw new InvalidOperationException($"{job.Id} overcommits node {node} of {job.Pool.Name} at {Site.Name}");
        var limit = job.Launch.Spec.TimeLimit;
        (job.Phase, job.Nodes, job.StartedAt) = (EnginePhase.Running, on, now);
        running.Add(job);
        if (limit < job.Run.Duration) (job.Failure, job.ExitCode, job.Signal) = (FailureReason.TimeLimit, null, 15);
        foreach (var (_, node) in on) nodes.Take(job.Pool, node, each);
        EndAt(job, now + (limit < job.Run.Duration ? limit.Value : job.Run.Duration));
        Told(job);
    }

    private void EndUnstarted(SimulatedJob job, DateTimeOffset now)
    {
        if (job.Staging) link.Stop(job.Id, now);
        (job.Phase, job.EndsAt, job.Staging) = (EnginePhase.Ended, now, false);
        Told(job);
    }

    private void Told(SimulatedJob job)
    {
        // Nobody collects what is not Yunhe's.
        if (job is { Phase: EnginePhase.Ended, Id.Task.Workload.Number: < 0 }) jobs.Remove(job.Id);
        else changed.Add(job.Id);
        Changed?.Invoke();
    }

    private void EndAt(SimulatedJob job, DateTimeOffset at)
    {
        job.EndsAt = at;
        ends.Enqueue(job.Id, (at, job.Id));
    }

    private SimulatedJob? NextToEnd()
    {
        while (ends.TryPeek(out var id, out var when))
        {
            if (jobs.TryGetValue(id, out var job) && job.Phase == EnginePhase.Running && job.EndsAt == when.Item1) return job;
            ends.Dequeue();
        }
        return null;
    }

    private void Release(SimulatedJob job)
    {
        running.Remove(job);
        foreach (var (_, node) in job.Nodes) nodes.Give(job.Pool, node, job.Launch.Requirement.PerNode);
    }

    private int NumberOf(Pool pool, string node) => int.TryParse(node[(node.LastIndexOf('-') + 1)..], out var number) && pool.NodeName(Site.Name, number) == node
        ? number : throw new InvalidOperationException($"there is no node {node} in {pool.Name} of {Site.Name}");
}

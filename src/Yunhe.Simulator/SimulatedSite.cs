using Yunhe.Core.Network;
using Yunhe.Core.Workloads;

namespace Yunhe.Simulator;

/// <summary>What a program would do: how long it runs, and how it ends. What an exit code means is the engine's to say.</summary>
public sealed record SimulatedRun(TimeSpan Duration, int ExitCode = 0, int? Signal = null)
{
    public FailureReason? Failure { get; init; }

    /// <summary>Time that it goes on after it was asked to end.</summary>
    public TimeSpan Grace { get; init; }
}

/// <summary>
/// A site in virtual time: nodes that can be overcommitted only by a bug (then it throws), a first-come-first-served queue where the
/// site schedules itself, and faults that a test injects. The simulator's engine, and behind an adapter the conformance suite's fake.
/// </summary>
public sealed class SimulatedSite(Site site, Func<Launch, SimulatedRun> behaviour)
{
    private readonly SortedDictionary<AttemptId, Job> jobs = [];
    private readonly Queue<AttemptId> queue = new();

    /// <summary>Of nodes that something runs on.</summary>
    private readonly Dictionary<(string Pool, int Node), Resources> free = [];

    /// <summary>When what runs ends, with entries that are out of date.</summary>
    private readonly PriorityQueue<AttemptId, (DateTimeOffset, AttemptId)> ends = new();
    private long nextJob = 1;

    private sealed class Job(Launch launch, SimulatedRun run, string name)
    {
        public Launch Launch => launch;

        public SimulatedRun Run => run;

        public string Name => name;

        public EnginePhase Phase { get; set; } = EnginePhase.Pending;

        public IReadOnlyList<(string Pool, int Node)> Nodes { get; set; } = [];

        public DateTimeOffset? StartedAt { get; set; }

        /// <summary>When it will end, or has ended.</summary>
        public DateTimeOffset? EndsAt { get; set; }

        public FailureReason? Failure { get; set; } = run.Failure;

        public int? ExitCode { get; set; } = run.Signal is null ? run.ExitCode : null;

        public int? Signal { get; set; } = run.Signal;
    }

    public Site Site { get; private set; } = site;

    /// <summary>While true every call that a control plane makes should fail; the work goes on.</summary>
    public bool Away { get; set; }

    /// <summary>How often each attempt was begun; more than once is a bug of the control plane.</summary>
    public Dictionary<AttemptId, int> Begun { get; } = [];

    /// <summary>When the next job ends; null: none runs.</summary>
    public DateTimeOffset? NextEnd => NextToEnd()?.EndsAt;

    /// <summary>Its operator changes it. Its machines only while nothing runs.</summary>
    public void Edit(Site edited)
    {
        if (!edited.HasSameMachines(Site) && free.Count > 0) throw new InvalidOperationException($"machines of {edited.Name} change under what runs");
        Site = edited;
    }

    public bool Holds(AttemptId attempt) => jobs.ContainsKey(attempt);

    /// <summary>Attempts that use nodes now.</summary>
    public IEnumerable<Launch> Running => jobs.Values.Where(j => j.Phase == EnginePhase.Running).Select(j => j.Launch);

    /// <summary>Starts an attempt, or finds it. Null and a reason: refused.</summary>
    public (string? Job, string Refusal) Start(Launch launch, DateTimeOffset now)
    {
        Advance(now);
        if (jobs.TryGetValue(launch.Attempt, out var there)) return (there.Name, "");
        // One that vanished has left its claim: it is not begun again, and an observation will say that it is gone.
        if (Begun.ContainsKey(launch.Attempt)) return ($"{Site.Name}, vanished", "");
        if (Pool(launch) is not { } pool) return (null, $"there is no pool {launch.Pool}");
        if (!launch.Requirement.PerNode.Fits(pool.PerNode)) return (null, $"no node of {pool.Name} is large enough");
        var job = new Job(launch, behaviour(launch), $"{Site.Name} job {nextJob++}");
        jobs.Add(launch.Attempt, job);
        Begun[launch.Attempt] = Begun.GetValueOrDefault(launch.Attempt) + 1;
        if (Site.Engine.SchedulesItself) queue.Enqueue(launch.Attempt);
        else Begin(job, [.. launch.Nodes.Select(name => (pool.Name, NumberOf(pool, name)))], now);
        Advance(now);
        return (job.Name, "");
    }

    public void Cancel(AttemptId attempt, DateTimeOffset now)
    {
        Advance(now);
        if (!jobs.TryGetValue(attempt, out var job) || job.Phase == EnginePhase.Ended) return;
        job.ExitCode = null;
        job.Signal = job.Run.Grace > TimeSpan.Zero ? 9 : 15;
        job.Failure = FailureReason.CancelledByUser;
        if (job.Phase == EnginePhase.Pending) (job.Phase, job.EndsAt) = (EnginePhase.Ended, now);
        else EndAt(job, now + job.Run.Grace);
        Advance(now);
    }

    /// <summary>A node dies under it.</summary>
    public void Break(AttemptId attempt, FailureReason reason, DateTimeOffset now)
    {
        Advance(now);
        if (!jobs.TryGetValue(attempt, out var job) || job.Phase != EnginePhase.Running) return;
        (job.Failure, job.ExitCode) = (reason, null);
        EndAt(job, now);
        Advance(now);
    }

    /// <summary>The site forgets it without a trace.</summary>
    public void Forget(AttemptId attempt)
    {
        if (jobs.Remove(attempt, out var job) && job.Phase == EnginePhase.Running) Release(job);
    }

    /// <summary>Lets time pass: ends what is due, then begins what waits, in turn.</summary>
    public void Advance(DateTimeOffset now)
    {
        while (true)
        {
            var due = NextToEnd() is { } next && next.EndsAt <= now ? next : null;
            if (due is not null)
            {
                due.Phase = EnginePhase.Ended;
                Release(due);
            }
            if (!BeginNext(due?.EndsAt ?? now) && due is null) return;
        }
    }

    public SiteReport Observe(IReadOnlyCollection<AttemptId> expected, DateTimeOffset now)
    {
        Advance(now);
        var gone = expected.Where(id => !jobs.ContainsKey(id)).Select(id => new AttemptReport(id, EnginePhase.Gone));
        return new()
        {
            Pools = [.. Site.Pools.Select(p => new PoolReport(p, FreeIn(p)))],
            Queue = [.. jobs.Values.Where(j => j.Phase != EnginePhase.Ended).Select(j => new QueuedWork(
                j.Launch.Pool, j.Launch.Spec.Nodes, j.Launch.Requirement.PerNode, j.Launch.Spec.TimeLimit, j.Phase == EnginePhase.Running))],
            Attempts = [.. jobs.Values.Select(Report), .. gone],
            Enforcement = "simulated",
        };
    }

    private static AttemptReport Report(Job job) => new(job.Launch.Attempt, job.Phase)
    {
        StartedAt = job.StartedAt,
        EndedAt = job.Phase == EnginePhase.Ended ? job.EndsAt : null,
        ExitCode = job.Phase == EnginePhase.Ended ? job.ExitCode : null,
        Signal = job.Phase == EnginePhase.Ended ? job.Signal : null,
        Failure = job.Phase == EnginePhase.Ended ? job.Failure ?? Meaning(job) : null,
        Nodes = [.. job.Nodes.Select(n => $"{n.Pool}-{n.Node}")],
        EngineJob = job.Name,
    };

    private static FailureReason? Meaning(Job job) => (job.Signal, job.ExitCode) switch
    {
        (not null, _) => FailureReason.Signal,
        (_, 0) => null,
        (_, 126 or 127) => FailureReason.NotExecutable,
        _ => FailureReason.ExitCode,
    };

    private bool BeginNext(DateTimeOffset now)
    {
        while (queue.TryPeek(out var id) && (!jobs.TryGetValue(id, out var dropped) || dropped.Phase != EnginePhase.Pending)) queue.Dequeue();
        if (!queue.TryPeek(out var next)) return false;
        var job = jobs[next];
        var pool = Pool(job.Launch)!;
        var free = Enumerable.Range(1, pool.Nodes).Where(n => job.Launch.Requirement.PerNode.Fits(FreeOn(pool, n)))
            .Take(job.Launch.Spec.Nodes).Select(n => (pool.Name, n)).ToList();
        if (free.Count < job.Launch.Spec.Nodes) return false;
        queue.Dequeue();
        Begin(job, free, now);
        return true;
    }

    private void Begin(Job job, IReadOnlyList<(string Pool, int Node)> nodes, DateTimeOffset now)
    {
        var each = job.Launch.Requirement.PerNode;
        if (nodes.Count != job.Launch.Spec.Nodes) throw new InvalidOperationException($"{job.Launch.Attempt}: a gang of {job.Launch.Spec.Nodes} on {nodes.Count} nodes");
        foreach (var (_, node) in nodes)
            if (!each.Fits(FreeOn(Pool(job.Launch)!, node)))
                throw new InvalidOperationException($"{job.Launch.Attempt} overcommits node {node} of {job.Launch.Pool} at {Site.Name}");
        var limit = job.Launch.Spec.TimeLimit;
        (job.Phase, job.Nodes, job.StartedAt) = (EnginePhase.Running, nodes, now);
        if (limit < job.Run.Duration) (job.Failure, job.ExitCode, job.Signal) = (FailureReason.TimeLimit, null, 15);
        foreach (var node in nodes) free[node] = FreeOn(Pool(job.Launch)!, node.Node) - each;
        EndAt(job, now + (limit < job.Run.Duration ? limit.Value : job.Run.Duration));
    }

    private void EndAt(Job job, DateTimeOffset at)
    {
        job.EndsAt = at;
        ends.Enqueue(job.Launch.Attempt, (at, job.Launch.Attempt));
    }

    private Job? NextToEnd()
    {
        while (ends.TryPeek(out var id, out var when))
        {
            if (jobs.TryGetValue(id, out var job) && job.Phase == EnginePhase.Running && job.EndsAt == when.Item1) return job;
            ends.Dequeue();
        }
        return null;
    }

    private void Release(Job job)
    {
        foreach (var node in job.Nodes)
        {
            free[node] += job.Launch.Requirement.PerNode;
            if (free[node] == Pool(job.Launch)!.PerNode) free.Remove(node);
        }
    }

    private Pool? Pool(Launch launch) => Site.Pools.FirstOrDefault(p => p.Name == launch.Pool);

    private int NumberOf(Pool pool, string node) => int.TryParse(node[(node.LastIndexOf('-') + 1)..], out var number) && pool.NodeName(Site.Name, number) == node
        ? number : throw new InvalidOperationException($"there is no node {node} in {pool.Name} of {Site.Name}");

    private Resources FreeOn(Pool pool, int node) => free.GetValueOrDefault((pool.Name, node), pool.PerNode);

    private IReadOnlyList<FreeNodes> FreeIn(Pool pool) =>
        [.. Enumerable.Range(1, pool.Nodes).Select(n => FreeOn(pool, n)).GroupBy(f => f).Select(g => new FreeNodes(g.Count(), g.Key))];
}

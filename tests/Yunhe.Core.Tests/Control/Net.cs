using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;

namespace Yunhe.Core.Tests.Control;

/// <summary>A network under test, step by step on a clock of its own.</summary>
internal sealed class Net
{
    private readonly Random random = new(1);

    public Net(params IEnumerable<Site> sites)
    {
        foreach (var site in sites)
        {
            Do(new AddSite(site));
            Do(new Observe(site.Name, new() { Pools = [] }));
        }
    }

    public State State { get; } = new();

    public List<Event> Events { get; } = [];

    public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 5, TimeSpan.Zero);

    /// <summary>One site, and so many of no use beside it that the index of large networks is used, or none.</summary>
    public static Net Of(bool isLarge, params Site[] sites) => new(isLarge ? [.. sites, .. Enumerable.Range(0, 55).Select(i => Site($"tiny{i:00}", cpus: 1))] : sites);

    public static Site Site(string name = "a", int nodes = 1, int cpus = 8, decimal cpuHour = 0.1m) => new()
    {
        Name = name,
        Place = new("east", "Zhejiang", "Hangzhou"),
        Link = new(1_000_000_000, 5, Money.Zero),
        Prices = new(Money.FromDecimal(cpuHour), Money.Zero, new Dictionary<string, Money>()),
        Green = new(1.2, 500, 0.3, 10),
        Engine = new(EngineSpec.Simulated, new Dictionary<string, string>()),
        Pools = [new() { Name = "main", Nodes = nodes, PerNode = new(cpus, cpus * 4096L, 0) }],
    };

    public static WorkloadSpec Job(int cpus = 8, int nodes = 1) => new()
    {
        Name = "job",
        Program = new(ProgramKind.Task) { Run = "true" },
        Requirements = [new(new(cpus, 1024L, 0))],
        Nodes = nodes,
    };

    /// <summary>A run of eight days.</summary>
    public static WorkloadSpec Long { get; } = Job() with { TimeLimit = TimeSpan.FromDays(8), Estimate = TimeSpan.FromDays(8) };

    public static WorkloadSpec Longer { get; } = Job() with { TimeLimit = TimeSpan.FromDays(20), Estimate = TimeSpan.FromDays(20) };

    public StepResult Do(Input input)
    {
        var result = Controller.Step(State, input, Now, random);
        Assert.Null(result.Refusal);
        Events.AddRange(result.Events);
        return result;
    }

    public WorkloadId Submit(WorkloadSpec spec, string owner = "u") => Do(new Submit(spec, owner, null, null)).Workload!.Value;

    /// <summary>What is placed after so long.</summary>
    public List<AttemptPlaced> Tick(double seconds = 1)
    {
        Now = Now.AddSeconds(seconds);
        return [.. Do(new Tick()).Events.OfType<AttemptPlaced>()];
    }

    public void Wait(double seconds, double step = 10)
    {
        for (var waited = 0.0; waited < seconds; waited += step) Tick(step);
    }

    /// <summary>Runs what is placed.</summary>
    public List<AttemptId> Start()
    {
        var placed = Tick().ConvertAll(p => p.Attempt);
        foreach (var id in placed) Do(new Observe(State.Attempt(id)!.Site, new() { Pools = [], Attempts = [new(id, EnginePhase.Running) { StartedAt = Now }] }));
        return placed;
    }

    /// <summary>It ends; its results are still there.</summary>
    public void Finish(AttemptId id, FailureReason? failure = null) => Do(new Observe(State.Attempt(id)!.Site, new()
    {
        Pools = [], Attempts = [new(id, EnginePhase.Ended) { StartedAt = State.Attempt(id)!.StartedAt, EndedAt = Now, ExitCode = 0, Failure = failure }],
    }));

    public void End(AttemptId id, FailureReason? failure = null)
    {
        Finish(id, failure);
        Do(new AttemptBroughtBack(id, ""));
    }

    public bool Waits(WorkloadId id) => State.Workload(id)!.Counts.Queued > 0;
}

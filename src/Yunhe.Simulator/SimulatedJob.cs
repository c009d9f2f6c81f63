using Yunhe.Core.Network;
using Yunhe.Core.Workloads;

namespace Yunhe.Simulator;

/// <summary>What a program would do: how long it runs, and how it ends. What an exit code means is the engine's to say.</summary>
public sealed record SimulatedRun(TimeSpan Duration, int ExitCode = 0, int? Signal = null)
{
    public FailureReason? Failure { get; init; }

    /// <summary>Time that it goes on after it was asked to end.</summary>
    public TimeSpan Grace { get; init; }

    /// <summary>How it writes checkpoints, where its workload has a folder for them; null: it begins anew each time.</summary>
    public SimulatedCheckpoints? Checkpoints { get; init; }

    /// <summary>What is left of it where so much was done before.</summary>
    internal SimulatedRun After(TimeSpan done) => Checkpoints is { } own ? this with { Duration = own.TimeFor(Duration - done) } : this;
}

/// <summary>A checkpoint after each stretch of work, none at the very end.</summary>
/// <param name="Every">Work between two of them.</param>
/// <param name="Cost">Time that one takes, in which no work is done.</param>
/// <param name="Restart">Time before an attempt works, the first one's too.</param>
public sealed record SimulatedCheckpoints(TimeSpan Every, TimeSpan Cost, TimeSpan Restart)
{
    /// <summary>From the start of an attempt to its end, where it has so much to do.</summary>
    public TimeSpan TimeFor(TimeSpan work) => Restart + work + Cost * Math.Max(0, Math.Ceiling(work / Every) - 1);

    /// <summary>Work that need not be repeated where it ran so long and was broken off.</summary>
    public TimeSpan KeptAfter(TimeSpan ran) => ran > Restart ? Every * Math.Floor((ran - Restart) / (Every + Cost)) : TimeSpan.Zero;
}

/// <summary>One attempt at a simulated site.</summary>
internal sealed class SimulatedJob(Launch launch, Pool pool, SimulatedRun run, string name)
{
    public Launch Launch => launch;

    public AttemptId Id => launch.Attempt;

    public Pool Pool => pool;

    public SimulatedRun Run => run;

    public string Name => name;

    public EnginePhase Phase { get; set; } = EnginePhase.Pending;

    /// <summary>Its inputs are on the way.</summary>
    public bool Staging { get; set; }

    public IReadOnlyList<(string Pool, int Node)> Nodes { get; set; } = [];

    public DateTimeOffset? StartedAt { get; set; }

    /// <summary>When it will end, or has ended.</summary>
    public DateTimeOffset? EndsAt { get; set; }

    /// <summary>The longest that it may run; where nothing limits it the queue is told the truth, as published experiments do with such logs.</summary>
    public TimeSpan Limit => launch.Spec.TimeLimit ?? run.Duration;

    /// <summary>When it ends at the latest, once it runs.</summary>
    public DateTimeOffset LimitedEnd => StartedAt!.Value + Limit;

    public FailureReason? Failure { get; set; } = run.Failure;

    public int? ExitCode { get; set; } = run.Signal is null ? run.ExitCode : null;

    public int? Signal { get; set; } = run.Signal;

    /// <summary>Work of this attempt that its last checkpoint holds.</summary>
    public TimeSpan Kept => StartedAt < EndsAt && run.Checkpoints is { } own ? own.KeptAfter(EndsAt.Value - StartedAt.Value) : TimeSpan.Zero;

    public AttemptReport Report()
    {
        var ended = Phase == EnginePhase.Ended;
        return new(Id, Phase)
        {
            StartedAt = StartedAt,
            EndedAt = ended ? EndsAt : null,
            ExitCode = ended ? ExitCode : null,
            Signal = ended ? Signal : null,
            Failure = ended ? Failure ?? Meaning() : null,
            Nodes = [.. Nodes.Select(n => $"{n.Pool}-{n.Node}")],
            EngineJob = name,
        };
    }

    private FailureReason? Meaning() => (Signal, ExitCode) switch
    {
        (not null, _) => FailureReason.Signal,
        (_, 0) => null,
        (_, 126 or 127) => FailureReason.NotExecutable,
        _ => FailureReason.ExitCode,
    };
}

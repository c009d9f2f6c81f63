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

    public FailureReason? Failure { get; set; } = run.Failure;

    public int? ExitCode { get; set; } = run.Signal is null ? run.ExitCode : null;

    public int? Signal { get; set; } = run.Signal;

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

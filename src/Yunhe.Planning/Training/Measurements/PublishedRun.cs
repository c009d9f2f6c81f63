using Yunhe.Planning.Clusters;
using Yunhe.Planning.Training.Calibration;

namespace Yunhe.Planning.Training.Measurements;

public enum RunKind
{
    StepBenchmark,
    FinetuneBenchmark,
    RunAverage,
    E2eRun,
    MemoryPoint,
}

/// <summary>A published training run: what was run, on what, and what was measured.</summary>
public sealed record PublishedRun
{
    public required string Id { get; init; }

    public required RunKind Kind { get; init; }

    public required string Family { get; init; }

    public required string Source { get; init; }

    public required TrainingJob Job { get; init; }

    public required Cluster Cluster { get; init; }

    /// <summary>Null: not published; <see cref="LayoutGuess"/> then finds one.</summary>
    public Parallelism? Layout { get; init; }

    /// <summary>False: the layout's micro-batch is not published; <see cref="LayoutGuess"/> chooses it.</summary>
    public bool MicroBatchKnown { get; init; }

    /// <summary>What its calibration depends on.</summary>
    public required CalibrationKeys Keys { get; init; }

    /// <summary>Seconds of a step, measured or converted with the row's convention of FLOPs; null: none is published.</summary>
    public double? StepSeconds { get; init; }

    /// <summary>What <see cref="StepSeconds"/> comes from.</summary>
    public string Converted { get; init; } = "";

    public double? PeakMemoryBytes { get; init; }

    /// <summary>It ran; false: it ran out of memory.</summary>
    public bool Feasible { get; init; } = true;

    /// <summary>Accelerator-hours of a whole run, as billed, with its failures.</summary>
    public double? AcceleratorHours { get; init; }

    /// <summary>What the row leaves out and was assumed.</summary>
    public IReadOnlyList<string> Assumed { get; init; } = [];

    /// <summary>The source itself says that its figures do not fit together.</summary>
    public bool Inconsistent { get; init; }

    /// <summary>What is left out together when a prediction is checked on sources that it was not fitted to.</summary>
    public string Group => Family is "misc" or "e2e" or "" ? Source : Family;
}

/// <summary>A row that can't be used, and why.</summary>
public sealed record UnusableRow(string Id, string Source, string Reason);

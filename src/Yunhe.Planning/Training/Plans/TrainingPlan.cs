using Yunhe.Planning.Training.Failures;

namespace Yunhe.Planning.Training.Plans;

/// <summary>The answer: which clusters can host the run, how it is best laid out there, what it takes, and why not elsewhere.</summary>
public sealed record TrainingPlan
{
    public required string Model { get; init; }

    public required long Parameters { get; init; }

    public required long ActiveParameters { get; init; }

    public required double Tokens { get; init; }

    public required int Sequence { get; init; }

    public required int Batch { get; init; }

    public required string Precision { get; init; }

    /// <summary>Best first; empty: it can run nowhere.</summary>
    public required IReadOnlyList<HostPlan> Hosts { get; init; }

    /// <summary>Those that can't host it, each with the reason and what would help.</summary>
    public required IReadOnlyList<Rejection> Rejected { get; init; }

    /// <summary>Several sites at once, data parallel across the links between them; empty: fewer than two sites can.</summary>
    public required IReadOnlyList<WidePlan> Together { get; init; }

    /// <summary>What changes the total time on the best cluster, by how much, each thing alone.</summary>
    public required IReadOnlyList<Sensitivity> Sensitivities { get; init; }

    /// <summary>Of the model, the run and the reckoning; those of a cluster stand with it.</summary>
    public required IReadOnlyList<Assumption> Assumptions { get; init; }

    [System.Text.Json.Serialization.JsonIgnore]
    public HostPlan? Best => Hosts.Count > 0 ? Hosts[0] : null;
}

/// <summary>The run on one cluster.</summary>
public sealed record HostPlan
{
    public required string Name { get; init; }

    public string Site { get; init; } = "";

    public string Pool { get; init; } = "";

    public string Province { get; init; } = "";

    public required string Accelerator { get; init; }

    /// <summary>Used, of those offered.</summary>
    public required int Devices { get; init; }

    public required int DevicesOffered { get; init; }

    public required int DevicesPerNode { get; init; }

    public required LayoutPlan Layout { get; init; }

    /// <summary>The next best ways to cut the model.</summary>
    public required IReadOnlyList<LayoutPlan> Alternatives { get; init; }

    /// <summary>Layouts that were evaluated or shown to be slower.</summary>
    public required long Searched { get; init; }

    public required double TokensPerSecond { get; init; }

    public required double Mfu { get; init; }

    /// <summary>Without failures and checkpoints.</summary>
    public required double TrainingDays { get; init; }

    /// <summary>With them.</summary>
    public required Range TotalDays { get; init; }

    public required Checkpointing Checkpoints { get; init; }

    /// <summary>¥; null: nobody named a price.</summary>
    public required decimal? Cost { get; init; }

    public required double EnergyMWh { get; init; }

    public required double? CarbonTonnes { get; init; }

    public required Demands Demands { get; init; }

    /// <summary>Parts of the step, largest first, in words.</summary>
    public required IReadOnlyList<string> Limits { get; init; }

    public required string Confidence { get; init; }

    public required IReadOnlyList<Assumption> Assumptions { get; init; }
}

/// <summary>From the low to the high end of what published runs say of the prediction's error; 80 of 100 lie within.</summary>
public readonly record struct Range(double Low, double Expected, double High);

/// <summary>One way to cut the model.</summary>
public sealed record LayoutPlan
{
    public required string Words { get; init; }

    public required Parallelism Layout { get; init; }

    public required double StepSeconds { get; init; }

    public required StepTime Time { get; init; }

    public required DeviceMemory Memory { get; init; }

    /// <summary>Bytes that a device has.</summary>
    public required double MemoryBytes { get; init; }
}

/// <summary>What the cluster must deliver so that the layout is worth it.</summary>
public sealed record Demands
{
    /// <summary>Of each device beyond its scale-up domain, Gbit/s: from here on the step is within 5 % of what it would be with a network twice as fast again; null: it needs none.</summary>
    public required double? ScaleOutGbit { get; init; }

    /// <summary>GB/s in all, so that checkpoints and what is lost between them cost at most a point of goodput more than free ones.</summary>
    public required double StorageGBPerSecond { get; init; }

    /// <summary>Tokens read, MB/s in all, at 4 bytes each.</summary>
    public required double InputMBPerSecond { get; init; }
}

public sealed record Rejection(string Name, string Because, string WouldHelp = "");

/// <summary>The same run on several sites.</summary>
public sealed record WidePlan
{
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>Sequences of a step at each, in the order of the names.</summary>
    public required IReadOnlyList<int> Batches { get; init; }

    public required IReadOnlyList<string> Layouts { get; init; }

    public required int Devices { get; init; }

    public required double LinkGbit { get; init; }

    public required double RoundTripMs { get; init; }

    public required int LocalSteps { get; init; }

    /// <summary>Of one exchange of all gradients.</summary>
    public required double ExchangeSeconds { get; init; }

    /// <summary>The slowest site's step and its share of the exchange.</summary>
    public required double StepSeconds { get; init; }

    public required double TotalDays { get; init; }

    public required decimal? Cost { get; init; }

    /// <summary>Total time over that of the best site alone.</summary>
    public required double OverBestAlone { get; init; }

    /// <summary>Link from which on the exchange costs at most a tenth of the step; null: the round trips alone cost more.</summary>
    public required double? LinkGbitForTenth { get; init; }

    /// <summary>Local steps from which on it does, with the links as they are.</summary>
    public required int LocalStepsForTenth { get; init; }
}

/// <summary>The best cluster with one thing changed, and the layout searched anew.</summary>
/// <param name="Change">In words: "400 Gbit/s network instead of 200".</param>
/// <param name="TotalDays">Null: the run no longer fits.</param>
/// <param name="Percent">Of the total time: −11 is a tenth faster.</param>
public sealed record Sensitivity(string Change, double? TotalDays, double? Percent, string Layout);

using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Models;

namespace Yunhe.Planning.Serving.Plans;

/// <summary>What is to be served, and how fast.</summary>
public sealed record ServingDemand
{
    public required LanguageModel Model { get; init; }

    /// <summary>What of the model's shape nobody gave.</summary>
    public IReadOnlyList<Assumption> ModelAssumptions { get; init; } = [];

    public bool ModelGuessed => ModelAssumptions.Count > 0;

    /// <summary>bf16, fp16, fp8, int8, fp4 or int4.</summary>
    public required string Precision { get; init; }

    public string Engine { get; init; } = "vllm";

    /// <summary>Mean tokens of a prompt.</summary>
    public required double InputTokens { get; init; }

    /// <summary>Mean tokens of an answer.</summary>
    public required double OutputTokens { get; init; }

    /// <summary>Squared coefficient of variation of the work of a request; 0: all alike, 1: as exponential.</summary>
    public double LengthVariability { get; init; } = 1;

    public required double RequestsPerSecond { get; init; }

    /// <summary>Squared coefficient of variation of the time between requests; 1: Poisson.</summary>
    public double Burstiness { get; init; } = 1;

    /// <summary>Null: no matter.</summary>
    public double? FirstTokenMs { get; init; }

    /// <summary>Null: no matter.</summary>
    public double? PerTokenMs { get; init; }

    /// <summary>Share of the requests that the targets hold for, in %.</summary>
    public double Percentile { get; init; } = 95;
}

/// <summary>Devices that a replica could run on, and what an hour and a kilowatt-hour of them cost. Null where unknown.</summary>
public sealed record ServingPlace
{
    public required string Name { get; init; }

    public required AcceleratorModel Accelerator { get; init; }

    /// <summary>There are no more than so many; null: as many as needed.</summary>
    public int? Devices { get; init; }

    /// <summary>¥ a device and hour, where its price is in yuan.</summary>
    public decimal? CnyPerHour { get; init; }

    /// <summary>$ a device and hour, where it is in dollars; one in yuan goes before it.</summary>
    public decimal? UsdPerHour { get; init; }

    public double YuanPerDollar { get; init; } = ExchangeRate.YuanPerDollar;

    public bool IsPricedInDollars => CnyPerHour is null && UsdPerHour is not null;

    /// <summary>¥ a device and hour, whichever its price is in.</summary>
    public double? PricePerHour => (double?)CnyPerHour ?? ((double?)UsdPerHour * YuanPerDollar);

    public double Pue { get; init; } = 1.3;

    public double? GramsPerKwh { get; init; }
}

/// <summary>What most of the time goes to, or what ends the batch.</summary>
public enum ServingLimit
{
    MemoryBandwidth,
    Compute,
    Links,
    Host,
    KvMemory,
    Prefill,
}

/// <summary>A measure with what it is likely between: eight of ten published runs lay there around their prediction.</summary>
public readonly record struct Likely(double Value, double Low, double High);

/// <summary>More of one thing and what it would bring.</summary>
/// <param name="What">"memory bandwidth +25 %".</param>
/// <param name="RatePercent">Change of the requests per second that a replica bears within the targets, in %.</param>
public sealed record ServingSensitivity(string What, double RatePercent);

/// <summary>A replica's layout on one kind of device and what it does at the rate asked for.</summary>
public sealed record ServingOption
{
    public required string Place { get; init; }

    public required string Accelerator { get; init; }

    public required string Layout { get; init; }

    public required int DevicesPerReplica { get; init; }

    public required int Replicas { get; init; }

    public int Devices => DevicesPerReplica * Replicas;

    /// <summary>Sequences in flight on a replica, mean.</summary>
    public required double Batch { get; init; }

    /// <summary>Sequences that fit in a replica's memory.</summary>
    public required double MostSequences { get; init; }

    /// <summary>At the percentile asked for, ms.</summary>
    public required Likely FirstTokenMs { get; init; }

    /// <summary>At the percentile asked for, ms.</summary>
    public required Likely PerTokenMs { get; init; }

    /// <summary>What one replica bears within the targets.</summary>
    public required double RequestsPerSecondPerReplica { get; init; }

    public required double OutputTokensPerSecond { get; init; }

    public required bool MeetsTargets { get; init; }

    /// <summary>Which target is missed and the best that this layout does, or why nothing runs; empty: all is met.</summary>
    public required string Missed { get; init; }

    /// <summary>How many times a target the best is that this layout does for one request alone; 1: none is missed for want of speed.</summary>
    public required double Shortfall { get; init; }

    public required ServingLimit Limit { get; init; }

    /// <summary>Shares of a decoding step, in %.</summary>
    public required IReadOnlyDictionary<string, double> StepPercent { get; init; }

    /// <summary>¥ a million output tokens at this rate; null: no price known. Prices in dollars are converted at the rate that the assumptions tell.</summary>
    public required double? CnyPerMillionOutputTokens { get; init; }

    /// <summary>The same in dollars, where that is what the price is in; else null.</summary>
    public required double? UsdPerMillionOutputTokens { get; init; }

    public required double? KwhPerMillionOutputTokens { get; init; }

    public required double? GramsCO2PerMillionOutputTokens { get; init; }

    public required IReadOnlyList<ServingSensitivity> Sensitivity { get; init; }

    public required double WeightsGBPerDevice { get; init; }

    public required double KvMBPerSequence { get; init; }

    /// <summary>How it is known: "62 published runs of this model on this stack", or what stood in for them.</summary>
    public required string Evidence { get; init; }
}

/// <summary>An accelerator that can't hold the model, and how many of it would.</summary>
public sealed record ServingUnfit(string Accelerator, string Why, int? DevicesNeeded);

public sealed record ServingPlan
{
    public required ServingDemand Demand { get; init; }

    /// <summary>The best layout of each place: those that meet the targets first, the cheapest (or fewest devices) first.</summary>
    public required IReadOnlyList<ServingOption> Options { get; init; }

    /// <summary>Every layout that was weighed.</summary>
    public required IReadOnlyList<ServingOption> All { get; init; }

    public required IReadOnlyList<ServingUnfit> Unfit { get; init; }

    /// <summary>Figures that are assumed, not measured or published.</summary>
    public required IReadOnlyList<string> Assumptions { get; init; }
}

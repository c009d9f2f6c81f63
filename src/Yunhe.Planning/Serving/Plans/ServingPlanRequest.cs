using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Clusters;
using Yunhe.Planning.Models;

namespace Yunhe.Planning.Serving.Plans;

/// <summary>A question as people and programs ask it.</summary>
public sealed record ServingPlanRequest
{
    /// <summary>A known model, with or without endings such as -Instruct, a size ("70B", "235B-A22B"), or a shape in one line.</summary>
    public string Model { get; init; } = "";

    /// <summary>Instead of the name's own.</summary>
    public LanguageModel? Shape { get; init; }

    public string Precision { get; init; } = "fp8";

    public string Engine { get; init; } = "vllm";

    public double? InputTokens { get; init; }

    public double? OutputTokens { get; init; }

    public double? RequestsPerSecond { get; init; }

    /// <summary>Squared coefficient of variation of the time between requests.</summary>
    public double Burstiness { get; init; } = 1;

    public double LengthVariability { get; init; } = 1;

    public double? FirstTokenMs { get; init; }

    public double? PerTokenMs { get; init; }

    public double Percentile { get; init; } = 95;

    /// <summary>Accelerators of the catalogue; none and no clusters: those with 40 GB and more and a known price.</summary>
    public IReadOnlyList<string> Accelerators { get; init; } = [];

    /// <summary>Clusters in one line each ("64xH100,price=15").</summary>
    public IReadOnlyList<string> Clusters { get; init; } = [];

    public double Pue { get; init; } = 1.3;

    public double? GramsPerKwh { get; init; }

    /// <summary>By which list prices in dollars become yuan.</summary>
    public double YuanPerDollar { get; init; } = ExchangeRate.YuanPerDollar;
}

/// <summary>What a request means.</summary>
public static class ServingQuestion
{
    /// <summary>Without names: accelerators with so much memory are tried.</summary>
    private const double UsualMemoryGB = 40;

    private const int MostPlaces = 200;

    /// <exception cref="PlanException">A figure is missing or not possible, or a name unknown.</exception>
    public static ServingDemand Demand(ServingPlanRequest request)
    {
        var preset = request.Shape is null && request.Model.Length > 0 ? ModelLookup.Preset(request.Model) : null;
        var choice = request.Shape is { } shape ? new(shape, []) : preset is null ? ModelChoice.Of(request.Model) : new(preset, []);
        return new()
        {
            Model = choice.Model, ModelAssumptions = choice.Assumptions, Precision = request.Precision, Engine = ServingEngines.Plain(request.Engine),
            InputTokens = request.InputTokens ?? throw new PlanException("input_tokens", "the mean tokens of a prompt are missing"),
            OutputTokens = request.OutputTokens ?? throw new PlanException("output_tokens", "the mean tokens of an answer are missing"),
            RequestsPerSecond = request.RequestsPerSecond ?? throw new PlanException("requests_per_second", "the rate of requests is missing"),
            Burstiness = request.Burstiness, LengthVariability = request.LengthVariability, FirstTokenMs = request.FirstTokenMs, PerTokenMs = request.PerTokenMs,
            Percentile = request.Percentile,
        };
    }

    /// <param name="network">What a network's sites have; asked where the request names neither accelerators nor clusters.</param>
    /// <exception cref="PlanException">A name is unknown, or a figure not possible.</exception>
    public static IReadOnlyList<ServingPlace> Places(ServingPlanRequest request, IReadOnlyList<HostCandidate> network)
    {
        if (!(request.Pue is >= 1 and <= 5)) throw new PlanException("pue", $"{request.Pue} is not possible: from 1 to 5");
        if (request.GramsPerKwh is { } grams && !(grams is >= 0 and <= 3000)) throw new PlanException("grams_per_kwh", $"{grams} is not possible: from 0 to 3000");
        if (!(request.YuanPerDollar is >= 0.1 and <= 1000)) throw new PlanException("yuan_per_dollar", $"{request.YuanPerDollar} is not possible: from 0.1 to 1000");
        if (request.Accelerators.Count + request.Clusters.Count > MostPlaces) throw new PlanException("accelerators", $"more than {MostPlaces} accelerators and clusters");
        if (request.Accelerators.Count == 0 && request.Clusters.Count == 0 && network.Count > 0) return [.. network.Select(c => Place(c.Cluster, request.GramsPerKwh))];
        var cards = request.Accelerators.Count > 0 ? request.Accelerators.Select(n => AcceleratorLookup.Find(n) ?? throw new PlanException("accelerators", ClusterSpec.Unknown(n)))
            : request.Clusters.Count > 0 ? [] : AcceleratorTable.All.Where(m => m.MemoryGB >= UsualMemoryGB && (m.UsdPerHour ?? m.CnyPerHour) is not null);
        return
        [
            .. cards.DistinctBy(m => m.Name).Select(m => new ServingPlace
            {
                Name = m.Name, Accelerator = m, CnyPerHour = (decimal?)m.CnyPerHour, UsdPerHour = (decimal?)m.UsdPerHour, YuanPerDollar = request.YuanPerDollar,
                Pue = request.Pue, GramsPerKwh = request.GramsPerKwh,
            }),
            .. request.Clusters.Select(c => Place(ClusterSpec.Parse(c).Cluster, request.GramsPerKwh)),
        ];
    }

    /// <summary>A pool with the links that it has, not those that its accelerators usually have.</summary>
    private static ServingPlace Place(Cluster cluster, double? grams) => new()
    {
        Name = cluster.Name, Devices = cluster.Devices, CnyPerHour = cluster.PricePerDeviceHour, Pue = cluster.Pue, GramsPerKwh = grams ?? cluster.GramsPerKWh,
        Accelerator = cluster.Accelerator with
        {
            ScaleUpGBPerSecond = cluster.ScaleUpGBPerSecond, ScaleUpDomain = Math.Max(1, Math.Min(cluster.ScaleUpDomain, cluster.Devices)), ScaleOutGbitPerSecond = cluster.ScaleOutGbitPerSecond,
        },
    };
}

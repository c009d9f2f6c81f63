using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Clusters;
using Yunhe.Planning.Models;
using Yunhe.Planning.Serving;
using Yunhe.Planning.Serving.Plans;

namespace Yunhe.Cli.Planning;

/// <summary>What the words of <c>plan serve</c> mean.</summary>
internal static class ServingRequests
{
    /// <summary>Without names: accelerators with so much memory are tried.</summary>
    private const double UsualMemoryGB = 40;

    public static ServingDemand Demand(
        string? model, string precision, string engine, double input, double output, double rate, double burstiness, double variability,
        double? firstMs, double? perTokenMs, double percentile)
    {
        if (string.IsNullOrWhiteSpace(model)) throw new UsageException("--model is missing: a known model such as llama-3.1-70b, or a size such as 70b");
        var preset = ModelLookup.Preset(model);
        var choice = preset is null && File.Exists(model) ? new(ModelFile.Read(model), []) : preset is null ? ModelChoice.Of(model) : null;
        return new()
        {
            Model = preset ?? choice!.Model, ModelGuessed = choice is { Assumptions.Count: > 0 }, Precision = precision, Engine = ServingEngines.Plain(engine), InputTokens = input, OutputTokens = output,
            RequestsPerSecond = rate, Burstiness = burstiness, LengthVariability = variability, FirstTokenMs = firstMs, PerTokenMs = perTokenMs, Percentile = percentile,
        };
    }

    public static IReadOnlyList<ServingPlace> Places(string? names, string? network, double pue, double? grams)
    {
        if (!(pue is >= 1 and <= 5)) throw new UsageException($"--pue {pue} is not possible: from 1 to 5");
        if (grams is not null && !(grams is >= 0 and <= 3000)) throw new UsageException($"--carbon {grams} is not possible: grams of CO2 per kWh, from 0 to 3000");
        if (network is not null)
        {
            if (names is not null) throw new UsageException("give --accelerator or --network, not both");
            var (candidates, unusable) = PlannedSites.FromFile(network);
            if (candidates.Count == 0) throw new UsageException($"{network}: no site has accelerators that are known: {string.Join("; ", unusable.Select(u => $"{u.Name}: {u.Because}"))}");
            return [.. candidates.Select(c => Place(c.Cluster, grams))];
        }

        var chosen = names is null
            ? AcceleratorTable.All.Where(m => m.MemoryGB >= UsualMemoryGB && (m.UsdPerHour ?? m.CnyPerHour) is not null)
            : names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(n =>
                AcceleratorLookup.Find(n) ?? throw new UsageException($"--accelerator '{n}' is not in the catalogue: yunhe census accelerators lists it"));
        return [.. chosen.DistinctBy(m => m.Name).Select(m => new ServingPlace
        {
            Name = m.Name, Accelerator = m, CnyPerHour = (decimal?)m.CnyPerHour, UsdPerHour = (decimal?)m.UsdPerHour, Pue = pue, GramsPerKWh = grams,
        })];
    }

    /// <summary>A pool with the links that it has, not those that its accelerators usually have.</summary>
    private static ServingPlace Place(Cluster cluster, double? grams) => new()
    {
        Name = cluster.Name, Devices = cluster.Devices, CnyPerHour = cluster.PricePerDeviceHour, Pue = cluster.Pue, GramsPerKWh = grams ?? cluster.GramsPerKWh,
        Accelerator = cluster.Accelerator with
        {
            ScaleUpGBPerSecond = cluster.ScaleUpGBPerSecond, ScaleUpDomain = Math.Min(cluster.ScaleUpDomain, Math.Max(1, cluster.Devices)), ScaleOutGbitPerSecond = cluster.ScaleOutGbitPerSecond,
        },
    };
}

/// <summary>What <c>plan serve --output json</c> prints.</summary>
internal sealed record ServingAnswer(ServingPlan Plan, IReadOnlyList<ServingReplay> Replays);

internal sealed record ServingReplay(string Place, string Layout, ReplayResult Result);

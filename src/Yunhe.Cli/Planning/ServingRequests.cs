using Yunhe.Planning.Catalogue;
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
        return new()
        {
            Model = preset ?? ModelLookup.Like(model) ?? throw new UsageException($"--model '{model}' is not known and tells no size: write a known one, or a size such as 70b or 235b-a22b"),
            ModelGuessed = preset is null, Precision = precision, Engine = ServingEngines.Plain(engine), InputTokens = input, OutputTokens = output,
            RequestsPerSecond = rate, Burstiness = burstiness, LengthVariability = variability, FirstTokenMs = firstMs, PerTokenMs = perTokenMs, Percentile = percentile,
        };
    }

    public static IReadOnlyList<ServingPlace> Places(string? names, double pue, double? grams)
    {
        if (!(pue is >= 1 and <= 5)) throw new UsageException($"--pue {pue} is not possible: from 1 to 5");
        if (grams is not null && !(grams is >= 0 and <= 3000)) throw new UsageException($"--carbon {grams} is not possible: grams of CO2 per kWh, from 0 to 3000");
        var chosen = names is null
            ? AcceleratorTable.All.Where(m => m.MemoryGB >= UsualMemoryGB && (m.UsdPerHour ?? m.CnyPerHour) is not null)
            : names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(n =>
                AcceleratorLookup.Find(n) ?? throw new UsageException($"--accelerator '{n}' is not in the catalogue: yunhe census accelerators lists it"));
        return [.. chosen.DistinctBy(m => m.Name).Select(m => new ServingPlace
        {
            Name = m.Name, Accelerator = m, CnyPerHour = (decimal?)m.CnyPerHour, UsdPerHour = (decimal?)m.UsdPerHour, Pue = pue, GramsPerKWh = grams,
        })];
    }
}

/// <summary>What <c>plan serve --output json</c> prints.</summary>
internal sealed record ServingAnswer(ServingPlan Plan, IReadOnlyList<ServingReplay> Replays);

internal sealed record ServingReplay(string Place, string Layout, ReplayResult Result);

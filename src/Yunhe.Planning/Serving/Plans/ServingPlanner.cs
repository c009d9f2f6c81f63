using System.Globalization;

namespace Yunhe.Planning.Serving.Plans;

/// <summary>Which accelerators serve a demand, with how many devices, how fast and for how much.</summary>
public static class ServingPlanner
{
    /// <summary>More devices are not put under one replica.</summary>
    public const int MostDevices = 64;

    /// <exception cref="PlanException">A figure of the demand is not possible; the message says which and what is.</exception>
    public static ServingPlan Plan(ServingDemand demand, IReadOnlyList<ServingPlace> places, ServingCalibration? calibration = null)
    {
        DemandCheck.Check(demand);
        var model = ServedModel.Of(demand.Model);
        var precision = ServingPrecision.Named(demand.Precision, demand.Model.Experts > 0)!;
        var options = new List<ServingOption>();
        var unfit = new List<ServingUnfit>();
        foreach (var place in places)
        {
            var fitting = Layouts(model, place).Where(l => Fits(demand, model, place, precision, l)).ToList();
            if (fitting.Count == 0) unfit.Add(Unfit(demand, model, place, precision));
            options.AddRange(fitting.Select(l => new LayoutStudy(demand, model, place, precision, l, calibration ?? ServingCalibration.Shipped).Option()));
        }

        return new()
        {
            Demand = demand, All = [.. Ranked(options)], Unfit = unfit, Assumptions = Assumptions(demand, places),
            Options = [.. Ranked(options.GroupBy(o => o.Place, StringComparer.Ordinal).Select(g => Ranked(g).First()))],
        };
    }

    /// <summary>Those that meet the targets first, then by price, by devices, by name.</summary>
    private static IOrderedEnumerable<ServingOption> Ranked(IEnumerable<ServingOption> options) => options
        .OrderBy(o => o.MeetsTargets ? 0 : 1)
        .ThenBy(o => o.Shortfall)
        .ThenBy(o => o.CnyPerMillionOutputTokens ?? double.MaxValue)
        .ThenBy(o => o.Devices).ThenBy(o => o.Place, StringComparer.Ordinal).ThenBy(o => o.Layout, StringComparer.Ordinal);

    private static IEnumerable<ServingLayout> Layouts(ServedModel model, ServingPlace place)
    {
        var domain = Math.Clamp(place.Accelerator.ScaleUpDomain, 1, 8);
        for (var tensor = 1; tensor <= 8; tensor *= 2)
        {
            // Cards without a fast link are tried over PCIe within a node too: it is slow, but people do it.
            if (model.Shape.Heads % tensor != 0 || (tensor > domain && domain > 1)) continue;
            yield return new(tensor);
            if (model.Shape.LatentKv > 0 && tensor > 1) yield return new(1, 1, tensor, expertParallel: true);
        }

        for (var stages = 2; domain * stages <= MostDevices && stages <= model.Shape.Layers; stages *= 2)
            if (model.Shape.Heads % domain == 0) yield return new(domain, stages);
    }

    private static bool Fits(ServingDemand demand, ServedModel model, ServingPlace place, ServingPrecision precision, ServingLayout layout) =>
        (place.Devices ?? int.MaxValue) >= layout.Devices
        && ServingMemory.Of(model, place.Accelerator, layout, precision, demand.InputTokens + demand.OutputTokens).Sequences >= layout.Data;

    private static ServingUnfit Unfit(ServingDemand demand, ServedModel model, ServingPlace place, ServingPrecision precision)
    {
        var tokens = demand.InputTokens + demand.OutputTokens;
        var needed = Layouts(model, place with { Devices = null }).OrderBy(l => l.Devices)
            .Where(l => ServingMemory.Of(model, place.Accelerator, l, precision, tokens).Sequences >= l.Data).Select(l => (int?)l.Devices).FirstOrDefault();
        var bytes = ((model.DenseParameters + model.EmbeddingParameters) * precision.DenseBytes) + (model.ExpertParameters * model.Shape.Experts * precision.ExpertBytes);
        var sum = string.Create(CultureInfo.InvariantCulture, $"weights {bytes / 1e9:0} GB and {model.KvTokenLayers(tokens) * model.KvValuesPerLayer * precision.KvBytes / 1e9:0.0} GB for one request, {place.Accelerator.MemoryGB:0} GB a device");
        return new(place.Name, needed is null ? $"{sum}: even {MostDevices} devices don't hold it" : $"{sum}: needs {needed} devices{(place.Devices is { } there ? $", there are {there}" : "")}", needed);
    }

    private static List<string> Assumptions(ServingDemand demand, IReadOnlyList<ServingPlace> places)
    {
        var all = new List<string>
        {
            $"energy: boards at their rated power × {LayoutStudy.NodeOverBoard.ToString(CultureInfo.InvariantCulture)} for the node × PUE, all the time: an upper estimate",
            "memory: 92 % of the nominal, less 2 GB for the runtime; keys and values in 8 bits with fp8 and fp4, in 16 otherwise",
            "requests share no prefixes, and no tokens are predicted ahead",
        };
        foreach (var rate in places.Where(p => p.IsPricedInDollars).GroupBy(p => p.YuanPerDollar).OrderBy(g => g.Key))
            all.Add(string.Create(CultureInfo.InvariantCulture, $"all money is in yuan; list prices in dollars at {rate.Key} ¥ a dollar: {string.Join(", ", rate.Select(p => p.Name).Order(StringComparer.Ordinal))}"));
        all.AddRange(demand.ModelAssumptions.Select(a => $"{a.What}: {a.Value} ({a.Because})"));
        foreach (var low in places.Where(p => p.Accelerator.Confidence == Catalogue.Confidence.Low))
            all.Add($"{low.Accelerator.Name}: figures unsure ({low.Accelerator.Source})");
        if (places.Any(p => p.GramsPerKwh is null)) all.Add("no CO2 where the grid's intensity is not told: --carbon");
        return all;
    }
}

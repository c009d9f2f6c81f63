using System.Globalization;

namespace Yunhe.Planning.Siting;

/// <summary>What a target measures, as a part of a whole.</summary>
internal static class TargetValues
{
    public static string Describe(TargetSpec target)
    {
        var word = target.Measure switch
        {
            TargetMeasure.TotalEflops => "total EFLOPS",
            TargetMeasure.IntelligentShare => "intelligent share",
            TargetMeasure.WestShare => "share of the West",
            TargetMeasure.NewInHubs => "share of new capacity in hubs",
            _ => "green share of hubs",
        };
        var bounds = string.Join(" and ", new[]
        {
            target.Least is { } least ? $"at least {Value(target, least)}" : null,
            target.Most is { } most ? $"at most {Value(target, most)}" : null,
        }.Where(b => b is not null));
        var type = target.DataType is { } one ? $" in {one.ToString().ToUpperInvariant()}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{word}{type} {bounds} by {target.Year}");
    }

    public static string Value(TargetSpec target, double value) => target.Measure == TargetMeasure.TotalEflops
        ? value.ToString("0.###", CultureInfo.InvariantCulture)
        : (100 * value).ToString("0.#", CultureInfo.InvariantCulture) + " %";

    /// <summary>A target holds for part / whole; of an amount the whole is 1.</summary>
    public static (Measure Part, Measure Whole) Of(SitingModel model, TargetSpec target, int year)
    {
        var problem = model.Problem;
        var (part, whole) = (new Measure(), new Measure());
        if (target.Measure == TargetMeasure.TotalEflops) whole.Constant = 1;
        for (var s = 0; s < problem.Candidates.Count; s++)
        {
            var site = problem.Candidates[s];
            if (target.Measure == TargetMeasure.HubGreenShare)
            {
                if (site.InHub) AddGreen(model, s, year, part, whole);
                continue;
            }
            for (var a = 0; a < problem.Hardware.Count; a++)
            {
                var kind = problem.Hardware[a];
                var counts = target.Measure switch
                {
                    TargetMeasure.TotalEflops => true,
                    TargetMeasure.IntelligentShare => kind.Spec.Kind == ComputeKind.Intelligent,
                    TargetMeasure.WestShare => site.Region == Catalogue.Region.West,
                    _ => site.InHub,
                };
                var eflops = kind.Eflops(target.DataType) * kind.Spec.BlockDevices;
                var isNew = target.Measure == TargetMeasure.NewInHubs;
                var blocks = isNew ? Enumerable.Range(0, year + 1).Select(t => model.Blocks[s, a, t]) : model.Alive(s, a, year);
                var given = isNew ? 0 : model.ExistingBlocks(s, a) * eflops;
                foreach (var variable in blocks)
                {
                    if (counts) part.Add(variable, eflops);
                    if (target.Measure != TargetMeasure.TotalEflops) whole.Add(variable, eflops);
                }
                if (counts) part.Constant += given;
                if (target.Measure != TargetMeasure.TotalEflops) whole.Constant += given;
            }
        }
        return (part, whole);
    }

    private static void AddGreen(SitingModel model, int s, int year, Measure part, Measure whole)
    {
        var (energy, share) = (model.Energy(s, year), model.Problem.Candidates[s].Spec.GreenShare);
        foreach (var (variable, gwh) in energy.Terms)
        {
            part.Add(variable, gwh * share);
            whole.Add(variable, gwh);
        }
        part.Constant += energy.Constant * share;
        whole.Constant += energy.Constant;
        part.Add(model.Green[s, year], 1);
    }
}

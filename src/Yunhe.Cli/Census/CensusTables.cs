using Yunhe.Core.Network;
using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Census;
using Yunhe.Planning.Census.Outlook;

namespace Yunhe.Cli.Census;

/// <summary>A census as tables for people. Columns are rounded so that they add up to their totals.</summary>
internal static class CensusTables
{
    public static void Write(CommandContext context, CensusDocument census, Dimension? by, DataType? type)
    {
        var shell = context.Shell;
        var centres = census.Facilities.Where(f => f.Status == FacilityStatus.Built).Sum(f => f.DataCentres);
        shell.Out.WriteLine($"{census.Title.English} ({census.AsOf:yyyy-MM-dd}; {census.Facilities.Count} {(census.Facilities.Count == 1 ? "row" : "rows")}{(centres > 0 ? $", {centres} data centres built" : "")})");
        var types = type is { } only ? [only] : Tally.TypesOf(census.Facilities);
        var dimensions = by is { } one ? (IReadOnlyList<Dimension>)[one] : [Dimension.Kind, census.Level switch { CensusLevel.Province or CensusLevel.City => Dimension.City, _ => Dimension.Region }];
        var assumed = false;
        foreach (var each in types)
            foreach (var dimension in dimensions)
                if (Tally.Take(census, dimension, each) is { Rows.Count: > 0 } tally)
                {
                    shell.Out.WriteLine();
                    assumed |= WriteTally(context, tally);
                }
        WritePue(context, census);
        if (census.Use is { } use) WriteUse(context, use);
        if (assumed) shell.Out.WriteLine($"\n{ShownTally.Mark} rests on an assumption, in part or in whole:");
        foreach (var assumption in assumed ? census.Assumptions.Select(a => a.English).Concat(AssumedSources(census)).Distinct() : []) shell.Out.WriteLine($"  {assumption}");
    }

    public static string Day(DateOnly? day) => day is { } d ? d.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) : "-";

    private static IEnumerable<string> AssumedSources(CensusDocument census) =>
        census.Facilities.Where(f => f.Basis == FigureBasis.Assumed).Select(f => f.Source);

    private static bool WriteTally(CommandContext context, Tally tally)
    {
        var shown = ShownTally.Of(tally);
        var measured = tally.Rows.Any(r => r.MeasuredPetaflops is not null);
        var centres = tally.Total.DataCentres > 0;
        string[] headings = ["RANK", tally.By.ToString().ToUpperInvariant(), $"BUILT {RateText.Name(tally.Type)} {shown.Unit}", "SHARE", "UNDER CONSTRUCTION", "PLANNED", .. centres ? ["DATA CENTRES"] : (string[])[]];
        context.Table(
            measured ? [.. headings, "MEASURED", "OF NOMINAL"] : headings,
            shown.Rows.Append(shown.Total).Select(r => (IReadOnlyList<string>)
            [
                r.Row.Rank > 0 ? $"{r.Row.Rank}" : "-", Key(tally.By, r.Row.Key), r.Built, r.Share, r.UnderConstruction, r.Planned,
                .. centres ? (string[])[r.Row.DataCentres > 0 ? $"{r.Row.DataCentres}" : "-"] : [],
                .. measured ? (string[])[r.Row.MeasuredPetaflops is { } m ? RateText.Show(m, tally.Type) : "-", r.Row.MeasuredPetaflops is { } n ? $"{n / r.Row.NominalOfMeasuredPetaflops:0.0 %}" : "-"] : [],
            ]));
        return tally.Rows.Append(tally.Total).Any(r => r.Assumed.Count > 0);
    }

    public static string Key(Dimension by, string key) => key.Length == 0 ? "(not broken down)"
        : by switch
        {
            Dimension.Kind => key.ToLowerInvariant(),
            Dimension.Province or Dimension.City => Places.InEnglish(key) is var english && english != key ? $"{english} {key}" : key,
            _ => key,
        };

    private static void WritePue(CommandContext context, CensusDocument census)
    {
        if (WeightedPue.Of(census.Facilities) is not { } pue) return;
        context.Shell.Out.WriteLine($"\nPUE {pue.Pue:0.000}, weighted by the power of the computers ({pue.ItKilowatts:#,0.####} kW), over the {pue.Facilities} of {census.Facilities.Count(f => f.Status == FacilityStatus.Built)} built facilities that state both");
    }

    private static void WriteUse(CommandContext context, MeteredUse use)
    {
        context.Shell.Out.WriteLine($"\nUsed from {use.From.UtcDateTime:yyyy-MM-dd HH:mm} to {use.To.UtcDateTime:yyyy-MM-dd HH:mm} UTC, from the metering; all nodes are taken to have been there the whole time");
        context.Table(
            ["SITE", "CORE HOURS", "UTILISATION", "ACCELERATOR HOURS", "UTILISATION", "DELIVERED (nominal rate × hours held)"],
            use.Sites.Append(use.Total).Select(s => new[]
            {
                s.Site, $"{s.CoreHours:0.####}", s.CoreUtilisation is { } c ? $"{c:0.00 %}" : "-", $"{s.AcceleratorHours:0.####}", s.AcceleratorUtilisation is { } a ? $"{a:0.00 %}" : "-",
                s.PetaflopHours.Count > 0 ? string.Join(", ", s.PetaflopHours.Select(h => $"{h.PetaflopHours * 1000:0.####} T{RateText.Suffix(RateText.TypeOf(h.Type)!.Value)}·h {h.Type.ToUpperInvariant()}")) : "-",
            }));
    }
}

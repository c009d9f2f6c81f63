using Yunhe.Core.Network;
using Yunhe.Planning.Census;
using Yunhe.Planning.Census.Outlook;

namespace Yunhe.Cli.Census;

/// <summary>How far the targets of a census are, and when they are reached.</summary>
internal static class CensusTargets
{
    public static Described Create(CommandContext context)
    {
        var file = Commands.CensusCommand.FileArgument();
        var command = new Described("targets", "How far the targets of a census are, when they are reached under which growth, and what would close the distance",
            "yunhe census targets china-2023", "yunhe census targets mine.yaml --output json") { file };
        command.SetAction(async (parsed, cancel) =>
        {
            var census = await CensusSource.ReadAsync(context, parsed, parsed.GetValue(file), cancel);
            if (census.Targets.Count == 0) throw new UsageException("this census has no targets: add a section targets: to its file, as examples/china-2023.yaml has");
            var outlook = CensusOutlook.Of(census);
            context.Show(parsed, outlook, () => Write(context, census, outlook));
            return ExitCodes.Success;
        });
        return command;
    }

    private static void Write(CommandContext context, CensusDocument census, CensusOutlook outlook)
    {
        var to = context.Shell.Out;
        to.WriteLine($"{census.Title.English}, {RateText.Name(census.Type)}");
        foreach (var each in outlook.Targets) WriteTarget(context, each);
        if (outlook.BackTest is { } test)
        {
            to.WriteLine($"\nBack-test: the trend from earlier totals, against what came; mean error {test.MeanAbsoluteError:0.0 %} over {test.Points.Count} forecasts. Intervals above hold 80 of 100 if errors go on as these");
            context.Table(["KNOWN UNTIL", "FORETOLD FOR", "FORETOLD", "CAME", "ERROR"], test.Points.Select(p => new[]
            {
                CensusTables.Day(p.Origin), CensusTables.Day(p.Date), RateText.Show((decimal)p.Forecast, census.Type), RateText.Show((decimal)p.Actual, census.Type), $"{p.Error:+0.0 %;-0.0 %}",
            }));
        }
        else to.WriteLine("\nNo back-test and so no intervals: the history up to the day of the census has fewer than four totals");
        if (outlook.Since.Count > 0)
        {
            to.WriteLine("\nWhat came since, against the first growth given (not used above)");
            context.Table(["DATE", "FORETOLD", "CAME", "ERROR"], outlook.Since.Select(s => new[]
            {
                CensusTables.Day(s.Came.Date), RateText.Show((decimal)s.ForetoldPetaflops, census.Type), RateText.Show(s.Came.Petaflops, census.Type), $"{s.Error:+0.0 %;-0.0 %}",
            }));
        }
    }

    private static void WriteTarget(CommandContext context, TargetOutlook each)
    {
        var (to, target) = (context.Shell.Out, each.Target);
        to.WriteLine($"\n{target.Name.English}: {Amount(each, target.Petaflops is { } p ? (double)p : target.Share!.Value)} by {CensusTables.Day(target.By)}{Mark(target.Basis)}");
        to.WriteLine($"  source: {target.Source}");
        to.WriteLine($"  there is {(target.Share is null ? RateText.Show(each.HasPetaflops, each.Type) : $"{each.HasShare:0.0 %} ({RateText.Show(each.HasPetaflops, each.Type)})")}: {(each.Met ? "met" : Missing(each))}");
        if (each.NeededPerYear is { } needed) to.WriteLine($"  reached in time with {needed:0.0 %} a year");
        if (each.ComingPetaflops > 0) to.WriteLine($"  under construction or planned by then: {RateText.Show(each.ComingPetaflops, each.Type)}");
        if (each.Equivalents.Count > 0)
            to.WriteLine($"  what is missing is as much as {string.Join(", or ", each.Equivalents.Select(e => $"{e.Count:N0} {e.Model}" + (e.Megawatts is { } mw ? $" ({mw:N0} MW)" : "")))}, nominal");
        if (each.Met) return;
        if (each.Scenarios.Count == 0)
        {
            to.WriteLine("  when it is reached is not foretold: no growth of this part was published or assumed");
            return;
        }
        context.Table(["  GROWTH", "A YEAR", "REACHED", "80 % INTERVAL", $"BY {CensusTables.Day(target.By)}", "80 % INTERVAL"], each.Scenarios.Select(s => new[]
        {
            "  " + s.Name + Mark(s.Basis), $"{s.PerYear:0.0 %}", CensusTables.Day(s.Reached), s.HasInterval ? $"{CensusTables.Day(s.Earliest)} to {(s.Latest is null ? "never" : CensusTables.Day(s.Latest))}" : "-",
            Amount(each, s.AtDeadline), s.HasInterval ? $"{Amount(each, s.AtDeadlineLow)} to {Amount(each, s.AtDeadlineHigh)}" : "-",
        }));
        foreach (var scenario in each.Scenarios) to.WriteLine($"  {scenario.Name}: {scenario.Source}{(scenario.WholePerYear is { } whole ? $"; against {whole:0.0 %} a year of the whole" : "")}");
    }

    private static string Missing(TargetOutlook each) => each.Target.Share is null
        ? $"{RateText.Show(each.MissingPetaflops, each.Type)} are missing"
        : $"{RateText.Show(each.MissingPetaflops, each.Type)} more of it would do, if nothing else were added";

    private static string Amount(TargetOutlook each, double value) => each.Target.Share is null ? RateText.Show((decimal)value, each.Type) : $"{value:0.0 %}";

    private static string Mark(FigureBasis basis) => basis == FigureBasis.Assumed ? " (assumed)" : "";
}

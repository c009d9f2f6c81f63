using System.CommandLine;
using Yunhe.Cli.Census;
using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Census;

namespace Yunhe.Cli.Commands;

/// <summary>What computing there is: of a file, or of the running network with what was imported into it.</summary>
internal static class CensusCommand
{
    public static Command Create(CommandContext context)
    {
        var file = FileArgument();
        var by = new Option<Dimension?>("--by") { Description = "Broken down by [default: kind, and region or city]", HelpName = "kind|region|province|city|operator|facility" };
        var type = TypeOption();
        var since = new Option<string?>("--since") { Description = "An earlier census: what was added since, and at what growth", HelpName = "FILE" };
        var command = new Described("census", "What computing there is: by data type, kind, status, region, province, city, operator",
            "yunhe census examples/china-2023.yaml",
            "yunhe census zhejiang-2023 --by city",
            "yunhe census --by province --type bf16 --output json",
            "yunhe census china-2024.yaml --since china-2023 --by region",
            "yunhe census targets china-2023") { file, by, type, since };
        command.SetAction(async (parsed, cancel) =>
        {
            var census = await CensusSource.ReadAsync(context, parsed, parsed.GetValue(file), cancel);
            var only = TypeOf(parsed, type);
            if (parsed.GetValue(since) is { } earlier)
            {
                var changes = CensusChangeTables.Take(census, CensusFile.Read(earlier, context.Shell.Time), earlier, parsed.GetValue(by) ?? Dimension.Kind, only);
                context.Show(parsed, changes, () => CensusChangeTables.Write(context, census, changes));
                return ExitCodes.Success;
            }
            if (only is { } asked && !Tally.TypesOf(census.Facilities).Contains(asked))
                throw new UsageException($"--type: nothing in this census has a figure of {RateText.Name(asked)}; it has {Types(census)}");
            if (context.Json(parsed) && parsed.GetValue(by) is { } dimension)
                context.Show(parsed, (only is { } one ? [one] : Tally.TypesOf(census.Facilities)).Select(t => Tally.Take(census, dimension, t)).ToList(), () => { });
            else context.Show(parsed, census, () => CensusTables.Write(context, census, parsed.GetValue(by), only));
            return ExitCodes.Success;
        });
        command.Add(CensusCatalogue.Create(context));
        command.Add(CensusTargets.Create(context));
        command.Add(CensusExchange.Import(context));
        command.Add(CensusExchange.Export(context));
        command.Add(CensusExchange.Remove(context));
        return command;
    }

    public static Argument<string?> FileArgument() => Words.Optional("FILE", "A census in YAML, JSON or CSV, or china-2023 or zhejiang-2023, which are built in [default: of the server]");

    public static Option<string?> TypeOption() => new("--type") { Description = "Only this data type: fp64, fp32, tf32, bf16, fp16, fp8, fp4, int8", HelpName = "TYPE" };

    public static DataType? TypeOf(ParseResult parsed, Option<string?> option) => parsed.GetValue(option) is not { } word ? null
        : RateText.TypeOf(word) ?? throw new UsageException($"--type: {word} is no data type; use {string.Join(", ", Enum.GetValues<DataType>().Select(RateText.Word))}");

    private static string Types(CensusDocument census) => string.Join(", ", Tally.TypesOf(census.Facilities).Select(RateText.Name)) is { Length: > 0 } types ? types : "none";
}

using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using CsvText = System.Text.StringBuilder;
using Yunhe.Core.Network;
using Yunhe.Planning.Census;

namespace Yunhe.Cli.Census;

/// <summary>Facilities into and out of the network's census.</summary>
internal static class CensusExchange
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Described Import(CommandContext context)
    {
        var file = Words.Required("FILE", "Facilities in CSV, JSON or YAML");
        var replace = new Option<bool>("--replace") { Description = "Facilities that the file does not name are removed" };
        var check = new Option<bool>("--check") { Description = "Only says what is wrong with the file" };
        var command = new Described("import", "Declares facilities in the server's census: all of the file or, if anything is wrong with it, nothing",
            "yunhe census import planned.csv", "yunhe census import examples/zhejiang-2023.yaml --replace", "yunhe census import planned.csv --check") { file, replace, check };
        command.SetAction(async (parsed, cancel) =>
        {
            var facilities = CensusFile.Facilities(parsed.GetRequiredValue(file));
            if (parsed.GetValue(check))
            {
                context.Show(parsed, facilities, () => context.Shell.Out.WriteLine($"{facilities.Count} {(facilities.Count == 1 ? "facility" : "facilities")}, nothing wrong"));
                return ExitCodes.Success;
            }
            var set = await context.Client(parsed).SetFacilitiesAsync(facilities, parsed.GetValue(replace), cancel);
            context.Show(parsed, set, () => context.Shell.Out.WriteLine($"{set.Set} {(set.Set == 1 ? "facility" : "facilities")} taken in; the census has {set.Facilities}"));
            return ExitCodes.Success;
        });
        return command;
    }

    public static Described Export(CommandContext context)
    {
        var file = CensusCommandFile();
        var format = new Option<string>("--format") { Description = "csv or json, which an import takes again", HelpName = "csv|json", DefaultValueFactory = _ => "csv" };
        format.AcceptOnlyFromAmong("csv", "json");
        var command = new Described("export", "All facilities of a census, attached sites among them, as rows",
            "yunhe census export > census.csv", "yunhe census export zhejiang-2023 --format json") { file, format };
        command.SetAction(async (parsed, cancel) =>
        {
            var census = await CensusSource.ReadAsync(context, parsed, parsed.GetValue(file), cancel);
            await context.Shell.Out.WriteAsync(parsed.GetValue(format) == "json" || context.Json(parsed) ? JsonOf(census.Facilities) : CsvOf(census.Facilities));
            return ExitCodes.Success;
        });
        return command;
    }

    public static Described Remove(CommandContext context)
    {
        var name = Words.Required("NAME", "Name of a facility that was imported");
        var command = new Described("remove", "Removes a facility from the server's census", "yunhe census remove \"Rest of the East, general\"") { name };
        command.SetAction(async (parsed, cancel) =>
        {
            var facility = parsed.GetRequiredValue(name);
            await context.Client(parsed).RemoveFacilityAsync(facility, cancel);
            if (!context.Json(parsed)) await context.Shell.Out.WriteLineAsync($"{facility} removed");
            return ExitCodes.Success;
        });
        return command;
    }

    /// <summary>Without columns that nobody has anything in.</summary>
    public static string CsvOf(IReadOnlyList<Facility> facilities)
    {
        var rows = facilities.Select(FacilityRows.Write).ToList();
        var used = Enumerable.Range(0, FacilityRows.Columns.Count).Where(i => rows.Any(r => r[i].Length > 0)).ToList();
        var text = new CsvText().AppendJoin(',', used.Select(i => FacilityRows.Columns[i])).Append('\n');
        foreach (var row in rows) text.AppendJoin(',', used.Select(i => Quoted(row[i]))).Append('\n');
        return text.ToString();
    }

    private static string JsonOf(IReadOnlyList<Facility> facilities) => JsonSerializer.Serialize(
        facilities.Select(FacilityRows.Write).Select(r => FacilityRows.Columns.Zip(r).Where(c => c.Second.Length > 0).ToDictionary(c => c.First, c => c.Second)), Indented) + "\n";

    /// <summary>RFC 4180.</summary>
    private static string Quoted(string field) => field.AsSpan().ContainsAny(",\"\r\n") ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : field;

    private static Argument<string?> CensusCommandFile() => Commands.CensusCommand.FileArgument();
}

using System.CommandLine;
using Yunhe.Cli.Census;
using Yunhe.Planning.Census;
using Yunhe.Planning.Census.Report;

namespace Yunhe.Cli.Commands;

internal static class ReportCommand
{
    public static Command Create(CommandContext context)
    {
        var file = CensusCommand.FileArgument();
        var of = new Option<string?>("--of") { Description = "china (built in), or a province or city of the census [default: all of it]", HelpName = "china|province:NAME|city:NAME" };
        var language = new Option<string>("--language") { Description = "zh or en", HelpName = "zh|en", DefaultValueFactory = _ => "en" };
        language.AcceptOnlyFromAmong("zh", "en");
        var to = new Option<string?>("--to") { Description = "Folder for report.html and report.md [default: Markdown to stdout]", HelpName = "FOLDER" };
        var command = new Described("report", "The state of computing as a report, every figure with its source or its assumption",
            "yunhe report --of china --language zh --to report",
            "yunhe report zhejiang-2023 --of city:Hangzhou",
            "yunhe report --to report") { file, of, language, to };
        command.SetAction(async (parsed, cancel) =>
        {
            var census = Narrowed(await CensusSource.ReadAsync(context, parsed, parsed.GetValue(file) ?? BuiltIn(parsed.GetValue(of)), cancel), parsed.GetValue(of));
            var report = CensusReport.Of(census, new(parsed.GetValue(language) == "zh"));
            if (parsed.GetValue(to) is { } folder) Write(context.Shell, folder, report);
            else if (context.Json(parsed)) context.Show(parsed, census, () => { });
            else await context.Shell.Out.WriteAsync(MarkdownReport.Write(report));
            return ExitCodes.Success;
        });
        return command;
    }

    private static string? BuiltIn(string? of) => of is "china" ? "china-2023" : null;

    private static CensusDocument Narrowed(CensusDocument census, string? of)
    {
        if (of is null or "china") return census;
        var (level, name) = of.IndexOf(':') is > 0 and var cut ? (of[..cut], of[(cut + 1)..]) : (of, "");
        var narrow = level switch
        {
            "province" when name.Length > 0 => CensusScope.Province(census, name),
            "city" when name.Length > 0 => CensusScope.City(census, name),
            _ => throw new UsageException($"--of {of}: use china, province:NAME or city:NAME, such as province:Zhejiang"),
        };
        return narrow ?? throw new UsageException($"--of {of}: the census has nothing there; it has {string.Join(", ", Places(census, level).Take(12))}");
    }

    private static IEnumerable<string> Places(CensusDocument census, string level) => census.Facilities
        .Select(f => level == "city" ? f.Place.City : f.Place.Province).Where(p => p.Length > 0).Distinct().Order(StringComparer.Ordinal).DefaultIfEmpty("no " + level);

    private static void Write(Shell shell, string folder, ReportDocument report)
    {
        try
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, "report.html"), PageReport.Write(report));
            File.WriteAllText(Path.Combine(folder, "report.md"), MarkdownReport.Write(report));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--to {folder}: can't be written: {e.Message}");
        }
        shell.Err.WriteLine($"written: {Path.Combine(folder, "report.html")}, {Path.Combine(folder, "report.md")}");
    }
}

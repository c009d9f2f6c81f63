using System.Reflection;
using Yunhe.Simulator.Results;
using Yunhe.Simulator.Results.Report;
using Yunhe.Simulator.Traces;

namespace Yunhe.Cli.Simulating;

/// <summary>The files of a comparison.</summary>
internal static class Reports
{
    public static void Write(Shell shell, string folder, ComparisonOptions options, BadLines bad, IReadOnlyList<RunResult> results, bool cutOff)
    {
        SimulationReport.Write(
            folder,
            new()
            {
                Network = options.Network ?? "one machine",
                Trace = options.Trace,
                Version = Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "",
                CommandLine = CommandLine(options),
                Notes = [.. Notes(options, cutOff)],
                Skipped = bad.Count > 0 ? bad : null,
            },
            results);
        shell.Err.WriteLine($"written: {Path.Combine(folder, "report.html")}");
    }

    private static IEnumerable<string> Notes(ComparisonOptions options, bool cutOff)
    {
        if (cutOff) yield return "It was cut off: only runs that were complete by then are shown.";
        if (options.Generate is not null) yield return "The jobs are not the trace's: they are drawn, for each seed anew, from a model fitted to it.";
        if (options.Network is not null) yield return "Cores are rounded up to whole ones; a job of more processors than a node has runs as a gang of alike nodes.";
    }

    /// <summary>What gives the same figures again.</summary>
    private static string CommandLine(ComparisonOptions o)
    {
        (string Name, string? Value)[] all =
        [
            ("--network", o.Network), ("--trace", o.Trace), ("--policy", o.Policies), ("--seeds", $"{o.Seeds}"), ("--limit-jobs", o.LimitJobs?.ToString()),
            ("--from", o.From), ("--to", o.To), ("--generate", o.Generate), ("--processors", o.Processors?.ToString()),
        ];
        return "yunhe simulate" + string.Concat(all.Where(a => a.Value is not null).Select(a => $" {a.Name} {Format.ShellWord(a.Value!)}")) + (o.SkipBad ? " --skip-bad" : "");
    }
}

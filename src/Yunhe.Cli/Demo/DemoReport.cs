using Yunhe.Contracts;

namespace Yunhe.Cli.Demo;

/// <summary>The table at the end, and whether everything went as it should.</summary>
internal static class DemoReport
{
    public static bool Write(CommandContext context, IReadOnlyList<(DemoTask Task, DemoResult Result)> all, string currency)
    {
        var verdicts = all.Select(one => (one.Task, one.Result, Problem: ProblemOf(one.Task, one.Result))).ToList();
        context.Table(
            ["WORKLOAD", "SITE", "WHY THERE", "WAITED", "RAN", "EXIT", "COST", "ENERGY", "CO2E", "RESULT"],
            verdicts.Select(v => Row(v.Result, v.Problem ?? v.Task.Check(v.Result) ?? "-", currency)));
        foreach (var (task, result, problem) in verdicts.Where(v => v.Problem is not null))
        {
            context.Shell.Err.WriteLine($"wrong: {result.Workload.Id} {result.Workload.Name} ({task.File}): {problem}");
            foreach (var text in result.Texts("stderr").Where(t => t.Length > 0).Take(1)) context.Shell.Err.WriteLine(text.TrimEnd());
        }

        return verdicts.All(v => v.Problem is null);
    }

    private static string? ProblemOf(DemoTask task, DemoResult result)
    {
        var workload = result.Workload;
        var expected = task.ExitCode == 0 ? PhaseWord.Succeeded : PhaseWord.Failed;
        if (workload.Phase != expected) return $"{Format.Word(workload.Phase)}, not {Format.Word(expected)}: {workload.Detail}";
        if ((workload.ExitCode ?? 0) != task.ExitCode) return $"exit code {workload.ExitCode}, not {task.ExitCode}";
        if (task.Site is { } site && workload.Site != site) return $"ran at {workload.Site}, not {site}";
        return task.Check(result) is null ? $"the results in {result.Folder} are missing or wrong" : null;
    }

    private static string[] Row(DemoResult result, string outcome, string currency)
    {
        var w = result.Workload;
        var sites = w.FirstTasks.SelectMany(t => t.Attempts).Select(a => a.Site).Distinct().Order(StringComparer.Ordinal);
        return
        [
            $"{w.Id} {w.Name}{(w.Tasks > 1 ? $" x{w.Tasks}" : "")}",
            Format.Text(string.Join(',', sites)),
            Why(result),
            Format.Between(w.SubmittedAt, w.StartedAt),
            Format.Between(w.StartedAt, w.EndedAt),
            Format.Number(w.ExitCode),
            Format.Money(w.Used.Cost, currency),
            Format.Energy(w.Used.EnergyKwh),
            Format.Carbon(w.Used.CarbonG),
            outcome,
        ];
    }

    /// <summary>The goal, and why the next best site lost.</summary>
    private static string Why(DemoResult result)
    {
        if (result.Why.Placed is not { } placed) return Format.Text(result.Why.Summary);
        var able = placed.Candidates.Where(c => c.Excluded is null).ToList();
        if (able.Count < 2) return "the only one that could";
        var next = able.First(c => c.Site != able[0].Site);
        var reason = next.LostBecause?.Split(';', '(')[0].Trim() ?? "is no better";
        return $"{Format.Word(placed.Optimize)}: {next.Site} {reason}";
    }
}

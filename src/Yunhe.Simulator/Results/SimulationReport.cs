using Yunhe.Simulator.Results.Report;

namespace Yunhe.Simulator.Results;

/// <summary>
/// Writes what a simulation came to into a directory: <c>report.html</c>, <c>summary.md</c>, <c>summary.csv</c>, <c>summary.json</c> and
/// <c>sites.csv</c>. The jobs themselves are written by <see cref="JobWriter"/> while they end.
/// </summary>
public static class SimulationReport
{
    /// <param name="directory">Made if it is not there; files of these names are overwritten.</param>
    /// <param name="simulated">What was simulated.</param>
    /// <param name="runs">One for each policy and seed; policies are shown in the order in which they first come.</param>
    public static void Write(string directory, Simulated simulated, IReadOnlyList<RunResult> runs)
    {
        Directory.CreateDirectory(directory);
        var policies = PolicyRuns.Group(runs);
        File.WriteAllText(Path.Combine(directory, "summary.md"), PolicyTable.Markdown(policies));
        PolicyTable.Csv(Path.Combine(directory, "summary.csv"), policies);
        PolicyTable.Json(Path.Combine(directory, "summary.json"), simulated, policies);
        PolicyTable.SitesCsv(Path.Combine(directory, "sites.csv"), policies);
        File.WriteAllText(Path.Combine(directory, "report.html"), new ReportPage(simulated, policies).Write());
    }
}

using System.Globalization;
using System.Text.Json;
using Yunhe.Contracts;
using Yunhe.Simulator.Results;

namespace Yunhe.Cli.Simulating;

/// <summary>A row for each policy: the means over its seeds.</summary>
internal static class ComparisonTable
{
    private static readonly JsonSerializerOptions Indented = new(Wire.Json) { WriteIndented = true };

    private const int MostReasons = 5;

    private static readonly (string Heading, string Key, Func<RunSummary, double> Of, string Format)[] Columns =
    [
        ("JOBS", "jobs", s => s.Jobs, "0.#"),
        ("ENDED", "ended", s => s.Completed + s.TimedOut, "0.#"),
        ("FAILED", "failed", s => s.Failed, "0.#"),
        ("REJECTED", "rejected", s => s.Rejected, "0.#"),
        ("UNFINISHED", "unfinished", s => s.Unfinished, "0.#"),
        ("WAIT S", "wait_mean_s", s => s.Wait.Mean, "0.0"),
        ("P50", "wait_p50_s", s => s.Wait.P50, "0.0"),
        ("P95", "wait_p95_s", s => s.Wait.P95, "0.0"),
        ("P99", "wait_p99_s", s => s.Wait.P99, "0.0"),
        ("MAX", "wait_max_s", s => s.Wait.Max, "0"),
        ("SLOWDOWN", "slowdown_mean", s => s.Slowdown.Mean, "0.00"),
        ("BOUNDED", "bounded_slowdown_mean", s => s.BoundedSlowdown.Mean, "0.00"),
        ("P50", "bounded_slowdown_p50", s => s.BoundedSlowdown.P50, "0.00"),
        ("P95", "bounded_slowdown_p95", s => s.BoundedSlowdown.P95, "0.00"),
        ("P99", "bounded_slowdown_p99", s => s.BoundedSlowdown.P99, "0.00"),
        ("CPU %", "cpu_percent", s => 100 * s.Cpus, "0.0"),
        ("ACC %", "accelerator_percent", s => 100 * s.Accelerators, "0.0"),
        ("FRAG %", "fragmentation_percent", s => 100 * s.Fragmentation, "0.0"),
        ("MAKESPAN D", "makespan_days", s => s.Makespan / 86_400, "0.00"),
        ("COST", "cost", s => (double)s.Cost.ToDecimal(), "0.00"),
        ("KWH", "energy_kwh", s => s.Energy.KWh, "0.0"),
        ("KG CO2E", "carbon_kg", s => s.Carbon.Grams / 1000, "0.0"),
        ("FAIR", "fairness_users", s => s.FairnessOfUsers, "0.000"),
    ];

    public static void Write(Shell shell, IReadOnlyList<RunResult> results, bool json)
    {
        var policies = results.GroupBy(r => r.Policy).ToList();
        if (json) shell.Out.WriteLine(JsonSerializer.Serialize(new { policies = policies.Select(View).ToList() }, Indented));
        else Table(shell, results, policies);
        // Of the run with most: every run is of the same trace.
        var reasons = results.SelectMany(r => r.Reasons).GroupBy(r => r.Why).Select(g => (Why: g.Key, Jobs: g.Max(r => r.Jobs))).OrderByDescending(r => r.Jobs).ToList();
        foreach (var (why, jobs) in reasons.Take(MostReasons)) shell.Err.WriteLine($"{jobs} {(jobs == 1 ? "job" : "jobs")}: {why}");
        if (reasons.Count > MostReasons) shell.Err.WriteLine("… and others for other reasons, which the files of each run's jobs name (--output DIR)");
    }

    private static void Table(Shell shell, IReadOnlyList<RunResult> results, IReadOnlyList<IGrouping<string, RunResult>> policies)
    {
        // A column without any figure (accelerators of a machine that has none, money of one that has no prices) is left out.
        var shown = Columns.Where(c => results.Any(r => double.IsFinite(c.Of(r.Summary)) && (c.Of(r.Summary) != 0 || c.Key is "jobs" or "ended" or "wait_mean_s"))).ToList();
        Tables.Write(
            shell.Out, shell.OutIsTerminal, shell.Environment, ["POLICY", "SEEDS", .. shown.Select(c => c.Heading)],
            policies.Select(p => new[] { p.Key, p.Count().ToString(CultureInfo.InvariantCulture) }
                .Concat(shown.Select(c => Text(Mean(p, c.Of), c.Format))).ToArray()));
    }

    private static Dictionary<string, object?> View(IGrouping<string, RunResult> policy)
    {
        var view = new Dictionary<string, object?> { ["policy"] = policy.Key, ["seeds"] = policy.Count() };
        foreach (var column in Columns)
            view[column.Key] = Mean(policy, column.Of) is var mean && double.IsFinite(mean) ? mean : null;
        return view;
    }

    /// <summary>Of the runs that have the figure: one without any job has no waits.</summary>
    private static double Mean(IEnumerable<RunResult> runs, Func<RunSummary, double> of) => runs.Select(r => of(r.Summary)).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();

    private static string Text(double value, string format) => double.IsFinite(value) ? value.ToString(format, CultureInfo.InvariantCulture) : "-";
}

namespace Yunhe.Simulator.Results;

/// <summary>One column of the table of policies: the same in Markdown, CSV, JSON and the page.</summary>
internal sealed record Figure(string Key, string Name, string Unit, Func<RunSummary, double> Of)
{
    private const double GramsPerKg = 1000;

    public static readonly IReadOnlyList<Figure> All =
    [
        .. Spread("wait", "Wait", "s", s => s.Wait),
        .. Spread("slowdown", "Slowdown", "", s => s.Slowdown),
        .. Spread("bounded_slowdown", "Bounded slowdown", "", s => s.BoundedSlowdown),
        new("cpu_utilisation", "Processors busy", "%", s => 100 * s.Cpus),
        new("cpu_utilisation_steady", "Processors busy, steady", "%", s => 100 * s.CpusSteady),
        new("accelerator_utilisation", "Accelerators busy", "%", s => 100 * s.Accelerators),
        new("accelerator_utilisation_steady", "Accelerators busy, steady", "%", s => 100 * s.AcceleratorsSteady),
        new("fragmentation", "Fragmentation", "%", s => 100 * s.Fragmentation),
        new("makespan", "Makespan", "s", s => s.Makespan),
        new("cost", "Cost", "¥", s => (double)s.Cost.ToDecimal()),
        new("energy", "Energy", "kWh", s => s.Energy.KWh),
        new("carbon", "CO2", "kg", s => s.Carbon.Grams / GramsPerKg),
        new("fairness_projects", "Fairness of projects", "Jain", s => s.FairnessOfProjects),
        new("fairness_users", "Fairness of users", "Jain", s => s.FairnessOfUsers),
        new("before_p50", "Starts before P50", "%", s => 100 * s.BeforeP50),
        new("before_p90", "Starts before P90", "%", s => 100 * s.BeforeP90),
        new("jobs", "Jobs", "", s => s.Jobs),
        new("completed", "Completed", "", s => s.Completed),
        new("timed_out", "Ended at limit", "", s => s.TimedOut),
        new("failed", "Failed", "", s => s.Failed),
        new("rejected", "Rejected", "", s => s.Rejected),
        new("unfinished", "Unfinished", "", s => s.Unfinished),
        new("retried", "Tried again", "", s => s.Retried),
    ];

    public string Title => Unit.Length > 0 ? $"{Name} ({Unit})" : Name;

    private static IEnumerable<Figure> Spread(string key, string name, string unit, Func<RunSummary, Distribution> of) =>
    [
        new($"{key}_mean", $"{name}, mean", unit, s => of(s).Mean),
        new($"{key}_p50", $"{name}, p50", unit, s => of(s).P50),
        new($"{key}_p95", $"{name}, p95", unit, s => of(s).P95),
        new($"{key}_p99", $"{name}, p99", unit, s => of(s).P99),
        new($"{key}_max", $"{name}, max", unit, s => of(s).Max),
    ];
}

/// <summary>A figure over the seeds of a policy. <c>Sd</c> is the sample's standard deviation; NaN with one seed.</summary>
internal readonly record struct MeanAndSd(double Mean, double Sd)
{
    public static MeanAndSd Of(IReadOnlyCollection<double> values)
    {
        var mean = values.Average();
        return new(mean, values.Count > 1 ? Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1)) : double.NaN);
    }
}

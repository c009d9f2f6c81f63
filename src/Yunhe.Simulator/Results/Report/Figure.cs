namespace Yunhe.Simulator.Results.Report;

/// <summary>What is better of a figure; of the others, neither is.</summary>
internal enum Better
{
    Neither,
    Less,
    More,
}

/// <summary>One line of the table of policies: the same in Markdown, CSV, JSON and the page.</summary>
internal sealed record Figure(string Key, string Name, string Unit, Better Better, Func<RunSummary, double> Of)
{
    private const double GramsPerKg = 1000;

    /// <summary>Figures of one group stand together in a table.</summary>
    public string Group => Key.Split('_')[0] switch
    {
        "wait" => "wait",
        "slowdown" => "slowdown",
        "bounded" => "bounded slowdown",
        "cpu" or "accelerator" or "fragmentation" or "makespan" => "use",
        "cost" or "energy" or "carbon" => "cost",
        "fairness" or "before" => "promises",
        _ => "counts",
    };

    public static readonly IReadOnlyList<Figure> All =
    [
        .. Spread("wait", "Wait", "s", s => s.Wait),
        .. Spread("slowdown", "Slowdown", "", s => s.Slowdown),
        .. Spread("bounded_slowdown", "Bounded slowdown", "", s => s.BoundedSlowdown),
        new("cpu_utilisation", "Processors busy", "%", Better.More, s => 100 * s.Cpus),
        new("cpu_utilisation_steady", "Processors busy, steady", "%", Better.More, s => 100 * s.CpusSteady),
        new("accelerator_utilisation", "Accelerators busy", "%", Better.More, s => 100 * s.Accelerators),
        new("accelerator_utilisation_steady", "Accelerators busy, steady", "%", Better.More, s => 100 * s.AcceleratorsSteady),
        new("fragmentation", "Fragmentation", "%", Better.Less, s => 100 * s.Fragmentation),
        new("makespan", "Makespan", "s", Better.Less, s => s.Makespan),
        new("cost", "Cost", "¥", Better.Less, s => (double)s.Cost.ToDecimal()),
        new("energy", "Energy", "kWh", Better.Less, s => s.Energy.KWh),
        new("carbon", "CO2", "kg", Better.Less, s => s.Carbon.Grams / GramsPerKg),
        new("fairness_projects", "Fairness of projects", "Jain", Better.More, s => s.FairnessOfProjects),
        new("fairness_users", "Fairness of users", "Jain", Better.More, s => s.FairnessOfUsers),
        new("before_p50", "Starts before P50", "%", Better.Neither, s => 100 * s.BeforeP50),
        new("before_p90", "Starts before P90", "%", Better.Neither, s => 100 * s.BeforeP90),
        new("jobs", "Jobs", "", Better.Neither, s => s.Jobs),
        new("completed", "Completed", "", Better.More, s => s.Completed),
        new("timed_out", "Ended at limit", "", Better.Less, s => s.TimedOut),
        new("failed", "Failed", "", Better.Less, s => s.Failed),
        new("rejected", "Rejected", "", Better.Less, s => s.Rejected),
        new("unfinished", "Unfinished", "", Better.Less, s => s.Unfinished),
        new("retried", "Tried again", "", Better.Neither, s => s.Retried),
    ];

    public string Title => Unit.Length > 0 ? $"{Name} ({Unit})" : Name;

    private static IEnumerable<Figure> Spread(string key, string name, string unit, Func<RunSummary, Distribution> of) =>
    [
        new($"{key}_mean", $"{name}, mean", unit, Better.Less, s => of(s).Mean),
        new($"{key}_p50", $"{name}, p50", unit, Better.Less, s => of(s).P50),
        new($"{key}_p95", $"{name}, p95", unit, Better.Less, s => of(s).P95),
        new($"{key}_p99", $"{name}, p99", unit, Better.Less, s => of(s).P99),
        new($"{key}_max", $"{name}, max", unit, Better.Less, s => of(s).Max),
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

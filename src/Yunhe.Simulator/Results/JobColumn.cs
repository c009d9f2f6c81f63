namespace Yunhe.Simulator.Results;

/// <summary>A column of the per-job files. Exactly one of the getters is there; null: the run does not tell.</summary>
internal sealed record JobColumn(string Name)
{
    public Func<JobOutcome, long?>? Whole { get; private init; }

    public Func<JobOutcome, double?>? Number { get; private init; }

    public Func<JobOutcome, string?>? Text { get; private init; }

    public static readonly IReadOnlyList<JobColumn> All =
    [
        new("number") { Whole = o => o.Job.Number },
        new("end") { Text = o => EndName(o.End) },
        new("submit") { Whole = o => o.Job.Submit },
        new("start") { Number = o => Told(o.Start) },
        new("finish") { Number = o => Told(o.Finish) },
        new("wait") { Number = o => o.Start >= 0 ? o.Start - o.Job.Submit : null },
        new("bounded_slowdown") { Number = o => Ended(o) ? RunMetrics.BoundedSlowdown(o.Start - o.Job.Submit, o.Finish - o.Start) : null },
        new("site") { Text = o => Told(o.Site) },
        new("pool") { Text = o => Told(o.Pool) },
        new("attempts") { Whole = o => o.Attempts },
        new("requested_time") { Whole = o => o.Job.RequestedTime >= 0 ? o.Job.RequestedTime : null },
        new("nodes") { Whole = o => o.Job.Nodes },
        new("cpu_milli") { Whole = o => o.Job.CpuMilli },
        new("memory_mib") { Whole = o => o.Job.MemoryMiB },
        new("accelerators") { Whole = o => o.Job.Accelerators },
        new("accelerator_milli") { Whole = o => o.Job.AcceleratorMilli },
        new("user") { Text = o => o.Job.User },
        new("project") { Text = o => o.Job.Project },
        new("name") { Text = o => o.Job.Name },
        new("forecast_p50") { Number = o => Told(o.ForecastP50) },
        new("forecast_p90") { Number = o => Told(o.ForecastP90) },
        new("cost") { Number = o => (double)o.Cost.ToDecimal() },
        new("energy_kwh") { Number = o => o.Energy.KWh },
        new("carbon_g") { Number = o => o.Carbon.Grams },
        new("why") { Text = o => Told(o.Why) },
    ];

    internal static string EndName(JobEnd end) => end switch
    {
        JobEnd.Completed => "completed",
        JobEnd.TimedOut => "timed_out",
        JobEnd.Failed => "failed",
        JobEnd.Rejected => "rejected",
        _ => "unfinished",
    };

    private static bool Ended(JobOutcome outcome) => outcome.Start >= 0 && outcome.Finish >= outcome.Start;

    private static double? Told(double seconds) => seconds >= 0 ? seconds : null;

    private static string? Told(string text) => text.Length > 0 ? text : null;
}

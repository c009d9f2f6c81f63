using System.Globalization;
using Yunhe.Planning.Training.Calibration;
using Yunhe.Planning.Training.Measurements;

namespace Yunhe.Bench.Planning;

/// <summary>
/// Predicted against published training runs, by source, beside a constant MFU. With the shipped calibration, unless --fit (which also writes it, to the
/// repository's file or the one named) or --cross-validate (which leaves whole sources out).
/// </summary>
internal static class Planner
{
    private const string CalibrationFile = "src/Yunhe.Planning/Training/Calibration/calibration.csv";
    private const string SpreadFile = "src/Yunhe.Planning/Training/Calibration/spread.csv";

    public static Task<IReadOnlyList<Row>> RunAsync(Options options)
    {
        var path = options.Text("--points")
            ?? Path.Combine(options.DataFolder, "hardware", "training_points_dev.csv");
        using var stream = File.OpenRead(path);
        var (runs, unusable) = PublishedRuns.Read(stream);
        var set = new ScoredRuns(runs, unusable);
        var quiet = options.Has("--json");
        if (!quiet) set.Tell();

        var table = ShippedCalibration.Table;
        if (options.Has("--fit"))
        {
            table = CalibrationFit.Fit(set.Steps, set.Peaks);
            CalibrationFiles.Write(table, options.Texts("--fit") is [var file, ..] ? file : CalibrationFile);
        }
        var scores = Scores.Of(set, table);
        if (!quiet) scores.Print("predicted with " + (options.Has("--fit") ? "this fit" : "the shipped calibration"));
        var rows = scores.Rows("").ToList();
        if (options.Has("--cross-validate"))
        {
            var left = Scores.LeftOut(set);
            if (!quiet) left.Print("each source predicted from the others");
            rows.AddRange(left.Rows("sources left out: "));
            if (options.Has("--fit")) CalibrationFiles.WriteSpread(scores, left, SpreadFile);
            if (options.Has("--left")) scores = left;
        }
        if (options.Has("--rows")) scores.PrintRows();
        if (options.Text("--plot") is { } plot) File.WriteAllText(plot, PlannerPlot.Svg(scores));
        return Task.FromResult<IReadOnlyList<Row>>(rows);
    }
}

/// <summary>Which rows count for what.</summary>
internal sealed class ScoredRuns(IReadOnlyList<PublishedRun> runs, IReadOnlyList<UnusableRow> unusable)
{
    /// <summary>Step times: benchmarks and averages of runs, not the billed hours of whole runs, nor what its source calls inconsistent.</summary>
    public IReadOnlyList<PublishedRun> Steps { get; } =
        [.. runs.Where(r => r.StepSeconds is not null && r.Kind is not (RunKind.E2eRun or RunKind.MemoryPoint) && !r.Inconsistent && r.Feasible)];

    public IReadOnlyList<PublishedRun> Peaks { get; } = [.. runs.Where(r => r.PeakMemoryBytes is not null && r.Feasible && r.Layout is not null)];

    /// <summary>Rows that tell whether a layout fits: it ran out of memory, or its peak was measured.</summary>
    public IReadOnlyList<PublishedRun> Fits { get; } = [.. runs.Where(r => r.Layout is not null && (!r.Feasible || r.PeakMemoryBytes is not null))];

    public IReadOnlyList<PublishedRun> Whole { get; } = [.. runs.Where(r => r.Kind == RunKind.E2eRun && r.AcceleratorHours is > 0 && r.Job.BillionTokens > 0)];

    public ScoredRuns Only(string group) => new([.. runs.Where(r => r.Group == group)], []);

    public void Tell()
    {
        var counted = Steps.Concat(Peaks).Concat(Fits).Concat(Whole).Select(r => r.Id).ToHashSet();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{runs.Count + unusable.Count} rows: {Steps.Count} step times, {Peaks.Count} peaks of memory, {Fits.Count(f => !f.Feasible)} out of memory, {Whole.Count} whole runs"));
        foreach (var run in runs.Where(r => !counted.Contains(r.Id)))
            Console.WriteLine($"  not scored: {run.Id}, {(run.Inconsistent ? "its source says that its figures do not fit together" : "no measurement that can be converted")}");
        foreach (var row in unusable) Console.WriteLine($"  not scored: {row.Id}, {row.Reason}");
    }
}

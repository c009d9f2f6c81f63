using System.Globalization;
using Yunhe.Planning.Training;
using Yunhe.Planning.Training.Calibration;
using Yunhe.Planning.Training.Measurements;

namespace Yunhe.Bench.Planning;

/// <summary>Predicted against published training runs.</summary>
internal static class Planner
{
    public static Task<IReadOnlyList<Row>> RunAsync(Options options)
    {
        var path = options.Text("--points") ?? Path.Combine(options.Data ?? throw new InvalidOperationException("--data DIR or --points FILE"), "hardware", "training_points_dev.csv");
        using var stream = File.OpenRead(path);
        var (runs, unusable) = PublishedRuns.Read(stream);
        foreach (var row in unusable) Console.WriteLine($"unusable {row.Id} {row.Reason}");
        var steps = runs.Where(r => r.StepSeconds is not null && r.Kind is not (RunKind.E2eRun or RunKind.MemoryPoint) && !r.Inconsistent && r.Feasible).ToList();
        var peaks = runs.Where(r => r.PeakMemoryBytes is not null && r.Feasible).ToList();
        var table = ShippedCalibration.Table;
        if (options.Arguments.Contains("--fit"))
        {
            table = CalibrationFit.Fit(steps, peaks, table);
            foreach (var (effect, log) in table.Logs.OrderBy(p => p.Key.Level).ThenBy(p => p.Key.Constant).ThenBy(p => p.Key.Key, StringComparer.Ordinal))
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{effect.Level},{effect.Key},{effect.Constant},{Math.Exp(log):G5}"));
        }
        var errors = Errors(steps, table);
        Report("fitted", errors);
        Report("memory", Memory(peaks, table));
        foreach (var run in runs.Where(r => r.PeakMemoryBytes is not null || !r.Feasible))
        {
            var fits = MemoryModel.Estimate(run.Job, run.Layout!.Value, run.Cluster, table.Profile(run.Keys)).Total <= run.Cluster.Accelerator.MemoryGB * 1e9;
            if (fits != run.Feasible) Console.WriteLine($"fits wrongly: {run.Id} feasible {run.Feasible}");
        }
        if (options.Arguments.Contains("--cross-validate"))
        {
            var left = new List<(PublishedRun Run, double Error)>();
            var leftMemory = new List<(PublishedRun Run, double Error)>();
            foreach (var group in runs.Select(s => s.Group).Distinct())
            {
                var rest = CalibrationFit.Fit([.. steps.Where(s => s.Group != group)], [.. peaks.Where(s => s.Group != group)], table, 25);
                left.AddRange(Errors([.. steps.Where(s => s.Group == group)], rest));
                leftMemory.AddRange(Memory([.. peaks.Where(s => s.Group == group)], rest));
            }
            Report("left out", left);
            Report("left out memory", leftMemory);
            if (options.Arguments.Contains("--left")) errors = left;
        }
        if (options.Arguments.Contains("--rows"))
            foreach (var (run, error) in errors)
            {
                var layout = run.Layout ?? LayoutGuess.For(run, table.Profile(run.Keys));
                var t = StepModel.Estimate(run.Job, layout, run.Cluster, table.Profile(run.Keys));
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{run.Id} {run.Family,-14} {run.Job.Model.Name,-16} {run.Keys.Accelerator,-12} n{run.Cluster.Devices} t{layout.Tensor}p{layout.Pipeline}v{layout.Interleave}c{layout.Context}e{layout.Expert}d{layout.Data}z{layout.Zero}b{layout.MicroBatch} {layout.Recompute} {run.Keys.Recipe} s{run.Job.SequenceLength} g{run.Job.GlobalBatch} | {run.StepSeconds:G4} {error:P1} | c{t.Compute / t.Total:P0} t{t.TensorCommunication / t.Total:P0} p{t.PipelineCommunication / t.Total:P0} d{t.DataCommunication / t.Total:P0} x{t.ContextCommunication / t.Total:P0} e{t.ExpertCommunication / t.Total:P0} b{t.Bubble / t.Total:P0} o{t.Optimizer / t.Total:P0}"));
            }
        if (options.Arguments.Contains("--memory"))
            foreach (var run in runs.Where(r => r.PeakMemoryBytes is not null || !r.Feasible))
            {
                var profile = table.Profile(run.Keys);
                var layout = run.Layout ?? LayoutGuess.For(run, profile);
                var m = MemoryModel.Estimate(run.Job, layout, run.Cluster, profile);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{run.Id} {run.Family,-14} {run.Job.Model.Name,-14} {run.Keys.Accelerator,-12} n{run.Cluster.Devices} t{layout.Tensor}p{layout.Pipeline}v{layout.Interleave}e{layout.Expert}d{layout.Data}z{layout.Zero}b{layout.MicroBatch} {layout.Recompute} {run.Job.Precision} s{run.Job.SequenceLength} g{run.Job.GlobalBatch} | {run.PeakMemoryBytes / 1e9} {run.Feasible} {m.Total / 1e9:F1} {(run.PeakMemoryBytes is { } b ? m.Total / b - 1 : 0):P0} | w{m.Weights / 1e9:F1} g{m.Gradients / 1e9:F1} o{m.Optimizer / 1e9:F1} a{m.Activations / 1e9:F1} b{m.Buffers / 1e9:F1}"));
            }
        return Task.FromResult<IReadOnlyList<Row>>([]);
    }

    private static List<(PublishedRun Run, double Error)> Memory(IReadOnlyList<PublishedRun> runs, CalibrationTable table) =>
        [.. runs.Select(r => (r, MemoryModel.Estimate(r.Job, r.Layout!.Value, r.Cluster, table.Profile(r.Keys)).Total / r.PeakMemoryBytes!.Value - 1))];

    private static List<(PublishedRun Run, double Error)> Errors(IReadOnlyList<PublishedRun> runs, CalibrationTable table) =>
        [.. runs.Select(r =>
        {
            var profile = table.Profile(r.Keys);
            return (r, StepModel.Estimate(r.Job, r.Layout ?? LayoutGuess.For(r, profile), r.Cluster, profile).Total / r.StepSeconds!.Value - 1);
        })];

    private static void Report(string title, IReadOnlyList<(PublishedRun Run, double Error)> errors)
    {
        Console.WriteLine($"-- {title}");
        void Line(string name, IEnumerable<double> e)
        {
            var sorted = e.Select(Math.Abs).Order().ToList();
            if (sorted.Count == 0) return;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-60} {sorted.Count,4} mean {sorted.Average(),7:P1} median {sorted[sorted.Count / 2],7:P1} p90 {sorted[(int)(0.9 * (sorted.Count - 1))],7:P1} bias {e.Average(),7:P1}"));
        }
        Line("dense", errors.Where(e => e.Run.Job.Model.Experts == 0).Select(e => e.Error));
        Line("moe", errors.Where(e => e.Run.Job.Model.Experts > 0).Select(e => e.Error));
        foreach (var group in errors.GroupBy(e => e.Run.Group)) Line("  " + (group.Key.Length > 50 ? group.Key[..50] : group.Key), group.Select(e => e.Error));
    }
}

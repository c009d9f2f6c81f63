using System.Globalization;
using Yunhe.Planning.Training;
using Yunhe.Planning.Training.Calibration;
using Yunhe.Planning.Training.Measurements;

namespace Yunhe.Bench.Planning;

/// <summary>One prediction beside its measurement.</summary>
internal sealed record Score(PublishedRun Run, Parallelism Layout, double Measured, double Predicted)
{
    public double Error => Predicted / Measured - 1;

    public bool IsMoe => Run.Job.Model.Experts > 0;
}

/// <summary>Predictions of step times, memory, what fits and whole runs.</summary>
internal sealed class Scores(IReadOnlyList<Score> steps, IReadOnlyList<Score> peaks, IReadOnlyList<(PublishedRun Run, bool Fits)> fits, IReadOnlyList<Score> whole)
{
    public IReadOnlyList<Score> Steps => steps;

    public IReadOnlyList<Score> Peaks => peaks;

    public static Scores Of(ScoredRuns set, CalibrationTable table) => new(
        [.. set.Steps.Select(r => Step(r, table, r.StepSeconds!.Value))],
        [.. set.Peaks.Select(r => Score(r, table, r.PeakMemoryBytes!.Value, (costs, layout) => costs.LoggedBytes(layout).Total))],
        [.. set.Fits.Select(r => (r, Score(r, table, 1, (costs, layout) => costs.Bytes(layout).Total).Predicted <= r.Cluster.Accelerator.MemoryGB * 1e9))],
        [.. set.Whole.Select(r => Score(r, table, r.AcceleratorHours!.Value, (costs, layout) =>
            costs.Step(layout).Total * r.Cluster.Devices / 3600 * r.Job.BillionTokens * 1e9 / ((double)r.Job.GlobalBatch * r.Job.SequenceLength)))]);

    /// <summary>Every source predicted by constants fitted to the others alone, from the priors.</summary>
    public static Scores LeftOut(ScoredRuns set)
    {
        var groups = set.Steps.Concat(set.Peaks).Concat(set.Fits).Select(r => r.Group).Distinct().ToList();
        var parts = groups.AsParallel().AsOrdered().Select(group =>
        {
            var rest = CalibrationFit.Fit([.. set.Steps.Where(s => s.Group != group)], [.. set.Peaks.Where(s => s.Group != group)]);
            return Of(set.Only(group), rest);
        }).ToList();
        return new([.. parts.SelectMany(p => p.Steps)], [.. parts.SelectMany(p => p.Peaks)], [.. parts.SelectMany(p => p.FitCalls)], []);
    }

    private IReadOnlyList<(PublishedRun Run, bool Fits)> FitCalls => fits;

    private static Score Step(PublishedRun run, CalibrationTable table, double measured) => Score(run, table, measured, (costs, layout) => costs.Step(layout).Total);

    private static Score Score(PublishedRun run, CalibrationTable table, double measured, Func<StageCosts, Parallelism, double> predict)
    {
        var profile = table.Profile(run.Keys);
        var layout = LayoutGuess.For(run, profile);
        return new(run, layout, measured, predict(new StageCosts(run.Job, layout, run.Cluster, profile), layout));
    }

    public IEnumerable<Row> Rows(string prefix)
    {
        foreach (var (name, part, mfu) in new[] { ("dense", steps.Where(s => !s.IsMoe).ToList(), ConstantMfu.Dense), ("experts", steps.Where(s => s.IsMoe).ToList(), ConstantMfu.Experts) })
        {
            if (part.Count == 0) continue;
            var baseline = part.Select(s => ConstantMfu.Error(s.Run, mfu)).ToList();
            yield return new($"{prefix}step, {name} ({part.Count}), mean error", "%", 100 * Mean(part.Select(s => s.Error)), 100 * Mean(baseline), $"a constant MFU of {mfu:P0}");
            yield return new($"{prefix}step, {name}, median error", "%", 100 * Quantile(part.Select(s => s.Error), 0.5), 100 * Quantile(baseline, 0.5), "the same");
        }
        if (peaks.Count > 0)
        {
            yield return new($"{prefix}peak memory ({peaks.Count}), mean error", "%", 100 * Mean(peaks.Select(s => s.Error)), null, "aim 5");
            yield return new($"{prefix}peak memory, median error", "%", 100 * Quantile(peaks.Select(s => s.Error), 0.5), null, "");
        }
        if (fits.Any(f => !f.Run.Feasible))
            yield return new($"{prefix}out of memory, called so", "rows", fits.Count(f => !f.Run.Feasible && !f.Fits), fits.Count(f => !f.Run.Feasible), "published");
        if (fits.Any(f => f.Run.Feasible))
            yield return new($"{prefix}ran, called so", "rows", fits.Count(f => f.Run.Feasible && f.Fits), fits.Count(f => f.Run.Feasible), "published");
        if (whole.Count > 0) yield return new($"{prefix}billed hours of whole runs ({whole.Count}), mean error", "%", 100 * Mean(whole.Select(s => s.Error)), null, "with failures and restarts, which are not predicted here");
    }

    public void Print(string title)
    {
        Console.WriteLine();
        Console.WriteLine(title);
        Console.WriteLine($"{"step time: error in %",-52} {"rows",5} {"mean",7} {"median",7} {"P90",7} {"bias",7} | constant MFU: mean, median");
        foreach (var group in steps.GroupBy(s => s.Run.Group).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal))
        {
            var mfu = group.Select(s => ConstantMfu.Error(s.Run, s.IsMoe ? ConstantMfu.Experts : ConstantMfu.Dense)).ToList();
            Console.WriteLine(Line(group.Key, group.Select(s => s.Error).ToList()) + string.Create(CultureInfo.InvariantCulture, $" | {100 * Mean(mfu),7:F1} {100 * Quantile(mfu, 0.5),7:F1}"));
        }
        Console.WriteLine($"{"peak memory: error in %",-52}");
        foreach (var group in peaks.GroupBy(s => s.Run.Group)) Console.WriteLine(Line(group.Key, group.Select(s => s.Error).ToList()));
        foreach (var (run, _) in fits.Where(f => f.Run.Feasible != f.Fits))
            Console.WriteLine($"  {run.Id} ({run.Group}) {(run.Feasible ? "ran but is called out of memory" : "ran out of memory but is called fitting")}");
    }

    public void PrintRows()
    {
        Console.WriteLine("id,group,model,accelerator,devices,layout,measured,predicted,error,from,assumed");
        foreach (var s in steps.Concat(peaks).Concat(whole))
        {
            var l = s.Layout;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{s.Run.Id},{s.Run.Group.Replace(',', ' ')},{s.Run.Job.Model.Name},{s.Run.Keys.Accelerator},{s.Run.Cluster.Devices},t{l.Tensor} p{l.Pipeline} v{l.Interleave} c{l.Context} e{l.Expert} d{l.Data} z{l.Zero} b{l.MicroBatch} {l.Recompute} {s.Run.Keys.Recipe},{s.Measured:G5},{s.Predicted:G5},{s.Error:P1},{s.Run.Converted.Replace(',', ' ')},{string.Join("; ", s.Run.Assumed)}"));
        }
    }

    public static double Mean(IEnumerable<double> errors) => errors.Select(Math.Abs).Average();

    public static double Quantile(IEnumerable<double> errors, double share)
    {
        var sorted = errors.Select(Math.Abs).Order().ToList();
        return sorted[Math.Min(sorted.Count - 1, (int)(share * sorted.Count))];
    }

    private static string Line(string name, List<double> errors) => string.Create(CultureInfo.InvariantCulture,
        $"  {(name.Length > 50 ? name[..50] : name),-50} {errors.Count,5} {100 * Mean(errors),7:F1} {100 * Quantile(errors, 0.5),7:F1} {100 * Quantile(errors, 0.9),7:F1} {100 * errors.Average(),7:F1}");
}

/// <summary>What is compared with: every run reaches the same share of the accelerators' BF16 peak. The shares are near the medians of the given rows (46 and 26 %).</summary>
internal static class ConstantMfu
{
    public const double Dense = 0.45;
    public const double Experts = 0.25;

    /// <summary>Model FLOPs, the attention whole, over the peak.</summary>
    public static double Error(PublishedRun run, double mfu)
    {
        var flops = FlopsConvention.PerToken("model", run.Job.Model, run.Job.SequenceLength, Recompute.None, null) * run.Job.GlobalBatch * run.Job.SequenceLength;
        var peak = run.Cluster.Accelerator.Peak(Yunhe.Planning.Catalogue.DataType.Bf16) * 1e12 ?? double.NaN;
        return flops / (mfu * peak * run.Cluster.Devices) / run.StepSeconds!.Value - 1;
    }
}

using Yunhe.Planning.Training;
using Yunhe.Planning.Training.Calibration;
using Yunhe.Planning.Training.Measurements;

namespace Yunhe.Bench.Planning;

/// <summary>
/// Fits the constants of time or of memory to published runs: least squares of log(predicted / measured), of large errors only their size (so that odd rows
/// do not rule), with each constant drawn to its prior and each factor to 1. Levenberg–Marquardt with numeric derivatives; no chance in it.
/// </summary>
internal sealed class CalibrationFit
{
    private const double ErrorScale = 0.05;
    private const double Turn = 0.04;
    private const int Rounds = 80;

    private readonly IReadOnlyList<PublishedRun> runs;
    private readonly bool memory;
    private readonly double[] weights;
    private readonly IReadOnlyList<Effect> effects;
    private readonly int[][] rowsOf;
    private readonly double[] priors;
    private readonly double[] spreads;
    private readonly Dictionary<Effect, double> logs;

    private CalibrationFit(IReadOnlyList<PublishedRun> runs, CalibrationTable start, bool memory)
    {
        (this.runs, this.memory) = (runs, memory);
        var counts = runs.GroupBy(r => r.Group).ToDictionary(g => g.Key, g => g.Count());
        weights = [.. runs.Select(r => Math.Pow(counts[r.Group], -Priors.SourceBalance))];
        var mean = weights.DefaultIfEmpty(1).Average();
        for (var i = 0; i < weights.Length; i++) weights[i] /= mean;
        effects = Priors.Effects(runs, memory);
        rowsOf = [.. effects.Select(e => Enumerable.Range(0, runs.Count).Where(i => runs[i].Keys.Key(e.Level) == e.Key).ToArray())];
        priors = [.. effects.Select(e => e.Level == Level.Base ? Math.Log(Priors.Of(e.Constant).Value) : 0)];
        spreads = [.. effects.Select(Priors.Spread)];
        logs = start.Logs.Where(p => Priors.IsMemory(p.Key.Constant) != memory).ToDictionary();
        for (var i = 0; i < effects.Count; i++) logs[effects[i]] = priors[i];
    }

    /// <summary>Step times first, then peaks of memory.</summary>
    public static CalibrationTable Fit(IReadOnlyList<PublishedRun> steps, IReadOnlyList<PublishedRun> peaks) =>
        new CalibrationFit(steps, new CalibrationFit(peaks, new([]), memory: true).Fit(), memory: false).Fit();

    private CalibrationTable Fit()
    {
        var layouts = Layouts();
        var damping = 1e-2;
        var residuals = Residuals(layouts);
        var cost = Cost(residuals);
        for (var round = 0; round < Rounds && damping < 1e8; round++)
        {
            if (round % 10 == 9)
            {
                layouts = Layouts();
                residuals = Residuals(layouts);
                cost = Cost(residuals);
            }
            var (normal, gradient) = Normal(layouts, residuals);
            var before = effects.Select(e => logs[e]).ToArray();
            for (; damping < 1e8; damping *= 4)
            {
                var step = Solve(normal, gradient, damping);
                for (var i = 0; i < step.Length; i++) logs[effects[i]] = before[i] + Math.Clamp(step[i], -0.5, 0.5);
                var next = Residuals(layouts);
                var nextCost = Cost(next);
                if (nextCost < cost)
                {
                    var gain = cost - nextCost;
                    (residuals, cost) = (next, nextCost);
                    damping = Math.Max(1e-6, damping / 8);
                    if (gain < 1e-5 * cost) return new(logs);
                    break;
                }
                for (var i = 0; i < step.Length; i++) logs[effects[i]] = before[i];
            }
        }
        return new(logs);
    }

    private Parallelism[] Layouts()
    {
        var table = new CalibrationTable(logs);
        return [.. runs.Select(r => LayoutGuess.For(r, table.Profile(r.Keys)))];
    }

    private double[] Residuals(Parallelism[] layouts)
    {
        var table = new CalibrationTable(logs);
        return [.. Enumerable.Range(0, runs.Count).Select(i => Residual(i, layouts, table))];
    }

    private double Residual(int i, Parallelism[] layouts, CalibrationTable table)
    {
        var run = runs[i];
        var costs = new StageCosts(run.Job, layouts[i], run.Cluster, table.Profile(run.Keys));
        return memory ? Math.Log(costs.LoggedBytes(layouts[i]).Total / run.PeakMemoryBytes!.Value) : Math.Log(costs.Step(layouts[i]).Total / run.StepSeconds!.Value);
    }

    /// <summary>Square up to the turn, linear beyond.</summary>
    private static double Loss(double r) => Math.Abs(r) <= Turn ? r * r : 2 * Turn * Math.Abs(r) - Turn * Turn;

    private double Cost(double[] residuals)
    {
        var sum = 0.0;
        for (var i = 0; i < residuals.Length; i++) sum += weights[i] * Loss(residuals[i]) / (ErrorScale * ErrorScale);
        for (var i = 0; i < effects.Count; i++) sum += Math.Pow((logs[effects[i]] - priors[i]) / spreads[i], 2);
        return sum;
    }

    private (double[,] Normal, double[] Gradient) Normal(Parallelism[] layouts, double[] residuals)
    {
        const double step = 1e-4;
        var n = effects.Count;
        var rows = new List<(int Effect, double Slope)>[runs.Count];
        for (var i = 0; i < rows.Length; i++) rows[i] = [];
        for (var e = 0; e < n; e++)
        {
            var before = logs[effects[e]];
            logs[effects[e]] = before + step;
            var table = new CalibrationTable(logs);
            foreach (var i in rowsOf[e])
                if ((Residual(i, layouts, table) - residuals[i]) / step is not 0.0 and var slope) rows[i].Add((e, slope));
            logs[effects[e]] = before;
        }
        var normal = new double[n, n];
        var gradient = new double[n];
        for (var i = 0; i < rows.Length; i++)
        {
            var weight = weights[i] / (ErrorScale * ErrorScale) * (Math.Abs(residuals[i]) <= Turn ? 1 : Turn / Math.Abs(residuals[i]));
            foreach (var (a, slopeA) in rows[i])
            {
                gradient[a] += weight * slopeA * residuals[i];
                foreach (var (b, slopeB) in rows[i]) normal[a, b] += weight * slopeA * slopeB;
            }
        }
        for (var e = 0; e < n; e++)
        {
            var precision = 1 / (spreads[e] * spreads[e]);
            normal[e, e] += precision;
            gradient[e] += precision * (logs[effects[e]] - priors[e]);
        }
        return (normal, gradient);
    }

    /// <summary>Cholesky; the normal matrix is positive definite, since every effect has a prior.</summary>
    private static double[] Solve(double[,] normal, double[] gradient, double damping)
    {
        var n = gradient.Length;
        var l = new double[n, n];
        for (var i = 0; i < n; i++)
            for (var j = 0; j <= i; j++)
            {
                var sum = normal[i, j] * (i == j ? 1 + damping : 1);
                for (var k = 0; k < j; k++) sum -= l[i, k] * l[j, k];
                l[i, j] = i == j ? Math.Sqrt(Math.Max(sum, 1e-12)) : sum / l[j, j];
            }
        var x = new double[n];
        for (var i = 0; i < n; i++)
        {
            var sum = -gradient[i];
            for (var k = 0; k < i; k++) sum -= l[i, k] * x[k];
            x[i] = sum / l[i, i];
        }
        for (var i = n - 1; i >= 0; i--)
        {
            var sum = x[i];
            for (var k = i + 1; k < n; k++) sum -= l[k, i] * x[k];
            x[i] = sum / l[i, i];
        }
        return x;
    }
}

using Yunhe.Planning.Training;
using Yunhe.Planning.Training.Calibration;
using Yunhe.Planning.Training.Measurements;

namespace Yunhe.Bench.Planning;

/// <summary>
/// Fits the constants to published step times: least squares of log(predicted / measured), of large errors only their size (so that odd rows do not rule),
/// with each constant drawn to its prior and each factor to 1. Levenberg–Marquardt with numeric derivatives; no chance in it.
/// </summary>
internal sealed class CalibrationFit
{
    private const double ErrorScale = 0.05;
    private const double Turn = 0.04;
    private const int Rounds = 60;

    private readonly IReadOnlyList<PublishedRun> runs;
    private readonly double[] weights;
    private readonly IReadOnlyList<Effect> effects;
    private readonly double[] priors;
    private readonly double[] spreads;
    private readonly Dictionary<Effect, double> logs = [];

    public CalibrationFit(IReadOnlyList<PublishedRun> runs, CalibrationTable start)
    {
        this.runs = runs;
        var counts = runs.GroupBy(r => r.Group).ToDictionary(g => g.Key, g => g.Count());
        weights = [.. runs.Select(r => Math.Pow(counts[r.Group], -Priors.SourceBalance))];
        var mean = weights.Average();
        for (var i = 0; i < weights.Length; i++) weights[i] /= mean;
        effects = Priors.Effects(runs);
        priors = [.. effects.Select(e => e.Level == Level.Base ? Math.Log(Priors.Of(e.Constant).Value) : 0)];
        spreads = [.. effects.Select(e => Priors.Spread(e))];
        foreach (var (effect, i) in effects.Select((e, i) => (e, i))) logs[effect] = start.Logs.GetValueOrDefault(effect, priors[i]);
    }

    public CalibrationTable Fit(int rounds = Rounds)
    {
        var layouts = Layouts();
        var damping = 1e-2;
        var residuals = Residuals(layouts);
        var cost = Cost(residuals);
        for (var round = 0; round < rounds && damping < 1e8; round++)
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
                    if (gain < 1e-5 * cost) return Table();
                    break;
                }
                for (var i = 0; i < step.Length; i++) logs[effects[i]] = before[i];
            }
        }
        return Table();
    }

    private CalibrationTable Table() => new(logs);

    private Parallelism[] Layouts()
    {
        var table = Table();
        return [.. runs.Select(r => r.Layout ?? LayoutGuess.For(r, table.Profile(r.Keys, r.Stack)))];
    }

    private double[] Residuals(Parallelism[] layouts)
    {
        var table = Table();
        return [.. runs.Select((r, i) => Residual(r, layouts[i], table))];
    }

    private static double Residual(PublishedRun run, in Parallelism layout, CalibrationTable table) =>
        Math.Log(StepModel.Estimate(run.Job, layout, run.Cluster, table.Profile(run.Keys, run.Stack)).Total / run.StepSeconds!.Value);

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
        var columns = new (int Row, double Slope)[n][];
        for (var e = 0; e < n; e++)
        {
            var effect = effects[e];
            var before = logs[effect];
            logs[effect] = before + step;
            var table = Table();
            columns[e] = [.. runs.Select((r, i) => (r, i)).Where(p => Applies(effect, p.r.Keys)).Select(p => (p.i, (Residual(p.r, layouts[p.i], table) - residuals[p.i]) / step))];
            logs[effect] = before;
        }
        var rows = new List<(int Effect, double Slope)>[runs.Count];
        for (var i = 0; i < rows.Length; i++) rows[i] = [];
        for (var e = 0; e < n; e++)
            foreach (var (row, slope) in columns[e])
                if (slope != 0) rows[row].Add((e, slope));
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

    private static bool Applies(Effect effect, CalibrationKeys keys) => effect.Key == Priors.Key(effect.Level, keys);

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

namespace Yunhe.Planning.Serving.Points;

/// <summary>
/// Fits the constants to measurements: one value of each for all, moved a little by engine and by (engine, accelerator) as far as their rows insist.
/// Everything is in logarithms; the loss is the absolute relative error, so that a few odd rows don't rule. Deterministic.
/// </summary>
public sealed class ServingFit
{
    /// <summary>How far an engine or a stack may lie from what it belongs to, as the standard deviation of a logarithm, and the error of a row that it is weighed against.</summary>
    private const double EngineSpread = 0.3, StackSpread = 0.2, GlobalSpread = 1, RowError = 0.25;

    /// <summary>The time to the first token is noisy; throughput is told in few rows, whose sources are careful.</summary>
    private const double FirstTokenWeight = 0.5, ThroughputWeight = 4;

    private readonly IReadOnlyList<ServingPoint> _points;
    private readonly double[] _global = ServingPriors.Start();
    private readonly SortedDictionary<string, double[]> _engines = new(StringComparer.Ordinal);
    private readonly SortedDictionary<(string Engine, string Accelerator), double[]> _stacks = [];

    private ServingFit(IReadOnlyList<ServingPoint> points) => _points = points;

    public static ServingCalibration Run(IReadOnlyList<ServingPoint> points, int rounds = 6)
    {
        var fit = new ServingFit(points);
        foreach (var p in points)
        {
            fit._engines.TryAdd(p.Engine, new double[ServingConstants.OfStack]);
            fit._stacks.TryAdd((p.Engine, p.Accelerator.Name), new double[ServingConstants.OfStack]);
        }

        for (var round = 0; round < rounds; round++) fit.Round();
        return fit.Result();
    }

    private void Round()
    {
        Improve(_global, ServingPriors.Start(), GlobalSpread, _points);
        foreach (var (engine, own) in _engines) Improve(own, new double[own.Length], EngineSpread, [.. _points.Where(p => p.Engine == engine)]);
        foreach (var (stack, own) in _stacks)
            Improve(own, new double[own.Length], StackSpread, [.. _points.Where(p => (p.Engine, p.Accelerator.Name) == stack)]);
    }

    /// <summary>One damped Gauss-Newton step of a block of logarithms, the others held.</summary>
    private void Improve(double[] block, double[] prior, double spread, IReadOnlyList<ServingPoint> rows)
    {
        const double Nudge = 1e-3;
        var n = block.Length;
        var ridge = RowError / (spread * spread);
        var at = Residuals(rows);
        var weights = at.Select(r => r.Weight / Math.Sqrt((r.Value * r.Value) + 0.0025) / (1 + (r.Value * r.Value))).ToArray();
        var slopes = new double[n][];
        for (var i = 0; i < n; i++)
        {
            block[i] += Nudge;
            slopes[i] = [.. Residuals(rows).Zip(at, (moved, was) => (moved.Value - was.Value) / Nudge)];
            block[i] -= Nudge;
        }

        var (matrix, right) = (new double[n, n], new double[n]);
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                var sum = 0.0;
                for (var k = 0; k < at.Count; k++) sum += weights[k] * slopes[i][k] * slopes[j][k];
                matrix[i, j] = matrix[j, i] = sum;
            }

            for (var k = 0; k < at.Count; k++) right[i] -= weights[k] * slopes[i][k] * at[k].Value;
            right[i] -= ridge * (block[i] - prior[i]);
            matrix[i, i] = (matrix[i, i] * 1.05) + ridge;
        }

        var step = Solve(matrix, right);
        var before = Loss(at, block, prior, ridge);
        var old = block.ToArray();
        for (var share = 1.0; share > 0.02; share /= 2)
        {
            for (var i = 0; i < n; i++) block[i] = old[i] + Math.Clamp(share * step[i], -0.7, 0.7);
            if (Loss(Residuals(rows), block, prior, ridge) < before) return;
        }

        old.CopyTo(block, 0);
    }

    private static double Loss(List<(double Value, double Weight)> residuals, double[] block, double[] prior, double ridge) =>
        residuals.Sum(r => r.Weight * Math.Log(1 + (r.Value * r.Value) + Math.Abs(r.Value)))
        + (0.5 * ridge * block.Zip(prior, (b, p) => (b - p) * (b - p)).Sum());

    private List<(double Value, double Weight)> Residuals(IReadOnlyList<ServingPoint> rows)
    {
        var all = new List<(double, double)>(rows.Count * 2);
        foreach (var p in rows)
        {
            var s = ServingPrediction.Of(p, ServingPriors.Bounded(Logs(p.Engine, p.Accelerator.Name)));
            if (p.PerTokenMs is { } perToken) all.Add((Math.Log(s.PerOutputToken * 1e3 / perToken), p.Weight));
            if (p.FirstTokenMs is { } first) all.Add((Math.Log(s.FirstToken * 1e3 / first), p.Weight * FirstTokenWeight));
            if (p.OutputPerSecond is { } output) all.Add((Math.Log(s.OutputTokensPerSecond / output), p.Weight * ThroughputWeight));
            if (p.InputPerSecondPerDevice is { } input) all.Add((Math.Log(ServingPrediction.InputPerSecondPerDevice(p, s) / input), p.Weight));
        }

        return all;
    }

    private double[] Logs(string engine, string accelerator)
    {
        var logs = _global.ToArray();
        var (e, s) = (_engines.GetValueOrDefault(engine), _stacks.GetValueOrDefault((engine, accelerator)));
        for (var i = 0; i < ServingConstants.OfStack; i++) logs[i] += (e?[i] ?? 0) + (s?[i] ?? 0);
        return logs;
    }

    private ServingCalibration Result() => new(
    [
        new("*", "*", _points.Count, ServingPriors.Bounded(_global)),
        .. _engines.Keys.Select(e => new ServingProfile(e, "*", _points.Count(p => p.Engine == e), ServingPriors.Bounded(Logs(e, "")))),
        .. _stacks.Keys.Select(s => new ServingProfile(s.Engine, s.Accelerator, _points.Count(p => (p.Engine, p.Accelerator.Name) == s), ServingPriors.Bounded(Logs(s.Engine, s.Accelerator)))),
    ]);

    /// <summary>Gaussian elimination with pivots; the matrix is symmetric and positive.</summary>
    private static double[] Solve(double[,] matrix, double[] right)
    {
        var n = right.Length;
        var (a, x) = ((double[,])matrix.Clone(), (double[])right.Clone());
        for (var col = 0; col < n; col++)
        {
            var pivot = col;
            for (var row = col + 1; row < n; row++)
                if (Math.Abs(a[row, col]) > Math.Abs(a[pivot, col])) pivot = row;
            for (var k = 0; k < n; k++) (a[col, k], a[pivot, k]) = (a[pivot, k], a[col, k]);
            (x[col], x[pivot]) = (x[pivot], x[col]);
            for (var row = col + 1; row < n; row++)
            {
                var factor = a[row, col] / a[col, col];
                if (factor == 0) continue;
                for (var k = col; k < n; k++) a[row, k] -= factor * a[col, k];
                x[row] -= factor * x[col];
            }
        }

        for (var row = n - 1; row >= 0; row--)
        {
            for (var k = row + 1; k < n; k++) x[row] -= a[row, k] * x[k];
            x[row] /= a[row, row];
        }

        return x;
    }
}

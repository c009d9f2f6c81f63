using Yunhe.Planning.Serving;
using Yunhe.Planning.Serving.Points;

namespace Yunhe.Bench;

/// <summary>The serving model against published measurements, beside a roofline with one efficiency for all.</summary>
internal static class Serving
{
    private static readonly (string Kind, Func<ServingPoint, string> Of)[] Folds =
        [("source", p => p.Source), ("model", p => p.Family), ("device", p => p.Accelerator.Name), ("engine", p => p.Engine)];

    public static Task<IReadOnlyList<Row>> RunAsync(Options options)
    {
        var file = options.Text("--points") ?? (options.Data is { } data ? Path.Combine(data, "hardware", "inference_points_dev.csv") : null);
        if (file is null || !File.Exists(file)) throw new FileNotFoundException($"{file ?? "no file"}: give --points FILE, or --data DIR with hardware/inference_points_dev.csv");
        using var stream = File.OpenRead(file);
        var (points, skipped) = ServingPoints.Read(stream);
        Console.Error.WriteLine($"{points.Count} rows of {file}; {skipped.Count} not convertible; {points.Count(p => p.ModelGuessed)} with a shape that is a likeness; {points.Sum(p => p.Weight):0} different measurements");
        foreach (var s in skipped.GroupBy(s => s.Why).OrderByDescending(g => g.Count()).Take(20)) Console.Error.WriteLine($"  {s.Count()} × {s.Key[(s.Key.IndexOf(", ", StringComparison.Ordinal) + 2)..]} (first: {s.First().Id}, line {s.First().Line})");

        var rounds = options.Number("--rounds", 8);
        var (fit, cross) = (options.Has("--fit"), options.Has("--cross-validate"));
        var calibration = fit ? ServingFit.Run(points, rounds) : ServingCalibration.Shipped;
        var plain = PlainRoofline.Fit(points);
        IReadOnlyList<ServingError> errors = [.. points.SelectMany(p => ServingError.From(p, calibration, plain))];
        if (options.Text("--rows") is { } each) File.WriteAllLines(each, errors.Select(ServingReport.Line).Prepend(ServingReport.RowHeader));
        var byKind = new Dictionary<string, IReadOnlyList<ServingError>> { ["fit"] = errors };
        if (cross)
            foreach (var (kind, of) in Folds) byKind[kind] = LeftOut(points, of, rounds);
        if (options.Text("--write") is { } folder)
        {
            File.WriteAllText(Path.Combine(folder, "serving-profiles.csv"), calibration.ToCsv());
            if (cross) File.WriteAllText(Path.Combine(folder, "serving-evidence.csv"), ServingReport.Evidence(points, byKind));
        }

        var rows = new List<Row>();
        foreach (var (kind, of) in byKind) ServingReport.Add(rows, kind == "fit" ? fit ? "fitted here" : "as shipped" : $"{kind} left out", of);
        return Task.FromResult<IReadOnlyList<Row>>(rows);
    }

    /// <summary>Each row as predicted by constants that were fitted without its group.</summary>
    private static List<ServingError> LeftOut(IReadOnlyList<ServingPoint> points, Func<ServingPoint, string> group, int rounds)
    {
        var all = new List<ServingError>();
        foreach (var fold in points.GroupBy(group, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var rest = points.Where(p => group(p) != fold.Key).ToList();
            if (rest.Count == 0) continue;
            var (without, plain) = (ServingFit.Run(rest, rounds), PlainRoofline.Fit(rest));
            all.AddRange(fold.SelectMany(p => ServingError.From(p, without, plain)));
        }

        return all;
    }
}

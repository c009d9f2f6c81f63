using System.Globalization;
using Yunhe.Planning.Serving;
using Yunhe.Planning.Serving.Points;

namespace Yunhe.Bench;

/// <summary>The serving model against published measurements, beside a roofline with one efficiency for all.</summary>
internal static class Serving
{
    private enum Measure
    {
        Tpot,
        Ttft,
        Throughput,
    }

    private sealed record Error(ServingPoint Point, Measure Of, double Ours, double Plain, ServingState State);

    public static Task<IReadOnlyList<Row>> RunAsync(Options options)
    {
        var file = options.Text("--points") ?? Path.Combine(options.Data ?? throw new InvalidOperationException("give --points FILE or --data DIR"), "hardware", "inference_points_dev.csv");
        using var stream = File.OpenRead(file);
        var (points, skipped) = ServingPoints.Read(stream);
        Console.Error.WriteLine($"{points.Count} rows read, {skipped.Count} not convertible");
        foreach (var s in skipped.Take(20)) Console.Error.WriteLine($"  {s.Id} {s.Why}");
        var calibration = options.Arguments.Contains("--fit") || options.Arguments.Contains("--cross-validate") ? ServingFit.Run(points, options.Number("--rounds", 8)) : ServingCalibration.Shipped;
        if (options.Text("--write") is { } to) File.WriteAllText(to, calibration.ToCsv());
        if (options.Arguments.Contains("--fit")) Console.Error.WriteLine(calibration.ToCsv());
        var plain = PlainRoofline.Fit(points);
        var errors = points.SelectMany(p => Errors(p, calibration, plain)).ToList();
        if (options.Text("--rows") is { } each) File.WriteAllLines(each, errors.Select(Line).Prepend("id,of,error,plain_error,saturated,model,device,engine,layout,precision,draft,input,output,clients,weights_ms,kv_ms,compute_ms,communication_ms,host_ms,prefill_ms,prefill_share"));
        var rows = new List<Row>();
        Report(rows, "fit", errors);
        if (options.Arguments.Contains("--cross-validate"))
            foreach (var (what, group) in new (string, Func<ServingPoint, string>)[] { ("source left out", p => p.Source), ("model left out", p => p.Family), ("device left out", p => p.Accelerator.Name), ("engine left out", p => p.Engine) })
            {
                var left = new List<Error>();
                foreach (var fold in points.GroupBy(group, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
                {
                    var rest = points.Where(p => group(p) != fold.Key).ToList();
                    if (rest.Count == 0) continue;
                    var without = ServingFit.Run(rest, options.Number("--rounds", 8));
                    var plainWithout = PlainRoofline.Fit(rest);
                    left.AddRange(fold.SelectMany(p => Errors(p, without, plainWithout)));
                }

                Report(rows, what, left, brief: true);
            }

        return Task.FromResult<IReadOnlyList<Row>>(rows);
    }

    private static IEnumerable<Error> Errors(ServingPoint p, ServingCalibration calibration, PlainRoofline plain)
    {
        var state = ServingPrediction.Of(p, calibration.For(p.Engine, p.Accelerator.Name).Constants);
        var (plainToken, plainFirst, plainRate) = plain.Of(p);
        if (p.PerTokenMs is { } perToken) yield return new(p, Measure.Tpot, Off(state.PerOutputToken * 1e3, perToken), Off(plainToken * 1e3, perToken), state);
        if (p.FirstTokenMs is { } first) yield return new(p, Measure.Ttft, Off(state.FirstToken * 1e3, first), Off(plainFirst * 1e3, first), state);
        if (p.OutputPerSecond is { } output) yield return new(p, Measure.Throughput, Off(state.OutputTokensPerSecond, output), Off(plainRate, output), state);
        if (p.InputPerSecondPerDevice is { } input)
            yield return new(p, Measure.Throughput, Off(ServingPrediction.InputPerSecondPerDevice(p, state), input), Off(p.Input / plainFirst / p.Layout.Tensor, input), state);
    }

    private static string Line(Error e) => string.Create(CultureInfo.InvariantCulture,
        $"{e.Point.Id},{e.Of},{e.Ours:0.0000},{e.Plain:0.0000},{e.State.Saturated},{e.Point.ModelName},{e.Point.Accelerator.Name},{e.Point.Engine},{e.Point.Layout},{e.Point.Precision.Name},{e.Point.Draft},{e.Point.Input},{e.Point.Output},{e.Point.Clients},{e.State.Step.Weights * 1e3:0.###},{e.State.Step.Kv * 1e3:0.###},{e.State.Step.Compute * 1e3:0.###},{e.State.Step.Communication * 1e3:0.###},{e.State.Step.Host * 1e3:0.###},{e.State.Prefill.Total * 1e3:0.###},{e.State.PrefillShare:0.000}");

    private static double Off(double predicted, double measured) => (predicted / measured) - 1;

    private static void Report(List<Row> rows, string what, List<Error> errors, bool brief = false)
    {
        foreach (var of in Enum.GetValues<Measure>())
        {
            var all = errors.Where(e => e.Of == of).ToList();
            Add(rows, $"{what}: {of} all", all);
            if (of == Measure.Ttft) Add(rows, $"{what}: {of} below saturation", all.Where(e => !e.State.Saturated));
            foreach (var (name, key) in new (string, Func<ServingPoint, string>)[] { ("source", p => p.Source), ("device", p => p.Accelerator.Name), ("engine", p => p.Engine), ("model", p => p.Family) })
            {
                if (brief && name is "source" or "engine") continue;
                var below = of == Measure.Ttft ? all.Where(e => !e.State.Saturated) : all;
                foreach (var g in below.GroupBy(e => key(e.Point), StringComparer.Ordinal).OrderByDescending(g => g.Count()))
                    Add(rows, $"{what}: {of} {name} {(g.Key.Length > 24 ? g.Key[..24] : g.Key)}", g);
            }
        }
    }

    private static void Add(List<Row> rows, string name, IEnumerable<Error> errors)
    {
        var ours = errors.Select(e => Math.Abs(e.Ours)).Order().ToList();
        if (ours.Count == 0) return;
        var plain = errors.Average(e => Math.Abs(e.Plain));
        var bias = errors.Select(e => e.Ours).Order().ElementAt(ours.Count / 2);
        rows.Add(new(name, "% mean", 100 * ours.Average(), 100 * plain,
            string.Create(CultureInfo.InvariantCulture, $"n {ours.Count}, median {100 * ours[ours.Count / 2]:0.0}, P90 {100 * ours[(int)(ours.Count * 0.9)]:0.0}, bias {100 * bias:0.0}; reference: one efficiency")));
    }
}

using System.Globalization;
using System.Text;
using Yunhe.Planning.Serving;
using Yunhe.Planning.Serving.Points;

namespace Yunhe.Bench;

internal enum ServingMeasure
{
    Tpot,
    Ttft,
    Throughput,
}

/// <summary>A measurement's relative error: the model's and the plain roofline's.</summary>
internal sealed record ServingError(ServingPoint Point, ServingMeasure Of, double Ours, double Plain, ServingState State)
{
    public static IEnumerable<ServingError> From(ServingPoint p, ServingCalibration calibration, PlainRoofline plain)
    {
        var state = ServingPrediction.Of(p, calibration.For(p.Engine, p.Accelerator.Name).Constants);
        var (plainToken, plainFirst, plainRate) = plain.Of(p);
        if (p.PerTokenMs is { } perToken) yield return Error(ServingMeasure.Tpot, state.PerOutputToken * 1e3, plainToken * 1e3, perToken);
        if (p.FirstTokenMs is { } first) yield return Error(ServingMeasure.Ttft, state.FirstToken * 1e3, plainFirst * 1e3, first);
        if (p.OutputPerSecond is { } output) yield return Error(ServingMeasure.Throughput, state.OutputTokensPerSecond, plainRate, output);
        if (p.InputPerSecondPerDevice is { } input)
            yield return Error(ServingMeasure.Throughput, ServingPrediction.InputPerSecondPerDevice(p, state), p.Input / plainFirst / p.Layout.Devices, input);

        ServingError Error(ServingMeasure of, double ours, double others, double measured) => new(p, of, (ours / measured) - 1, (others / measured) - 1, state);
    }
}

/// <summary>Errors in groups, and the files that ship with the product.</summary>
internal static class ServingReport
{
    public const string RowHeader = "id,of,error,plain_error,saturated,model,device,engine,layout,precision,draft,input,output,clients,weights_ms,kv_ms,compute_ms,communication_ms,host_ms,prefill_ms,prefill_share";

    public static string Line(ServingError e) => string.Create(CultureInfo.InvariantCulture,
        $"{e.Point.Id},{e.Of},{e.Ours:0.0000},{e.Plain:0.0000},{e.State.Saturated},{e.Point.ModelName},{e.Point.Accelerator.Name},{e.Point.Engine},{e.Point.Layout},{e.Point.Precision.Name},{e.Point.Draft},{e.Point.Input},{e.Point.Output},{e.Point.Clients},{e.State.Step.Weights * 1e3:0.###},{e.State.Step.Kv * 1e3:0.###},{e.State.Step.Compute * 1e3:0.###},{e.State.Step.Communication * 1e3:0.###},{e.State.Step.Host * 1e3:0.###},{e.State.Prefill.Total * 1e3:0.###},{e.State.PrefillShare:0.000}");

    public static void Add(List<Row> rows, string what, IReadOnlyList<ServingError> errors)
    {
        foreach (var of in Enum.GetValues<ServingMeasure>())
        {
            var all = errors.Where(e => e.Of == of).ToList();
            Group(rows, $"{what}: {Name(of)}, all", all);
            // The queue's time says nothing of the model: beyond saturation the first token is not judged.
            var judged = of == ServingMeasure.Ttft ? [.. all.Where(e => !e.State.Saturated)] : all;
            if (of == ServingMeasure.Ttft) Group(rows, $"{what}: {Name(of)}, below saturation", judged);
            foreach (var (name, key) in new (string, Func<ServingPoint, string>)[] { ("source", p => p.Source), ("device", p => p.Accelerator.Name), ("engine", p => p.Engine), ("model", p => p.Family) })
                foreach (var g in judged.GroupBy(e => key(e.Point), StringComparer.Ordinal).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal))
                    Group(rows, $"{what}: {Name(of)}, {name} {(g.Key.Length > 40 ? g.Key[..40] : g.Key)}", [.. g]);
        }
    }

    /// <summary>serving-evidence.csv: measured over predicted of eight in ten rows, and runs by stack and model.</summary>
    public static string Evidence(IReadOnlyList<ServingPoint> points, IReadOnlyDictionary<string, IReadOnlyList<ServingError>> byKind)
    {
        var text = new StringBuilder("kind,key,points,token_low,token_high,first_low,first_high\n");
        foreach (var (kind, errors) in byKind)
        {
            var (token, first) = (Ratios(errors, ServingMeasure.Tpot), Ratios(errors, ServingMeasure.Ttft));
            text.Append(CultureInfo.InvariantCulture, $"{kind},,{errors.Count},{At(token, 0.1):0.###},{At(token, 0.9):0.###},{At(first, 0.1):0.###},{At(first, 0.9):0.###}\n");
        }

        foreach (var g in points.GroupBy(p => ServingEvidence.Key(p.Engine, p.Accelerator.Name, p.Family)).OrderBy(g => g.Key, StringComparer.Ordinal))
            text.Append(CultureInfo.InvariantCulture, $"runs,{g.Key},{g.Count()},,,,\n");
        return text.ToString();
    }

    private static List<double> Ratios(IReadOnlyList<ServingError> errors, ServingMeasure of) =>
        [.. errors.Where(e => e.Of == of && !(of == ServingMeasure.Ttft && e.State.Saturated)).Select(e => 1 / (1 + e.Ours)).Order()];

    private static double At(List<double> sorted, double share) => sorted[(int)((sorted.Count - 1) * share)];

    private static string Name(ServingMeasure of) => of switch
    {
        ServingMeasure.Tpot => "time per output token",
        ServingMeasure.Ttft => "time to first token",
        _ => "throughput",
    };

    private static void Group(List<Row> rows, string name, IReadOnlyList<ServingError> errors)
    {
        if (errors.Count == 0) return;
        var ours = errors.Select(e => Math.Abs(e.Ours)).Order().ToList();
        rows.Add(new(name, "% mean", 100 * ours.Average(), 100 * errors.Average(e => Math.Abs(e.Plain)), string.Create(CultureInfo.InvariantCulture,
            $"n {ours.Count}, median {100 * At(ours, 0.5):0.0}, P90 {100 * At(ours, 0.9):0.0}, half above {100 * At([.. errors.Select(e => e.Ours).Order()], 0.5):0.0}; reference: roofline with one efficiency")));
    }
}

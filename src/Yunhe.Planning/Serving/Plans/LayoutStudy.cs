using System.Globalization;
using Yunhe.Planning.Catalogue;

namespace Yunhe.Planning.Serving.Plans;

/// <summary>One layout on one kind of device under a demand.</summary>
internal sealed class LayoutStudy(
    ServingDemand demand, ServedModel model, ServingPlace place, ServingPrecision precision, ServingLayout layout, ServingCalibration calibration)
{
    /// <summary>Whole nodes draw about so many times what their accelerators' boards are rated for (measured at MLPerf, AC side).</summary>
    public const double NodeOverBoard = 1.3;

    /// <summary>Share of the time for prefill beyond which the queue for it is no longer estimated.</summary>
    private const double MostPrefill = 0.9;

    private readonly ServingConstants _constants = calibration.For(demand.Engine, place.Accelerator.Name).Constants;

    public ServingOption Option()
    {
        var memory = ServingMemory.Of(model, place.Accelerator, layout, precision, demand.InputTokens + (demand.OutputTokens / 2));
        var most = Math.Max(1, memory.Sequences);
        var single = Load(place.Accelerator, _constants, demand.Burstiness);
        var (bears, ended) = Bears(single, most, demand.FirstTokenMs, demand.PerTokenMs);
        var alone = single.At(1e-3);
        var missed = bears is null ? Missed(alone) : "";
        // Without the targets: what the devices can do at all.
        var at = bears ?? Bears(single, most, null, null).State ?? alone;
        var perReplica = Math.Max(1e-9, at.RequestsPerSecond);
        var (replicas, state) = Replicas(perReplica, most, bears is not null);
        if (place.Devices is { } there && (double)replicas * layout.Devices > there)
            missed = Join(missed, string.Create(CultureInfo.InvariantCulture, $"{replicas} replicas need {(double)replicas * layout.Devices:0} devices, there are {there}"));
        var evidence = ServingEvidence.Of(demand.Engine, place.Accelerator.Name, demand.Model.Name);
        var outputs = demand.RequestsPerSecond * demand.OutputTokens;
        var hours = (double)replicas * layout.Devices / outputs * 1e6 / 3600;
        var kwh = place.Accelerator.BoardWatts is { } watts ? hours * watts / 1000 * NodeOverBoard * place.Pue : (double?)null;
        return new()
        {
            Place = place.Name, Accelerator = place.Accelerator.Name, Layout = layout.ToString(), DevicesPerReplica = layout.Devices, Replicas = replicas,
            Batch = state.Batch, MostSequences = memory.Sequences, FirstTokenMs = evidence.FirstToken(state.FirstToken * 1e3), PerTokenMs = evidence.PerToken(state.PerToken * 1e3),
            RequestsPerSecondPerReplica = perReplica, OutputTokensPerSecond = outputs, MeetsTargets = missed.Length == 0, Missed = missed,
            Shortfall = Math.Max(1, Math.Max(alone.FirstToken * 1e3 / demand.FirstTokenMs ?? 1, alone.PerToken * 1e3 / demand.PerTokenMs ?? 1)),
            Limit = ended == ServingLimit.KvMemory ? ended.Value : Largest(state), StepPercent = Shares(state.Step),
            CnyPerMillionOutputTokens = place.PricePerHour * hours, UsdPerMillionOutputTokens = place.IsPricedInDollars ? (double?)place.UsdPerHour * hours : null,
            KwhPerMillionOutputTokens = kwh, GramsCO2PerMillionOutputTokens = kwh * place.GramsPerKwh, Sensitivity = [.. Sensitivities(at.RequestsPerSecond, bears is not null)],
            WeightsGBPerDevice = memory.Weights / 1e9, KvMBPerSequence = memory.KvOfSequence / 1e6, Evidence = evidence.Text,
        };
    }

    private OpenLoad Load(AcceleratorModel accelerator, ServingConstants constants, double burstiness) =>
        new(new ServingRoofline(model, accelerator, layout, precision, constants), constants, demand, burstiness);

    /// <summary>The most in flight that keeps the targets; null: not even one request alone does.</summary>
    private static (OpenState? State, ServingLimit? Ended) Bears(OpenLoad load, double most, double? firstMs, double? perTokenMs)
    {
        ServingLimit? Broken(OpenState s) => s.PerToken * 1e3 > perTokenMs || s.FirstToken * 1e3 > firstMs || s.PrefillShare > MostPrefill ? ServingLimit.Compute
            : s.PeakBatch > most && s.Batch > 1e-3 ? ServingLimit.KvMemory : null;
        double low = 1e-3, high = most;
        if (Broken(load.At(low)) is ServingLimit.Compute) return (null, null);
        if (Broken(load.At(high)) is not { } ended) return (load.At(high), null);
        for (var i = 0; i < 50; i++)
        {
            var middle = (low + high) / 2;
            if (Broken(load.At(middle)) is { } broken) (high, ended) = (middle, broken);
            else low = middle;
        }

        return (load.At(low), ended);
    }

    /// <summary>As few as bear the rate; requests spread over many come more evenly to each.</summary>
    private (int Count, OpenState State) Replicas(double perReplica, double most, bool targets)
    {
        var enough = (int)Math.Min(1_000_000, Math.Max(1, Math.Ceiling(demand.RequestsPerSecond / perReplica * (1 - 1e-9))));
        var found = State(enough, most);
        for (var fewer = enough - 1; targets && fewer >= 1 && fewer >= enough - 64; fewer--)
        {
            if (State(fewer, most) is not { } state || state.PeakBatch > most || state.PrefillShare > MostPrefill
                || state.PerToken * 1e3 > demand.PerTokenMs || state.FirstToken * 1e3 > demand.FirstTokenMs) break;
            (enough, found) = (fewer, state);
        }

        return (enough, found ?? Load(place.Accelerator, _constants, 1).At(most));
    }

    private OpenState? State(int replicas, double most) =>
        Load(place.Accelerator, _constants, 1 + ((demand.Burstiness - 1) / replicas)).AtRate(demand.RequestsPerSecond / replicas, most);

    private string Missed(OpenState alone)
    {
        var first = demand.FirstTokenMs is { } f && alone.FirstToken * 1e3 > f ? $"first token within {Ms(f)}: at best {Ms(alone.FirstToken * 1e3)}" : "";
        var token = demand.PerTokenMs is { } t && alone.PerToken * 1e3 > t ? $"{Ms(t)} a token: at best {Ms(alone.PerToken * 1e3)}" : "";
        return Join(first, token) is { Length: > 0 } text ? text : "prefill takes all the time";
    }

    private IEnumerable<ServingSensitivity> Sensitivities(double rate, bool targets)
    {
        var card = place.Accelerator;
        yield return With("memory bandwidth +25 %", card with { MemoryTBPerSecond = card.MemoryTBPerSecond * 1.25 }, _constants);
        yield return With("compute +25 %", card with { PeakTflops = card.PeakTflops.ToDictionary(p => p.Key, p => p.Value * 1.25) }, _constants);
        yield return With("memory +25 %", card with { MemoryGB = card.MemoryGB * 1.25 }, _constants);
        if (layout.Devices > 1)
            yield return With("links ×2", card with { ScaleUpGBPerSecond = card.ScaleUpGBPerSecond * 2, ScaleOutGbitPerSecond = card.ScaleOutGbitPerSecond * 2 }, _constants);
        yield return With("host time −50 %", card, Faster());

        ServingSensitivity With(string what, AcceleratorModel other, ServingConstants constants)
        {
            var most = Math.Max(1, ServingMemory.Of(model, other, layout, precision, demand.InputTokens + (demand.OutputTokens / 2)).Sequences);
            var bears = Bears(Load(other, constants, demand.Burstiness), most, targets ? demand.FirstTokenMs : null, targets ? demand.PerTokenMs : null).State;
            return new(what, bears is { } b && rate > 0 ? 100 * ((b.RequestsPerSecond / rate) - 1) : 0);
        }
    }

    private ServingConstants Faster()
    {
        var values = _constants.Values.ToArray();
        foreach (var host in (ServingConstant[])[ServingConstant.StepMs, ServingConstant.LayerMs, ServingConstant.ExpertLayerMs, ServingConstant.SequenceUs]) values[(int)host] /= 2;
        return new(values);
    }

    private static ServingLimit Largest(OpenState state)
    {
        if (state.PrefillShare > 0.5) return ServingLimit.Prefill;
        (ServingLimit Limit, double Time)[] parts =
        [
            (ServingLimit.MemoryBandwidth, state.Step.Weights + state.Step.Kv), (ServingLimit.Compute, state.Step.Compute),
            (ServingLimit.Links, state.Step.Communication), (ServingLimit.Host, state.Step.Host),
        ];
        return parts.MaxBy(p => p.Time).Limit;
    }

    private static Dictionary<string, double> Shares(StepCost step) => new(StringComparer.Ordinal)
    {
        ["weights"] = 100 * step.Weights / step.Total, ["kv"] = 100 * step.Kv / step.Total, ["compute"] = 100 * step.Compute / step.Total,
        ["links"] = 100 * step.Communication / step.Total, ["host"] = 100 * step.Host / step.Total,
    };

    private static string Join(string a, string b) => a.Length == 0 ? b : b.Length == 0 ? a : $"{a}; {b}";

    private static string Ms(double ms) => string.Create(CultureInfo.InvariantCulture, $"{ms:0.#} ms");
}

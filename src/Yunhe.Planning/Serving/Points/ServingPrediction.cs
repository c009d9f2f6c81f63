namespace Yunhe.Planning.Serving.Points;

/// <summary>The serving model's figures for a measured point.</summary>
public static class ServingPrediction
{
    private const double LeastRoom = 0.08;

    /// <summary>Mean wait of a request among ten rounds that all came at once, in rounds.</summary>
    private const double BurstRounds = 4.5;

    public static ServingState Of(ServingPoint point, ServingConstants constants)
    {
        if (point.Uncaptured) constants = constants.With(ServingConstant.LayerMs, constants[ServingConstant.UncapturedLayerMs]);
        // Prefill apart: half of the devices for it; published tables give their sum alone.
        var layout = point.Apart ? new(point.Layout.Tensor, point.Layout.Pipeline, Math.Max(1, point.Layout.Data / 2), point.Layout.ExpertParallel) : point.Layout;
        var roofline = new ServingRoofline(point.Model, point.Accelerator, layout, point.Precision, constants, point.Draft);
        var most = Most(point);
        if (point.Burst) return Burst(ServingLoad.Closed(roofline, constants, point.Input, point.Output, constants[ServingConstant.BurstBatch], most), point);
        return point.Test switch
        {
            ServingTest.Closed => ServingLoad.Closed(roofline, constants, point.Input, point.Output, point.Clients, most, point.Apart),
            ServingTest.Offline => ServingLoad.Offline(roofline, constants, point.Input, point.Output, most),
            ServingTest.Prefill => ServingLoad.Static(roofline, constants, point.Input, 2, point.Layout.Data),
            ServingTest.Decode => Decode(roofline, point, most),
            _ => ServingLoad.Static(roofline, constants, point.Input, point.Output, point.Clients),
        };
    }

    /// <summary>Input tokens per second and device where devices only prefill.</summary>
    public static double InputPerSecondPerDevice(ServingPoint point, ServingState state) => point.Input / state.Prefill.Total * point.Layout.Data / point.Layout.Devices;

    private static ServingState Burst(ServingState running, ServingPoint point) => running with
    {
        FirstToken = running.FirstToken + (BurstRounds * (running.FirstToken + ((point.Output - 1) * running.PerOutputToken))),
        Waiting = Math.Max(1, point.Clients - running.Batch),
    };

    /// <summary>Without a batch told: 128 sequences a device, what the published deployments of this kind run, or what fits.</summary>
    private static ServingState Decode(ServingRoofline roofline, ServingPoint point, double most)
    {
        var batch = point.Clients > 0 ? point.Clients * point.Layout.Devices : Math.Max(1, Math.Min(most, 128.0 * point.Layout.Devices));
        var step = roofline.Decode(batch, point.Input + (point.Output / 2));
        return new()
        {
            Batch = batch, Waiting = 0, FirstToken = 0, PerOutputToken = step.Total / roofline.TokensPerStep, OutputTokensPerSecond = batch * roofline.TokensPerStep / step.Total,
            PrefillShare = 0, Step = step, Prefill = default,
        };
    }

    /// <summary>A measured run did fit, with some room for keys and values, even where the memory model says that it does not.</summary>
    private static double Most(ServingPoint point)
    {
        var memory = ServingMemory.Of(point.Model, point.Accelerator, point.Layout, point.Precision, point.Input + (point.Output / 2));
        return Math.Max(1, Math.Max(memory.Free, point.Accelerator.MemoryGB * 1e9 * LeastRoom) / memory.KvOfSequence * point.Layout.Data);
    }
}

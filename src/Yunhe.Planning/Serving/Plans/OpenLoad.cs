namespace Yunhe.Planning.Serving.Plans;

using static ServingConstant;

/// <summary>A replica under requests that come by themselves, seen at a percentile.</summary>
internal readonly record struct OpenState(double RequestsPerSecond, double Batch, double PeakBatch, double FirstToken, double PerToken, double PrefillShare, StepCost Step);

/// <summary>
/// Requests arrive with a rate and a burstiness. In flight there are about as many as in a server without a queue (the number varies with the peakedness
/// of the arrivals); a new one waits for prefills as in a G/G/1 queue (Kingman's bound, with an exponential tail).
/// </summary>
internal sealed class OpenLoad(ServingRoofline roofline, ServingConstants constants, ServingDemand demand, double burstiness)
{
    private readonly double _sigmas = NormalQuantile(demand.Percentile / 100);

    /// <summary>With so many sequences in flight on average.</summary>
    public OpenState At(double batch)
    {
        double copies = roofline.Layout.Data, output = Math.Max(2, demand.OutputTokens), context = demand.InputTokens + (output / 2);
        var peak = batch + (_sigmas * Math.Sqrt(batch * (1 + burstiness) / 2));
        var prefill = roofline.Prefill(demand.InputTokens, Math.Max(1, batch / copies)).Total;
        var alone = roofline.Prefill(demand.InputTokens, 1).Total;
        var mean = PerToken(batch, prefill, output, context, copies);
        // One request's stay without waiting; Little's law gives the rate.
        var stay = (constants[FirstMs] * 1e-3) + alone + ((output - 1) * mean);
        var rate = batch / stay;
        var load = Math.Min(0.999, rate / copies * prefill);
        var wait = load / (1 - load) * ((burstiness + demand.LengthVariability) / 2) * prefill;
        var tail = demand.Percentile / 100 is var p && load > 1 - p ? wait / load * Math.Log(load / (1 - p)) : 0;
        var step = roofline.Decode(peak, context);
        // The prompt of a long request takes longer: two standard deviations' worth of its length, in proportion.
        var longer = 1 + (Math.Min(_sigmas, 2) * Math.Sqrt(demand.LengthVariability) * 0.5);
        return new(rate, batch, peak, (constants[FirstMs] * 1e-3) + (alone * longer) + tail + step.Total, PerToken(peak, prefill, output, context, copies), load, step);
    }

    /// <summary>At a rate; null: more than the replica can do.</summary>
    public OpenState? AtRate(double rate, double most)
    {
        if (At(most).RequestsPerSecond < rate) return null;
        double low = 1e-3, high = most;
        for (var i = 0; i < 50; i++)
        {
            var middle = (low + high) / 2;
            if (At(middle).RequestsPerSecond < rate) low = middle;
            else high = middle;
        }

        return At(high);
    }

    private double PerToken(double batch, double prefill, double output, double context, double copies) =>
        (roofline.Decode(batch, context).Total / roofline.TokensPerStep) + (constants[Mix] * Math.Max(0, (batch / copies) - 1) * prefill / output);

    /// <summary>Of the standard normal distribution (Abramowitz and Stegun 26.2.23, error below 4.5e-4).</summary>
    private static double NormalQuantile(double p)
    {
        if (p < 0.5) return -NormalQuantile(1 - p);
        var t = Math.Sqrt(-2 * Math.Log(1 - p));
        return t - ((2.515517 + (0.802853 * t) + (0.010328 * t * t)) / (1 + (1.432788 * t) + (0.189269 * t * t) + (0.001308 * t * t * t)));
    }
}

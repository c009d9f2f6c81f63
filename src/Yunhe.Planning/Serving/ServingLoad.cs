namespace Yunhe.Planning.Serving;

using static ServingConstant;

/// <summary>What a replica does under a load that stays the same.</summary>
public sealed record ServingState
{
    /// <summary>Sequences in flight on the replica.</summary>
    public required double Batch { get; init; }

    /// <summary>Sequences that wait to be admitted.</summary>
    public required double Waiting { get; init; }

    /// <summary>Mean, seconds.</summary>
    public required double FirstToken { get; init; }

    /// <summary>Mean, seconds.</summary>
    public required double PerOutputToken { get; init; }

    public required double OutputTokensPerSecond { get; init; }

    /// <summary>Share of the time that goes to prefill.</summary>
    public required double PrefillShare { get; init; }

    public required StepCost Step { get; init; }

    public required StepCost Prefill { get; init; }

    /// <summary>Beyond it requests queue, and the time to the first token is the queue's: more asked than fits, or most of the time spent on prefill.</summary>
    public bool Saturated => Waiting > 0 || PrefillShare > ServingLoad.SaturatedPrefillShare;
}

/// <summary>Load of a replica: a closed loop of so many clients, a static batch, or as much as it takes.</summary>
public static class ServingLoad
{
    public const double SaturatedPrefillShare = 0.5;

    private const int Rounds = 8;

    /// <summary>So many clients, each sending its next request when the last is answered.</summary>
    /// <param name="most">Sequences that fit in memory.</param>
    /// <param name="apart">Other devices prefill: decoding does not wait for it.</param>
    public static ServingState Closed(ServingRoofline roofline, ServingConstants constants, double input, double output, double clients, double most, bool apart = false)
    {
        var mix = apart ? 0 : constants[Mix];
        output = Math.Max(output, 2);
        var batch = Math.Max(1, Math.Min(clients, most));
        double copies = roofline.Layout.Data, rank = Math.Max(1, batch / copies);
        // Copies of the attention don't prefill in step, and each waits for the others: between one queue (1) and all queues (their number).
        var stagger = Math.Sqrt(copies);
        var alone = roofline.Prefill(input, 1);
        var shared = roofline.Prefill(input, rank);
        var context = input + (output / 2);
        var decoding = batch;
        double perToken = 0, first = 0;
        StepCost step = default;
        for (var round = 0; round < Rounds; round++)
        {
            step = roofline.Decode(decoding, context);
            perToken = (step.Total / roofline.TokensPerStep) + (mix * (rank - 1) * shared.Total / output);
            first = (constants[FirstMs] * 1e-3) + alone.Total + (constants[Queue] * (rank - 1) * stagger * shared.Total) + (step.Total / 2);
            var next = batch * ((output - 1) * perToken) / (first + ((output - 1) * perToken));
            decoding = Math.Max(1, (decoding + next) / 2);
        }

        var cycle = first + ((output - 1) * perToken);
        var waiting = Math.Max(0, clients - batch);
        return new()
        {
            Batch = batch, Waiting = waiting, FirstToken = first + (waiting / batch * cycle), PerOutputToken = perToken,
            OutputTokensPerSecond = batch * output / cycle, PrefillShare = Math.Min(1, rank * shared.Total / cycle), Step = step, Prefill = alone,
        };
    }

    /// <summary>Never a shortage of requests: as many in flight as memory and the engine's limit allow; the order of work is free.</summary>
    public static ServingState Offline(ServingRoofline roofline, ServingConstants constants, double input, double output, double most)
    {
        var limit = Math.Min(most, constants[OfflineBatch] * roofline.Layout.Data * roofline.Layout.Pipeline);
        var batch = Math.Max(1, limit);
        var rank = Math.Max(1, batch / roofline.Layout.Data);
        var prefill = roofline.Prefill(input, rank);
        var step = roofline.Decode(batch, input + (output / 2));
        var cycle = ((output * step.Total / roofline.TokensPerStep) + (constants[Mix] * rank * prefill.Total)) * (roofline.Layout.Data > 1 ? constants[Stagger] : 1);
        return new()
        {
            Batch = batch, Waiting = 0, FirstToken = prefill.Total, PerOutputToken = cycle / output, OutputTokensPerSecond = batch * output / cycle,
            PrefillShare = rank * prefill.Total / cycle, Step = step, Prefill = prefill,
        };
    }

    /// <summary>One batch prefilled together and decoded to its end.</summary>
    public static ServingState Static(ServingRoofline roofline, ServingConstants constants, double input, double output, double batch)
    {
        var prefill = roofline.Prefill(input, batch);
        var step = roofline.Decode(batch, input + (output / 2));
        var first = (batch * prefill.Total) + (constants[StepMs] * 1e-3);
        var perToken = step.Total / roofline.TokensPerStep;
        var cycle = first + ((output - 1) * perToken);
        return new()
        {
            Batch = batch, Waiting = 0, FirstToken = first, PerOutputToken = perToken, OutputTokensPerSecond = batch * output / cycle,
            PrefillShare = first / cycle, Step = step, Prefill = prefill,
        };
    }
}

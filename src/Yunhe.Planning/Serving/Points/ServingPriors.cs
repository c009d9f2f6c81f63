namespace Yunhe.Planning.Serving.Points;

/// <summary>Where the fit begins, and what no constant may leave: a share is not above 1.</summary>
internal static class ServingPriors
{
    private static readonly (ServingConstant Constant, double Start, double Least, double Most)[] All =
    [
        (ServingConstant.Memory, 0.75, 0.2, 0.97),
        (ServingConstant.Compute, 0.5, 0.05, 0.95),
        (ServingConstant.StepMs, 1.0, 0.05, 30),
        (ServingConstant.LayerMs, 0.02, 0.001, 1),
        (ServingConstant.HopMs, 0.006, 0.0005, 0.3),
        (ServingConstant.Link, 0.5, 0.02, 1),
        (ServingConstant.Mix, 0.9, 0.2, 2.5),
        (ServingConstant.FirstMs, 20, 1, 1000),
        (ServingConstant.Queue, 0.08, 0.005, 1),
        (ServingConstant.ExpertLayerMs, 0.03, 0.001, 1),
        (ServingConstant.SequenceUs, 8, 0.2, 200),
        (ServingConstant.EagerLayerMs, 0.3, 0.005, 10),
        (ServingConstant.EagerExpertsMs, 0.1, 0.001, 3),
        (ServingConstant.RampTokens, 8, 0.5, 200),
        (ServingConstant.ExpertRampTokens, 4, 0.25, 200),
        (ServingConstant.AttentionCompute, 0.4, 0.02, 1),
        (ServingConstant.KvMemory, 0.8, 0.1, 1.3),
        (ServingConstant.Imbalance, 1.2, 1, 4),
        (ServingConstant.ExpertSpread, 0.9, 0.5, 1),
        (ServingConstant.Widening, 0.8, 0.3, 1),
        (ServingConstant.FourBit, 0.6, 0.1, 1),
        (ServingConstant.DraftTokens, 2.5, 1.2, 5),
        (ServingConstant.AcceptedTokens, 2.0, 1.2, 4),
        (ServingConstant.OfflineBatch, 1024, 64, 8192),
        (ServingConstant.Stagger, 1.2, 1, 3),
        (ServingConstant.UncapturedLayerMs, 1.2, 0.05, 5),
        (ServingConstant.BurstBatch, 24, 1, 256),
    ];

    public static double[] Start() => [.. Enum.GetValues<ServingConstant>().Select(c => Math.Log(All.Single(a => a.Constant == c).Start))];

    public static ServingConstants Bounded(ReadOnlySpan<double> logs)
    {
        Span<double> values = stackalloc double[logs.Length];
        for (var i = 0; i < values.Length; i++) values[i] = Math.Clamp(Math.Exp(logs[i]), All[i].Least, All[i].Most);
        return new(values);
    }
}

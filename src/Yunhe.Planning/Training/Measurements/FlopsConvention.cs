using Yunhe.Planning.Models;

namespace Yunhe.Planning.Training.Measurements;

/// <summary>
/// What a published rate of FLOPs counts. Model FLOPs are 6 a parameter and token and the attention, whole or only its causal half;
/// hardware FLOPs also count what was recomputed (8 with full recomputation).
/// </summary>
public static class FlopsConvention
{
    /// <summary>FLOPs counted per token, given the words of a source; the parameters as published where they are (in 10^9).</summary>
    public static double PerToken(string convention, LanguageModel model, int sequence, Recompute recompute, double? publishedBillionActive)
    {
        var parameters = publishedBillionActive * 1e9 ?? ParameterCount.Of(model).Active;
        var hardware = convention.StartsWith("hw", StringComparison.OrdinalIgnoreCase) || convention.Contains("(hw)", StringComparison.OrdinalIgnoreCase);
        var halved = convention.Contains("halved", StringComparison.OrdinalIgnoreCase);
        var attention = 2.0 * model.Layers * model.Heads * model.HeadWidth * sequence * (halved ? 0.5 : 1);
        var passes = hardware && recompute == Recompute.Full ? 4 : 3;
        return passes * (2 * parameters + 2 * attention);
    }
}

using System.Globalization;

namespace Yunhe.Planning.Serving.Plans;

/// <summary>A figure of a demand that can't be; the message says which, and what can.</summary>
public sealed class ServingDemandException(string figure, string message) : ArgumentException(message)
{
    public string Figure => figure;

    public static void Check(ServingDemand demand)
    {
        Within("input_tokens", demand.InputTokens, 1, 10_000_000, "tokens of a prompt");
        Within("output_tokens", demand.OutputTokens, 1, 10_000_000, "tokens of an answer");
        Within("requests_per_second", demand.RequestsPerSecond, 1e-6, 1e7, "requests a second");
        Within("burstiness", demand.Burstiness, 0, 1000, "the squared coefficient of variation of the time between requests (1: Poisson)");
        Within("length_variability", demand.LengthVariability, 0, 1000, "the squared coefficient of variation of a request's work");
        Within("percentile", demand.Percentile, 1, 99.99, "% of the requests");
        if (demand.FirstTokenMs is { } first) Within("first_token_ms", first, 0.01, 1e9, "ms");
        if (demand.PerTokenMs is { } perToken) Within("per_token_ms", perToken, 0.001, 1e9, "ms");
        if (ServingPrecision.Named(demand.Precision, false) is null)
            throw new ServingDemandException("precision", $"precision '{demand.Precision}' is unknown: bf16, fp16, fp8, int8, fp4 or int4");
        var model = demand.Model;
        if (model.Layers is < 1 or > 10_000 || model.Hidden is < 1 or > 1_000_000 || model.Heads is < 1 or > 100_000 || model.KvHeads is < 1 or > 100_000
            || model.Vocabulary is < 1 or > 100_000_000 || model.Ffn is < 0 or > 10_000_000 || model.Experts is < 0 or > 100_000
            || model.ActiveExperts < 0 || model.ActiveExperts > model.Experts || model.ExpertFfn is < 0 or > 10_000_000 || model.DenseLayers < 0 || model.DenseLayers > model.Layers)
            throw new ServingDemandException("model", $"the shape of {model.Name} is not one of a transformer: layers, hidden, heads and vocabulary are positive, active experts among the experts");
    }

    private static void Within(string field, double value, double least, double most, string what)
    {
        if (value >= least && value <= most) return;
        throw new ServingDemandException(field, string.Create(CultureInfo.InvariantCulture, $"{field} is {value}: {what} from {least:G} to {most:G}"));
    }
}

using System.Globalization;
using Yunhe.Planning.Models;

namespace Yunhe.Planning.Serving.Plans;

/// <summary>What a demand may be.</summary>
internal static class DemandCheck
{
    /// <exception cref="PlanException">A figure is not possible.</exception>
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
            throw new PlanException("precision", $"precision '{demand.Precision}' is unknown: bf16, fp16, fp8, int8, fp4 or int4");
        ModelChoice.Checked(demand.Model);
    }

    private static void Within(string field, double value, double least, double most, string what)
    {
        if (value >= least && value <= most) return;
        throw new PlanException(field, string.Create(CultureInfo.InvariantCulture, $"{value} is not possible: {what} from {least:G} to {most:G}"));
    }
}

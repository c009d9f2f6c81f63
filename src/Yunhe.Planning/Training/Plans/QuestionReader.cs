using System.Globalization;
using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Models;
using Yunhe.Planning.Specs;
using Yunhe.Planning.Training.Failures;

namespace Yunhe.Planning.Training.Plans;

/// <summary>A request becomes a question: every word read, every figure within what can be planned, every default said.</summary>
public static class QuestionReader
{
    private const double UsualBatchTokens = 4e6;
    private const double MostTokens = 1e18;
    private const int MostSequence = 100_000_000;
    private const int MostBatch = 10_000_000;

    /// <summary>A batch given in tokens becomes a multiple of this many sequences where it can, so that layouts divide it.</summary>
    private const int BatchMultiple = 64;

    /// <exception cref="PlanException">The first thing that is wrong: field, what, and how to mend it.</exception>
    public static TrainingQuestion Read(TrainingPlanRequest request)
    {
        var assumptions = new List<Assumption>();
        var model = Model(request, assumptions);
        var sequence = Within("sequence", request.Sequence, 1, MostSequence);
        var batch = Batch(request.Batch, sequence, assumptions);
        var tokens = request.Tokens.Trim().Length > 0 ? Amount("tokens", request.Tokens, 1, MostTokens)
            : Assumed(20.0 * model.ActiveParameters, "20 for each active parameter, compute-optimal (arXiv 2203.15556)");
        return new()
        {
            Job = new() { Model = model, SequenceLength = sequence, GlobalBatch = batch, Precision = Precision(request.Precision), BillionTokens = tokens / 1e9 },
            Devices = request.Devices is { } devices ? Within("devices", devices, 1, 10_000_000) : null,
            Limits = Limits(request),
            Reliability = new()
            {
                FailuresPerThousandNodeDays = Number("failures", request.FailuresPerThousandNodeDays, 0, 1e6)
                    ?? Told(Reliability.UsualFailures, "failures", "a thousand node-days", "Llama 3 405B's run, arXiv 2407.21783; other clusters 2.3 and 6.5"),
                RestartSeconds = Number("restart", request.RestartMinutes, 0, 10_000) * 60 ?? Told(Reliability.UsualRestartSeconds, "restart after a failure", "s", "usual of large runs"),
            },
            Stack = request.Stack,
            Optimize = request.Optimize,
            Alternatives = Within("alternatives", request.Alternatives, 1, 100),
            LocalSteps = Within("local_steps", request.LocalSteps, 1, 100_000),
            Assumptions = assumptions,
        };

        double Assumed(double value, string because)
        {
            assumptions.Add(new("tokens", string.Create(CultureInfo.InvariantCulture, $"{value / 1e9:0.##}B"), because));
            return value;
        }

        double Told(double value, string what, string unit, string because)
        {
            assumptions.Add(new(what, string.Create(CultureInfo.InvariantCulture, $"{value} {unit}"), because));
            return value;
        }
    }

    /// <summary>"2T", "300B", "4M", "1024", "1.5e9".</summary>
    public static double Amount(string field, string text, double least, double most)
    {
        var trimmed = text.Trim();
        var unit = trimmed.Length > 0 ? char.ToUpperInvariant(trimmed[^1]) switch { 'K' => 1e3, 'M' => 1e6, 'B' or 'G' => 1e9, 'T' => 1e12, _ => 1.0 } : 1;
        var number = unit > 1 ? trimmed[..^1] : trimmed;
        return double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value * unit >= least && value * unit <= most
            ? value * unit
            : throw new PlanException(field, string.Create(CultureInfo.InvariantCulture, $"'{(trimmed.Length > 40 ? trimmed[..40] : trimmed)}' is no amount from {least:0.##} to {most:0.#E0}: write 2T, 300B, 4M or a number"));
    }

    private static LanguageModel Model(TrainingPlanRequest request, List<Assumption> assumptions)
    {
        if (request.Shape is { } shape) return ModelChoice.Checked(shape);
        var (model, assumed) = ModelChoice.Of(request.Model);
        assumptions.AddRange(assumed);
        return model;
    }

    private static int Batch(string text, int sequence, List<Assumption> assumptions)
    {
        text = text.Trim();
        if (text.EndsWith("tokens", StringComparison.OrdinalIgnoreCase)) text = text[..^6].Trim();
        else if (text.Length > 0 && char.IsDigit(text[^1])) return (int)Whole("batch", Amount("batch", text, 1, MostBatch));
        var tokens = text.Length > 0 ? Amount("batch", text, 1, 1e12) : UsualBatchTokens;
        var sequences = tokens / sequence;
        if (sequences > MostBatch) throw new PlanException("batch", $"{text} tokens are more than {MostBatch:N0} sequences of {sequence}");
        var batch = sequences >= BatchMultiple ? (int)Math.Round(sequences / BatchMultiple) * BatchMultiple : (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, Math.Round(sequences)));
        assumptions.Add(new("batch", string.Create(CultureInfo.InvariantCulture, $"{batch} sequences, {(double)batch * sequence / 1e6:0.##}M tokens a step"),
            text.Length > 0 ? $"{text} tokens, rounded to what layouts divide" : "about 4M tokens, usual of large models"));
        return batch;
    }

    private static DataType Precision(string text) => text.Trim().ToLowerInvariant() switch
    {
        "bf16" or "" => DataType.Bf16,
        "fp16" => DataType.Fp16,
        "fp8" => DataType.Fp8,
        var other => throw new PlanException("precision", $"'{other}' can't be planned for: use bf16, fp16 or fp8"),
    };

    private static Search.LayoutLimits Limits(TrainingPlanRequest request)
    {
        var limits = request.Limits;
        foreach (var (name, size) in ((string, int?)[])[("tensor", limits.Tensor), ("pipeline", limits.Pipeline), ("context", limits.Context), ("expert", limits.Expert), ("micro_batch", limits.MicroBatch)])
            if (size is { } given) Within(name, given, 1, 1_000_000);
        if (limits.Zero is { } zero) Within("zero", zero, 0, 3);
        return limits;
    }

    private static double? Number(string field, double? value, double least, double most) => value is null || (value >= least && value <= most) ? value
        : throw new PlanException(field, string.Create(CultureInfo.InvariantCulture, $"is {value}: give a number from {least} to {most}"));

    private static int Within(string field, int value, int least, int most) => value >= least && value <= most ? value
        : throw new PlanException(field, $"is {value}: give {least} to {most}");

    private static double Whole(string field, double value) => value == Math.Floor(value) ? value : throw new PlanException(field, "give a whole number of sequences, or tokens with a unit, such as 4M");
}

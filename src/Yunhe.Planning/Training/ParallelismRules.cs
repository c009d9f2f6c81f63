namespace Yunhe.Planning.Training;

using Yunhe.Planning.Models;

/// <summary>Which layouts a run can have: what must divide what.</summary>
public static class ParallelismRules
{
    /// <summary>Layers that a pipeline may be short of whole stages; the first and the last stage then hold fewer, beside the embeddings.</summary>
    private const int MostPadding = 3;

    /// <summary>Null: legal; otherwise what is wrong with it.</summary>
    public static string? Problem(TrainingJob job, in Parallelism layout, int devices)
    {
        var model = job.Model;
        if (layout.Tensor < 1 || layout.Pipeline < 1 || layout.Interleave < 1 || layout.Data < 1 || layout.Context < 1 || layout.Expert < 1 || layout.MicroBatch < 1)
            return "every size of a layout is 1 or more";
        if (layout.Zero is < 0 or > 3) return $"ZeRO stages are 0 to 3, not {layout.Zero}";
        if ((long)layout.Tensor * layout.Pipeline * layout.Data * layout.Context != devices)
            return $"tensor {layout.Tensor} × pipeline {layout.Pipeline} × data {layout.Data} × context {layout.Context} is not {devices} devices";
        return TensorProblem(model, layout) ?? PipelineProblem(model, layout) ?? ExpertProblem(model, layout) ?? BatchProblem(job, layout);
    }

    public static bool Allows(TrainingJob job, in Parallelism layout, int devices) => Problem(job, layout, devices) is null;

    private static string? TensorProblem(LanguageModel model, in Parallelism layout)
    {
        if (model.Heads % layout.Tensor != 0) return $"{model.Heads} heads are not divisible by tensor {layout.Tensor}";
        if (model.KvHeads % layout.Tensor != 0 && layout.Tensor % model.KvHeads != 0) return $"{model.KvHeads} key/value heads and tensor {layout.Tensor} do not divide each other";
        if (model.Ffn % layout.Tensor != 0) return $"feed-forward width {model.Ffn} is not divisible by tensor {layout.Tensor}";
        return layout.SequenceParallel && layout.Tensor == 1 ? "sequence parallel needs tensor parallel" : null;
    }

    private static string? PipelineProblem(LanguageModel model, in Parallelism layout)
    {
        if (layout.Pipeline == 1) return layout.Interleave > 1 ? "interleaving needs a pipeline" : null;
        var chunks = (long)layout.Pipeline * layout.Interleave;
        if (chunks > model.Layers) return $"{chunks} pipeline chunks for {model.Layers} layers";
        var padding = (chunks - model.Layers % chunks) % chunks;
        return padding > MostPadding ? $"{model.Layers} layers do not fill {chunks} pipeline chunks" : null;
    }

    private static string? ExpertProblem(LanguageModel model, in Parallelism layout)
    {
        if (layout.Expert == 1) return null;
        if (model.Experts == 0) return "expert parallel needs a model with experts";
        if (model.Experts % layout.Expert != 0) return $"{model.Experts} experts are not divisible by expert {layout.Expert}";
        return (long)layout.Tensor * layout.Context * layout.Data % layout.Expert != 0
            ? $"expert {layout.Expert} does not divide tensor × context × data"
            : null;
    }

    private static string? BatchProblem(TrainingJob job, in Parallelism layout)
    {
        if (job.GlobalBatch % ((long)layout.Data * layout.MicroBatch) != 0) return $"batch {job.GlobalBatch} is not divisible by data {layout.Data} × micro-batch {layout.MicroBatch}";
        if (layout.Context > 1 && job.SequenceLength % (2 * layout.Context) != 0) return $"sequence {job.SequenceLength} is not divisible by twice context {layout.Context}";
        if (layout.SequenceParallel && job.SequenceLength / layout.Context % layout.Tensor != 0) return $"sequence {job.SequenceLength} is not divisible by tensor {layout.Tensor} × context {layout.Context}";
        var micros = job.GlobalBatch / (layout.Data * layout.MicroBatch);
        return layout.Interleave > 1 && micros % layout.Pipeline != 0 ? $"an interleaved pipeline of {layout.Pipeline} needs a multiple of it in micro-batches, not {micros}" : null;
    }
}

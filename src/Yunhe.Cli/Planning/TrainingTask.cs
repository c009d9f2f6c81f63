using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;
using Yunhe.Planning.Clusters;
using Yunhe.Planning.Training.Plans;

namespace Yunhe.Cli.Planning;

/// <summary>A plan as a workload: a gang of whole nodes at the chosen site, with the sizes of the layout as variables of the launch command.</summary>
internal static class TrainingTask
{
    /// <summary>What is written where nobody says what to run; the flags are those that Megatron's users know.</summary>
    private const string Template = """
        # Replace pretrain_gpt.py and its data by your own; the sizes below are the plan's.
        torchrun --nnodes "$SKYPILOT_NUM_NODES" --node-rank "$SKYPILOT_NODE_RANK" --nproc-per-node "$DEVICES_PER_NODE" \
          --master-addr "$(echo "$SKYPILOT_NODE_IPS" | head -n 1)" --master-port 29500 \
          pretrain_gpt.py --tensor-model-parallel-size "$TP" --pipeline-model-parallel-size "$PP" --context-parallel-size "$CP" \
          --expert-model-parallel-size "$EP" --micro-batch-size "$MICRO_BATCH" --global-batch-size "$GLOBAL_BATCH" --seq-length "$SEQUENCE" \
          --train-iters "$STEPS" --save "$YUNHE_CHECKPOINT_DIR" --load "$YUNHE_CHECKPOINT_DIR"

        """;

    /// <summary>Where checkpoints lie in the working directory.</summary>
    private const string CheckpointFolder = "checkpoints";

    private const double MostEstimateHours = 24 * 300;
    private const double LeastCheckpointSeconds = 60;

    public static string Yaml(TrainingPlan plan, HostPlan host, HostCandidate candidate, string? run, string? workdir)
    {
        var task = new YamlMappingNode { { "name", Name(plan) } };
        if (workdir is not null) task.Add("workdir", Quoted(workdir));
        task.Add("num_nodes", Number(Math.Max(1, host.Devices / host.DevicesPerNode)));
        task.Add("resources", new YamlMappingNode
        {
            { "accelerators", $"{candidate.SiteAccelerator}:{Math.Min(host.Devices, host.DevicesPerNode)}" },
            { "cpus", Number(Math.Max(1, candidate.CpusPerNode)) },
            { "memory", $"{Number(Math.Max(1, candidate.MemoryMiBPerNode))}MB" },
        });
        var envs = new YamlMappingNode();
        foreach (var (name, value) in Variables(plan, host)) envs.Add(name, Quoted(value));
        task.Add("envs", envs);
        task.Add("run", new YamlScalarNode((run ?? Template).TrimEnd() + "\n") { Style = ScalarStyle.Literal });
        task.Add("sites", new YamlSequenceNode(new YamlScalarNode(candidate.Site)));
        task.Add("retries", "100");
        task.Add("checkpoint", new YamlMappingNode
        {
            { "path", CheckpointFolder },
            { "every", $"{Math.Clamp(host.Checkpoints.IntervalSeconds ?? 3600, LeastCheckpointSeconds, 86_400):0}s" },
        });
        task.Add("estimate", $"{Math.Clamp(Math.Ceiling(host.TotalDays.Expected * 24 * 60), 1, MostEstimateHours * 60):0}m");
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        text.WriteLine($"# {plan.Model}: {Summary(plan, host)}");
        new YamlStream(new YamlDocument(task)).Save(text, assignAnchors: false);
        return text.ToString().Replace("...\n", "", StringComparison.Ordinal);
    }

    private static string Summary(TrainingPlan plan, HostPlan host) => string.Create(CultureInfo.InvariantCulture,
        $"{plan.Tokens / 1e9:0.##}B tokens on {host.Devices} {host.Accelerator} at {host.Name}, {host.Layout.Words}, {host.Layout.StepSeconds:0.00} s a step");

    private static IEnumerable<(string Name, string Value)> Variables(TrainingPlan plan, HostPlan host)
    {
        var layout = host.Layout.Layout;
        yield return ("TP", Number(layout.Tensor));
        yield return ("PP", Number(layout.Pipeline));
        yield return ("VP", Number(layout.Interleave));
        yield return ("DP", Number(layout.Data));
        yield return ("CP", Number(layout.Context));
        yield return ("EP", Number(layout.Expert));
        yield return ("ZERO", Number(layout.Zero));
        yield return ("MICRO_BATCH", Number(layout.MicroBatch));
        yield return ("GLOBAL_BATCH", Number(plan.Batch));
        yield return ("SEQUENCE", Number(plan.Sequence));
        yield return ("RECOMPUTE", Format.Word(layout.Recompute));
        yield return ("SEQUENCE_PARALLEL", layout.SequenceParallel ? "1" : "0");
        yield return ("PRECISION", plan.Precision);
        yield return ("STEPS", Number((long)Math.Ceiling(plan.Tokens / ((double)plan.Batch * plan.Sequence))));
        yield return ("DEVICES_PER_NODE", Number(Math.Min(host.Devices, host.DevicesPerNode)));
        yield return ("WORLD_SIZE", Number(host.Devices));
    }

    private static string Name(TrainingPlan plan)
    {
        var plain = string.Concat(plan.Model.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' ? char.ToLowerInvariant(c) : '-')).Trim('-', '.');
        return "train-" + (plain.Length > 40 ? plain[..40] : plain);
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static YamlScalarNode Quoted(string text) => new(text) { Style = ScalarStyle.DoubleQuoted };
}

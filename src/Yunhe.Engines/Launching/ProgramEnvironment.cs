using System.Globalization;
using System.Text.RegularExpressions;
using Yunhe.Core.Workloads;

namespace Yunhe.Engines.Launching;

/// <summary>
/// The variables that a program sees, in the names that SkyPilot and Slurm gave them. Yunhe's own win over the user's, so that
/// no workload can pose as another attempt.
/// </summary>
public static partial class ProgramEnvironment
{
    /// <summary>Files in this folder of the working directory are always brought back.</summary>
    public const string OutputFolder = "outputs";


    /// <summary>What is wrong with the names and values a user chose, or null: they can be handed to a program.</summary>
    public static string? Problem(WorkloadSpec spec)
    {
        foreach (var (name, value) in spec.Envs.Concat(spec.Secrets).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (!LegalName().IsMatch(name))
                return $"'{name}' can't be the name of an environment variable: use letters, digits and _, and no digit first";
            if (ShellsOwn.Contains(name)) return $"the environment variable {name} belongs to the shell: choose another name";
            if (value.Contains('\0')) return $"the value of the environment variable {name} contains a NUL, which no program can be given";
        }

        return null;
    }

    /// <summary>
    /// Pairs that are the same on every node, no name twice: the user's envs, then secrets, then Yunhe's own.
    /// </summary>
    public static IReadOnlyList<KeyValuePair<string, string>> OfAttempt(Launch launch, string site)
    {
        var (attempt, spec) = (launch.Attempt, launch.Spec);
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in spec.Envs.Concat(spec.Secrets)) pairs[name] = value;

        pairs["SKYPILOT_NUM_NODES"] = Text(spec.Nodes);
        pairs["SKYPILOT_NUM_GPUS_PER_NODE"] = Text((long)Math.Ceiling(launch.Requirement.PerNode.AcceleratorAmount));
        pairs["SKYPILOT_TASK_ID"] = attempt.ToString();
        pairs["YUNHE_WORKLOAD"] = attempt.Task.Workload.ToString();
        pairs["YUNHE_TASK"] = attempt.Task.ToString();
        pairs["YUNHE_ATTEMPT"] = attempt.ToString();
        pairs["YUNHE_SITE"] = site;
        if (spec.Array is { } array)
        {
            pairs["SLURM_ARRAY_JOB_ID"] = Text(attempt.Task.Workload.Number);
            pairs["SLURM_ARRAY_TASK_ID"] = Text(attempt.Task.Index);
            pairs["SLURM_ARRAY_TASK_COUNT"] = Text(array.Indices.Count);
            pairs["SLURM_ARRAY_TASK_MIN"] = Text(array.Indices[0]);
            pairs["SLURM_ARRAY_TASK_MAX"] = Text(array.Indices[^1]);
        }

        return [.. pairs.OrderBy(pair => pair.Key, StringComparer.Ordinal)];
    }

    /// <summary>Pairs that tell one node from the others; an engine that only learns its nodes at the start sets the same names there.</summary>
    /// <param name="addresses">Addresses (or names that resolve) of all nodes, by rank.</param>
    public static IReadOnlyList<KeyValuePair<string, string>> OfNode(int rank, IReadOnlyList<string> addresses, string workdir) =>
    [
        new("SKYPILOT_NODE_RANK", Text(rank)),
        new("SKYPILOT_NODE_IPS", string.Join('\n', addresses)),
        new("YUNHE_OUTPUT_DIR", $"{workdir}/{OutputFolder}"),
    ];

    /// <summary>Where its checkpoints lie; null: it has none.</summary>
    public static (string Name, string Folder)? CheckpointFolder(WorkloadSpec spec, string workdir) =>
        spec.Checkpoint is { } own ? ("YUNHE_CHECKPOINT_DIR", $"{workdir}/{own.Path.TrimEnd('/')}") : null;

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    // bash refuses to assign these, whatever their origin.
    private static readonly HashSet<string> ShellsOwn = ["BASHOPTS", "BASH_VERSINFO", "EUID", "PPID", "SHELLOPTS", "UID"];

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*$", RegexOptions.CultureInvariant)]
    private static partial Regex LegalName();
}

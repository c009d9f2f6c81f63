using System.Globalization;
using System.Text.RegularExpressions;
using Yunhe.Core.Network;
using Yunhe.Core.Workloads;
using Yunhe.Engines.Launching;

namespace Yunhe.Engines.Local;

/// <summary>What a batch script finds around it where no Slurm runs it: variables and the early signal.</summary>
internal static partial class BatchScript
{
    /// <summary>Slurm's own default before the limit, in seconds.</summary>
    private const int SignalSeconds = 60;

    public static IEnumerable<KeyValuePair<string, string>> Variables(Launch launch, Site site, string workdir)
    {
        var (spec, options, perNode) = (launch.Spec, launch.Spec.Batch ?? new(), launch.Requirement.PerNode);
        var tasks = Text(options.Tasks ?? (options.TasksPerNode ?? 1) * spec.Nodes);
        var nodeList = string.Join(',', launch.Nodes);
        yield return new("SLURM_CLUSTER_NAME", site.Name);
        yield return new("SLURM_JOB_ID", Text(launch.Attempt.Task.Workload.Number));
        yield return new("SLURM_JOBID", Text(launch.Attempt.Task.Workload.Number));
        yield return new("SLURM_JOB_NAME", spec.Name);
        yield return new("SLURM_JOB_PARTITION", launch.Pool);
        yield return new("SLURM_JOB_NODELIST", nodeList);
        yield return new("SLURM_NODELIST", nodeList);
        yield return new("SLURM_JOB_NUM_NODES", Text(spec.Nodes));
        yield return new("SLURM_NNODES", Text(spec.Nodes));
        yield return new("SLURM_NTASKS", tasks);
        yield return new("SLURM_NPROCS", tasks);
        if (options.TasksPerNode is { } tasksPerNode) yield return new("SLURM_NTASKS_PER_NODE", Text(tasksPerNode));
        if (options.CpusPerTask is { } cpusPerTask) yield return new("SLURM_CPUS_PER_TASK", Text(cpusPerTask));
        yield return new("SLURM_CPUS_ON_NODE", Text(perNode.Cpus));
        yield return new("SLURM_JOB_CPUS_PER_NODE", spec.Nodes == 1 ? Text(perNode.Cpus) : $"{Text(perNode.Cpus)}(x{Text(spec.Nodes)})");
        yield return new("SLURM_MEM_PER_NODE", Text(perNode.MemoryMiB));
        if (perNode.Accelerators > 0) yield return new("SLURM_GPUS_ON_NODE", Text(perNode.Accelerators));
        yield return new("SLURM_SUBMIT_DIR", workdir);
        yield return new("SLURM_PROCID", "0");
        yield return new("SLURM_LOCALID", "0");
        yield return new("SLURM_NODEID", "0");
    }

    /// <summary>Slurm's [B:]SIG[@seconds]: the signal, seconds before the limit, and whether only the script gets it.</summary>
    public static (string Name, int Seconds, bool ScriptOnly)? EarlySignal(WorkloadSpec spec)
    {
        if (spec.TimeLimit is null || spec.Batch?.Signal is not { } text || SignalForm().Match(text) is not { Success: true } match) return null;
        var seconds = match.Groups["seconds"] is { Success: true } group ? int.Parse(group.Value, CultureInfo.InvariantCulture) : SignalSeconds;
        return (match.Groups["name"].Value, seconds, match.Groups["who"].Value.Contains('B'));
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex("^(?<who>(?:[BR]:){0,2})(?<name>[A-Za-z0-9]{1,16})(?:@(?<seconds>[0-9]{1,5}))?$", RegexOptions.CultureInvariant)]
    private static partial Regex SignalForm();
}

using System.Globalization;
using Yunhe.Core.Network;
using Yunhe.Core.Workloads;
using Yunhe.Engines.Launching;

namespace Yunhe.Engines.Slurm;

/// <summary>Makes native submissions of launches: one for all tasks of an array that come together, one for each other attempt.</summary>
/// <param name="root">Folder of all attempts, on the site's side.</param>
internal sealed class SlurmPlan(
    string network, string site, string root, SlurmSettings settings, bool runsSbatch,
    IReadOnlyList<KeyValuePair<string, string>> login, IReadOnlyDictionary<string, SlurmPool> pools)
{
    /// <summary>Slurm waits so long for one switch, or as long as its max_switch_wait lets it, and then takes what there is.</summary>
    private const string OneSwitch = "1@1-00:00:00";

    public IReadOnlyList<SlurmSubmission> Of(IEnumerable<Launch> launches) =>
    [
        .. launches
            .GroupBy(launch => launch.Attempt.Task.Index < 0
                ? (object)launch.Attempt
                : (launch.Attempt.Task.Workload, launch.Attempt.Number, launch.Pool, launch.Requirement))
            .Select(group => Submission([.. group.OrderBy(launch => launch.Attempt)], asArray: group.First().Attempt.Task.Index >= 0)),
    ];

    /// <summary>For a site whose MaxArraySize is too small for the indices.</summary>
    public IReadOnlyList<SlurmSubmission> WithoutArray(SlurmSubmission submission) =>
        [.. submission.Launches.Select(launch => Submission([launch], asArray: false))];

    /// <summary>Why a launch can't go to this site as it is, or null.</summary>
    public static string? Problem(Launch launch) =>
        ProgramEnvironment.Problem(launch.Spec)
        ?? (launch.Spec.Batch?.Chdir is { } directory && Workspace.PathIn("/", directory) is null
            ? $"chdir '{directory}' leads out of the working directory: use a relative path"
            : null);

    private SlurmSubmission Submission(IReadOnlyList<Launch> launches, bool asArray)
    {
        var first = launches[0];
        var (spec, needs, batch) = (first.Spec, first.Requirement.PerNode, first.Spec.Batch ?? new BatchOptions());
        var pool = pools.GetValueOrDefault(first.Pool);
        var folder = $"{root}/{(asArray ? $"{first.Attempt.Task.Workload}_%a.{Text(first.Attempt.Number)}" : first.Attempt)}";
        var own = $"{root}/{first.Attempt}";
        var isBatch = spec.Program.Kind == ProgramKind.Batch;
        var direct = isBatch && !asArray && (runsSbatch || spec.Program.Arguments.Count == 0);
        var tasksPerNode = isBatch ? batch.TasksPerNode ?? (batch.Tasks is { } tasks ? (tasks + spec.Nodes - 1) / spec.Nodes : 1) : 1;
        var cpusPerTask = (isBatch ? batch.CpusPerTask : null) ?? Math.Max(1, needs.Cpus / tasksPerNode);
        return new()
        {
            Launches = launches,
            Comment = asArray ? SlurmMark.OfArray(network, first.Attempt) : SlurmMark.Of(network, first.Attempt),
            Script = direct ? spec.Program.Script! : isBatch ? SlurmJobScript.Batch(spec.Program.Script!) : SlurmJobScript.EveryNode,
            ScriptPath = $"{own}/{(direct ? AttemptFiles.Script : AttemptFiles.Job)}",
            Arguments = direct ? spec.Program.Arguments : [],
            EnvironmentPath = $"{own}/{AttemptFiles.Environment}",
            Environment = direct
                ? [.. Merge(login, AttemptFiles.BatchVariables(first, site, own))]
                : [.. Merge(login, [new("YUNHE_FOLDER", folder)])],
            Chdir = direct ? Directory(own, batch) : asArray ? root : $"{own}/{AttemptFiles.Workdir}",
            Output = $"{folder}/{AttemptFiles.Stdout}",
            Error = $"{folder}/{(isBatch && OutputFiles.Of(first).Error is null ? AttemptFiles.Stdout : AttemptFiles.Stderr)}",
            Array = asArray ? ArrayIndices.Text([.. launches.Select(launch => launch.Attempt.Task.Index)]) : null,
            Partition = batch.Partition ?? pool?.Partition ?? PartitionOf(first.Pool),
            Account = batch.Account ?? settings.Account,
            Qos = batch.Qos,
            Constraint = batch.Constraint,
            Reservation = spec.Reservation,
            Switches = batch.Switches ?? (spec is { Fabric: FabricWish.Same, Nodes: > 1 } ? OneSwitch : null),
            Nodes = spec.Nodes,
            Tasks = isBatch && batch.Tasks is { } count ? count : spec.Nodes * tasksPerNode,
            TasksPerNode = isBatch && batch.TasksPerNode is null && batch.Tasks is not null ? null : tasksPerNode,
            CpusPerTask = cpusPerTask,
            Memory = Memory(first, cpusPerTask * tasksPerNode),
            Gres = Gres(first.Requirement, batch.Gres, pool),
            LimitMinutes = spec.TimeLimit is { } limit ? (int)Math.Ceiling(limit.TotalMinutes) : null,
            Exclusive = batch.Exclusive,
            NodeCpus = pool?.Pool.PerNode.Cpus ?? 0,
            Requeue = batch.Requeue,
            Signal = batch.Signal,
        };
    }

    /// <summary>sbatch takes memory in one form only, so that a script's own form decides; without one it is per node.</summary>
    private SlurmMemory Memory(Launch launch, int cpus)
    {
        var (spec, needs) = (launch.Spec, launch.Requirement.PerNode);
        var form = runsSbatch && spec.Program.Script is { } script ? SlurmJobScript.MemoryFormOf(script) : null;
        if (spec.Batch?.MemoryPerCpuMiB is { } perCpu && form is null or MemoryForm.PerCpu) return new(MemoryForm.PerCpu, perCpu);
        return form switch
        {
            MemoryForm.PerCpu => new(MemoryForm.PerCpu, PartOf(needs.MemoryMiB, cpus)),
            MemoryForm.PerGpu when needs.Accelerators > 0 => new(MemoryForm.PerGpu, PartOf(needs.MemoryMiB, needs.Accelerators)),
            _ => new(MemoryForm.PerNode, needs.MemoryMiB),
        };
    }

    private static long PartOf(long whole, int parts) => (whole + parts - 1) / parts;

    /// <summary>A pool's name begins with its partition, also after a restart before the first look.</summary>
    private static string? PartitionOf(string pool) => pool.Split(SlurmPools.Separator)[0] is { Length: > 0 } partition ? partition : null;

    private static string Directory(string folder, BatchOptions batch) =>
        Workspace.PathIn($"{folder}/{AttemptFiles.Workdir}", batch.Chdir ?? "")!.TrimEnd('/');

    /// <summary>The site's own spelling of the accelerator, and what else the user asked for.</summary>
    private string Gres(Requirement requirement, string? raw, SlurmPool? pool)
    {
        var others = (raw ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Where(item => !settings.Gres.Contains(item.Split(':')[0]));
        var count = requirement.PerNode.Accelerators;
        if (count == 0) return string.Join(',', others);
        var type = pool?.GresType ?? $"{settings.Gres[0]}:{requirement.Accelerator?.ToLowerInvariant()}".TrimEnd(':');
        return string.Join(',', [.. others, $"{type}:{Text(count)}"]);
    }

    private static IEnumerable<KeyValuePair<string, string>> Merge(
        IReadOnlyList<KeyValuePair<string, string>> under, IReadOnlyList<KeyValuePair<string, string>> over) =>
        [.. under.Where(pair => over.All(other => other.Key != pair.Key)), .. over];

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

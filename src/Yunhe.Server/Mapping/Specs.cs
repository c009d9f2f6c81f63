using Yunhe.Contracts;
using Yunhe.Core.Network;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;

namespace Yunhe.Server.Mapping;

/// <summary>Workloads between the wire and the domain. Requests have been checked before.</summary>
internal static class Specs
{
    public const string Hidden = "***";

    private static readonly ResourceRequest Least = new();

    /// <param name="inputBytes">Of all uploaded tars that it names.</param>
    public static WorkloadSpec SpecOf(WorkloadRequest r, long inputBytes) => new()
    {
        Name = r.Name ?? "workload",
        Program = new((ProgramKind)r.Program.Kind)
        {
            Setup = r.Program.Setup,
            Run = r.Program.Run,
            Script = r.Program.Script,
            Arguments = r.Program.Arguments,
            Command = r.Program.Command,
        },
        Requirements = [.. r.Resources.DefaultIfEmpty(Least).Select(x => new Requirement(Resources.Of(x.Cpus, x.MemoryMib, (long)(x.Accelerators * 1000)), x.Accelerator))],
        Ordered = r.Ordered,
        Nodes = r.NumNodes,
        Envs = r.Envs,
        Secrets = r.Secrets,
        Array = r.Array is { } array ? new(ArrayIndices.Parse(array.Indices), array.Limit) : null,
        Dependencies = [.. r.Dependencies.Select(d => new Dependency((DependencyKind)d.Kind, WorkloadId.Parse(d.Workload)))],
        Objective = (Objective)r.Optimize,
        Deadline = r.Deadline,
        Budget = r.Budget is { } budget ? Money.FromDecimal(budget) : null,
        Regions = r.Regions,
        Sites = r.Sites,
        Residency = r.Residency,
        MaxPue = r.MaxPue,
        MinRenewableShare = r.MinRenewableShare,
        Priority = r.Priority,
        Retries = r.Retries,
        TimeLimit = Seconds(r.TimeLimitSeconds),
        Estimate = Seconds(r.EstimateSeconds),
        MaxWait = Seconds(r.MaxWaitSeconds),
        Workdir = r.Workdir,
        FileMounts = [.. r.FileMounts.Select(m => new FileMount(m.Target, m.Sha256))],
        InputBytes = inputBytes,
        Outputs = r.Outputs,
        Checkpoint = r.Checkpoint is { } checkpoint ? new(checkpoint.Path, TimeSpan.FromSeconds(checkpoint.EverySeconds)) : null,
        Batch = r.Batch is { } batch ? BatchOf(batch) : null,
        Project = r.Project == Core.Scheduling.Shares.Project.Default ? null : r.Project,
        Preemptible = r.Preemptible,
        Reservation = r.Reservation,
        Fabric = (FabricWish)r.Fabric,
    };

    /// <summary>As it was handed in, but for its secrets.</summary>
    public static WorkloadRequest RequestOf(WorkloadSpec s) => new()
    {
        Name = s.Name,
        Program = new()
        {
            Kind = (ProgramWord)s.Program.Kind,
            Setup = s.Program.Setup,
            Run = s.Program.Run,
            Script = s.Program.Script,
            Arguments = s.Program.Arguments,
            Command = s.Program.Command,
        },
        Resources = [.. s.Requirements.Select(x => new ResourceRequest
        {
            Cpus = x.PerNode.Cpus, MemoryMib = x.PerNode.MemoryMiB, Accelerators = x.PerNode.AcceleratorAmount, Accelerator = x.Accelerator,
        })],
        Ordered = s.Ordered,
        NumNodes = s.Nodes,
        Envs = s.Envs,
        Secrets = s.Secrets.ToDictionary(x => x.Key, _ => Hidden),
        Array = s.Array is { } array ? new() { Indices = Ranges(array.Indices), Limit = array.Limit } : null,
        Dependencies = [.. s.Dependencies.Select(d => new DependencyRequest((DependencyWord)d.Kind, d.Workload.ToString()))],
        Optimize = s.Objective.Word(),
        Deadline = s.Deadline,
        Budget = s.Budget?.ToDecimal(),
        Regions = s.Regions,
        Sites = s.Sites,
        Residency = s.Residency,
        MaxPue = s.MaxPue,
        MinRenewableShare = s.MinRenewableShare,
        Priority = s.Priority,
        Retries = s.Retries,
        TimeLimitSeconds = (long?)s.TimeLimit?.TotalSeconds,
        EstimateSeconds = (long?)s.Estimate?.TotalSeconds,
        MaxWaitSeconds = (long?)s.MaxWait?.TotalSeconds,
        Workdir = s.Workdir,
        FileMounts = [.. s.FileMounts.Select(m => new FileMountRequest(m.Target, m.Sha256))],
        Outputs = s.Outputs,
        Checkpoint = s.Checkpoint is { } checkpoint ? new() { Path = checkpoint.Path, EverySeconds = (long)checkpoint.Every.TotalSeconds } : null,
        Batch = s.Batch is { } batch ? BatchOf(batch) : null,
        Project = s.Project,
        Preemptible = s.Preemptible,
        Reservation = s.Reservation,
        Fabric = (FabricWord)s.Fabric,
    };

    /// <summary>"0-9,12": consecutive indices as ranges.</summary>
    public static string Ranges(IReadOnlyList<int> indices)
    {
        var parts = new List<string>();
        for (var i = 0; i < indices.Count;)
        {
            var first = i;
            while (++i < indices.Count && indices[i] == indices[i - 1] + 1) { }
            parts.Add(i - first == 1 ? $"{indices[first]}" : $"{indices[first]}-{indices[i - 1]}");
        }

        return string.Join(',', parts);
    }

    private static TimeSpan? Seconds(long? seconds) => seconds is { } s ? TimeSpan.FromSeconds(s) : null;

    private static BatchOptions BatchOf(BatchRequest b) => new()
    {
        Tasks = b.Ntasks,
        TasksPerNode = b.NtasksPerNode,
        CpusPerTask = b.CpusPerTask,
        MemoryPerCpuMiB = b.MemPerCpuMib,
        Gres = b.Gres,
        Partition = b.Partition,
        Account = b.Account,
        Qos = b.Qos,
        Constraint = b.Constraint,
        Switches = b.Switches,
        Exclusive = b.Exclusive,
        Requeue = b.Requeue,
        Signal = b.Signal,
        Output = b.Output,
        Error = b.Error,
        Chdir = b.Chdir,
        Export = b.Export,
    };

    private static BatchRequest BatchOf(BatchOptions b) => new()
    {
        Ntasks = b.Tasks,
        NtasksPerNode = b.TasksPerNode,
        CpusPerTask = b.CpusPerTask,
        MemPerCpuMib = b.MemoryPerCpuMiB,
        Gres = b.Gres,
        Partition = b.Partition,
        Account = b.Account,
        Qos = b.Qos,
        Constraint = b.Constraint,
        Switches = b.Switches,
        Exclusive = b.Exclusive,
        Requeue = b.Requeue,
        Signal = b.Signal,
        Output = b.Output,
        Error = b.Error,
        Chdir = b.Chdir,
        Export = b.Export,
    };
}

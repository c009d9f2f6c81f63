namespace Yunhe.Contracts.Dialects;

/// <summary>What the directives of one script said, and what it comes to per node.</summary>
internal sealed class SbatchJob(Diagnostics diagnostics)
{
    private readonly Dictionary<string, Place> places = [];

    internal WorkloadRequest Request { get; set; } = new() { Program = new() { Kind = ProgramWord.Batch } };

    internal BatchRequest Batch { get; set; } = new();

    internal string? Workdir { get; set; }

    internal int? Nodes { get; set; }

    internal int? CpusPerGpu { get; set; }

    internal long? MemMib { get; set; }

    internal long? MemPerGpuMib { get; set; }

    internal (string Model, int Count)? GpusPerNode { get; set; }

    internal (string Model, int Count)? Gpus { get; set; }

    internal (string Model, int Count)? GpusPerTask { get; set; }

    internal void Seen(string option, Place place) => places[option] = place;

    internal Place? PlaceOf(params ReadOnlySpan<string> options)
    {
        foreach (var option in options)
            if (places.TryGetValue(option, out var place))
                return place;
        return null;
    }

    /// <summary>Tasks spread evenly over the nodes; the fullest node decides what every node needs.</summary>
    internal WorkloadRequest Settle()
    {
        var nodes = SettleNodes();
        var tasksPerNode = Batch.Ntasks is { } tasks ? Ceiling(tasks, nodes) : Batch.NtasksPerNode ?? 1;
        var gpus = SettleGpus(nodes, tasksPerNode);
        var cpus = Math.Max((long)tasksPerNode * (Batch.CpusPerTask ?? 1), (long)(CpusPerGpu ?? 0) * (gpus?.Count ?? 0));
        Locate("resources[0].cpus", "cpus-per-task", "cpus-per-gpu", "ntasks", "ntasks-per-node");
        Locate("resources[0].memory_mib", "mem", "mem-per-cpu", "mem-per-gpu", "cpus-per-task", "ntasks");
        Locate("resources[0].accelerators", "gres", "gpus-per-node", "gpus", "gpus-per-task");
        Locate("num_nodes", "nodes", "ntasks");
        if (cpus > RequestCheck.MaxCpus)
        {
            diagnostics.Error(PlaceOf("cpus-per-task", "ntasks", "ntasks-per-node", "cpus-per-gpu") ?? default,
                $"comes to {cpus} cores per node: at most {RequestCheck.MaxCpus}. Ask for more nodes");
            cpus = 1;
        }
        if (new[] { MemMib, Batch.MemPerCpuMib, MemPerGpuMib }.Count(m => m is not null) > 1)
            diagnostics.Error(PlaceOf("mem-per-cpu", "mem-per-gpu") ?? default, "--mem, --mem-per-cpu, and --mem-per-gpu are mutually exclusive");
        var perGpu = MemPerGpuMib is { } m && gpus is { } g ? m * Math.Min(g.Count, RequestCheck.MaxAccelerators) : (long?)null;
        var memory = MemMib ?? (Batch.MemPerCpuMib is { } perCpu ? perCpu * cpus : perGpu);
        return Request with { NumNodes = nodes, Batch = Batch, Resources = [Amounts.Resource((int)cpus, memory, gpus)] };
    }

    private int SettleNodes()
    {
        var nodes = Math.Max(1, Nodes ?? (Batch is { Ntasks: { } n, NtasksPerNode: > 0 and { } perNode } ? Ceiling(n, perNode) : 1));
        if (Batch.Ntasks is not { } tasks) return nodes;
        if (Nodes is null && Batch.NtasksPerNode is null && tasks > 1)
            diagnostics.Warn(PlaceOf("ntasks") ?? default, $"--ntasks={tasks} without --nodes: all tasks are put on one node");
        if (tasks >= nodes || tasks < 1) return nodes;
        diagnostics.Warn(PlaceOf("nodes", "ntasks") ?? default, $"{tasks} tasks can't fill {nodes} nodes: {tasks} nodes are asked for, as Slurm does");
        return tasks;
    }

    private (string Model, int Count)? SettleGpus(int nodes, int tasksPerNode)
    {
        if (GpusPerNode is { } perNode) return perNode;
        if (Gpus is { } total) return (total.Model, Ceiling(total.Count, nodes));
        return GpusPerTask is { } perTask ? (perTask.Model, (int)Math.Min((long)perTask.Count * tasksPerNode, int.MaxValue)) : null;
    }

    private void Locate(string field, params ReadOnlySpan<string> options)
    {
        if (PlaceOf(options) is { } place) diagnostics.Locate(field, place);
    }

    private static int Ceiling(int a, int b) => (int)(((long)a + b - 1) / b);
}

using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Packing;

namespace Yunhe.Simulator.Traces;

/// <summary>One node of the openb node list.</summary>
public sealed record OpenbNode(string Name, long CpuMilli, long MemoryMiB, int Accelerators, string? Model);

/// <summary>
/// The openb trace (Weng et al., "Beware of Fragmentation", ATC 2023): one pod a row, and the list of the cluster's nodes.
/// A pod is one job; its run time is what lay between scheduling and deletion. A list without times has all pods come at 0 and stay.
/// </summary>
public static class Openb
{
    internal static readonly string[] PodColumns = ["cpu_milli", "memory_mib", "num_gpu", "gpu_milli"];

    internal static readonly string[] NodeColumns = ["sn", "cpu_milli", "memory_mib", "gpu", "model"];

    private const int MostGpus = 1_000_000;

    /// <summary>Pods in order of their creation, equal times in the file's order; numbered by rows from 0, as they are named.</summary>
    public static IEnumerable<TraceJob> Read(string path, BadLines bad)
    {
        using var rows = new CsvRows(path, bad, PodColumns);
        foreach (var job in SubmitOrder.Sort(path, rows.Read(row => (Pod(row), row.Line)), "creation_time", bad)) yield return job;
    }

    /// <summary>Of the pods, in the file's order: an order of arrival tells them by it. Where the list has none they are numbered from 0.</summary>
    internal static IReadOnlyList<string> Names(string path)
    {
        using var rows = new CsvRows(path, new(skip: false), PodColumns);
        return [.. rows.Read(row => row.Text("name") is { Length: > 0 } name ? name : $"openb-pod-{row.Line - 2}")];
    }

    public static IReadOnlyList<OpenbNode> Nodes(string path, BadLines bad)
    {
        using var rows = new CsvRows(path, bad, NodeColumns);
        return
        [
            .. rows.Read(row => new OpenbNode(
                row.Text("sn"), row.Number("cpu_milli", 1000, int.MaxValue), row.Number("memory_mib", 0), (int)row.Number("gpu", 0, NodeShape.MostCards),
                row.Text("model") is { Length: > 0 } model ? model : null)),
        ];
    }

    /// <summary>Pools of like nodes, in order of their first node; named by model and number of accelerators, and by cores where that is not enough.</summary>
    public static IReadOnlyList<Pool> Pools(IEnumerable<OpenbNode> nodes)
    {
        var alike = nodes.GroupBy(n => (n.CpuMilli, n.MemoryMiB, n.Accelerators, n.Model)).ToList();
        var names = alike.Select(g => g.Key.Accelerators == 0 ? "cpu" : $"{g.Key.Model?.ToLowerInvariant() ?? "gpu"}x{g.Key.Accelerators}").ToList();
        return
        [
            .. alike.Select((group, i) => new Pool
            {
                Name = names.Count(name => name == names[i]) == 1 ? names[i] : $"{names[i]}-{group.Key.CpuMilli / 1000}c-{group.Key.MemoryMiB / 1024}g",
                Nodes = group.Count(),
                PerNode = new((int)(group.Key.CpuMilli / 1000), group.Key.MemoryMiB, group.Key.Accelerators),
                Accelerator = group.Key.Accelerators > 0 ? group.Key.Model : null,
            }),
        ];
    }

    private static TraceJob Pod(CsvRows row)
    {
        var gpus = (int)row.Number("num_gpu", 0, MostGpus);
        var cpuMilli = row.Number("cpu_milli", 0);
        if (gpus == 0 && cpuMilli == 0) throw row.Problem("cpu_milli", "processors, where no GPU is asked for");
        var created = Time(row, "creation_time");
        var began = row.Text("scheduled_time").Length > 0 ? Time(row, "scheduled_time") : -1;
        var deleted = row.Text("deletion_time").Length > 0 ? Time(row, "deletion_time") : -1;
        if (began >= 0 && deleted >= 0 && deleted < began) throw row.Problem("deletion_time", $"a time after scheduled_time {began}");
        return new(row.Line - 2, created)
        {
            RunTime = began >= 0 && deleted >= 0 ? deleted - began : -1,
            CpuMilli = cpuMilli,
            MemoryMiB = row.Number("memory_mib", 0),
            Accelerators = gpus,
            AcceleratorMilli = gpus == 1 ? Math.Min(1000, (int)row.Number("gpu_milli", 1, MostGpus)) : 1000,
            Models = row.Text("gpu_spec") is { Length: > 0 } models ? models.Split('|', StringSplitOptions.RemoveEmptyEntries) : [],
        };
    }

    private static long Time(CsvRows row, string column) => row.Has(column) ? row.Number(column, 0) : 0;
}

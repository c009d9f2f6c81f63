using System.Globalization;
using Yunhe.Core.Network;

namespace Yunhe.Engines.Slurm;

/// <param name="GresType">The site's spelling of the accelerator for --gres, such as <c>gpu:a100</c>.</param>
internal sealed record SlurmPool(string Partition, string? GresType, Pool Pool);

/// <summary>Pools and queue as a look at the cluster shows them. A node in two partitions is counted in both.</summary>
internal static class SlurmPools
{
    /// <summary>Between partition and shape in the name of a pool whose partition has several shapes.</summary>
    public const char Separator = ':';

    /// <summary>Entries of the queue; work beyond it is summed up.</summary>
    public const int MostQueued = 10_000;

    private readonly record struct Shape(Resources PerNode, string? GresType);

    public static IReadOnlyList<(SlurmPool Pool, PoolReport Report)> Of(SlurmLook look, SlurmSettings settings)
    {
        var pools = new List<(SlurmPool, PoolReport)>();
        var partitions = look.Partitions
            .Where(p => p.Up && (settings.Partitions.Count == 0 || settings.Partitions.Contains(p.Name)))
            .OrderBy(p => p.Name, StringComparer.Ordinal);
        foreach (var partition in partitions)
        {
            var shapes = look.Nodes.Where(node => node.Partitions.Contains(partition.Name))
                .GroupBy(node => ShapeOf(node, settings))
                .OrderBy(group => group.Key.GresType, StringComparer.Ordinal).ThenBy(group => group.Key.PerNode.Cpus)
                .ThenBy(group => group.Key.PerNode.MemoryMiB).ThenBy(group => group.Key.PerNode.Accelerators)
                .ToList();
            foreach (var shape in shapes) pools.Add(PoolOf(partition, shape.Key, [.. shape], alone: shapes.Count == 1, settings));
        }

        return pools;
    }

    public static IReadOnlyList<QueuedWork> Queue(SlurmLook look, IReadOnlyList<SlurmPool> pools, SlurmSettings settings, DateTimeOffset now)
    {
        var works = new List<QueuedWork>();
        var rest = new Dictionary<QueuedWork, int>();
        foreach (var job in look.Jobs.OrderBy(job => job.Id))
        {
            var running = job.State is "RUNNING" or "CONFIGURING" or "COMPLETING" or "SUSPENDED";
            if (!running && job.State != "PENDING") continue;
            var work = WorkOf(job, running, pools, settings, now);
            var tasks = job.ArrayTask is null && job.ArrayTasks.Length > 0 ? Math.Max(1, ArrayIndices.Expand(job.ArrayTasks).Count()) : 1;
            var single = Math.Min(tasks, MostQueued - works.Count);
            works.AddRange(Enumerable.Repeat(work, single));
            if (tasks > single) rest[work with { Nodes = 0 }] = rest.GetValueOrDefault(work with { Nodes = 0 }) + ((tasks - single) * work.Nodes);
        }

        return [.. works, .. rest.Select(pair => pair.Key with { Nodes = pair.Value })];
    }

    private static (SlurmPool Pool, PoolReport Report) PoolOf(
        SlurmPartition partition, Shape shape, IReadOnlyList<SlurmNode> nodes, bool alone, SlurmSettings settings)
    {
        var usable = nodes.Where(node => node.Usable).ToList();
        var model = shape.GresType?.Split(':')[^1].ToUpperInvariant();
        var per = shape.PerNode;
        var name = alone ? partition.Name : string.Create(
            CultureInfo.InvariantCulture,
            $"{partition.Name}{Separator}{per.Cpus}c-{per.MemoryMiB}m{(model is null ? "" : $"-{per.Accelerators}x{model}")}");
        var pool = new Pool
        {
            Name = name,
            Nodes = usable.Count,
            PerNode = per,
            Accelerator = model,
            MaxTime = partition.MaxTime,
            Features = [.. nodes.SelectMany(node => node.Features).Distinct().Order(StringComparer.Ordinal)],
        };
        var free = usable.GroupBy(node => per - Used(node, shape, settings))
            .OrderBy(group => group.Key.Accelerators).ThenBy(group => group.Key.Cpus).ThenBy(group => group.Key.MemoryMiB)
            .Select(group => new FreeNodes(group.Count(), group.Key));
        return (new(partition.Name, shape.GresType, pool), new(pool, [.. free], nodes.Count - usable.Count));
    }

    private static Shape ShapeOf(SlurmNode node, SlurmSettings settings)
    {
        var (type, count) = Gres(node.Gres, settings);
        return new(new(node.Cpus, node.MemoryMiB, count), type);
    }

    private static Resources Used(SlurmNode node, Shape shape, SlurmSettings settings)
    {
        var (_, accelerators) = Gres(node.UsedGres, settings);
        return new(
            Math.Min(node.UsedCpus, shape.PerNode.Cpus), Math.Min(node.UsedMemoryMiB, shape.PerNode.MemoryMiB),
            Math.Min(accelerators, shape.PerNode.Accelerators));
    }

    private static QueuedWork WorkOf(SlurmJob job, bool running, IReadOnlyList<SlurmPool> pools, SlurmSettings settings, DateTimeOffset now)
    {
        var nodes = Math.Max(1, job.NodeCount);
        var cpus = (job.Cpus + nodes - 1) / nodes;
        var memory = job.MemoryPerNodeMiB ?? (job.MemoryPerCpuMiB ?? 0) * cpus;
        var per = new Resources(cpus, memory, Gres(job.GresPerNode, settings).Count);
        var left = running && job.Limit is { } limit && job.Start is { } start ? start + limit - now : job.Limit;
        var partitions = job.Partition.Split(',');
        var pool = pools.FirstOrDefault(p => partitions.Contains(p.Partition) && per.Fits(p.Pool.PerNode))
            ?? pools.FirstOrDefault(p => partitions.Contains(p.Partition));
        return new(pool?.Pool.Name ?? partitions[0], nodes, per, left is { } time && time < TimeSpan.Zero ? TimeSpan.Zero : left, running);
    }

    /// <summary>
    /// The first kind of accelerator in <c>gpu:a100:4(S:0-1),npu:2</c>, <c>gres:gpu:2</c> or <c>gpu:a100:1(IDX:0)</c>, and how many of it.
    /// </summary>
    private static (string? Type, int Count) Gres(string text, SlurmSettings settings)
    {
        foreach (var item in SplitItems(text))
        {
            var bare = item.Split('(')[0];
            var parts = bare.StartsWith("gres:", StringComparison.Ordinal) ? bare["gres:".Length..].Split(':') : bare.Split(':');
            if (!settings.Gres.Contains(parts[0])) continue;
            if (parts.Length == 1) return (parts[0], 1);
            var counted = int.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count);
            var type = string.Join(':', counted ? parts[..^1] : parts);
            return (type, counted ? count : 1);
        }

        return (null, 0);
    }

    /// <summary>By commas outside of brackets: <c>gpu:a100:2(IDX:0,3)</c> is one.</summary>
    private static IEnumerable<string> SplitItems(string text)
    {
        var (start, depth) = (0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '(') depth++;
            else if (text[i] == ')') depth--;
            else if (text[i] == ',' && depth == 0)
            {
                yield return text[start..i];
                start = i + 1;
            }
        }

        if (start < text.Length) yield return text[start..];
    }
}

using Yunhe.Core.Network;
using Yunhe.Core.Workloads;
using Yunhe.Simulator.Traces;

namespace Yunhe.Simulator.Networks;

/// <summary>Jobs of a trace as workloads that are handed in to a network.</summary>
internal sealed class TraceSpecs(SimulatedNetwork network, Objective objective)
{
    /// <summary>A hundred years, in seconds: what the virtual clock has room for.</summary>
    private const long Longest = 3_155_760_000;

    /// <summary>More than any node has, and few enough to count with.</summary>
    private const long MostCores = 1_000_000_000;

    private const string Unnamed = "job";
    private static readonly ProgramSpec Program = new(ProgramKind.Command) { Command = ["trace"] };

    /// <summary>That nodes are reserved for; jobs of others share the default one.</summary>
    private readonly HashSet<string> projects = [.. network.Reservations.Select(r => r.Project).OfType<string>()];

    /// <summary>What kinds of nodes there are, and how many of each in the pool that has most; those with most cores first.</summary>
    private readonly IReadOnlyList<(Resources PerNode, int Nodes)> kinds =
        [.. network.Sites.SelectMany(s => s.Pools).GroupBy(p => p.PerNode, (each, pools) => (each, pools.Max(p => p.Nodes))).OrderByDescending(k => k.each.Cpus)];

    /// <summary>Who hands it in where the trace does not say.</summary>
    public static string OwnerOf(TraceJob job) => job.User ?? job.Project ?? "trace";

    /// <summary>Why it can't be handed in; null: it can.</summary>
    public static string? Refusal(TraceJob job) => job.RunTime < 0 ? "the trace does not tell how long it ran"
        : job.RunTime > Longest ? "ran for more than a hundred years"
        : job.Submit > Longest ? "was handed in more than a hundred years after the trace's zero"
        : null;

    /// <summary>
    /// Whole cores, rounded up; accelerators or a share of one. A job of more cores than any node has, and of one node, becomes a gang of as few alike
    /// nodes as hold them in some pool, each with its part of the memory and of the accelerators: traces of processors do not tell how they were spread.
    /// </summary>
    public WorkloadSpec SpecOf(TraceJob job)
    {
        var cpus = (int)Math.Clamp((job.CpuMilli + 999) / 1000, 1, MostCores);
        var parts = job.Nodes > 1 || cpus <= kinds[0].PerNode.Cpus ? 1 : PartsOf(job, cpus);
        var (nodes, each) = (job.Nodes * parts, Each(job, cpus, parts));
        return new()
        {
            Name = job.Name ?? Unnamed,
            Program = Program,
            Requirements = job.Accelerators == 0 ? [new(each)]
                : job.Models.Count == 0 ? [new(each, AcceleratorCatalogue.Any)]
                : [.. job.Models.Select(model => new Requirement(each, model))],
            Sites = job.Sites,
            Nodes = nodes,
            Objective = objective,
            TimeLimit = job.RequestedTime > 0 ? TimeSpan.FromSeconds(Math.Min(job.RequestedTime, Longest)) : null,
            InputBytes = job.InputBytes,
            Project = job.Project is { } project && projects.Contains(project) ? project : null,
        };
    }

    /// <summary>The fewest nodes that some pool has, each large enough; where none is, the fewest that hold the cores.</summary>
    private int PartsOf(TraceJob job, int cpus)
    {
        var tried = kinds.Select(kind => Even(job, (int)PartOf(cpus, Math.Max(1, kind.PerNode.Cpus)))).Distinct().Order().ToList();
        var fitting = tried.Find(parts => kinds.Any(kind => kind.Nodes >= parts && Each(job, cpus, parts).Fits(kind.PerNode)));
        return fitting > 0 ? fitting : tried[0];
    }

    /// <summary>Rather some nodes more than an accelerator more.</summary>
    private static int Even(TraceJob job, int parts)
    {
        while (parts < job.Accelerators && job.Accelerators % parts != 0) parts++;
        return parts;
    }

    private static Resources Each(TraceJob job, int cpus, int parts)
    {
        var (part, memory, accelerators) = ((int)PartOf(cpus, parts), PartOf(job.MemoryMiB, parts), (int)PartOf(job.Accelerators, parts));
        return job.AcceleratorMilli < 1000
            ? new(part, memory, 0) { Share = accelerators * job.AcceleratorMilli }
            : new(part, memory, accelerators);
    }

    private static long PartOf(long all, long parts) => (all + parts - 1) / parts;

    /// <summary>How long it runs there, and how it ends: as in the trace, but at the speed of the site and of its accelerators.</summary>
    public SimulatedRun RunOf(TraceJob job, string site, Requirement on)
    {
        var speed = network.Speeds.GetValueOrDefault(site, 1) * (on.Accelerator is { } model ? network.Speeds.GetValueOrDefault(model, 1) : 1);
        return new(TimeSpan.FromSeconds(Math.Min(Longest, Math.Round(job.RunTime / speed, 3))));
    }
}

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
    private readonly int mostCores = network.Sites.SelectMany(s => s.Pools).Max(p => p.PerNode.Cpus);

    /// <summary>Who hands it in where the trace does not say.</summary>
    public static string OwnerOf(TraceJob job) => job.User ?? job.Project ?? "trace";

    /// <summary>Why it can't be handed in; null: it can.</summary>
    public static string? Refusal(TraceJob job) => job.RunTime < 0 ? "the trace does not tell how long it ran"
        : job.RunTime > Longest ? "ran for more than a hundred years"
        : job.Submit > Longest ? "was handed in more than a hundred years after the trace's zero"
        : null;

    /// <summary>
    /// Whole cores, rounded up; accelerators or a share of one. A job of more cores than any node has, and of one node, becomes a gang of as few alike
    /// nodes as hold them, each with its part of the memory and of the accelerators: traces of processors do not tell how they were spread.
    /// </summary>
    public WorkloadSpec SpecOf(TraceJob job)
    {
        var (nodes, cpus) = (job.Nodes, (int)Math.Clamp((job.CpuMilli + 999) / 1000, 1, MostCores));
        var parts = nodes == 1 && cpus > mostCores ? (int)PartOf(cpus, mostCores) : 1;
        // Rather one node more than an accelerator more.
        while (parts > 1 && parts < job.Accelerators && job.Accelerators % parts != 0) parts++;
        (nodes, cpus) = (nodes * parts, (int)PartOf(cpus, parts));
        var (memory, accelerators) = (PartOf(job.MemoryMiB, parts), (int)PartOf(job.Accelerators, parts));
        var each = job.AcceleratorMilli < 1000
            ? new Resources(cpus, memory, 0) { Share = accelerators * job.AcceleratorMilli }
            : new Resources(cpus, memory, accelerators);
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

    private static long PartOf(long all, long parts) => (all + parts - 1) / parts;

    /// <summary>How long it runs there, and how it ends: as in the trace, but at the speed of the site and of its accelerators.</summary>
    public SimulatedRun RunOf(TraceJob job, string site, Requirement on)
    {
        var speed = network.Speeds.GetValueOrDefault(site, 1) * (on.Accelerator is { } model ? network.Speeds.GetValueOrDefault(model, 1) : 1);
        return new(TimeSpan.FromSeconds(Math.Min(Longest, Math.Round(job.RunTime / speed, 3))));
    }
}

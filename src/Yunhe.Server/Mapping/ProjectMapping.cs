using Yunhe.Contracts;
using Yunhe.Core.Scheduling.Shares;

namespace Yunhe.Server.Mapping;

/// <summary>Projects between the wire and the domain.</summary>
internal static class ProjectMapping
{
    public static Project ProjectOf(ProjectRequest r) => new(r.Name)
    {
        Weight = r.Weight,
        Quota = AmountsOf(r.Quota),
        Limit = AmountsOf(r.Limit),
        Unlimited = r.Unlimited,
        Reclaim = (Reclaim)r.Reclaim,
        PreemptByPriority = r.PreemptByPriority,
    };

    public static ProjectView View(ProjectShare s) => new()
    {
        Project = new()
        {
            Name = s.Project.Name,
            Weight = s.Project.Weight,
            Quota = BoundOf(s.Project.Quota),
            Limit = BoundOf(s.Project.Limit),
            Unlimited = s.Project.Unlimited,
            Reclaim = (ReclaimWord)s.Project.Reclaim,
            PreemptByPriority = s.Project.PreemptByPriority,
        },
        Held = BoundOf(s.Held)!,
        Borrowed = BoundOf(s.Borrowed)!,
        ShareNow = s.ShareNow,
        ShareBefore = s.ShareBefore,
        Standing = s.Standing,
        Workloads = s.Workloads,
        Warnings = s.Warnings,
    };

    private static Amounts? AmountsOf(BoundRequest? b) => b is null ? null : new()
    {
        Cpus = b.Cpus,
        MemoryMiB = b.MemoryMib,
        Accelerators = new SortedDictionary<string, decimal>(b.Accelerators.ToDictionary(), StringComparer.Ordinal),
    };

    private static BoundRequest? BoundOf(Amounts? a) => a is null ? null : new() { Cpus = a.Cpus, MemoryMib = a.MemoryMiB, Accelerators = a.Accelerators };
}

using System.Globalization;
using System.Text;

namespace Yunhe.Core.Control;

using Yunhe.Core.Scheduling;
using Yunhe.Core.Workloads;

/// <summary>A text that is equal for workloads which, but for deadlines and budgets, are placeable at the same sites under the same circumstances.</summary>
internal static class RequirementClass
{
    /// <param name="workload">Whose tasks they are.</param>
    /// <param name="avoid">The site that a task would rather not go to again.</param>
    public static string Of(Workload workload, string? avoid = null) =>
        avoid is null && workload.Needs is { } known ? known : Of(workload.Spec, workload.BoundSite, avoid);

    public static string Of(Subject subject) => Of(subject.Spec, subject.BoundSite, subject.Avoid);

    public static string Of(WorkloadSpec spec, string? boundSite, string? avoid = null)
    {
        var text = new StringBuilder(96);
        foreach (var r in spec.Requirements)
            text.Append(CultureInfo.InvariantCulture, $"{r.PerNode.Cpus},{r.PerNode.MemoryMiB},{r.Accelerator}:{r.PerNode.AcceleratorMilli};");
        text.Append(CultureInfo.InvariantCulture, $"{spec.Nodes}{(spec.Ordered ? 'o' : 'a')}{(int)spec.Objective}|");
        text.AppendJoin(',', spec.Sites).Append('|').AppendJoin(',', spec.Regions);
        text.Append(CultureInfo.InvariantCulture, $"|{boundSite}|{spec.TimeLimit?.Ticks}|{spec.Estimate?.Ticks}|{spec.InputBytes}");
        text.Append(CultureInfo.InvariantCulture, $"|{spec.Batch?.Partition}|{spec.Batch?.Constraint}|{avoid}|{spec.Project}|{spec.Preemptible}|{(int)spec.Fabric}|{spec.Reservation}");
        return text.Append(RankingKey.PlaceKey(spec)).ToString();
    }

    /// <summary>What depends on the workload alone can't be shared with others.</summary>
    public static bool IsLimited(WorkloadSpec spec) => spec.Deadline is not null || spec.Budget is not null;
}

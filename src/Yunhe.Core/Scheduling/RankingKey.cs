using System.Globalization;
using System.Text;

namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Control;
using Yunhe.Core.Workloads;

/// <summary>
/// Texts that are equal for requests which rank the pools of a network alike, and for those which can use the same of them. Estimates and inputs count by powers of two, and only where
/// they change the order.
/// </summary>
internal static class RankingKey
{
    public static (string Ranking, string Openings) Of(State state, Subject subject, bool limitsTime, bool hourly)
    {
        var spec = subject.Spec;
        var text = new StringBuilder(64);
        foreach (var r in spec.Requirements)
            text.Append(r.PerNode.Cpus).Append(',').Append(r.PerNode.MemoryMiB).Append(',').Append(r.PerNode.AcceleratorMilli).Append(r.Accelerator).Append(';');
        text.Append(spec.Ordered ? 'o' : 'a').Append((int)spec.Objective).Append('|').Append(spec.Batch?.Partition).Append('|').Append(spec.Batch?.Constraint).Append('|');
        if (limitsTime) text.Append(spec.TimeLimit?.Ticks);
        var (time, basis) = RunTime.Estimate(state.History, subject, spec.Requirements[0]);
        text.Append('|').Append((int)basis);
        // Without a limit and inputs a longer run costs more everywhere in proportion.
        if (spec.TimeLimit is { } limit) text.Append('|').Append(PowerOfTwo(time / limit));
        if (spec.InputBytes > 0) text.Append('|').Append(PowerOfTwo(spec.InputBytes)).Append('|').Append(PowerOfTwo(time.TotalSeconds));
        // A longer run reaches into other hours.
        if (hourly) text.Append("|h").Append(PowerOfTwo(time.TotalSeconds));
        var ranking = text.ToString();
        return (ranking, text.Append('|').Append(spec.Nodes).Append(spec.Fabric == FabricWish.Same ? "s|" : "|").AppendJoin(',', spec.Regions).Append(PlaceKey(spec)).ToString());
    }

    /// <summary>Limits of the places that may run it, but for regions; mostly there are none.</summary>
    public static string PlaceKey(WorkloadSpec spec) => spec is { Residency: null, MaxPue: null, MinRenewableShare: null } ? ""
        : string.Create(CultureInfo.InvariantCulture, $"|{string.Join(',', spec.Residency ?? [])}|{spec.MaxPue:R}|{spec.MinRenewableShare:R}");

    private static string PowerOfTwo(double value) =>
        value > 0 ? ((int)Math.Round(Math.Log2(value))).ToString(CultureInfo.InvariantCulture) : "-";
}

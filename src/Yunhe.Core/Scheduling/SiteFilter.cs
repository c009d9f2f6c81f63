using System.Globalization;

namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Network;
using Yunhe.Core.Workloads;

/// <summary>Which sites and pools can take a workload at all, and the exact reason where they can't.</summary>
internal static class SiteFilter
{
    /// <summary>Why the user does not want it there; null: he does not mind.</summary>
    public static string? Unwanted(Site site, Subject subject)
    {
        var (spec, name) = (subject.Spec, site.Name);
        if (subject.BoundSite is { } bound && bound != name) return $"its quote binds it to {bound}";
        if (spec.Sites.Count > 0 && !spec.Sites.Contains(name)) return $"sites: only {Join(spec.Sites)}";
        return Outside(site, spec) is not var (limit, has, wanted) ? null : $"{limit}: {has} is {wanted}";
    }

    /// <summary>The same of its place and its power, told in general, so that sites which are alike in it count together.</summary>
    public static string? UnwantedInGeneral(Site site, WorkloadSpec spec) => Outside(site, spec) is var (limit, _, wanted) ? $"{limit}: {wanted}" : null;

    private static (string Limit, string Has, string Wanted)? Outside(Site site, WorkloadSpec spec)
    {
        if (spec.Regions.Count > 0 && !spec.Regions.Any(r => LiesIn(site.Place, r))) return ("regions", Where(site.Place), $"not in {Join(spec.Regions)}");
        if (spec.Residency is { } residency && !residency.Any(r => LiesIn(site.Place, r))) return ("residency", Where(site.Place), $"not in {Join(residency)}, which its data must not leave");
        if (site.Green.Pue > spec.MaxPue) return ("max_pue", $"its PUE of {Text(site.Green.Pue)}", $"over {Text(spec.MaxPue.Value)}");
        if (site.Green.RenewableShare < spec.MinRenewableShare) return ("min_renewable_share", $"its share of renewable power, {Text(site.Green.RenewableShare)},", $"under {Text(spec.MinRenewableShare.Value)}");
        return null;
    }

    /// <summary>Why it takes nothing now, which waiting or an operator may lift; null: it does.</summary>
    public static string? Closed(SiteState site) =>
        site.Site.Drained ? "drained by its operator"
        : site.AwaySince is { } since ? $"unreachable since {since:u}: {site.Problem}"
        : site.Report is null ? "not looked at yet"
        : site.Pools.Count == 0 ? "reports no usable nodes"
        : null;

    /// <summary>Why nodes of a pool can never take it; null: they can, now or later.</summary>
    public static string? Exclude(Site site, Pool pool, WorkloadSpec spec, Requirement asked)
    {
        var (want, has) = (asked.PerNode, pool.PerNode);
        if (asked.Accelerator is { } model)
        {
            if (pool.Accelerator is not { } have) return $"accelerators: asks for {model}, has none";
            if (!AcceleratorCatalogue.SameModel(model, have)) return $"accelerators: asks for {model}, has {have}";
            if (want.Share > 0 && site.Engine.SchedulesItself)
                return $"accelerators: asks for {want.AcceleratorAmount} of one {model}, {site.Engine.Type} gives whole ones";
            if (want.AcceleratorMilli > has.AcceleratorMilli)
                return $"accelerators: asks for {want.AcceleratorAmount} {model} per node, nodes have {has.Accelerators}";
        }
        if (want.Cpus > has.Cpus) return $"cpus: asks for {want.Cpus} per node, nodes have {has.Cpus}";
        if (want.MemoryMiB > has.MemoryMiB)
            return $"memory: asks for {GiB(want.MemoryMiB)} GiB per node, nodes have {GiB(has.MemoryMiB)} GiB";
        if (pool.MaxTime is { } longest && spec.TimeLimit > longest) return $"time_limit: {spec.TimeLimit} is over its limit of {longest}";
        if (!site.Engine.SchedulesItself || spec.Batch is not { } batch) return null;
        if (batch.Partition is { } partition && !partition.Split(',').Any(pool.IsOf)) return $"partition: is {pool.Name}, not {partition}";
        if (batch.Constraint is { } feature && feature.All(IsNameCharacter) && !pool.Features.Contains(feature))
            return $"constraint: no node has the feature {feature}";
        return null;
    }

    /// <summary>Why it never has that many nodes; null: it has.</summary>
    public static string? TooMany(Pool pool, WorkloadSpec spec) =>
        spec.Nodes > pool.Nodes ? $"num_nodes: asks for {spec.Nodes}, has {pool.Nodes}"
        : spec.Fabric == FabricWish.Same && pool.NodesPerFabric > 0 && spec.Nodes > pool.NodesPerFabric
            ? $"fabric: asks for {spec.Nodes} nodes in one fabric, a fabric has {pool.NodesPerFabric}"
        : null;

    private static bool LiesIn(Place place, string region) =>
        new[] { place.Region, place.Province, place.City }.Contains(region, StringComparer.OrdinalIgnoreCase);

    private static string Where(Place place) =>
        string.Join('/', new[] { place.Region, place.Province, place.City }.Where(p => p.Length > 0)) is { Length: > 0 } text ? text : "its place";

    private static bool IsNameCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.';

    private static string GiB(long mib) => Text(mib / 1024.0);

    private static string Text(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    private static string Join(IReadOnlyList<string> names) => string.Join(", ", names);
}

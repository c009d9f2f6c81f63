using System.Collections.Immutable;

namespace Yunhe.Core.Network;

using Yunhe.Core.Workloads;

/// <summary>A site and what is known of it now; immutable, swapped whole.</summary>
public sealed record SiteState(Site Site)
{
    /// <summary>The engine's latest report without its attempts; null: not looked at since the start.</summary>
    public SiteReport? Report { get; init; }

    public DateTimeOffset? ReportedAt { get; init; }

    /// <summary>Attempts that the latest report counted.</summary>
    public ImmutableHashSet<AttemptId> Counted { get; init; } = [];

    /// <summary>Since when the engine has not answered; null: it answers.</summary>
    public DateTimeOffset? AwaySince { get; init; }

    public string Problem { get; init; } = "";

    /// <summary>It has been away for longer than its operator lets it.</summary>
    public bool IsLost(DateTimeOffset now) => AwaySince is { } since && now - since > Site.LostAfter;

    /// <summary>Pools as reported where the engine schedules itself, as declared where Yunhe packs the nodes.</summary>
    public IReadOnlyList<Pool> Pools => Site.Engine.SchedulesItself ? ReportedPools : Site.Pools;

    public Pool Pool(string name)
    {
        foreach (var pool in Pools)
            if (pool.Name == name) return pool;
        throw new ArgumentException($"{Site.Name} has no pool {name}", nameof(name));
    }

    /// <summary>Names of nodes that Yunhe packs and that are down, in order of pool.</summary>
    public IEnumerable<string> DownNodes => Report is { } report && !Site.Engine.SchedulesItself ? report.Pools.SelectMany(p => p.Down) : [];

    /// <summary>The same of one pool.</summary>
    public IEnumerable<string> DownIn(string pool) => Report is { } report && !Site.Engine.SchedulesItself ? report.Pools.Where(p => p.Pool.Name == pool).SelectMany(p => p.Down) : [];

    private IReadOnlyList<Pool> ReportedPools => Report is { } report ? [.. report.Pools.Select(p => p.Pool with { Nodes = p.Pool.Nodes + p.Unusable })] : [];
}

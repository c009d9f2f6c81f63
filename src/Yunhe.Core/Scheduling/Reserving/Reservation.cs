using System.Text.Json.Serialization;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Shares;
using Yunhe.Core.Units;

namespace Yunhe.Core.Scheduling.Reserving;

/// <summary>What is asked for: so many whole nodes of a pool, from a time until another, for a project or for nobody.</summary>
public sealed record ReservationSpec
{
    public required string Name { get; init; }

    public required string Site { get; init; }

    public required string Pool { get; init; }

    public required int Nodes { get; init; }

    /// <summary>A project, or a tenant for all its projects. Null: maintenance, nobody's work runs there.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Project { get; init; }

    public required DateTimeOffset From { get; init; }

    public required DateTimeOffset To { get; init; }

    /// <summary>Charged for each node and hour that was reserved and not used; null: nothing is.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Money? Rate { get; init; }

    /// <summary>Who declared it.</summary>
    public string Owner { get; init; } = "";

    /// <summary>Whether a project's work may run in it.</summary>
    public bool Admits(string project) => Project is { } owner && (owner == project || owner == Shares.Project.TenantOf(project));
}

/// <summary>An advance reservation. Which nodes it has is settled when it is declared; from its beginning on others take the place of those that are down.</summary>
/// <param name="Numbers">Of its nodes in the pool, from 1, ascending.</param>
public sealed record Reservation(ReservationSpec Of, IReadOnlyList<int> Numbers)
{
    /// <summary>Its time has come.</summary>
    public bool Begun { get; init; }

    /// <summary>Time of whole nodes that ended attempts of its project used in it, in ticks; of a part of a node that part.</summary>
    public long UsedTicks { get; init; }

    [JsonIgnore]
    public string Name => Of.Name;

    /// <summary>Numbers of its nodes that are down.</summary>
    /// <param name="site">Its site, as it is now.</param>
    public IReadOnlyList<int> DownIn(SiteState site)
    {
        var down = site.DownNodes.ToHashSet(StringComparer.Ordinal);
        return down.Count > 0 && site.Pools.FirstOrDefault(p => p.Name == Of.Pool) is { } pool ? [.. Numbers.Where(n => down.Contains(pool.NodeName(Of.Site, n)))] : [];
    }

    public bool Overlaps(DateTimeOffset from, DateTimeOffset to) => Of.From < to && Of.To > from;
}

/// <summary>What came of a reservation that is over; one that never began leaves none.</summary>
/// <param name="To">When it was over, or was removed.</param>
/// <param name="ReservedTicks">Nodes × time.</param>
/// <param name="Cost">Of what was not used, by the rate.</param>
public sealed record ReservationUse(
    string Name, string Site, string Pool, string? Project, string Owner, DateTimeOffset From, DateTimeOffset To, long ReservedTicks, long UsedTicks, Money Cost)
{
    [JsonIgnore]
    public double ReservedNodeHours => ReservedTicks / (double)TimeSpan.TicksPerHour;

    [JsonIgnore]
    public double UnusedNodeHours => (ReservedTicks - UsedTicks) / (double)TimeSpan.TicksPerHour;
}

using Yunhe.Core.Scheduling;
using Yunhe.Core.Scheduling.Shares;
using Yunhe.Core.Workloads;

namespace Yunhe.Simulator.Networks;

/// <summary>How a network is run: what its users want, and who goes first.</summary>
public sealed record NetworkPolicy(string Name, Objective Objective, WaitingOrder Order = WaitingOrder.Arrival, Backfilling Backfill = Backfilling.Easy);

/// <summary>
/// By name: the objective of every job, and behind a plus the order of the queue where it is not that of arrival, and the backfill where it is
/// not EASY ("cost+slowdown+conservative").
/// </summary>
public static class NetworkPolicies
{
    private static readonly NetworkPolicy[] All =
    [
        .. from backfill in Enum.GetValues<Backfilling>()
           from order in Enum.GetValues<WaitingOrder>()
           from objective in Enum.GetValues<Objective>()
           select new NetworkPolicy(NameOf(objective, order, backfill), objective, order, backfill),
    ];

    public static IReadOnlyList<string> Names { get; } = [.. All.Select(p => p.Name)];

    /// <summary>Null: there is no such name.</summary>
    public static NetworkPolicy? Find(string name) => Array.Find(All, p => p.Name == name);

    private static string NameOf(Objective objective, WaitingOrder order, Backfilling backfill) => objective.ToString().ToLowerInvariant()
        + (order == WaitingOrder.Slowdown ? "+slowdown" : "") + (backfill == Backfilling.Conservative ? "+conservative" : "");
}

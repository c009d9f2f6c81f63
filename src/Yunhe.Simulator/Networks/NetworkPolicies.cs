using Yunhe.Core.Scheduling;
using Yunhe.Core.Workloads;

namespace Yunhe.Simulator.Networks;

/// <summary>How a network is run: what its users want, and who goes first.</summary>
public sealed record NetworkPolicy(string Name, Objective Objective, WaitingOrder Order = WaitingOrder.Arrival);

/// <summary>By name: the objective of every job, and behind a plus the order of the queue where it is not that of arrival ("cost+slowdown").</summary>
public static class NetworkPolicies
{
    private static readonly NetworkPolicy[] All =
    [
        .. Enum.GetValues<Objective>().Select(objective => new NetworkPolicy(Word(objective), objective)),
        .. Enum.GetValues<Objective>().Select(objective => new NetworkPolicy($"{Word(objective)}+slowdown", objective, WaitingOrder.Slowdown)),
    ];

    public static IReadOnlyList<string> Names { get; } = [.. All.Select(p => p.Name)];

    /// <summary>Null: there is no such name.</summary>
    public static NetworkPolicy? Find(string name) => Array.Find(All, p => p.Name == name);

    private static string Word(Objective objective) => objective.ToString().ToLowerInvariant();
}

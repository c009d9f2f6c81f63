using Yunhe.Core.Workloads;

namespace Yunhe.Simulator.Networks;

/// <summary>How a network is run: what its users want.</summary>
public sealed record NetworkPolicy(string Name, Objective Objective);

/// <summary>By name: the objective of every job.</summary>
public static class NetworkPolicies
{
    private static readonly NetworkPolicy[] All =
        [.. Enum.GetValues<Objective>().Select(objective => new NetworkPolicy(objective.ToString().ToLowerInvariant(), objective))];

    public static IReadOnlyList<string> Names { get; } = [.. All.Select(p => p.Name)];

    /// <summary>Null: there is no such name.</summary>
    public static NetworkPolicy? Find(string name) => Array.Find(All, p => p.Name == name);
}

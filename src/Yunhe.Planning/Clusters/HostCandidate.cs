namespace Yunhe.Planning.Clusters;

/// <summary>A cluster that could host a run: where it is, how it is linked to others, and what was assumed of it.</summary>
public sealed record HostCandidate
{
    public required Cluster Cluster { get; init; }

    /// <summary>Site of the network that it is a pool of; empty: it is none, but could be bought or rented.</summary>
    public string Site { get; init; } = "";

    public string Pool { get; init; } = "";

    /// <summary>Accelerator as the site spells it, cores and MiB of memory of a node: what a task asks for there.</summary>
    public string SiteAccelerator { get; init; } = "";

    public int CpusPerNode { get; init; }

    public long MemoryMiBPerNode { get; init; }

    /// <summary>To the other sites, 10^9 bits per second.</summary>
    public double LinkGbitPerSecond { get; init; } = 10;

    public double LinkRoundTripMs { get; init; } = 30;

    public IReadOnlyList<Assumption> Assumptions { get; init; } = [];
}

/// <summary>One that can't be reckoned with at all, and why.</summary>
public sealed record UnusableHost(string Name, string Because);

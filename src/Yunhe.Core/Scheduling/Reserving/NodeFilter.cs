namespace Yunhe.Core.Scheduling.Reserving;

/// <summary>Some nodes of a pool, by their place from 0: those alone, or all but those.</summary>
internal sealed record NodeFilter(IReadOnlySet<int> Nodes, bool Only)
{
    public bool IsOpen(int node) => Nodes.Contains(node) == Only;

    /// <summary>Those that both leave open; null leaves all.</summary>
    public static NodeFilter? Both(NodeFilter? a, NodeFilter? b)
    {
        if (a is null || b is null) return a ?? b;
        if (a.Only) return new(a.Nodes.Where(b.IsOpen).ToHashSet(), Only: true);
        return b.Only ? Both(b, a) : new(a.Nodes.Union(b.Nodes).ToHashSet(), Only: false);
    }

    public int CountOpen(int all) => Only ? Nodes.Count : all - Nodes.Count;
}

/// <summary>Where in a pool nodes for a gang may be: anywhere by default.</summary>
/// <param name="Filter">The only nodes that may be taken; null: any.</param>
/// <param name="OneFabric">All of them in one fabric.</param>
internal readonly record struct Within(NodeFilter? Filter, bool OneFabric)
{
    public bool IsAnywhere => Filter is null && !OneFabric;
}

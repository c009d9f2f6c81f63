using System.Runtime.InteropServices;

namespace Yunhe.Core.Scheduling.Packing;

/// <summary>
/// The groups of a fleet. One that its last node has left is kept for a while: the same free comes about again and again, and new objects
/// that old ones refer to are what costs a collector most.
/// </summary>
internal sealed class NodeGroups
{
    /// <summary>Empty groups kept, beyond four for each that has nodes.</summary>
    private const int LeastKept = 64;

    private readonly HashSet<NodeGroup> all = new(new NodeGroup.SameFree());
    private readonly HashSet<NodeGroup>.AlternateLookup<FreeNode> byFree;
    private readonly List<NodeGroup> occupied = [];

    public NodeGroups() => byFree = all.GetAlternateLookup<FreeNode>();

    /// <summary>Those that have nodes, in no order.</summary>
    public ReadOnlySpan<NodeGroup> Occupied => CollectionsMarshal.AsSpan(occupied);

    /// <summary>The group of what has so much free, for a node that joins it now.</summary>
    public NodeGroup For(FreeNode free)
    {
        if (!byFree.TryGetValue(free, out var group)) all.Add(group = new(free));
        if (group.Count > 0) return group;
        group.Number = occupied.Count;
        occupied.Add(group);
        return group;
    }

    /// <summary>The last node has left it.</summary>
    public void Emptied(NodeGroup group)
    {
        occupied[group.Number] = occupied[^1];
        occupied[group.Number].Number = group.Number;
        occupied.RemoveAt(occupied.Count - 1);
        if (all.Count > 5 * occupied.Count + LeastKept) all.RemoveWhere(g => g.Count == 0);
    }
}

namespace Yunhe.Core.Scheduling.Packing;

/// <summary>Nodes that have exactly the same free, kept as a heap so that the first in the caller's order is at hand.</summary>
internal sealed class NodeGroup(NodeShape shape, int cpuMilli, long memoryMiB, short[] cards)
{
    private int[] heap = [];

    public NodeGroup(FreeNode free)
        : this(free.Shape, free.CpuMilli, free.MemoryMiB, free.Cards.ToArray())
    {
    }

    public FreeNode Free => new(shape, cpuMilli, memoryMiB, cards);

    public NodeShape Shape => shape;

    public int CpuMilli => cpuMilli;

    public long MemoryMiB => memoryMiB;

    public int Count { get; private set; }

    /// <summary>Its place among those that have nodes.</summary>
    public int Number { get; set; }

    public int First => heap[0];

    /// <summary>In no order.</summary>
    public ReadOnlySpan<int> Nodes => heap.AsSpan(0, Count);

    /// <param name="nodes">Ascending.</param>
    /// <param name="places">By node: where it stands in the heap of its group.</param>
    public void Fill(int[] nodes, int[] places)
    {
        heap = nodes;
        Count = nodes.Length;
        for (var i = 0; i < nodes.Length; i++) places[nodes[i]] = i;
    }

    public void Add(int node, int[] places)
    {
        if (Count == heap.Length) Array.Resize(ref heap, Math.Max(4, heap.Length * 2));
        Rise(Count++, node, places);
    }

    public void Remove(int node, int[] places)
    {
        var hole = places[node];
        var last = heap[--Count];
        if (hole < Count)
        {
            if (hole > 0 && last < heap[(hole - 1) / 2]) Rise(hole, last, places);
            else Sink(hole, last, places);
        }
    }

    /// <summary>The first so many nodes in the caller's order, or all when there are fewer.</summary>
    public void CopyFirst(int count, List<int> nodes)
    {
        if (count == 1 && Count > 0)
        {
            nodes.Add(First);
            return;
        }
        var next = new PriorityQueue<int, int>();
        if (Count > 0) next.Enqueue(0, heap[0]);
        while (count-- > 0 && next.TryDequeue(out var at, out var node))
        {
            nodes.Add(node);
            for (var child = 2 * at + 1; child <= 2 * at + 2 && child < Count; child++) next.Enqueue(child, heap[child]);
        }
    }

    private void Rise(int at, int node, int[] places)
    {
        for (; at > 0 && heap[(at - 1) / 2] > node; at = (at - 1) / 2) Put(at, heap[(at - 1) / 2], places);
        Put(at, node, places);
    }

    private void Sink(int at, int node, int[] places)
    {
        for (int child; (child = 2 * at + 1) < Count; at = child)
        {
            if (child + 1 < Count && heap[child + 1] < heap[child]) child++;
            if (heap[child] >= node) break;
            Put(at, heap[child], places);
        }
        Put(at, node, places);
    }

    private void Put(int at, int node, int[] places)
    {
        heap[at] = node;
        places[node] = at;
    }

    /// <summary>Groups are the same when their free is.</summary>
    public sealed class SameFree : IEqualityComparer<NodeGroup>, IAlternateEqualityComparer<FreeNode, NodeGroup>
    {
        public bool Equals(NodeGroup? a, NodeGroup? b) => a is not null && b is not null && Equals(a.Free, b);

        public bool Equals(FreeNode free, NodeGroup group) =>
            free.CpuMilli == group.CpuMilli && free.MemoryMiB == group.MemoryMiB && free.Shape == group.Shape && free.Cards.SequenceEqual(group.Free.Cards);

        public int GetHashCode(NodeGroup group) => GetHashCode(group.Free);

        public int GetHashCode(FreeNode free)
        {
            var hash = HashCode.Combine(free.CpuMilli, free.MemoryMiB);
            foreach (var card in free.Cards) hash = hash * 31 + card;
            return hash;
        }

        public NodeGroup Create(FreeNode free) => new(free);
    }
}

namespace Yunhe.Core.Scheduling.Queueing;

/// <summary>True ends of running jobs by slot, earliest first; at the same time those that started first. A binary heap without allocation per job.</summary>
public sealed class EndQueue
{
    private (long Time, long Order, int Slot)[] heap = new (long, long, int)[16];
    private long added;

    public int Count { get; private set; }

    public long Time => Count > 0 ? heap[0].Time : long.MaxValue;

    /// <summary>Slot of the earliest.</summary>
    public int First => heap[0].Slot;

    public void Clear() => Count = 0;

    public void Add(int slot, long time)
    {
        if (Count == heap.Length) Array.Resize(ref heap, Count * 2);
        var (at, item) = (Count++, (time, added++, slot));
        while (at > 0)
        {
            var parent = (at - 1) >>> 1;
            if (!Before(item, heap[parent])) break;
            heap[at] = heap[parent];
            at = parent;
        }
        heap[at] = item;
    }

    public int Take()
    {
        var slot = heap[0].Slot;
        var item = heap[--Count];
        var at = 0;
        for (var child = 1; child < Count; child = 2 * at + 1)
        {
            if (child + 1 < Count && Before(heap[child + 1], heap[child])) child++;
            if (!Before(heap[child], item)) break;
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = item;
        return slot;
    }

    private static bool Before((long Time, long Order, int Slot) a, (long Time, long Order, int Slot) b) =>
        a.Time < b.Time || (a.Time == b.Time && a.Order < b.Order);
}

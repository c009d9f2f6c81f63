namespace Yunhe.Core.Scheduling.Queueing;

/// <summary>Slots of the waiting jobs in order, and beside them their processors, so that a search for one that fits reads one array.</summary>
internal sealed class WaitingQueue
{
    private int[] slots = new int[16];
    private int[] processors = new int[16];
    private int first;

    public int Count { get; private set; }

    public int this[int position] => slots[first + position];

    public void Insert(int position, int slot, int needs)
    {
        if (first + Count == slots.Length) MakeRoom();
        var at = first + position;
        var behind = Count - position;
        if (behind > 0)
        {
            Array.Copy(slots, at, slots, at + 1, behind);
            Array.Copy(processors, at, processors, at + 1, behind);
        }
        (slots[at], processors[at]) = (slot, needs);
        Count++;
    }

    public void RemoveAt(int position)
    {
        Count--;
        if (position == 0)
        {
            first = Count == 0 ? 0 : first + 1;
            return;
        }
        var at = first + position;
        Array.Copy(slots, at + 1, slots, at, Count - position);
        Array.Copy(processors, at + 1, processors, at, Count - position);
    }

    /// <summary>Position of the first from here on that needs no more than so many processors; −1: none.</summary>
    public int Fitting(int from, int free)
    {
        if (free <= 0 || from >= Count) return -1;
        var found = processors.AsSpan(first + from, Count - from).IndexOfAnyInRange(1, free);
        return found < 0 ? -1 : from + found;
    }

    public int PositionOf(int slot) => slots.AsSpan(first, Count).IndexOf(slot);

    /// <summary>The same jobs in another order.</summary>
    public void Replace(ReadOnlySpan<RankedJob> order, BatchJob[] jobs)
    {
        for (var i = 0; i < order.Length; i++) (slots[first + i], processors[first + i]) = (order[i].Slot, jobs[order[i].Slot].Processors);
    }

    public void CopyTo(WaitingQueue other)
    {
        if (other.slots.Length < Count)
        {
            other.slots = new int[slots.Length];
            other.processors = new int[slots.Length];
        }
        Array.Copy(slots, first, other.slots, 0, Count);
        Array.Copy(processors, first, other.processors, 0, Count);
        (other.first, other.Count) = (0, Count);
    }

    private void MakeRoom()
    {
        // Half of the array is unused in front: move down rather than grow.
        var size = first > slots.Length / 2 ? slots.Length : slots.Length * 2;
        var (oldSlots, oldProcessors) = (slots, processors);
        if (size != slots.Length) (slots, processors) = (new int[size], new int[size]);
        Array.Copy(oldSlots, first, slots, 0, Count);
        Array.Copy(oldProcessors, first, processors, 0, Count);
        first = 0;
    }
}

/// <summary>A job with its key: lowest key first, then the earlier submission.</summary>
internal readonly record struct RankedJob(double Key, long Sequence, int Slot) : IComparable<RankedJob>
{
    public int CompareTo(RankedJob other)
    {
        var c = Key.CompareTo(other.Key);
        return c != 0 ? c : Sequence.CompareTo(other.Sequence);
    }
}

namespace Yunhe.Core.Scheduling.Queueing;

/// <summary>The running jobs by expected end, so that a reservation is found by walking from the first.</summary>
internal sealed class RunningJobs
{
    private long[] ends = new long[16];
    private int[] processors = new int[16];
    private int[] slots = new int[16];

    public int Count { get; private set; }

    public int FirstSlot => slots[0];

    public long FirstEnd => Count > 0 ? ends[0] : long.MaxValue;

    public int Slot(int index) => slots[index];

    public void Add(int slot, int holds, long end)
    {
        if (Count == slots.Length) Reserve(Count * 2);
        var at = After(end);
        var behind = Count - at;
        if (behind > 0)
        {
            Array.Copy(ends, at, ends, at + 1, behind);
            Array.Copy(processors, at, processors, at + 1, behind);
            Array.Copy(slots, at, slots, at + 1, behind);
        }
        (ends[at], processors[at], slots[at]) = (end, holds, slot);
        Count++;
    }

    public void Remove(int slot, long end)
    {
        var at = After(end) - 1;
        while (slots[at] != slot) at--;
        Count--;
        Array.Copy(ends, at + 1, ends, at, Count - at);
        Array.Copy(processors, at + 1, processors, at, Count - at);
        Array.Copy(slots, at + 1, slots, at, Count - at);
    }

    /// <summary>
    /// When so many processors will be free if all end as expected, and how many more than that are free then.
    /// Never (a machine that has shrunk): the end of time, and whatever is free now.
    /// </summary>
    public (long Time, int Spare) Reservation(int needs, int free)
    {
        var sum = free;
        var i = 0;
        while (sum < needs && i < Count) sum += processors[i++];
        if (sum < needs) return (long.MaxValue, free);
        var time = i > 0 ? ends[i - 1] : long.MinValue;
        while (i < Count && ends[i] == time) sum += processors[i++];
        return (time, sum - needs);
    }

    public void CopyTo(RunningJobs other)
    {
        if (other.slots.Length < Count) other.Reserve(slots.Length);
        Array.Copy(ends, other.ends, Count);
        Array.Copy(processors, other.processors, Count);
        Array.Copy(slots, other.slots, Count);
        other.Count = Count;
    }

    /// <summary>Index behind all that end at this time or earlier.</summary>
    private int After(long end)
    {
        var (low, high) = (0, Count);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (ends[middle] <= end) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    private void Reserve(int size)
    {
        Array.Resize(ref ends, size);
        Array.Resize(ref processors, size);
        Array.Resize(ref slots, size);
    }
}

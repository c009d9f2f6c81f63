namespace Yunhe.Core.Scheduling.Queueing;

/// <summary>How many processors are free from each point of time on; what conservative backfill plans with.</summary>
internal sealed class AvailabilityProfile(int processors)
{
    /// <summary>Before all times, and far from overflow.</summary>
    private const long Beginning = long.MinValue / 4;

    private long[] times = [Beginning, 0, 0, 0];
    private int[] free = [processors, 0, 0, 0];
    private int count = 1;

    public void Reset(long now, int all)
    {
        (times[0], free[0]) = (now, all);
        count = 1;
    }

    /// <summary>So many more are free from this time on, which is not before any that was told.</summary>
    public void GiveBackFrom(long time, int more)
    {
        if (time > times[count - 1])
        {
            if (count == times.Length) Reserve();
            (times[count], free[count]) = (time, free[count - 1]);
            count++;
        }
        free[count - 1] += more;
    }

    /// <summary>Whether so many are free for so long from the profile's beginning on.</summary>
    public bool HasFree(int needs, long duration)
    {
        var end = times[0] + duration;
        for (var i = 0; i < count && times[i] < end; i++)
            if (free[i] < needs) return false;
        return true;
    }

    /// <summary>Forgets what lies before now.</summary>
    public void Advance(long now)
    {
        var past = 0;
        while (past + 1 < count && times[past + 1] <= now) past++;
        if (past > 0)
        {
            count -= past;
            Array.Copy(times, past, times, 0, count);
            Array.Copy(free, past, free, 0, count);
        }
        if (times[0] < now) times[0] = now;
    }

    /// <summary>Takes processors from start to end; a negative number gives them back.</summary>
    public void Take(long start, long end, int taken)
    {
        var (from, to) = (Split(start), Split(end));
        if (to <= from) return;
        for (var i = from; i < to; i++) free[i] -= taken;
        if (free[to] == free[to - 1]) Merge(to);
        if (from > 0 && free[from] == free[from - 1]) Merge(from);
    }

    /// <summary>The first time, not before the profile's beginning, from which so many processors are free for so long; the end of time: never.</summary>
    public long Earliest(int needs, long duration)
    {
        for (var i = 0; i < count; i++)
        {
            if (free[i] < needs) continue;
            var end = times[i] + duration;
            var j = i + 1;
            while (j < count && times[j] < end && free[j] >= needs) j++;
            if (j == count || times[j] >= end) return times[i];
            i = j;
        }
        return long.MaxValue;
    }

    public void CopyTo(AvailabilityProfile other)
    {
        if (other.times.Length < count) (other.times, other.free) = (new long[times.Length], new int[times.Length]);
        Array.Copy(times, other.times, count);
        Array.Copy(free, other.free, count);
        other.count = count;
    }

    /// <summary>Index of the step that begins at this time, made if need be. Times before the profile's beginning are its beginning.</summary>
    private int Split(long time)
    {
        var at = times.AsSpan(0, count).BinarySearch(time);
        if (at >= 0) return at;
        at = ~at;
        if (at == 0) return 0;
        if (count == times.Length) Reserve();
        Array.Copy(times, at, times, at + 1, count - at);
        Array.Copy(free, at, free, at + 1, count - at);
        (times[at], free[at]) = (time, free[at - 1]);
        count++;
        return at;
    }

    private void Reserve()
    {
        Array.Resize(ref times, count * 2);
        Array.Resize(ref free, count * 2);
    }

    private void Merge(int at)
    {
        count--;
        Array.Copy(times, at + 1, times, at, count - at);
        Array.Copy(free, at + 1, free, at, count - at);
    }
}

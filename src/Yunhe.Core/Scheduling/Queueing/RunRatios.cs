namespace Yunhe.Core.Scheduling.Queueing;

/// <summary>Which share of their requests jobs really ran: of each user's recent jobs, and of all recent ones for users who are not known yet.</summary>
internal sealed class RunRatios
{
    private const int KeptOfUser = 32;
    private const int KeptOfAll = 512;

    /// <summary>A user with fewer jobs is not known yet.</summary>
    private const int Known = 8;

    private readonly Dictionary<int, RecentValues> users = [];
    private readonly RecentValues all = new(KeptOfAll);

    public void Learn(in BatchJob job, long ran)
    {
        var ratio = ran / (double)Math.Max(1, job.Requested);
        all.Add(ratio);
        if (!users.TryGetValue(job.User, out var user)) users.Add(job.User, user = new(KeptOfUser));
        user.Add(ratio);
    }

    /// <summary>A run time in seconds, longer than what the job has already run; <paramref name="share"/> in [0, 1) chooses among the learned ones.</summary>
    public long Draw(in BatchJob job, long elapsed, double share)
    {
        var beyond = elapsed / (double)Math.Max(1, job.Requested);
        var values = users.TryGetValue(job.User, out var user) && user.Count >= Known ? user.Sorted : all.Sorted;
        var from = Above(values, beyond);
        if (from == values.Length && values != all.Sorted)
        {
            values = all.Sorted;
            from = Above(values, beyond);
        }
        if (from == values.Length) return Math.Max(elapsed + 1, job.Requested);
        var ratio = values[from + (int)((values.Length - from) * share)];
        return Math.Max(elapsed + 1, (long)Math.Ceiling(ratio * job.Requested));
    }

    private static int Above(ReadOnlySpan<double> sorted, double value)
    {
        var (low, high) = (0, sorted.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (sorted[middle] <= value) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}

/// <summary>The latest so many values, also in order.</summary>
internal sealed class RecentValues(int most)
{
    private double[] latest = new double[Math.Min(most, 8)];
    private double[] sorted = new double[Math.Min(most, 8)];
    private int next;

    public int Count { get; private set; }

    public ReadOnlySpan<double> Sorted => sorted.AsSpan(0, Count);

    /// <summary>The oldest first: added again in this order they give the same.</summary>
    public IReadOnlyList<double> Capture() => [.. Enumerable.Range(0, Count).Select(i => latest[(next - Count + i + most) % most])];

    public void Add(double value)
    {
        if (Count == most) Forget(latest[next]);
        else if (Count == sorted.Length)
        {
            var size = Math.Min(most, Count * 2);
            Array.Resize(ref latest, size);
            Array.Resize(ref sorted, size);
        }
        latest[next] = value;
        next = (next + 1) % most;
        var at = Place(value);
        Array.Copy(sorted, at, sorted, at + 1, Count - at);
        sorted[at] = value;
        Count++;
    }

    private void Forget(double value)
    {
        var at = Place(value);
        Count--;
        Array.Copy(sorted, at + 1, sorted, at, Count - at);
    }

    private int Place(double value)
    {
        var at = sorted.AsSpan(0, Count).BinarySearch(value);
        return at >= 0 ? at : ~at;
    }
}

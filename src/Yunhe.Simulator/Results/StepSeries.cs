namespace Yunhe.Simulator.Results;

/// <summary>Mean of a quantity over one bucket of time that ends at <paramref name="Until"/>; seconds on the trace's clock.</summary>
public readonly record struct SeriesPoint(double From, double Until, double Value);

/// <summary>
/// A quantity that changes in steps (busy processors, waiting jobs), averaged over equal buckets. Steps may come in any order and each costs
/// the same; neither beginning nor end need be known: when there would be more than the given number of buckets, they are merged in pairs.
/// </summary>
internal sealed class StepSeries(int most)
{
    /// <summary>What the steps inside a bucket add to its area.</summary>
    private double[] inside = new double[most + 2];

    /// <summary>By how much the level at a bucket's beginning differs from that of the bucket before.</summary>
    private double[] rise = new double[most + 2];

    private double width = 1;
    private double inverse = 1;
    private long first;
    private int count;

    public void Add(double from, double until, double amount)
    {
        Step(from, amount);
        Step(until, -amount);
    }

    /// <summary>From <paramref name="at"/> on there is <paramref name="amount"/> more.</summary>
    public void Step(double at, double amount)
    {
        var bucket = BucketOf(at);
        inside[bucket] += amount * (((first + bucket + 1) * width) - at);
        rise[bucket + 1] += amount;
    }

    /// <summary>Means from the first step, but not before <paramref name="from"/>, until <paramref name="until"/>.</summary>
    public IReadOnlyList<SeriesPoint> Points(double from, double until)
    {
        var points = new List<SeriesPoint>(count);
        var level = 0.0;
        for (var i = 0; i < count; i++)
        {
            level += rise[i];
            var (start, end) = ((first + i) * width, (first + i + 1) * width);
            if (start >= until) break;
            var area = (level * width) + inside[i] - ((level + rise[i + 1]) * Math.Max(0, end - until));
            var length = Math.Min(end, until) - Math.Max(start, from);
            if (length > 0) points.Add(new(Math.Max(start, from), Math.Min(end, until), area / length));
        }
        var last = Math.Max(from, (first + count) * width);
        if (count > 0 && last < until) points.Add(new(last, until, level + rise[count]));
        return points;
    }

    /// <summary>Integral of the points between two times; a bucket that is only partly in counts in proportion.</summary>
    public static double Area(IReadOnlyList<SeriesPoint> points, double from, double until) =>
        points.Sum(p => p.Value * Math.Max(0, Math.Min(p.Until, until) - Math.Max(p.From, from)));

    private int BucketOf(double at)
    {
        // The width is a power of two, so that its inverse is exact.
        var bucket = (long)Math.Floor(at * inverse);
        return (ulong)(bucket - first) < (ulong)count ? (int)(bucket - first) : MakeRoom(at, bucket);
    }

    private int MakeRoom(double at, long bucket)
    {
        if (count == 0) first = bucket;
        while (Math.Max(bucket, first + count - 1) - Math.Min(bucket, first) >= most)
        {
            Merge();
            bucket = (long)Math.Floor(at * inverse);
        }
        if (bucket < first)
        {
            var by = (int)(first - bucket);
            Array.Copy(inside, 0, inside, by, count + 1);
            Array.Copy(rise, 0, rise, by, count + 1);
            Array.Clear(inside, 0, by);
            Array.Clear(rise, 0, by);
            (first, count) = (bucket, count + by);
        }
        count = Math.Max(count, (int)(bucket - first) + 1);
        return (int)(bucket - first);
    }

    private void Merge()
    {
        var (wider, risen) = (new double[inside.Length], new double[rise.Length]);
        var start = first >> 1;
        for (var i = 0; i <= count; i++)
        {
            var (pair, isSecond) = ((int)(((first + i) >> 1) - start), ((first + i) & 1) != 0);
            wider[pair] += inside[i] + (isSecond ? rise[i] * width : 0);
            risen[pair + (isSecond ? 1 : 0)] += rise[i];
        }
        count = (int)(((first + count - 1) >> 1) - start) + 1;
        (inside, rise, first, width, inverse) = (wider, risen, start, 2 * width, inverse / 2);
    }
}

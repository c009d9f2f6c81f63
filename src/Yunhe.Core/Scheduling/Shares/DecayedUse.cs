namespace Yunhe.Core.Scheduling.Shares;

/// <summary>Weighed use of attempts that are forgotten, of one project or tenant in one epoch; in the units of <see cref="DecayedUse"/>.</summary>
public sealed record ForgottenUse(string Account, long Epoch, Int128 Cpus, Int128 MemoryMiB, Int128 Tenths);

/// <summary>
/// Average use of cores, memory and accelerators over the past, where an hour ago counts 2^(−1 h / half-life) of now. In closed form:
/// work at the rate r from s to e weighs r (2^(e/H) − 2^(s/H)) 2^(−now/H), so that nothing is sampled and time needs no updates.
/// Kept as whole numbers, so that what is added and taken away again leaves nothing, in whatever order.
/// </summary>
internal sealed class DecayedUse
{
    /// <summary>Half-lives of one epoch. Powers are taken within an epoch, so that they fit whatever the date is.</summary>
    private const int EpochHalfLives = 32;

    /// <summary>Units of a whole one. With 2^32 of an epoch and 2^40 MiB of a network a sum stays below 2^113.</summary>
    private const double Unit = 1L << 40;

    /// <summary>Epochs that still count: what is older weighs less than 2^−64.</summary>
    private const int Remembered = 4;

    private readonly Dictionary<long, Sum> ended = [];
    private readonly Dictionary<long, Sum> begun = [];
    private (long Cpus, long MemoryMiB, long Tenths) running;

    /// <summary>What has ended, by epoch.</summary>
    public IEnumerable<ForgottenUse> Capture(string account) =>
        ended.OrderBy(e => e.Key).Select(e => new ForgottenUse(account, e.Key, e.Value.Cpus, e.Value.MemoryMiB, e.Value.Tenths));

    public void Restore(ForgottenUse use) => ended[use.Epoch] = new(use.Cpus, use.MemoryMiB, use.Tenths);

    private readonly record struct Sum(Int128 Cpus, Int128 MemoryMiB, Int128 Tenths);

    /// <param name="use">At what rate.</param>
    /// <param name="from">When it began.</param>
    /// <param name="to">When it ended; null: it runs.</param>
    /// <param name="halfLife">The same in every call.</param>
    /// <param name="sign">1, or −1 to take it away again.</param>
    public void Add(Use use, DateTimeOffset from, DateTimeOffset? to, TimeSpan halfLife, int sign)
    {
        var (start, epoch) = (HalfLives(from, halfLife), Epoch(HalfLives(from, halfLife)));
        if (to is null)
        {
            running = (running.Cpus + sign * use.Cpus, running.MemoryMiB + sign * use.MemoryMiB, running.Tenths + sign * use.Tenths);
            Add(begun, epoch, use, sign * Units(Power(start, epoch)));
            return;
        }
        var end = HalfLives(to.Value, halfLife);
        if (end <= start) return;
        Add(ended, Epoch(end), use, sign * Units(Power(end, Epoch(end)) - Power(start, Epoch(end))));
    }

    /// <summary>In cores, MiB and tenths of TFLOPS.</summary>
    public (double Cpus, double MemoryMiB, double Tenths) At(DateTimeOffset now, TimeSpan halfLife)
    {
        var moment = HalfLives(now, halfLife);
        var past = Total(ended, moment);
        var open = Total(begun, moment);
        return (past.Cpus + Math.Max(0, running.Cpus - open.Cpus),
            past.MemoryMiB + Math.Max(0, running.MemoryMiB - open.MemoryMiB),
            past.Tenths + Math.Max(0, running.Tenths - open.Tenths));
    }

    private static (double Cpus, double MemoryMiB, double Tenths) Total(Dictionary<long, Sum> sums, double moment)
    {
        var (cpus, memory, tenths) = (0.0, 0.0, 0.0);
        // From the next one on: the clock of an engine may be ahead.
        for (var epoch = Epoch(moment) + 1; epoch > Epoch(moment) - Remembered; epoch--)
        {
            if (!sums.TryGetValue(epoch, out var sum)) continue;
            var weight = Power(epoch * EpochHalfLives - moment, 0) / Unit;
            cpus += (double)sum.Cpus * weight;
            memory += (double)sum.MemoryMiB * weight;
            tenths += (double)sum.Tenths * weight;
        }
        return (cpus, memory, tenths);
    }

    private static void Add(Dictionary<long, Sum> sums, long epoch, Use use, Int128 weight)
    {
        var before = sums.GetValueOrDefault(epoch);
        var after = new Sum(before.Cpus + use.Cpus * weight, before.MemoryMiB + use.MemoryMiB * weight, before.Tenths + use.Tenths * weight);
        if (after == default) sums.Remove(epoch);
        else sums[epoch] = after;
    }

    private static double HalfLives(DateTimeOffset at, TimeSpan halfLife) => (double)(at - DateTimeOffset.UnixEpoch).Ticks / halfLife.Ticks;

    private static long Epoch(double halfLives) => (long)Math.Floor(halfLives / EpochHalfLives);

    private static double Power(double halfLives, long epoch) => Math.Pow(2, halfLives - (double)epoch * EpochHalfLives);

    private static Int128 Units(double weight) => (Int128)Math.Round(weight * Unit);
}

using System.Diagnostics;
using Yunhe.Core.Scheduling.Packing;

namespace Yunhe.Simulator.Packing;

/// <summary>
/// Pods that come one after the other and stay, on nodes that are empty at first; one that fits nowhere is dropped and counts as
/// arrived. The protocol of "Beware of Fragmentation" (USENIX ATC '23).
/// </summary>
public sealed class PackingRun
{
    private const int FragmentationAt = 80;
    private const int Last = 130;

    private readonly Dictionary<int, (double Sum, int Count)> allocated = [];
    private readonly List<double> microseconds = [];
    private (double Sum, int Count) fragmented;

    private PackingRun()
    {
    }

    /// <summary>Microseconds per decision, in order of arrival.</summary>
    public IReadOnlyList<double> Microseconds => microseconds;

    public int Dropped { get; private set; }

    /// <summary>Pods that were dropped although some node had room; 0 unless a strategy is wrong.</summary>
    public int DroppedWithRoom { get; private set; }

    /// <summary>Percent of the idle thousandths that are fragmented when 80 % has been asked for; NaN: so much never was.</summary>
    public double FragmentedPercent => Rounded(fragmented.Sum / fragmented.Count);

    /// <summary>
    /// Percent of all thousandths allocated, over the arrivals at which what has been asked for is <paramref name="arrivedPercent"/>
    /// of them, rounded; NaN: so much never was. The published figures round each arrival and the mean to two decimals; so does this.
    /// </summary>
    public double AllocatedPercent(int arrivedPercent) =>
        allocated.TryGetValue(arrivedPercent, out var at) ? Rounded(at.Sum / at.Count) : double.NaN;

    public static PackingRun Of(OpenbVariant variant, OpenbVariant.Order order, Func<Fleet, IPackingStrategy> strategy)
    {
        var run = new PackingRun();
        var fleet = new Fleet([.. order.Nodes.Select(n => variant.Nodes[n])], cardsAlike: false);
        var packer = new Packer(fleet, strategy(fleet));
        var typical = RequestMix.Of(variant.Pods).Typical;
        var (arrived, held, next) = (0L, 0L, 0);
        foreach (var pod in order.Pods)
        {
            var request = variant.Pods[pod];
            arrived += request.Milli;
            var percent = (int)Math.Min(Last + 1, Math.Round(100.0 * arrived / variant.TotalMilli, MidpointRounding.AwayFromZero));
            // Of what one pod passes over, all is as it was before it.
            for (; next < percent; next++) Note(next);
            if (percent > Last) break;
            var start = Stopwatch.GetTimestamp();
            var placed = packer.Place(request);
            run.microseconds.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            if (placed is not null) held += request.Milli;
            else run.Drop(fleet, request);
            Note(percent);
            next = percent + 1;
        }
        return run;

        void Note(int percent)
        {
            run.Note(percent, 100.0 * held / variant.TotalMilli);
            if (percent == FragmentationAt) run.Fragment(fleet, typical);
        }
    }

    private void Drop(Fleet fleet, PackRequest request)
    {
        Dropped++;
        if (fleet.CountFitting(request) > 0) DroppedWithRoom++;
    }

    private void Note(int percent, double held)
    {
        var (sum, count) = allocated.GetValueOrDefault(percent);
        allocated[percent] = (sum + Rounded(held), count + 1);
    }

    private void Fragment(Fleet fleet, IReadOnlyList<TypicalRequest> typical)
    {
        var (lost, idle) = (0.0, 0.0);
        for (var node = 0; node < fleet.Nodes; node++)
        {
            var free = fleet.FreeOf(node);
            lost += Fragmentation.Of(free, typical);
            idle += free.IdleMilli;
        }
        fragmented = (fragmented.Sum + (idle > 0 ? 100 * lost / idle : 0), fragmented.Count + 1);
    }

    private static double Rounded(double percent) => Math.Round(percent, 2, MidpointRounding.AwayFromZero);
}

namespace Yunhe.Core.Scheduling.Packing;

/// <summary>What share of the requests asks for this. Memory is left out, as published packers do.</summary>
public readonly record struct TypicalRequest(int CpuMilli, int Cards, int MilliPerCard, ulong Models, double Share);

/// <summary>The mix of requests that a strategy expects: given, or learnt from those that have come.</summary>
public sealed class RequestMix(int mostUsed = RequestMix.MostUsed)
{
    /// <summary>Different requests that are counted; those that come later count as the rest, which nothing is learnt of.</summary>
    private const int MostCounted = 4096;

    /// <summary>Typical requests used, most frequent first; bounds the cost of a decision.</summary>
    public const int MostUsed = 512;

    private readonly Dictionary<(int CpuMilli, int Cards, int MilliPerCard, ulong Models), int> counts = [];
    private long arrived;
    private long next = 1;

    /// <summary>Rises when the mix has been drawn up anew.</summary>
    public int Epoch { get; private set; }

    /// <summary>By rising thousandths per card.</summary>
    public IReadOnlyList<TypicalRequest> Typical { get; private set; } = [];

    /// <summary>Cores (in thousandths) and MiB that go with one thousandth of a card.</summary>
    public (double CpuMilli, double MemoryMiB) PerMilli { get; private set; }

    private (double CpuMilli, double MemoryMiB, double Milli) withCards;

    public MixSnapshot Capture() => new(
        Epoch, arrived, next, withCards.CpuMilli, withCards.MemoryMiB, withCards.Milli, PerMilli.CpuMilli, PerMilli.MemoryMiB,
        [.. counts.OrderBy(c => c.Key).Select(c => new CountedRequest(c.Key.CpuMilli, c.Key.Cards, c.Key.MilliPerCard, c.Key.Models, c.Value))], Typical);

    public void Restore(MixSnapshot snapshot)
    {
        (Epoch, arrived, next, Typical) = (snapshot.Epoch, snapshot.Arrived, snapshot.Next, snapshot.Typical);
        withCards = (snapshot.CpuMilli, snapshot.MemoryMiB, snapshot.Milli);
        PerMilli = (snapshot.CpuMilliPerMilli, snapshot.MemoryMiBPerMilli);
        counts.Clear();
        foreach (var one in snapshot.Counts) counts.Add((one.CpuMilli, one.Cards, one.MilliPerCard, one.Models), one.Count);
    }

    /// <summary>
    /// The published rule: the most popular requests of a known list until they make up 95 % of it (USENIX ATC '23, section 4.2).
    /// </summary>
    public static RequestMix Of(IEnumerable<PackRequest> list)
    {
        var counted = list.GroupBy(r => (r.CpuMilli, r.Cards, r.MilliPerCard, r.Models)).OrderByDescending(g => g.Count()).ToList();
        var (all, sum) = (counted.Sum(g => g.Count()), 0);
        var chosen = counted.TakeWhile(g => (double)sum / all < 0.95 && (sum += g.Count()) > 0).ToList();
        return new() { Typical = Sorted(chosen.Select(g => (g.Key, g.Count()))), next = long.MaxValue };
    }

    /// <summary>Counts a request. The mix is drawn up again each time that a tenth more have come.</summary>
    public void Arrived(in PackRequest request)
    {
        if (next == long.MaxValue) return;
        var key = (request.CpuMilli, request.Cards, request.MilliPerCard, request.Models);
        if (counts.TryGetValue(key, out var count)) counts[key] = count + 1;
        else if (counts.Count < MostCounted) counts.Add(key, 1);
        if (request.Cards > 0)
            withCards = (withCards.CpuMilli + request.CpuMilli, withCards.MemoryMiB + request.MemoryMiB, withCards.Milli + request.Milli);
        if (++arrived < next) return;
        next = Math.Max(arrived + 1, arrived * 11 / 10);
        Epoch++;
        Typical = Sorted(counts.Select(c => (c.Key, c.Value)).OrderByDescending(c => c.Value).ThenBy(c => c.Key).Take(mostUsed));
        var milli = Math.Max(1, withCards.Milli);
        PerMilli = (withCards.CpuMilli / milli, withCards.MemoryMiB / milli);
    }

    private static TypicalRequest[] Sorted(IEnumerable<((int CpuMilli, int Cards, int MilliPerCard, ulong Models) Key, int Count)> counted)
    {
        var all = counted.ToList();
        double sum = all.Sum(c => c.Count);
        return
        [
            .. all.OrderBy(c => c.Key.MilliPerCard).ThenByDescending(c => c.Count).ThenBy(c => c.Key)
                .Select(c => new TypicalRequest(c.Key.CpuMilli, c.Key.Cards, c.Key.MilliPerCard, c.Key.Models, c.Count / sum)),
        ];
    }
}

/// <summary>How often a request has come.</summary>
public sealed record CountedRequest(int CpuMilli, int Cards, int MilliPerCard, ulong Models, int Count);

/// <summary>All that a <see cref="RequestMix"/> has learnt, and the mix as it was last drawn up.</summary>
public sealed record MixSnapshot(
    int Epoch, long Arrived, long Next, double CpuMilli, double MemoryMiB, double Milli, double CpuMilliPerMilli, double MemoryMiBPerMilli,
    IReadOnlyList<CountedRequest> Counts, IReadOnlyList<TypicalRequest> Typical)
{
    /// <summary>The models that the bits of <c>Models</c> stand for, the lowest first; empty where they are the caller's, and in snapshots of versions that knew no models.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>Parts of cards have been asked for; null: the counts tell.</summary>
    public bool? Shares { get; init; }

    /// <summary>Models have been asked for by name; null: the counts tell.</summary>
    public bool? Named { get; init; }
}

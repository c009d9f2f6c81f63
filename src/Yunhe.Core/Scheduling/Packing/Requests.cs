namespace Yunhe.Core.Scheduling.Packing;

/// <summary>What a node has when nothing runs on it. <c>Model</c> is the accelerator's number in the caller's list, 0 to 63.</summary>
public sealed record NodeShape(int CpuMilli, long MemoryMiB, int Cards, int Model = 0)
{
    /// <summary>Cards of a node are told apart by the bits of one word.</summary>
    public const int MostCards = 64;
}

/// <summary>
/// What one node is asked for: so many cards and so many thousandths of each. Under 1000 it is a share, which one card must have
/// free; whole cards must be fully free. <c>Models</c> has a bit for each model that will do.
/// </summary>
public readonly record struct PackRequest(int CpuMilli, long MemoryMiB, int Cards, int MilliPerCard, ulong Models = ulong.MaxValue)
{
    public const int WholeCard = 1000;

    public bool IsShare => Cards == 1 && MilliPerCard < WholeCard;

    /// <summary>Thousandths over all cards.</summary>
    public int Milli => Cards * MilliPerCard;

    public bool Admits(int model) => Cards == 0 || (Models >> model & 1) != 0;
}

/// <summary>What a node, or each of a group of like nodes, has free: each card in thousandths.</summary>
public readonly ref struct FreeNode(NodeShape shape, int cpuMilli, long memoryMiB, ReadOnlySpan<short> cards)
{
    public NodeShape Shape { get; } = shape;

    public int CpuMilli { get; } = cpuMilli;

    public long MemoryMiB { get; } = memoryMiB;

    public ReadOnlySpan<short> Cards { get; } = cards;

    public int IdleMilli
    {
        get
        {
            var sum = 0;
            foreach (var card in Cards) sum += card;
            return sum;
        }
    }

    public bool Fits(in PackRequest request)
    {
        if (request.CpuMilli > CpuMilli || request.MemoryMiB > MemoryMiB) return false;
        if (request.Cards == 0) return true;
        if (!request.Admits(Shape.Model)) return false;
        var enough = 0;
        foreach (var card in Cards)
            if (card >= request.MilliPerCard && ++enough == request.Cards) return true;
        return false;
    }

    /// <summary>
    /// What is left after a request that fits, its cards written to <paramref name="cards"/>: a share from the first card that has
    /// exactly <paramref name="level"/> free, whole cards from the first ones.
    /// </summary>
    public FreeNode After(in PackRequest request, int level, Span<short> cards)
    {
        Cards.CopyTo(cards);
        var taken = Choose(Cards, request, level);
        for (var i = 0; taken != 0; i++, taken >>= 1)
            if ((taken & 1) != 0) cards[i] -= (short)request.MilliPerCard;
        return new(Shape, CpuMilli - request.CpuMilli, MemoryMiB - request.MemoryMiB, cards[..Cards.Length]);
    }

    /// <summary>The cards, a bit each, that a request would get.</summary>
    internal static ulong Choose(ReadOnlySpan<short> cards, in PackRequest request, int level)
    {
        var (taken, left) = (0UL, request.Cards);
        for (var i = 0; i < cards.Length && left > 0; i++)
        {
            if (request.IsShare ? cards[i] != level : cards[i] < request.MilliPerCard) continue;
            taken |= 1UL << i;
            left--;
        }
        return left == 0 ? taken : throw new InvalidOperationException("a request was put where it does not fit");
    }
}

namespace Yunhe.Core.Scheduling.Packing;

/// <summary>How many of a node's idle thousandths the requests that are expected could not use.</summary>
public static class Fragmentation
{
    /// <summary>
    /// The published measure: over the typical requests, weighed by their share, all idle thousandths where one cannot run or wants
    /// no card, else those on cards with less than it asks (USENIX ATC '23, section 4).
    /// </summary>
    public static double Of(FreeNode node, IReadOnlyList<TypicalRequest> typical)
    {
        var (idle, sum) = (node.IdleMilli, 0.0);
        if (idle == 0) return 0;
        var (milli, enough, below) = (-1, 0, 0);
        for (var i = 0; i < typical.Count; i++)
        {
            var t = typical[i];
            if (t.MilliPerCard != milli) (milli, enough, below) = Split(node.Cards, t.MilliPerCard);
            var runs = t.Cards > 0 && t.CpuMilli <= node.CpuMilli && (t.Models >> node.Shape.Model & 1) != 0 && enough >= t.Cards;
            sum += t.Share * (runs ? below : idle);
        }
        return sum;
    }

    /// <summary>How many cards have so much free, and what the others have.</summary>
    internal static (int Milli, int Enough, int Below) Split(ReadOnlySpan<short> cards, int milli)
    {
        var (enough, below) = (0, 0);
        foreach (var card in cards)
        {
            if (card >= milli) enough++;
            else below += card;
        }
        return (milli, enough, below);
    }

    /// <summary>The published score of a change: 0 to 100, 50 when fragmentation stays the same.</summary>
    internal static int Score(double less) => (int)(100 * (1 / (1 + Math.Exp(-less / PackRequest.WholeCard))));
}

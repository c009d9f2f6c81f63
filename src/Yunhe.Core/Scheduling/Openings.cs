namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Control;

/// <summary>
/// Which pools of a ranking may have room now for requests that are alike also in their number of nodes and in where they may run. A mark
/// is taken away where a look found no room, and set again when room comes free: a decision costs as much as has changed since the last.
/// </summary>
internal sealed class Openings
{
    private readonly ulong[] allowed;
    private readonly ulong[] marks;
    private readonly int[] shapes;
    private long seen = -1;
    private DateTimeOffset looked;

    public Openings(State state, Ranking ranking, Subject subject)
    {
        Ranking = ranking;
        shapes = [.. subject.Spec.Requirements.Select(r => state.Pools.ShapeOf(r.PerNode, subject.Spec))];
        allowed = new ulong[(ranking.Count + 63) / 64];
        marks = new ulong[allowed.Length];
        var exclusions = new ExclusionCount();
        for (var rank = 0; rank < ranking.Count; rank++)
        {
            var why = SiteFilter.UnwantedInGeneral(state.Pools[ranking[rank].Pool].Site, subject.Spec)
                ?? (subject.Spec.Nodes > 1 ? SiteFilter.TooMany(state.Pools[ranking[rank].Pool].Pool, subject.Spec) : null);
            if (why is null) Allow(rank);
            else exclusions.Add(why, state.Pools[ranking[rank].Pool].Site.Name);
        }
        Exclusions = [.. ranking.Exclusions, .. exclusions.ToList()];
    }

    public Ranking Ranking { get; }

    /// <summary>See <see cref="PoolIndex.MayHaveRoom"/>.</summary>
    public int Generation { get; init; }

    /// <summary>Sites that can't take it, by reason.</summary>
    public IReadOnlyList<Exclusion> Exclusions { get; }

    /// <summary>The rank with the lowest price; −1: no pool can ever take it.</summary>
    public int Cheapest { get; private set; } = -1;

    /// <summary>The rank that would take the least time if free; −1: no pool can ever take it.</summary>
    public int Fastest { get; private set; } = -1;

    /// <summary>The best pools that are full, as of the last <see cref="Refresh"/>.</summary>
    public List<Rival> Rivals { get; } = [];

    /// <summary>The rank up to which they were looked for.</summary>
    public int Looked { get; set; }

    /// <summary>Marks the pools that came free since the last time.</summary>
    public void CatchUp(List<int> freed, long freedBefore)
    {
        var until = freedBefore + freed.Count;
        if (IsBehind(until, freedBefore)) allowed.CopyTo(marks, 0);
        else
            for (var i = (int)(seen - freedBefore); i < freed.Count; i++)
                foreach (var rank in Ranking.RanksOf(freed[i])) Mark(rank);
        seen = until;
    }

    /// <summary>
    /// The same where all that came free since the last time is known to be <paramref name="batch"/>: marks those that have room, and says
    /// whether one of them is no worse than <paramref name="score"/>, that of a pool with its wait: where time does not count it is the same free as full.
    /// </summary>
    public bool CatchUp(FreedBatch batch, double score)
    {
        if (seen == batch.Until && batch.IsEmpty) return false;
        // Who shares these marks, or asked for a quote, may have marked what is in the batch: to this class it is news all the same.
        if (seen != batch.From && seen != batch.Until) return true;
        var better = false;
        if (batch.Pools is { } few)
        {
            for (var i = 0; i < few.Count; i++)
                foreach (var rank in Ranking.RanksOf(few[i]))
                    if (batch.Fits(few[i], shapes[Ranking[rank].Alternative])) better |= IsBetter(rank, score);
        }
        else
        {
            for (var alternative = 0; alternative < shapes.Length; alternative++) better |= MarkAll(batch.WithRoom(Ranking, alternative, shapes[alternative]), score);
        }
        seen = batch.Until;
        return better;
    }

    /// <summary>The first that may be used is the best: ranks are in order of score, but where alternatives are, and then any is better.</summary>
    private bool MarkAll(ulong[] ranks, double score)
    {
        var best = -1;
        for (var word = 0; word < ranks.Length; word++)
        {
            var more = ranks[word] & allowed[word];
            if (more == 0) continue;
            marks[word] |= more;
            if (best < 0) best = (word << 6) + System.Numerics.BitOperations.TrailingZeroCount(more);
        }
        return best >= 0 && Ranking.ScoreOf(best) <= score;
    }

    /// <summary>Marks it, where it may be used.</summary>
    private bool IsBetter(int rank, double score)
    {
        if (!IsAllowed(rank)) return false;
        Mark(rank);
        return Ranking.ScoreOf(rank) <= score;
    }

    /// <summary>Looks anew when the forecasts are too old, or time went back.</summary>
    public void Refresh(DateTimeOffset now)
    {
        var first = Rivals.Count > 0 ? Rivals.Min(r => r.Start) - looked : TimeSpan.Zero;
        if (now < looked || now - looked >= PoolIndex.GoodFor(first) || Looked == 0) LookAgain(now);
    }

    public void LookAgain(DateTimeOffset now)
    {
        (looked, Looked) = (now, 0);
        Rivals.Clear();
    }

    /// <summary>Number of what an alternative asks for.</summary>
    public int ShapeOf(int alternative) => shapes[alternative];

    public bool IsAllowed(int rank) => (allowed[rank >> 6] & (1UL << (rank & 63))) != 0;

    /// <summary>The best rank from <paramref name="from"/> on that may have room; −1: there is none.</summary>
    public int NextMarked(int from)
    {
        if (from >= Ranking.Count) return -1;
        var word = from >> 6;
        var bits = marks[word] & (ulong.MaxValue << (from & 63));
        while (bits == 0)
        {
            if (++word >= marks.Length) return -1;
            bits = marks[word];
        }
        return (word << 6) + System.Numerics.BitOperations.TrailingZeroCount(bits);
    }

    public void Unmark(int rank) => marks[rank >> 6] &= ~(1UL << (rank & 63));

    /// <summary>So much has come free that looking at all is cheaper.</summary>
    private bool IsBehind(long until, long freedBefore) => seen < freedBefore || until - seen > Ranking.Count;

    private void Mark(int rank) => marks[rank >> 6] |= allowed[rank >> 6] & (1UL << (rank & 63));

    private void Allow(int rank)
    {
        allowed[rank >> 6] |= 1UL << (rank & 63);
        if (Cheapest < 0 || Ranking.Figures(rank).Cost < Ranking.Figures(Cheapest).Cost) Cheapest = rank;
        if (Fastest < 0 || Ranking.Figures(rank).Time < Ranking.Figures(Fastest).Time) Fastest = rank;
    }
}

/// <summary>A full pool that is better than those with room, and when a request could start there.</summary>
internal readonly record struct Rival(int Rank, DateTimeOffset Start);

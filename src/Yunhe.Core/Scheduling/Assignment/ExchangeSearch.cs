namespace Yunhe.Core.Scheduling.Assignment;

/// <summary>
/// Betters a draft: a task moves to what is cheaper for it, those in its way move on (ejection chains, Glover 1996), and whole pools are
/// emptied and filled anew (ruin and recreate, Schrimpf et al. 2000). Bounded by the number of packings tried.
/// </summary>
internal sealed class ExchangeSearch
{
    private const int MostMoves = 3;

    /// <summary>In which those are let in again who had to leave.</summary>
    private const int Orders = 3;

    private readonly Units units;
    private readonly Draft draft;
    private readonly Draft beforeChain;
    private readonly Draft before;
    private readonly List<int>[] wanting;
    private readonly (int Unit, int Option)[] chain = new (int, int)[MostMoves + 1];
    private int packings;

    public ExchangeSearch(Units units, Draft draft, int packings)
    {
        (this.units, this.draft, this.packings) = (units, draft, packings);
        (beforeChain, before) = (new(units), new(units));
        wanting = [.. units.Contest.Pools.Select(_ => new List<int>())];
        for (var u = 0; u < units.Count; u++)
            for (var o = units.First[u]; o < units.First[u + 1]; o++)
                if (wanting[units.Pool[o]] is var list && (list.Count == 0 || list[^1] != u)) list.Add(u);
    }

    public void Run()
    {
        for (var better = true; better && packings > 0;)
        {
            better = false;
            for (var pool = 0; pool < wanting.Length; pool++)
                for (var order = 0; order < Orders; order++) better |= Rebuild(pool, order);
            for (var u = 0; u < units.Count; u++)
                for (var order = 0; order < Orders; order++) better |= Force(u, order);
        }
    }

    /// <summary>Moves until none helps.</summary>
    public void Exchange()
    {
        var unchanged = 0;
        for (var u = 0; unchanged < units.Count && packings > 0; u = (u + 1) % units.Count)
            unchanged = Better(u) ? 0 : unchanged + 1;
    }

    private bool Better(int unit)
    {
        if (!Chain(unit, 0, 0)) return false;
        while (Better(unit))
        {
        }
        return true;
    }

    /// <summary>
    /// Looks for a place for the last unit of a chain that keeps the sum of all changes below zero, and carries the chain out.
    /// </summary>
    private bool Chain(int unit, int depth, long before)
    {
        var had = draft.CostOf(unit);
        for (var o = units.First[unit]; o < units.First[unit + 1] && packings > 0; o++)
        {
            var change = before + units.Cost[o] - had;
            if (change >= 0) break;
            if (o == draft.OptionOf(unit) || Visited(units.Pool[o], depth)) continue;
            chain[depth] = (unit, o);
            var leaving = Leaving(units.Pool[o], unit);
            if (Fits(leaving, -1, o)) return CarryOut(depth);
            if (depth + 1 < MostMoves && Eject(o, leaving, depth, change)) return true;
        }
        // The way out is open to all.
        if (depth == 0 || before + units.WayOut(unit) - had >= 0) return false;
        chain[depth] = (unit, Draft.Out);
        return CarryOut(depth);
    }

    private bool Eject(int option, int leaving, int depth, long change)
    {
        var taken = draft.Load(units.Pool[option]).Taken;
        for (var t = 0; t < taken.Count && packings > 0; t++)
        {
            var ejected = taken[t];
            if (ejected == leaving || InChain(units.Unit[ejected], depth) || !Fits(leaving, ejected, option)) continue;
            if (Chain(units.Unit[ejected], depth + 1, change)) return true;
            chain[depth] = (units.Unit[option], option);
        }
        return false;
    }

    /// <summary>The first of the chain leaves its pool, and a unit that changes within its pool leaves its option there.</summary>
    private int Leaving(int pool, int unit)
    {
        var first = draft.OptionOf(chain[0].Unit);
        if (first >= 0 && units.Pool[first] == pool) return first;
        var own = draft.OptionOf(unit);
        return own >= 0 && units.Pool[own] == pool ? own : -1;
    }

    private bool Visited(int pool, int depth)
    {
        for (var d = 0; d < depth; d++)
            if (units.Pool[chain[d].Option] == pool) return true;
        return false;
    }

    private bool InChain(int unit, int depth)
    {
        for (var d = 0; d <= depth; d++)
            if (chain[d].Unit == unit) return true;
        return false;
    }

    private bool Fits(int without, int without2, int added)
    {
        packings--;
        return draft.Load(units.Pool[added]).TryChange(without, without2, added, commit: false);
    }

    private bool CarryOut(int last)
    {
        beforeChain.CopyFrom(draft);
        var fits = true;
        for (var d = 0; d <= last && fits; d++) fits = draft.TryRemove(chain[d].Unit);
        for (var d = 0; d <= last && fits; d++) fits = chain[d].Option < 0 || draft.TryAdd(chain[d].Option);
        fits &= draft.Cost < beforeChain.Cost;
        if (!fits) draft.CopyFrom(beforeChain);
        return fits;
    }

    /// <summary>Empties a pool and all who would rather be there, and lets them in again in another order.</summary>
    private bool Rebuild(int pool, int order)
    {
        if (packings <= 0) return false;
        before.CopyFrom(draft);
        var freed = wanting[pool].Where(u => IsIn(u, pool) || WouldRather(u, pool)).ToList();
        return Settle(freed.Count > 1 && freed.TrueForAll(draft.TryRemove), freed, order);
    }

    /// <summary>Lets a unit into a pool that it would rather be in, before all others there: how a gang gets in where many small ones are.</summary>
    private bool Force(int unit, int order)
    {
        for (var o = units.First[unit]; o < units.First[unit + 1] && units.Cost[o] < draft.CostOf(unit) && packings > 0; o++)
        {
            before.CopyFrom(draft);
            var freed = draft.Load(units.Pool[o]).Taken.Select(t => units.Unit[t]).Where(u => u != unit).ToList();
            if (Settle(freed.TrueForAll(draft.TryRemove) && draft.TryRemove(unit) && draft.TryAdd(o), freed, order)) return true;
        }
        return false;
    }

    /// <summary>Lets in again who had to leave; back to what was if that is no better.</summary>
    private bool Settle(bool possible, List<int> freed, int order)
    {
        packings--;
        if (possible)
        {
            Refill(freed, order);
            Exchange(freed);
        }
        if (draft.Cost < before.Cost) return true;
        draft.CopyFrom(before);
        return false;
    }

    private void Exchange(List<int> among)
    {
        for (var better = true; better && packings > 0;)
        {
            better = false;
            foreach (var u in among) better |= Better(u);
        }
    }

    private bool IsIn(int unit, int pool) => draft.OptionOf(unit) is >= 0 and var o && units.Pool[o] == pool;

    private bool WouldRather(int unit, int pool)
    {
        for (var o = units.First[unit]; o < units.First[unit + 1] && units.Cost[o] < draft.CostOf(unit); o++)
            if (units.Pool[o] == pool) return true;
        return false;
    }

    /// <summary>By regret: who loses most if he does not get his best goes first; or most for what he takes; or the largest.</summary>
    public void Refill(List<int> freed, int order)
    {
        var waiting = freed.Select(u => (Unit: u, Rank: Rank(u, order))).OrderByDescending(w => w.Rank).ThenBy(w => w.Unit);
        foreach (var (unit, _) in waiting)
            for (var o = units.First[unit]; o < units.First[unit + 1]; o++)
            {
                packings--;
                if (draft.TryAdd(o)) break;
            }
    }

    private double Rank(int unit, int order)
    {
        var (first, end) = (units.First[unit], units.First[unit + 1]);
        var second = end - first > 1 ? units.Cost[first + 1] : units.WayOut(unit);
        var weight = Math.Max(1.0, units.Size[first] * (double)units.Gang[first]);
        return order switch
        {
            0 => second - units.Cost[first],
            1 => (units.WayOut(unit) - units.Cost[first]) / weight,
            _ => weight,
        };
    }
}

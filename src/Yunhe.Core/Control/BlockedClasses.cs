namespace Yunhe.Core.Control;

using Yunhe.Core.Scheduling;

/// <summary>
/// Which classes of the queue need not be asked for in a pass, since what they were found to wait for is still the best that there is for them.
/// What they wait for is kept for them all the same.
/// </summary>
internal sealed class BlockedClasses(State state, DateTimeOffset now, Reservations kept)
{
    /// <summary>A look at what a class waits for that has grown too old is renewed within about so long, and so many at least in a pass.</summary>
    private static readonly TimeSpan LookedAgainWithin = TimeSpan.FromSeconds(10);
    private const int LeastLookedAgain = 1;

    private readonly FreedBatch batch = state.Pools.BeginPass(state, now);
    private readonly List<(DateTimeOffset Until, Ready Entry, ReadyClass Class)> overdue = [];

    /// <summary>The heads of the others, until the next pass.</summary>
    public List<(ReadyClass Class, Ready Entry)> ToAsk()
    {
        var first = state.Ready.Asked;
        first.Clear();
        foreach (var (alike, entry) in state.Ready.Heads())
            if (!IsStillBlocked(alike, entry)) first.Add((alike, entry));
        LookAgain(first);
        return first;
    }

    /// <summary>Since it was looked at a few seconds ago nothing better than what it waits for has come free; that is kept for it.</summary>
    private bool IsStillBlocked(ReadyClass alike, Ready entry)
    {
        if (alike.Openings is not { } openings || !state.Pools.Knows(openings) || alike.Blocked is { Pool: var waited } && !state.Pools[waited].Slot.IsOpen)
        {
            (alike.Openings, alike.Blocked) = (null, null);
            return false;
        }
        if (!entry.Limited && alike.Blocked is { Kept.Workload: var first } && first != entry.Workload)
        {
            // Nodes are kept for one that is no longer the first.
            (alike.Openings, alike.Blocked) = (null, null);
            return false;
        }
        if (kept.Plan is not null)
        {
            // Its place depends on all that are ahead of it.
            alike.Blocked = null;
            return false;
        }
        var better = openings.CatchUp(batch, alike.Blocked?.Score ?? double.MaxValue);
        if (entry.Limited || alike.Blocked is not { } blocked) return false;
        if (!state.Shares.Preempts && now < blocked.Until) return !better && KeepWaiting(alike, blocked, entry.Rank);
        if (!state.Shares.Preempts && !better)
        {
            overdue.Add((blocked.Until, entry, alike));
            return true;
        }
        // Estimates may have changed too.
        (alike.Openings, alike.Blocked) = (null, null);
        return false;
    }

    /// <summary>
    /// Those whose look has grown too old, though nothing better has come free since: the oldest first, and not all of them in one pass, so that
    /// many that were looked at together don't hold up what could start.
    /// </summary>
    private void LookAgain(List<(ReadyClass Class, Ready Entry)> first)
    {
        if (overdue.Count == 0) return;
        overdue.Sort((a, b) => a.Until != b.Until ? a.Until.CompareTo(b.Until) : a.Entry.CompareTo(b.Entry));
        var share = Math.Min(1, state.Pools.SinceLastPass / LookedAgainWithin);
        var most = Math.Max(LeastLookedAgain, (int)Math.Ceiling(share * overdue.Count));
        for (var i = 0; i < overdue.Count; i++)
        {
            var (_, entry, alike) = overdue[i];
            if (i >= most) KeepWaiting(alike, alike.Blocked!.Value, entry.Rank);
            else
            {
                // Estimates may have changed too.
                (alike.Openings, alike.Blocked) = (null, null);
                first.Add((alike, entry));
            }
        }
    }

    /// <summary>The same in its turn: what had come free others have taken.</summary>
    public bool IsBlockedAgain(ReadyClass alike, Ready entry) =>
        !entry.Limited && alike is { Blocked: { } blocked, Openings: { } openings }
        && state.Pools.Knows(openings) && !state.Pools.HasRoom(openings, blocked, kept, now) && KeepWaiting(alike, blocked, long.MinValue);

    private bool KeepWaiting(ReadyClass alike, Blocked blocked, long rank)
    {
        kept.Wait(blocked.Pool, alike.Alike.Count);
        if (blocked.Kept is { } waiter) kept.Keep(waiter, blocked.Start, rank);
        return true;
    }
}

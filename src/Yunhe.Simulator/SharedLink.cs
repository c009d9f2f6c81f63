using Yunhe.Core.Network;
using Yunhe.Core.Workloads;

namespace Yunhe.Simulator;

/// <summary>
/// The link to a site. Transfers under way share its bandwidth equally (processor sharing); each ends when the bytes that every one of
/// them has been given since its beginning reach its own, so that a change of their number costs O(log n).
/// </summary>
internal sealed class SharedLink
{
    private readonly PriorityQueue<AttemptId, (double Mark, AttemptId Id)> byEnd = new();
    private readonly HashSet<AttemptId> active = [];
    private readonly double bytesPerSecond;
    private readonly double latencyBytes;
    private double given;
    private DateTimeOffset at;
    private bool down;

    public SharedLink(Link link)
    {
        bytesPerSecond = Math.Max(1, link.BitsPerSecond) / 8.0;
        // Two round trips, as the estimate of a transfer counts them.
        latencyBytes = bytesPerSecond * 2 * link.RoundTripMs / 1000;
    }

    /// <summary>When the first of the transfers ends, to the next millisecond; null: none, or the link is down.</summary>
    public DateTimeOffset? Next
    {
        get
        {
            while (byEnd.TryPeek(out var id, out var mark))
            {
                if (!active.Contains(id)) byEnd.Dequeue();
                else if (down) return null;
                else return at.AddMilliseconds(Math.Ceiling(Math.Max(0, mark.Mark - given) * active.Count / bytesPerSecond * 1000));
            }
            return null;
        }
    }

    public void Begin(AttemptId id, long bytes, DateTimeOffset now)
    {
        Pass(now);
        if (active.Add(id)) byEnd.Enqueue(id, (given + latencyBytes + bytes, id));
    }

    public void Stop(AttemptId id, DateTimeOffset now)
    {
        Pass(now);
        active.Remove(id);
    }

    /// <summary>Transfers stand still while it is down and go on where they were.</summary>
    public void SetDown(bool isDown, DateTimeOffset now)
    {
        Pass(now);
        down = isDown;
    }

    /// <summary>The next transfer that has ended by <paramref name="now"/>; null: none.</summary>
    public AttemptId? Ended(DateTimeOffset now)
    {
        if (Next is not { } next || next > now) return null;
        Pass(next);
        var id = byEnd.Dequeue();
        active.Remove(id);
        return id;
    }

    private void Pass(DateTimeOffset now)
    {
        if (!down && active.Count > 0 && now > at) given += (now - at).TotalSeconds * bytesPerSecond / active.Count;
        if (now > at) at = now;
        // An empty link begins anew, so that the sum stays exact however long the simulation is.
        if (active.Count == 0) given = 0;
    }
}

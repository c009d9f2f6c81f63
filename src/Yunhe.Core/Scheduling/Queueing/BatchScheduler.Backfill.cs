namespace Yunhe.Core.Scheduling.Queueing;

/// <summary>Start the heads; then, behind a blocked head, what may overtake it.</summary>
public sealed partial class BatchScheduler
{
    /// <summary>The job that stays the head (<see cref="QueuePolicy.KeepsHead"/>) or for whom the reservation was made; −1: none.</summary>
    private int head = -1;

    /// <summary>Since the last decision jobs were at most added behind all others, so that only these need a look.</summary>
    private bool settled;

    /// <summary>Where in the queue they begin.</summary>
    private int tried;

    private bool reserved;
    private long reservation;

    /// <summary>Processors that the head will leave free at its reservation.</summary>
    private int spare;

    private RankedJob[] ranked = new RankedJob[16];

    private void StartByOrder(long now)
    {
        if (stale) PredictAgain();
        if (policy.Order.Changes)
        {
            Sort(now);
            settled = false;
        }
        if (!settled)
        {
            tried = 0;
            StartHeads(now);
        }
        if (waiting.Count > 1 && policy.Backfill != Backfill.None)
        {
            if (policy.Candidates is null) StartFitting(now);
            else StartFittingBy(policy.Candidates, now);
        }
        settled = waiting.Count > 0;
        tried = waiting.Count;
    }

    private void PredictAgain()
    {
        for (var i = 0; i < waiting.Count; i++) jobs.Predicted[waiting[i]] = prediction.Predict(jobs.Job[waiting[i]]);
        (stale, settled) = (false, false);
    }

    private void Sort(long now)
    {
        if (ranked.Length < waiting.Count) ranked = new RankedJob[waiting.Count * 2];
        var all = ranked.AsSpan(0, waiting.Count);
        for (var i = 0; i < all.Length; i++)
        {
            var slot = waiting[i];
            all[i] = new(policy.Order.Key(jobs.Job[slot], jobs.Predicted[slot], now), jobs.Sequence[slot], slot);
        }
        all.Sort();
        waiting.Replace(all, jobs.Job);
    }

    private void StartHeads(long now)
    {
        var kept = policy.KeepsHead ? head : -1;
        // The rule promises the head a start once; EASY looks again at each decision.
        if (kept < 0 || policy.Backfill == Backfill.Easy) reserved = false;
        while (waiting.Count > 0)
        {
            var position = kept >= 0 ? waiting.PositionOf(kept) : 0;
            head = waiting[position];
            if (jobs.Job[head].Processors > Free)
            {
                if (policy.Backfill == Backfill.BeforeHead) Reserve();
                return;
            }
            waiting.RemoveAt(position);
            Begin(head, now);
            (head, kept, reserved) = (-1, -1, false);
        }
    }

    private void StartFitting(long now)
    {
        for (var at = waiting.Fitting(tried, Free); at >= 0; at = waiting.Fitting(at, Free))
        {
            var slot = waiting[at];
            if (slot == head || !MayOvertake(slot, now))
            {
                at++;
                continue;
            }
            waiting.RemoveAt(at);
            Begin(slot, now);
        }
    }

    private void StartFittingBy(IQueueOrder order, long now)
    {
        var count = 0;
        for (var at = waiting.Fitting(tried, Free); at >= 0; at = waiting.Fitting(at + 1, Free))
        {
            var slot = waiting[at];
            if (slot == head) continue;
            if (count == ranked.Length) Array.Resize(ref ranked, count * 2);
            ranked[count++] = new(order.Key(jobs.Job[slot], jobs.Predicted[slot], now), jobs.Sequence[slot], slot);
        }
        var candidates = ranked.AsSpan(0, count);
        candidates.Sort();
        foreach (var candidate in candidates)
        {
            if (jobs.Job[candidate.Slot].Processors > Free || !MayOvertake(candidate.Slot, now)) continue;
            waiting.RemoveAt(waiting.PositionOf(candidate.Slot));
            Begin(candidate.Slot, now);
        }
    }

    /// <summary>Whether a job that fits may start before the head; takes its share of what the head leaves free.</summary>
    private bool MayOvertake(int slot, long now)
    {
        Reserve();
        var end = now + jobs.Predicted[slot];
        if (policy.Backfill == Backfill.BeforeHead) return end < reservation;
        if (end <= reservation) return true;
        var needs = jobs.Job[slot].Processors;
        if (needs > spare) return false;
        spare -= needs;
        return true;
    }

    private void Reserve()
    {
        if (reserved) return;
        (reservation, spare) = running.Reservation(jobs.Job[head].Processors, Free);
        reserved = true;
    }
}

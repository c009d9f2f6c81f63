namespace Yunhe.Core.Scheduling.Queueing;

/// <summary>Conservative backfill: each waiting job has a planned start (<c>Due</c>), which moves only forward unless running jobs overrun.</summary>
public sealed partial class BatchScheduler
{
    private readonly AvailabilityProfile? profile;

    /// <summary>Plans no longer hold: a running job overran or the machine was resized.</summary>
    private bool replan;

    /// <summary>Room came free before its time.</summary>
    private bool compress;

    /// <summary>When a waiting job is planned to start under conservative backfill; −1: it has no plan, the end of time: it can never start.</summary>
    public long PlannedStart(int slot) => jobs.Start[slot] < 0 ? jobs.Due[slot] : jobs.Start[slot];

    private void GiveBack(long start, long end, int processors)
    {
        if (profile is null) return;
        profile.Take(start, end, -processors);
        compress = true;
    }

    private void StartPlanned(long now)
    {
        profile!.Advance(now);
        if (policy.Order.Changes) Sort(now);
        // A planned start that passed unused: nobody asked at that time.
        for (var i = 0; i < waiting.Count && !replan; i++) replan = jobs.Due[waiting[i]] >= 0 && jobs.Due[waiting[i]] < now;
        if (replan) PlanAgain(now);
        else if (compress) Compress();
        (replan, compress) = (false, false);
        for (var i = 0; i < waiting.Count; i++)
            if (jobs.Due[waiting[i]] < 0) Plan(waiting[i]);
        for (var i = 0; i < waiting.Count; i++)
        {
            var slot = waiting[i];
            if (jobs.Due[slot] > now) continue;
            waiting.RemoveAt(i--);
            Begin(slot, now);
        }
    }

    private void Plan(int slot)
    {
        var (needs, length) = (jobs.Job[slot].Processors, jobs.Predicted[slot]);
        var start = profile!.Earliest(needs, length);
        if (start < long.MaxValue) profile.Take(start, start + length, needs);
        jobs.Due[slot] = start;
    }

    /// <summary>Each in turn moves to the earliest time that leaves the others where they are: never later than before.</summary>
    private void Compress()
    {
        for (var i = 0; i < waiting.Count; i++)
        {
            var slot = waiting[i];
            if (jobs.Due[slot] < 0) continue;
            if (jobs.Due[slot] < long.MaxValue)
                profile!.Take(jobs.Due[slot], jobs.Due[slot] + jobs.Predicted[slot], -jobs.Job[slot].Processors);
            Plan(slot);
        }
    }

    private void PlanAgain(long now)
    {
        profile!.Reset(now, Processors);
        for (var i = 0; i < running.Count; i++)
            profile.Take(now, jobs.Due[running.Slot(i)], jobs.Job[running.Slot(i)].Processors);
        if (ranked.Length < waiting.Count) ranked = new RankedJob[waiting.Count * 2];
        var all = ranked.AsSpan(0, waiting.Count);
        for (var i = 0; i < all.Length; i++)
        {
            var due = jobs.Due[waiting[i]];
            all[i] = new(due < 0 ? double.MaxValue : due, i, waiting[i]);
        }
        all.Sort();
        foreach (var job in all) Plan(job.Slot);
    }
}

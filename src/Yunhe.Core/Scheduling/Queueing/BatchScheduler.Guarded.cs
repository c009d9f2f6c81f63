namespace Yunhe.Core.Scheduling.Queueing;

/// <summary>
/// Yunhe's own rule: by <see cref="SlowdownIndex"/>, reservations for the first few, and a guard against starvation. A job is overdue when it
/// has waited longer than one and a half times what clearing the most work that was present while it waited would take, but at most a week,
/// and two days (or its own expected run time) more. The overdue job that was handed in first goes before all, and nothing may start that could hold its
/// processors beyond its reservation even if it, and all that runs, ran as long as requested.
/// </summary>
/// <remarks>
/// So, where jobs end within their requests R, an overdue job starts at the latest when all that ran on its becoming the first has ended, unless
/// an older one becomes overdue meanwhile. With B the most work present while it waited, on N processors:
/// wait ≤ min(1.5·B/N, 7 days) + max(2 days, R) + (2·older overdue jobs + 1)·max R. It is no promise of a date, since B may grow, and in overload there are
/// many overdue jobs.
/// </remarks>
public sealed partial class BatchScheduler
{
    /// <summary>Reservations at a time; from 1 to 64 the results hardly differ (docs/decisions/0006).</summary>
    private const int Reservations = 4;

    private const double ClearingTimes = 1.5;

    /// <summary>Seconds. Work that waits is mostly overestimated, since what is underestimated is started: without it that alone could make a wait of months.</summary>
    private const long LongestClearing = 7 * 24 * 3600;

    /// <summary>Seconds.</summary>
    private const long Patience = 2 * 24 * 3600;

    /// <summary>After all times, and far from overflow.</summary>
    private const long Never = long.MaxValue / 4;

    private AvailabilityProfile? outlook;

    private void StartGuarded(long now)
    {
        if (stale)
        {
            PredictAgain();
            for (var i = 0; i < waiting.Count; i++) jobs.Key[waiting[i]] = Index(waiting[i]);
        }
        NoteWork(now);
        if (waiting.Fitting(0, Free) < 0) return;
        var overdue = FirstOverdue(now);
        RankBySlowdown(overdue);
        LookOut(now, sure: overdue >= 0);
        // Beside an overdue job requested times count, and much of the machine would stand empty for more of them.
        var reservations = overdue >= 0 ? 1 : Reservations;
        for (var at = 0; at >= 0;)
        {
            var slot = waiting[at];
            var needs = jobs.Job[slot].Processors;
            var length = overdue < 0 ? jobs.Predicted[slot] : Math.Max(1, jobs.Job[slot].Requested);
            if (needs <= Free && outlook!.HasFree(needs, length))
            {
                waiting.RemoveAt(at);
                Begin(slot, now);
                outlook.Take(now, now + length, needs);
            }
            else
            {
                at++;
                if (reservations > 0 && outlook!.Earliest(needs, length) is < long.MaxValue and var start)
                {
                    outlook.Take(start, start + length, needs);
                    reservations--;
                }
            }
            at = reservations > 0 && at < waiting.Count && Free > 0 ? at : waiting.Fitting(at, Free);
        }
    }

    /// <summary>When processors come free: as predicted, or, for an overdue job, as requested, since only that is sure.</summary>
    private void LookOut(long now, bool sure)
    {
        outlook ??= new(Processors);
        outlook.Reset(now, Free);
        for (var i = 0; i < running.Count; i++)
        {
            var slot = running.Slot(i);
            ref readonly var job = ref jobs.Job[slot];
            if (sure) outlook.Take(Math.Max(jobs.Due[slot], jobs.Start[slot] + job.Requested), Never, -job.Processors);
            else outlook.GiveBackFrom(jobs.Due[slot], job.Processors);
        }
    }

    private double Index(int slot) => SlowdownIndex.Of(jobs.Job[slot].Processors, prediction.Expect(jobs.Job[slot]));

    /// <summary>Remembers for each waiting job the most work that was present while it waited.</summary>
    private void NoteWork(long now)
    {
        double work = 0;
        for (var i = 0; i < waiting.Count; i++) work += (double)jobs.Job[waiting[i]].Processors * jobs.Predicted[waiting[i]];
        for (var i = 0; i < running.Count; i++) work += (double)jobs.Job[running.Slot(i)].Processors * (jobs.Due[running.Slot(i)] - now);
        for (var i = 0; i < waiting.Count; i++) jobs.MostWork[waiting[i]] = Math.Max(jobs.MostWork[waiting[i]], work);
    }

    /// <summary>The first handed in of those that have waited too long; −1: none has.</summary>
    private int FirstOverdue(long now)
    {
        var first = -1;
        for (var i = 0; i < waiting.Count; i++)
        {
            var slot = waiting[i];
            // One that the machine has become too small for can't hold up the others.
            if (jobs.Job[slot].Processors > Processors) continue;
            var limit = Math.Min(ClearingTimes * jobs.MostWork[slot] / Processors, LongestClearing) + Math.Max(Patience, jobs.Predicted[slot]);
            if (now - jobs.Job[slot].Submit > limit && (first < 0 || jobs.Sequence[slot] < jobs.Sequence[first])) first = slot;
        }
        return first;
    }

    private void RankBySlowdown(int overdue)
    {
        if (ranked.Length < waiting.Count) ranked = new RankedJob[waiting.Count * 2];
        var all = ranked.AsSpan(0, waiting.Count);
        for (var i = 0; i < all.Length; i++)
        {
            var slot = waiting[i];
            all[i] = new(slot == overdue ? double.NegativeInfinity : jobs.Key[slot], jobs.Sequence[slot], slot);
        }
        all.Sort();
        waiting.Replace(all, jobs.Job);
    }
}

namespace Yunhe.Core.Scheduling.Queueing;

/// <summary>
/// The queue of one batch machine as a pure state: tell it what was handed in and what ended, then ask what starts now. All times are seconds
/// on the caller's clock and never go back. A job is known by its slot, a small number that is used again once the job has left.
/// Decisions allocate nothing; a copy rolled forward forecasts.
/// </summary>
/// <remarks>
/// At one instant tell all ends, then all submissions, then call <see cref="Schedule"/> once. Calling it after each is legal and gives the
/// schedule of simulators that decide per event.
/// </remarks>
public sealed partial class BatchScheduler
{
    private readonly QueuePolicy policy;
    private readonly IRunTimePrediction prediction;
    private readonly JobTable jobs = new();
    private readonly WaitingQueue waiting = new();
    private readonly RunningJobs running = new();
    private int[] started = new int[16];
    private int startedCount;

    /// <summary>Something was learned that changes predictions of waiting jobs.</summary>
    private bool stale;

    public BatchScheduler(int processors, QueuePolicy policy, IRunTimePrediction prediction)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(processors);
        (Processors, Free, this.policy, this.prediction) = (processors, processors, policy, prediction);
        if (policy.Backfill == Backfill.Conservative) profile = new(processors);
    }

    public int Processors { get; private set; }

    /// <summary>Processors that nothing runs on; below 0 when the machine shrank under its jobs.</summary>
    public int Free { get; private set; }

    public int Waiting => waiting.Count;

    public int Running => running.Count;

    public ref readonly BatchJob Job(int slot) => ref jobs.Job[slot];

    /// <summary>When it started; −1: it waits.</summary>
    public long Start(int slot) => jobs.Start[slot];

    /// <summary>Seconds that it is expected to run.</summary>
    public long Predicted(int slot) => jobs.Predicted[slot];

    /// <summary>When a running job is expected to end.</summary>
    public long ExpectedEnd(int slot) => jobs.Due[slot];

    /// <summary>Slot of the waiting job at this place of the queue, as the last decision left it.</summary>
    public int WaitingAt(int position) => waiting[position];

    /// <summary>Slot of a running job, in the order of the expected ends.</summary>
    public int RunningAt(int index) => running.Slot(index);

    /// <summary>Puts a job into the queue and returns its slot. A job larger than the machine is the caller's to reject.</summary>
    public int Submit(in BatchJob job, long now)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(job.Processors);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(job.Processors, Processors);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(job.Requested, BatchJob.Longest);
        var predicted = prediction.Predict(job);
        var slot = jobs.Add(job, predicted);
        var position = waiting.Count;
        if (policy.Backfill == Backfill.Guarded) jobs.Key[slot] = Index(slot);
        if (!policy.Order.Changes)
        {
            jobs.Key[slot] = policy.Order.Key(job, predicted, now);
            position = PlaceOf(jobs.Key[slot]);
        }
        if (position < waiting.Count) settled = false;
        waiting.Insert(position, slot, job.Processors);
        return slot;
    }

    /// <summary>A running job has ended; its slot is free for others.</summary>
    public void End(int slot, long now)
    {
        var (job, ran) = (jobs.Job[slot], now - jobs.Start[slot]);
        Vacate(slot, now);
        Learn(job, ran);
    }

    /// <summary>The first half of <see cref="End"/>: its processors are free, and its slot for others.</summary>
    public void Vacate(int slot, long now)
    {
        if (!jobs.Holds(slot) || jobs.Start[slot] < 0) throw new InvalidOperationException($"slot {slot} holds no running job");
        var needs = jobs.Job[slot].Processors;
        running.Remove(slot, jobs.Due[slot]);
        Free += needs;
        GiveBack(now, jobs.Due[slot], needs);
        settled = false;
        jobs.Remove(slot);
    }

    /// <summary>The second half: its run time, in seconds, teaches.</summary>
    public void Learn(in BatchJob job, long ran)
    {
        prediction.Learn(job, ran);
        stale |= prediction.Revises;
    }

    /// <summary>Takes a waiting job out of the queue.</summary>
    public void Cancel(int slot)
    {
        if (!jobs.Holds(slot) || jobs.Start[slot] >= 0) throw new InvalidOperationException($"slot {slot} holds no waiting job");
        waiting.RemoveAt(waiting.PositionOf(slot));
        if (jobs.Due[slot] is >= 0 and < long.MaxValue) GiveBack(jobs.Due[slot], jobs.Due[slot] + jobs.Predicted[slot], jobs.Job[slot].Processors);
        if (head == slot) head = -1;
        settled = false;
        jobs.Remove(slot);
    }

    /// <summary>Processors came or went. What runs goes on; what is now larger than the machine waits until it grows again.</summary>
    public void Resize(int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        Free += size - Processors;
        Processors = size;
        settled = false;
        replan = true;
    }

    /// <summary>Corrects the predictions of what should have ended before now; <see cref="Schedule"/> does it too, and for what should end now.</summary>
    public void Advance(long now) => CorrectOverruns(now - 1);

    /// <summary>Starts what may start now and tells which slots; valid until the next call.</summary>
    public ReadOnlySpan<int> Schedule(long now)
    {
        startedCount = 0;
        CorrectOverruns(now);
        if (waiting.Count > 0)
        {
            if (policy.Backfill == Backfill.Guarded) StartGuarded(now);
            else if (profile is not null) StartPlanned(now);
            else StartByOrder(now);
        }
        return started.AsSpan(0, startedCount);
    }

    /// <summary>
    /// Makes another scheduler of the same policy the same as this one, without allocating once it has grown. The prediction is not copied:
    /// give the other one <see cref="FrozenPrediction"/> to roll it forward without learning from what did not happen.
    /// </summary>
    public void CopyTo(BatchScheduler other)
    {
        jobs.CopyTo(other.jobs);
        waiting.CopyTo(other.waiting);
        running.CopyTo(other.running);
        profile?.CopyTo(other.profile!);
        (other.Processors, other.Free, other.stale) = (Processors, Free, false);
        (other.head, other.settled, other.tried, other.reserved, other.reservation, other.spare) = (head, settled, tried, reserved, reservation, spare);
        (other.replan, other.compress) = (replan, compress);
    }

    private void Begin(int slot, long now)
    {
        ref readonly var job = ref jobs.Job[slot];
        jobs.Start[slot] = now;
        jobs.Due[slot] = now + jobs.Predicted[slot];
        Free -= job.Processors;
        running.Add(slot, job.Processors, jobs.Due[slot]);
        if (startedCount == started.Length) Array.Resize(ref started, startedCount * 2);
        started[startedCount++] = slot;
    }

    /// <summary>What should have ended by then and has not gets a longer prediction.</summary>
    private void CorrectOverruns(long then)
    {
        // RLScheduler keeps expected ends that have passed.
        if (policy.Backfill == Backfill.BeforeHead) return;
        while (running.FirstEnd <= then)
        {
            var slot = running.FirstSlot;
            ref readonly var job = ref jobs.Job[slot];
            running.Remove(slot, jobs.Due[slot]);
            var longer = prediction.Correct(job, jobs.Predicted[slot], jobs.Corrections[slot]++);
            jobs.Predicted[slot] = Math.Max(jobs.Predicted[slot] + 1, longer);
            jobs.Due[slot] = jobs.Start[slot] + jobs.Predicted[slot];
            running.Add(slot, job.Processors, jobs.Due[slot]);
            settled = false;
            replan = true;
        }
    }

    private int PlaceOf(double key)
    {
        var (low, high) = (0, waiting.Count);
        // Most arrive behind all others.
        if (high > 0 && jobs.Key[waiting[high - 1]] <= key) return high;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (jobs.Key[waiting[middle]] <= key) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}

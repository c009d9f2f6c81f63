using Yunhe.Core.Scheduling.Queueing;
using Yunhe.Simulator.Results;
using Yunhe.Simulator.Traces;

namespace Yunhe.Simulator.Machines;

/// <summary>When a job of a trace ran; start and end are −1 where it was rejected, and <c>Why</c> says for what.</summary>
public readonly record struct ScheduledJob(TraceJob Job, long Start, long End, string? Why = null)
{
    public bool Ran => Why is null;

    /// <summary>What was forecast on its arrival; null: nothing was, or it started at once.</summary>
    public ForecastWait? Forecast { get; init; }
}

/// <summary>
/// The jobs of a trace through the queue of one batch machine. Reads the trace as its clock comes to it and gives each job back when it ends,
/// so that memory holds what is in the system.
/// </summary>
public sealed class MachineRun
{
    private readonly MachineOptions options;
    private readonly BatchScheduler scheduler;
    private readonly EndQueue ends = new();
    private readonly Numbering users = new(), groups = new(), programs = new();
    private readonly Queue<Ending> ending = new();
    private readonly MachineForecasts? forecasts;
    private TraceJob?[] inSystem = new TraceJob?[16];

    private MachineRun(MachineOptions options)
    {
        this.options = options;
        var prediction = options.Prediction();
        scheduler = new(options.Processors, options.Policy, prediction);
        if (options.ForecastEvery > 0) forecasts = new(options, prediction);
    }

    /// <summary>Jobs in the order of their ends; rejected ones when they arrive.</summary>
    /// <param name="jobs">In the order of submission.</param>
    public static IEnumerable<ScheduledJob> Schedule(IEnumerable<TraceJob> jobs, MachineOptions options) => new MachineRun(options).Run(jobs);

    /// <summary>The same as results for a report.</summary>
    public static IEnumerable<JobOutcome> Outcomes(IEnumerable<TraceJob> jobs, MachineOptions options, string site = "machine") =>
        Schedule(jobs, options).Select(s => s.Ran
            ? new JobOutcome(s.Job, s.End - s.Start < s.Job.RunTime ? JobEnd.TimedOut : JobEnd.Completed)
            {
                Start = s.Start, Finish = s.End, Site = site, ForecastP50 = s.Forecast?.P50 ?? -1, ForecastP90 = s.Forecast?.P90 ?? -1,
            }
            : new JobOutcome(s.Job, JobEnd.Rejected) { Why = s.Why!, Attempts = 0 });

    private IEnumerable<ScheduledJob> Run(IEnumerable<TraceJob> jobs)
    {
        using var arrivals = jobs.GetEnumerator();
        var next = arrivals.MoveNext() ? arrivals.Current : null;
        var clock = long.MinValue;
        while (next is not null || ends.Count > 0 || ending.Count > 0)
        {
            var now = Math.Min(next?.Submit ?? long.MaxValue, ending.Count > 0 ? clock : ends.Time);
            if (now < clock) throw new InvalidOperationException($"job {next!.Number} was submitted at {now}, before the one ahead of it ({clock})");
            clock = now;
            Gather(now);
            // Per event: one arrival or, when none is left, one end; then the scheduler is asked and the clock stands still.
            var oneByOne = options.Deciding != Deciding.PerInstant;
            var arrives = next?.Submit == now;
            while (ending.Count > 0 && !(oneByOne && arrives))
            {
                yield return End(now);
                if (oneByOne) break;
            }
            while (arrives)
            {
                if (Refusal(next!) is { } why) yield return new(next!, -1, -1, why);
                else Submit(next!);
                next = arrivals.MoveNext() ? arrivals.Current : null;
                arrives = !oneByOne && next?.Submit == now;
            }
            foreach (var slot in scheduler.Schedule(now))
            {
                ends.Add(slot, now + Length(inSystem[slot]!));
                forecasts?.Started(slot, now);
            }
            forecasts?.Forecast(scheduler, now);
        }
        // What is left could never start: only a policy that holds jobs back for ever leaves any.
        for (var i = 0; i < scheduler.Waiting; i++)
            yield return new(inSystem[scheduler.WaitingAt(i)]!, -1, -1, "never started");
    }

    private string? Refusal(TraceJob job) =>
        options.Size(job) is var size && size > scheduler.Processors ? $"needs {size} processors, the machine has {scheduler.Processors}"
        : size < 1 ? "needs no processor"
        : job.RunTime < 0 ? "the trace does not tell how long it ran"
        : job.RunTime > BatchJob.Longest ? $"ran for more than {BatchJob.Longest} s"
        : null;

    private void Submit(TraceJob job)
    {
        var slot = scheduler.Submit(
            new((int)options.Size(job), Requested(job))
            {
                Submit = job.Submit, User = users.Of(job.User), Group = groups.Of(job.Project), Program = programs.Of(job.Name),
                KnownRunTime = Length(job),
            },
            job.Submit);
        if (slot >= inSystem.Length) Array.Resize(ref inSystem, slot * 2);
        inSystem[slot] = job;
        forecasts?.Arrived(slot);
    }

    /// <summary>Takes down what ends now, in the order of the starts.</summary>
    private void Gather(long now)
    {
        if (ends.Time > now) return;
        var expectedEndsGone = options.Deciding == Deciding.PerEventExpectedEndsGone;
        if (expectedEndsGone) scheduler.Advance(now);
        while (ends.Time == now)
        {
            var slot = ends.Take();
            var gone = expectedEndsGone && scheduler.ExpectedEnd(slot) == now;
            var done = new ScheduledJob(inSystem[slot]!, scheduler.Start(slot), now) { Forecast = forecasts?.Of(slot) };
            ending.Enqueue(new(done, scheduler.Job(slot), gone ? -1 : slot));
            inSystem[slot] = null;
            if (gone) scheduler.Vacate(slot, now);
        }
    }

    private ScheduledJob End(long now)
    {
        var (done, job, slot) = ending.Dequeue();
        if (slot >= 0) scheduler.Vacate(slot, now);
        scheduler.Learn(job, done.End - done.Start);
        forecasts?.Ended(job, done.End - done.Start);
        return done;
    }

    /// <summary>Where the user asked for no time, the true run time is taken for his request, as published experiments on such logs do.</summary>
    private static long Requested(TraceJob job) => Math.Min(BatchJob.Longest, Math.Max(1, job.RequestedTime > 0 ? job.RequestedTime : job.RunTime));

    private long Length(TraceJob job) => Math.Min(BatchJob.Longest, options.EndsAtLimit ? Math.Min(job.RunTime, Requested(job)) : job.RunTime);

    /// <summary>What ends in the present second and has not been told yet; slot −1: its processors have been given back.</summary>
    private readonly record struct Ending(ScheduledJob Done, BatchJob Job, int Slot);

    /// <summary>Small numbers for names; −1 for none.</summary>
    private sealed class Numbering
    {
        private readonly Dictionary<string, int> numbers = new(StringComparer.Ordinal);

        public int Of(string? name)
        {
            if (name is null) return -1;
            if (!numbers.TryGetValue(name, out var number)) numbers.Add(name, number = numbers.Count);
            return number;
        }
    }
}

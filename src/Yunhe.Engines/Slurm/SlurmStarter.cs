using System.Collections.Concurrent;
using Yunhe.Core.Workloads;
using Yunhe.Engines.Launching;

namespace Yunhe.Engines.Slurm;

/// <param name="Name">Slurm's name of the job, where it was started.</param>
internal sealed record SlurmStart(StartResult Result, string? Name = null);

/// <summary>
/// Starts attempts, each once: a folder that is already there means that an earlier start came at least so far, and then the queue,
/// the folder and accounting are asked before anything is submitted.
/// </summary>
internal sealed class SlurmStarter(EngineContext context, SlurmSettings settings, ISlurmTransport transport, ISlurmFolder folder)
{
    // slurmctld serves few submissions at once; more only queue up there.
    private const int ParallelSubmissions = 4;

    /// <summary>How far back accounting is asked for a submission whose answer was lost: longer than a server stays down.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromDays(3);

    /// <summary>When an answer was lost last; what came before this process counts as lost when it began.</summary>
    private readonly ConcurrentDictionary<AttemptId, DateTimeOffset> lost = new();
    private readonly DateTimeOffset begun = context.Time.GetUtcNow();

    public async Task<IReadOnlyDictionary<AttemptId, SlurmStart>> StartAsync(
        IReadOnlyList<Launch> launches,
        Func<CancellationToken, Task<IReadOnlyDictionary<string, SlurmPool>>> pools,
        Func<CancellationToken, Task<SlurmQueue>> look,
        CancellationToken cancel)
    {
        var starts = new ConcurrentDictionary<AttemptId, SlurmStart>();
        foreach (var launch in launches)
        {
            if (SlurmPlan.Problem(launch) is { } problem) starts[launch.Attempt] = Refused(FailureReason.Refused, problem);
        }

        IReadOnlyList<AttemptId> before = [];
        try
        {
            var open = launches.Where(launch => !starts.ContainsKey(launch.Attempt)).ToList();
            var made = await folder.ClaimAsync([.. open.Select(launch => launch.Attempt)], cancel).ConfigureAwait(false);
            before = [.. open.Select(launch => launch.Attempt).Where(attempt => !made.Contains(attempt))];
            if (before.Count > 0) await FindAsync(before, look, starts, cancel).ConfigureAwait(false);

            open.RemoveAll(launch => starts.ContainsKey(launch.Attempt));
            if (open.Count > 0)
            {
                var plan = new SlurmPlan(
                    context.Network, context.Site.Name, folder.Root, settings, transport.RunsSbatch,
                    await transport.LoginEnvironmentAsync(cancel).ConfigureAwait(false), await pools(cancel).ConfigureAwait(false));
                await SubmitAsync(plan, plan.Of(open), starts, cancel).ConfigureAwait(false);
            }
        }
        catch (EngineUnavailableException e)
        {
            // Nothing is submitted before all of these are answered; only what an earlier start left may exist.
            foreach (var attempt in launches.Select(launch => launch.Attempt).Where(attempt => !starts.ContainsKey(attempt)))
                starts[attempt] = new(new(before.Contains(attempt) ? StartOutcome.Unknown : StartOutcome.NotStarted, Detail: e.Message));
        }

        return starts;
    }

    public static IEnumerable<(AttemptId Attempt, string Name)> Names(IReadOnlyDictionary<AttemptId, SlurmStart> starts) =>
        starts.Where(pair => pair.Value.Name is not null).Select(pair => (pair.Key, pair.Value.Name!));

    public void Forget(AttemptId attempt) => lost.TryRemove(attempt, out _);

    /// <summary>Answers for those that exist or may still turn up; the others' folders are made anew.</summary>
    private async Task FindAsync(
        IReadOnlyList<AttemptId> attempts, Func<CancellationToken, Task<SlurmQueue>> look,
        ConcurrentDictionary<AttemptId, SlurmStart> starts, CancellationToken cancel)
    {
        var queue = await look(cancel).ConfigureAwait(false);
        var traces = await folder.TracesAsync([.. attempts.Where(attempt => queue.JobOf(attempt) is null)], cancel).ConfigureAwait(false);
        var anew = new List<AttemptId>();
        foreach (var attempt in attempts)
        {
            if ((queue.JobOf(attempt) ?? queue.UnlistedOf(attempt)) is { } job)
                starts[attempt] = Started(attempt, job.ArrayJob > 0 ? job.ArrayJob : job.Id, job.ArrayJob > 0);
            else if (traces.TryGetValue(attempt, out var trace) && (trace.Ran || trace.Job is not null || trace.Exit is not null))
                starts[attempt] = new(new(StartOutcome.Started, Detail: "started before, and no longer in Slurm's queue"));
            else if (context.Time.GetUtcNow() < lost.GetValueOrDefault(attempt, begun) + settings.Settle)
                starts[attempt] = new(new(StartOutcome.Unknown, Detail: "an earlier submission may still turn up"));
            else anew.Add(attempt);
        }

        if (anew.Count > 0) await FindEndedAsync(anew, starts, cancel).ConfigureAwait(false);
        await folder.DeleteAsync(anew, cancel).ConfigureAwait(false);
        await folder.ClaimAsync(anew, cancel).ConfigureAwait(false);
    }

    /// <summary>
    /// Takes out those that ended without a trace, such as cancelled by the operator while they waited, and were then forgotten by Slurm.
    /// Tasks of arrays are not found so: all tasks of a submission have one working directory.
    /// </summary>
    private async Task FindEndedAsync(List<AttemptId> attempts, ConcurrentDictionary<AttemptId, SlurmStart> starts, CancellationToken cancel)
    {
        var ended = await transport.EndedInAsync(folder.Root, Remembered, cancel).ConfigureAwait(false);
        foreach (var attempt in attempts.ToList())
        {
            if (!ended.TryGetValue(attempt.ToString(), out var job)) continue;
            await folder.NoteAsync([attempt], AttemptTrace.JobFile, $"{job}\n", cancel).ConfigureAwait(false);
            starts[attempt] = Started(attempt, job, isArray: false);
            attempts.Remove(attempt);
        }
    }

    private Task SubmitAsync(
        SlurmPlan plan, IReadOnlyList<SlurmSubmission> submissions, ConcurrentDictionary<AttemptId, SlurmStart> starts, CancellationToken cancel) =>
        Parallel.ForEachAsync(
            submissions,
            new ParallelOptions { MaxDegreeOfParallelism = ParallelSubmissions, CancellationToken = cancel },
            async (submission, stop) => await SubmitAsync(plan, submission, starts, stop).ConfigureAwait(false));

    private async Task SubmitAsync(
        SlurmPlan plan, SlurmSubmission submission, ConcurrentDictionary<AttemptId, SlurmStart> starts, CancellationToken cancel)
    {
        var attempts = submission.Launches.Select(launch => launch.Attempt).ToList();
        SubmitAnswer answer;
        try
        {
            var leader = submission.Launches[0];
            await folder.PutAsync(
                submission,
                (launch, path, stop) => AttemptFiles.WriteAsync(launch, submission, launch == leader, context, path, $"{folder.Root}/{launch.Attempt}", stop),
                cancel).ConfigureAwait(false);
            answer = await transport.SubmitAsync(submission, cancel).ConfigureAwait(false);
        }
        catch (StagingException e)
        {
            await ReachedAsync(folder.DeleteAsync(attempts, cancel)).ConfigureAwait(false);
            foreach (var attempt in attempts) starts[attempt] = Refused(FailureReason.Staging, e.Message);
            return;
        }
        catch (EngineUnavailableException e)
        {
            answer = SubmitAnswer.NotStarted(e.Message);
        }

        if (answer.Outcome == StartOutcome.Refused && submission.Array is not null && answer.Detail.Contains("array", StringComparison.OrdinalIgnoreCase))
        {
            foreach (var single in plan.WithoutArray(submission)) await SubmitAnewAsync(plan, single, starts, cancel).ConfigureAwait(false);
            return;
        }

        if (answer.Outcome == StartOutcome.Started && submission.Array is null)
            await ReachedAsync(folder.NoteAsync(attempts, AttemptTrace.JobFile, $"{answer.Job}\n", cancel)).ConfigureAwait(false);
        if (answer.Outcome is StartOutcome.Refused or StartOutcome.NotStarted)
            await ReachedAsync(folder.DeleteAsync(attempts, cancel)).ConfigureAwait(false);
        foreach (var attempt in attempts)
        {
            if (answer.Outcome == StartOutcome.Unknown) lost[attempt] = context.Time.GetUtcNow();
            else lost.TryRemove(attempt, out _);
            starts[attempt] = answer.Outcome switch
            {
                StartOutcome.Started => Started(attempt, answer.Job, submission.Array is not null),
                StartOutcome.Refused => Refused(FailureReason.Refused, answer.Detail),
                _ => new(new(answer.Outcome, Detail: answer.Detail)),
            };
        }
    }

    private async Task SubmitAnewAsync(
        SlurmPlan plan, SlurmSubmission submission, ConcurrentDictionary<AttemptId, SlurmStart> starts, CancellationToken cancel)
    {
        var attempt = submission.Launches[0].Attempt;
        await folder.DeleteAsync([attempt], cancel).ConfigureAwait(false);
        await folder.ClaimAsync([attempt], cancel).ConfigureAwait(false);
        await SubmitAsync(plan, submission, starts, cancel).ConfigureAwait(false);
    }

    /// <summary>False where the folder can't be reached now: the mark finds the job too, and a folder left over only makes a later start look twice.</summary>
    private static async Task<bool> ReachedAsync(Task work)
    {
        try
        {
            await work.ConfigureAwait(false);
            return true;
        }
        catch (EngineUnavailableException)
        {
            return false;
        }
    }

    private SlurmStart Started(AttemptId attempt, long job, bool isArray)
    {
        var name = isArray ? $"{job}_{attempt.Task.Index}" : $"{job}";
        return new(new(StartOutcome.Started, $"{context.Site.Name} job {name}"), name);
    }

    private static SlurmStart Refused(FailureReason reason, string detail) => new(new(StartOutcome.Refused, Reason: reason, Detail: detail));
}

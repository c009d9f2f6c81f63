using System.Collections.Concurrent;
using Yunhe.Core.Network;
using Yunhe.Core.Workloads;

namespace Yunhe.Engines.Slurm;

/// <summary>
/// Reports attempts from what the queue shows, then the attempt's own folder, then accounting: each source asked once, in bulk, and
/// only for what the one before did not tell.
/// </summary>
internal sealed class SlurmObserver(EngineContext context, ISlurmTransport transport, ISlurmFolder folder)
{
    /// <summary>Ends of what Slurm or the caller still names: they do not change, so their folders are read once.</summary>
    private readonly ConcurrentDictionary<AttemptId, AttemptReport> ended = new();

    /// <summary>Attempts that Slurm still shows though their folders are deleted.</summary>
    private HashSet<AttemptId> gone = [];

    public void Forget(AttemptId attempt) => ended.TryRemove(attempt, out _);

    public async Task<IReadOnlyList<AttemptReport>> ReportAsync(
        SlurmQueue queue, IReadOnlyCollection<AttemptId> expected, CancellationToken cancel)
    {
        var wanted = expected.ToHashSet();
        var before = gone;
        var reports = new SortedDictionary<AttemptId, AttemptReport>();
        var unsure = new List<AttemptId>();
        foreach (var attempt in wanted.Union(queue.Attempts))
        {
            if (ended.TryGetValue(attempt, out var end)) reports[attempt] = end;
            else if (queue.JobOf(attempt) is not { } job) unsure.Add(attempt);
            else if (SlurmStates.PhaseOf(job.State) is not EnginePhase.Ended and var phase) reports[attempt] = Alive(attempt, job, phase);
            else if (wanted.Contains(attempt) || !before.Contains(attempt)) unsure.Add(attempt);
        }

        var traces = unsure.Count == 0 ? new Dictionary<AttemptId, AttemptTrace>() : await folder.TracesAsync(unsure, cancel).ConfigureAwait(false);
        var vanished = unsure.Where(attempt => queue.JobOf(attempt) is null && traces.GetValueOrDefault(attempt)?.Job is not null)
            .ToDictionary(attempt => attempt, attempt => traces[attempt].Job!.Value);
        var ends = vanished.Count == 0
            ? new Dictionary<long, SlurmEnd>()
            : await transport.AccountingAsync([.. vanished.Values], cancel).ConfigureAwait(false);
        foreach (var attempt in unsure)
        {
            var trace = traces.GetValueOrDefault(attempt);
            var report = queue.JobOf(attempt) is { } job ? Ended(attempt, job, trace)
                : trace is { Ran: false, Exit: null, CancelAccepted: false } && queue.UnlistedOf(attempt) is { } array ? Alive(attempt, array, EnginePhase.Pending)
                : Vanished(attempt, trace, vanished.TryGetValue(attempt, out var id) ? ends.GetValueOrDefault(id) : null);

            // What was forgotten here is no news, though Slurm itself remembers it for MinJobAge.
            if (trace is null && !wanted.Contains(attempt)) continue;
            reports[attempt] = report;
            if (report.Phase == EnginePhase.Ended) ended[attempt] = report;
        }

        gone = [.. queue.Attempts.Where(attempt => !reports.ContainsKey(attempt))];
        foreach (var attempt in ended.Keys.Where(attempt => !reports.ContainsKey(attempt))) ended.TryRemove(attempt, out _);
        return [.. reports.Values];
    }

    private AttemptReport Alive(AttemptId attempt, SlurmJob job, EnginePhase phase) => new(attempt, phase)
    {
        StartedAt = phase == EnginePhase.Running ? job.Start : null,
        Detail = phase == EnginePhase.Pending ? SlurmStates.WaitOf(job) : job.State == "RUNNING" ? "" : $"Slurm: {job.State}",
        Nodes = phase == EnginePhase.Running ? HostList.Expand(job.Nodes) : [],
        EngineJob = Name(attempt, job),
        Restarts = job.Restarts,
    };

    private AttemptReport Ended(AttemptId attempt, SlurmJob job, AttemptTrace? trace)
    {
        var (status, detail) = SlurmStates.EndOf(
            job.State, job.Reason, (job.WaitStatus >> 8) & 0xff, job.WaitStatus & 0x7f, trace?.Cancelled == true, trace?.Exit);
        var ran = job.Nodes.Length > 0;
        return new(attempt, EnginePhase.Ended)
        {
            StartedAt = trace?.StartedAt ?? (ran ? job.Start : null),
            EndedAt = trace?.Exit?.At ?? job.End,
            ExitCode = status.ExitCode,
            Signal = status.Signal,
            Failure = status.Failure,
            Detail = detail,
            Nodes = HostList.Expand(job.Nodes),
            EngineJob = Name(attempt, job),
            Restarts = job.Restarts,
            CpuSeconds = trace?.Exit?.CpuSeconds,
        };
    }

    /// <summary>Slurm has forgotten it: accounting decides, else the job's own note, else nobody knows.</summary>
    private AttemptReport Vanished(AttemptId attempt, AttemptTrace? trace, SlurmEnd? end)
    {
        if (end is not null && SlurmStates.PhaseOf(end.State) == EnginePhase.Ended)
        {
            var (status, detail) = SlurmStates.EndOf(end.State, "", end.ExitCode, end.Signal, trace?.Cancelled == true, trace?.Exit);
            return new(attempt, EnginePhase.Ended)
            {
                StartedAt = trace?.StartedAt ?? end.Start,
                EndedAt = trace?.Exit?.At ?? end.End,
                ExitCode = status.ExitCode,
                Signal = status.Signal,
                Failure = status.Failure,
                Detail = detail,
                CpuSeconds = trace?.Exit?.CpuSeconds,
            };
        }

        if (trace?.Exit is { } note)
        {
            var status = SlurmStates.OfNote(note);
            return new(attempt, EnginePhase.Ended)
            {
                StartedAt = trace.StartedAt,
                EndedAt = note.At,
                ExitCode = status.ExitCode,
                Signal = status.Signal,
                Failure = trace.Cancelled && note.Code != 0 ? FailureReason.CancelledByUser : status.Failure,
                CpuSeconds = note.CpuSeconds,
            };
        }

        // Cancelled while it waited: it never ran, and no note could be written.
        if (trace is { Cancelled: true })
            return new(attempt, EnginePhase.Ended) { EndedAt = context.Time.GetUtcNow(), Failure = FailureReason.CancelledByUser };
        return new(attempt, EnginePhase.Gone) { Detail = "Slurm knows nothing of it" };
    }

    private string Name(AttemptId attempt, SlurmJob job) => $"{context.Site.Name} job {SlurmQueue.Name(attempt, job)}";
}

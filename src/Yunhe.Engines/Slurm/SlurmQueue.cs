using Yunhe.Core.Workloads;

namespace Yunhe.Engines.Slurm;

/// <summary>The jobs of one network in one look at a cluster, by attempt.</summary>
internal sealed class SlurmQueue
{
    private readonly Dictionary<AttemptId, SlurmJob> jobs = [];

    /// <summary>Waiting tasks of arrays whose list Slurm cut off, by the last index in it: slurmrestd shows 64 characters.</summary>
    private readonly Dictionary<(WorkloadId Workload, int Number), (SlurmJob Job, int Last)> cut = [];

    /// <summary>Of two jobs with one mark, the one that Slurm took first counts.</summary>
    public SlurmQueue(SlurmLook look, string network)
    {
        foreach (var job in look.Jobs.OrderBy(job => job.ArrayJob > 0 ? job.ArrayJob : job.Id).ThenBy(job => job.ArrayTask is null))
        {
            if (SlurmMark.Parse(job.Comment, network) is not { } mark) continue;
            var attempts = mark.AttemptsOf(job).ToList();
            foreach (var attempt in attempts) jobs.TryAdd(attempt, job);
            if (mark.IsArray && job.ArrayTask is null && ArrayIndices.IsCut(job.ArrayTasks))
                cut.TryAdd((mark.Workload, mark.Number), (job, attempts.Select(attempt => attempt.Task.Index).DefaultIfEmpty(-1).Max()));
        }
    }

    public IReadOnlyCollection<AttemptId> Attempts => jobs.Keys;

    public SlurmJob? JobOf(AttemptId attempt) => jobs.GetValueOrDefault(attempt);

    /// <summary>The array that may hold the attempt among the waiting tasks that Slurm does not list.</summary>
    public SlurmJob? UnlistedOf(AttemptId attempt) =>
        cut.TryGetValue((attempt.Task.Workload, attempt.Number), out var array) && attempt.Task.Index > array.Last ? array.Job : null;

    /// <summary>Slurm's own name of an attempt's job.</summary>
    public static string Name(AttemptId attempt, SlurmJob job) => job.ArrayJob > 0 ? $"{job.ArrayJob}_{attempt.Task.Index}" : $"{job.Id}";
}

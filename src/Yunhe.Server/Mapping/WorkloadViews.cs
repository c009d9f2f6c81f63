using Yunhe.Contracts;
using Yunhe.Core.Control;
using Yunhe.Core.Workloads;

namespace Yunhe.Server.Mapping;

/// <summary>A workload with those of its tasks that a view is made of; read in one go, so that they fit together.</summary>
/// <param name="First">The first task that has begun; null: none has.</param>
/// <param name="FirstFailed">Only looked for where tasks have failed, and not beyond <see cref="SearchLimit"/>.</param>
/// <param name="Start">When it is likely to start; null: it does not wait for a site.</param>
internal sealed record WorkloadPicture(Workload Workload, WorkTask? First, WorkTask? FirstFailed, (DateTimeOffset P50, DateTimeOffset P90)? Start)
{
    /// <summary>A list shows up to 1,000 arrays; none of them may hold up the loop.</summary>
    private const int SearchLimit = 1_000;

    public static WorkloadPicture Of(State state, Workload workload, DateTimeOffset now)
    {
        var first = state.Task(workload.TaskAt(0));
        var failed = workload.Counts.Failed == 0 || first?.Phase == Phase.Failed
            ? null
            : state.TasksOf(workload).Take(SearchLimit).Select(t => t.Task).FirstOrDefault(t => t.Phase == Phase.Failed);
        return new(workload, first, failed, state.ForecastOf(workload, now));
    }

    public string? Site => (First ?? FirstFailed)?.Current?.Site;
}

internal static class WorkloadViews
{
    public const int FirstTasks = 20;

    public static WorkloadSummary Summary(WorkloadPicture picture) => Fill(new WorkloadSummary
    {
        Id = "", Name = "", Owner = "", Phase = default, Counts = default(PhaseCounts).View(), Tasks = 0, Used = new(0, 0, 0),
    }, picture);

    public static WorkloadView Full(WorkloadPicture picture, IReadOnlyList<WorkTask> tasks) => (WorkloadView)Fill(new WorkloadView
    {
        Id = "", Name = "", Owner = "", Phase = default, Counts = default(PhaseCounts).View(), Tasks = 0, Used = new(0, 0, 0),
        Request = Specs.RequestOf(picture.Workload.Spec),
        Quote = picture.Workload.QuoteId,
        FirstTasks = [.. tasks.Select(Task)],
    }, picture);

    public static TaskView Task(WorkTask task) => new()
    {
        Id = task.Id.ToString(),
        Index = task.Id.Index < 0 ? null : task.Id.Index,
        Phase = task.Phase.Word(),
        Failure = task.Failure?.Word(),
        Detail = task.Detail.OrNull(),
        NotBefore = task.Phase == Phase.Queued ? task.NotBefore : null,
        Checkpoint = View(task.Checkpoint),
        Attempts = [.. task.Attempts.Select(Attempt)],
    };

    private static WorkloadSummary Fill(WorkloadSummary view, WorkloadPicture picture)
    {
        var (workload, first, failed, start) = picture;
        var telling = failed ?? first;
        return view with
        {
            Id = workload.Id.ToString(),
            Name = workload.Spec.Name,
            Owner = workload.Owner,
            Project = workload.Project,
            Phase = workload.Phase.Word(),
            Counts = workload.Counts.View(),
            Tasks = workload.TaskCount,
            Nodes = workload.Spec.Nodes,
            Priority = workload.Spec.Priority,
            SubmittedAt = workload.SubmittedAt,
            StartedAt = workload.StartedAt,
            ExpectedStart = start is var (p50, p90) ? new(p50, p90) : null,
            EndedAt = workload.EndedAt,
            Site = picture.Site ?? workload.BoundSite,
            ExitCode = telling?.Current?.ExitCode,
            Detail = DetailOf(workload, telling),
            Used = Words.Amounts(workload.Cost, workload.Energy, workload.Carbon),
        };
    }

    private static string? DetailOf(Workload workload, WorkTask? telling)
    {
        if (telling is { Detail.Length: > 0 } && telling.Phase is not (Phase.Placed or Phase.Staging or Phase.Running)) return telling.Detail;
        if (telling?.Current is { Detail.Length: > 0 } current) return current.Detail;
        if (workload.Rest is { } rest) return rest.Detail.OrNull();
        return workload.Phase == Phase.Submitted
            ? $"waits for {string.Join(", ", workload.Spec.Dependencies.Select(d => d.Workload))}"
            : null;
    }

    private static AttemptView Attempt(Attempt a) => new()
    {
        Id = a.Id.ToString(),
        Site = a.Site,
        Pool = a.Pool.OrNull(),
        Phase = a.Phase.Word(),
        Nodes = a.Nodes,
        PlacedAt = a.PlacedAt,
        StagedAt = a.StagedAt,
        StartedAt = a.StartedAt,
        EndedAt = a.EndedAt,
        ExitCode = a.ExitCode,
        Signal = a.Signal,
        Failure = a.Failure?.Word(),
        Detail = a.Detail.OrNull(),
        EngineJob = a.EngineJob,
        Restarts = a.Restarts,
        Utilisation = a.Usage?.Utilisation,
        Measured = a.Usage?.Measured,
        Used = a.Usage?.View(),
        ResumedFrom = View(a.ResumesFrom),
        CheckpointProblem = a.CheckpointProblem,
        Collected = a.Collected,
    };

    private static CheckpointView? View(Checkpoint? c) =>
        c is null ? null : new(c.From.ToString(), c.TakenAt, c.Bytes, c.Covers.TotalSeconds);
}

using Yunhe.Contracts;
using Yunhe.Core.Control;
using Yunhe.Core.Workloads;
using Yunhe.Server.Control;
using Yunhe.Server.Http;
using Yunhe.Server.Mapping;

namespace Yunhe.Server.Workloads;

internal static class WorkloadEndpoints
{
    private const int MaxKey = 255;

    /// <summary>Workloads that one look at the state goes through, so that a rare filter doesn't hold up the loop.</summary>
    private const int ScanAtOnce = 10_000;

    private const string Problem = "application/problem+json";

    public static void MapWorkloads(this WebApplication app)
    {
        var group = app.MapGroup(Routes.Workloads).WithTags("Workloads");
        group.MapPost("", SubmitAsync).WithName("SubmitWorkload")
            .WithSummary("Hands in a workload: JSON, a YAML task or an sbatch script. Answered when it is on the disk")
            .Accepts<WorkloadRequest>(Submissions.Json, Submissions.Yaml, Submissions.Script)
            .Produces<SubmittedView>(201).Produces<SubmittedView>()
            .Produces<ProblemView>(400, Problem).Produces<ProblemView>(409, Problem).Produces<ProblemView>(422, Problem);
        group.MapGet("", ListAsync).WithName("ListWorkloads").WithSummary("Workloads, newest first; phase takes words between commas, name a prefix")
            .Produces<Page<WorkloadSummary>>().Produces<ProblemView>(400, Problem);
        group.MapGet("/{id}", ShowAsync).WithName("GetWorkload").WithSummary("One workload in full")
            .Produces<WorkloadView>().Produces<ProblemView>(404, Problem);
        group.MapGet("/{id}/tasks", TasksAsync).WithName("ListTasks").WithSummary("Its tasks that have begun, by index")
            .Produces<Page<TaskView>>().Produces<ProblemView>(404, Problem);
        group.MapGet("/{id}/explain", ExplainAsync).WithName("ExplainWorkload").WithSummary("Why it is where it is, or why it waits")
            .Produces<ExplainView>().Produces<ProblemView>(404, Problem);
        group.MapPost("/{id}/cancel", CancelAsync).WithName("CancelWorkload").WithSummary("Ends all of it; harmless when it has ended")
            .Produces<WorkloadSummary>(202).Produces<ProblemView>(404, Problem);
    }

    /// <summary>A step that was not refused.</summary>
    public static async Task<StepResult> AcceptedAsync(this ControlLoop loop, Input input)
    {
        var result = await loop.StepAsync(input);
        return result.Refusal is { } refusal ? throw Problems.Of(refusal) : result;
    }

    /// <exception cref="ProblemException">404.</exception>
    public static async Task<WorkloadPicture> PictureAsync(this ControlLoop loop, string id, ServerOptions options)
    {
        var number = Queries.WorkloadId(id);
        return await loop.ReadAsync(state => state.Workload(number) is { } workload ? WorkloadPicture.Of(state, workload, options.Time.GetUtcNow()) : null)
            ?? throw Problems.NotFound($"workload {id}");
    }

    private static async Task<IResult> SubmitAsync(HttpRequest http, Submissions submissions, ControlLoop loop)
    {
        var key = http.Headers.TryGetValue(Routes.IdempotencyKey, out var keys) ? keys.ToString() : null;
        if (key is { Length: 0 or > MaxKey }) throw Problems.Fields(400, [(Routes.IdempotencyKey, $"must have 1 to {MaxKey} characters")]);
        var submission = await submissions.ReadAsync(http);
        var result = await loop.AcceptedAsync(new Submit(submission.Spec, Authentication.Admin, key, submission.Quote));
        var id = result.Workload!.Value;
        if (result.Events.OfType<WorkloadSubmitted>().SingleOrDefault() is { } made)
        {
            var phase = made.Released ? PhaseWord.Queued : PhaseWord.Submitted;
            return TypedResults.Created($"{Routes.Workloads}/{id}", new SubmittedView(id.ToString(), phase) { Warnings = submission.Warnings });
        }

        var now = await loop.ReadAsync(state => state.Workload(id)!.Phase);
        return TypedResults.Ok(new SubmittedView(id.ToString(), now.Word()) { Repeated = true, Warnings = submission.Warnings });
    }

    private static async Task<Page<WorkloadSummary>> ListAsync(
        ControlLoop loop, ServerOptions options, string? limit, string? cursor, string? phase, string? name, string? site, string? owner, string? project)
    {
        var (most, phases, before) = (Queries.Limit(limit), Queries.Phases(phase), Queries.Cursor(cursor) ?? long.MaxValue);
        var found = new List<WorkloadPicture>();
        while (found.Count <= most && before > 1)
        {
            before = await loop.ReadAsync(state =>
            {
                var at = Math.Min(before, state.LastWorkload + 1);
                var end = Math.Max(1, at - ScanAtOnce);
                foreach (var workload in state.WorkloadsBefore(at).TakeWhile(w => w.Id.Number >= end))
                {
                    if (phases?.Contains(workload.Phase.Word()) == false || (owner is not null && workload.Owner != owner)) continue;
                    if (project is not null && workload.Project != project) continue;
                    if (name is not null && !workload.Spec.Name.StartsWith(name, StringComparison.Ordinal)) continue;
                    var picture = WorkloadPicture.Of(state, workload, options.Time.GetUtcNow());
                    if (site is not null && picture.Site != site) continue;
                    found.Add(picture);
                    if (found.Count > most) break;
                }

                return end;
            });
        }

        return new(
            [.. found.Take(most).Select(WorkloadViews.Summary)],
            found.Count > most ? Queries.CursorOf(found[most - 1].Workload.Id.Number) : null);
    }

    private static async Task<WorkloadView> ShowAsync(string id, ControlLoop loop, ServerOptions options)
    {
        var number = Queries.WorkloadId(id);
        return await loop.ReadAsync(state => state.Workload(number) is { } workload
            ? (Picture: WorkloadPicture.Of(state, workload, options.Time.GetUtcNow()), Tasks: state.TasksOf(workload).Take(WorkloadViews.FirstTasks).Select(t => t.Task).ToList())
            : ((WorkloadPicture Picture, List<WorkTask> Tasks)?)null) is { } read
                ? WorkloadViews.Full(read.Picture, read.Tasks)
                : throw Problems.NotFound($"workload {id}");
    }

    private static async Task<Page<TaskView>> TasksAsync(string id, ControlLoop loop, string? limit, string? cursor, string? phase)
    {
        var number = Queries.WorkloadId(id);
        var (most, phases, from) = (Queries.Limit(limit), Queries.Phases(phase), (int)Math.Min(Queries.Cursor(cursor) ?? 0, int.MaxValue));
        var found = await loop.ReadAsync(state => state.Workload(number) is { } workload
            ? state.TasksOf(workload, from).Where(t => phases?.Contains(t.Task.Phase.Word()) != false).Take(most + 1).ToList()
            : null) ?? throw Problems.NotFound($"workload {id}");
        return new([.. found.Take(most).Select(t => WorkloadViews.Task(t.Task))], found.Count > most ? Queries.CursorOf(found[most].Ordinal) : null);
    }

    private static async Task<ExplainView> ExplainAsync(string id, ControlLoop loop, ServerOptions options, string? task)
    {
        var index = Queries.Number("task", task);
        var picture = await loop.PictureAsync(id, options);
        return await loop.ReadAsync(state => Explanations.Of(state, picture.Workload.Id, index, options.Time.GetUtcNow()))
            ?? throw Problems.NotFound($"task {index} of {id}");
    }

    private static async Task<IResult> CancelAsync(string id, ControlLoop loop, ServerOptions options)
    {
        await loop.AcceptedAsync(new Cancel(Queries.WorkloadId(id), Authentication.Admin));
        return TypedResults.Accepted($"{Routes.Workloads}/{id}", WorkloadViews.Summary(await loop.PictureAsync(id, options)));
    }
}

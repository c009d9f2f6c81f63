using System.Formats.Tar;
using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using Yunhe.Contracts;
using Yunhe.Core.Workloads;
using Yunhe.Engines;
using Yunhe.Server.Checkpoints;
using Yunhe.Server.Control;
using Yunhe.Server.Http;
using Yunhe.Server.Sites;

namespace Yunhe.Server.Workloads;

/// <summary>Logs and results.</summary>
internal static class OutputEndpoints
{
    private const string Problem = "application/problem+json";

    /// <summary>Says which attempt's output the answer is.</summary>
    public const string AttemptHeader = "Yunhe-Attempt";

    public static void MapOutputs(this WebApplication app)
    {
        var group = app.MapGroup(Routes.Workloads).WithTags("Outputs");
        group.MapGet("/{id}/logs", LogsAsync).WithName("GetLogs")
            .WithSummary("Raw bytes that an attempt wrote; with follow=true until it has ended")
            .Produces<byte[]>(200, "application/octet-stream").Produces<ProblemView>(404, Problem).Produces<ProblemView>(503, Problem);
        group.MapGet("/{id}/results", ResultsAsync).WithName("GetResults")
            .WithSummary("A tar of the outputs by their paths in the working directory, and ATTEMPT.stdout, ATTEMPT.stderr; of an array without ?task: of each task, under TASK/")
            .Produces<byte[]>(200, "application/x-tar").Produces<ProblemView>(404, Problem).Produces<ProblemView>(409, Problem);
        group.MapGet("/{id}/checkpoint", CheckpointAsync).WithName("GetCheckpoint")
            .WithSummary("A tar of the newest copy of a task's checkpoint folder, by paths in the folder; kept until the task has succeeded")
            .Produces<byte[]>(200, "application/x-tar").Produces<ProblemView>(404, Problem).Produces<ProblemView>(409, Problem);
    }

    private static async Task<IResult> CheckpointAsync(string id, ControlLoop loop, CheckpointStore copies, string? task)
    {
        var (workload, index) = (Queries.WorkloadId(id), Queries.Number("task", task));
        var (choice, copy) = await loop.ReadAsync(state => (AttemptChoice.Of(state, workload, index, null),
            (index is { } i ? state.Task(new(workload, i)) : state.Workload(workload) is { } w ? state.Task(w.TaskAt(0)) : null)?.Checkpoint));
        if (choice is null) throw AttemptChoice.Missing(workload, index, null);
        return copy is not null && copies.Open(copy.From.Task, copy.Sha256) is { } tar
            ? TypedResults.Stream(tar, "application/x-tar")
            : throw new ProblemException(409, "there is no copy of a checkpoint: none was made yet, or the task has succeeded");
    }

    private static async Task LogsAsync(
        string id, HttpContext http, LogReader logs, IHostApplicationLifetime lifetime,
        string? task, string? attempt, string? stream, string? offset, string? follow)
    {
        var (workload, index, number) = (Queries.WorkloadId(id), Queries.Number("task", task), Queries.Number("attempt", attempt));
        var from = offset is null ? 0
            : long.TryParse(offset, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n
            : throw Problems.Fields(400, [("offset", "must be a whole number, 0 or more")]);
        var which = stream is null ? LogStream.Stdout
            : Enum.TryParse<LogStream>(stream, ignoreCase: true, out var s) && !char.IsAsciiDigit(stream[0]) ? s
            : throw Problems.Fields(400, [("stream", "must be stdout or stderr")]);
        var following = follow is null ? false
            : bool.TryParse(follow, out var f) ? f
            : throw Problems.Fields(400, [("follow", "must be true or false")]);

        var stopping = lifetime.ApplicationStopping;
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        var first = await logs.ChooseAsync(workload, index, number);
        if (first.Attempt is { } known) http.Response.Headers[AttemptHeader] = known.Id.ToString();
        http.Response.ContentType = "application/octet-stream";
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        if (following) await http.Response.Body.FlushAsync(http.RequestAborted);
        try
        {
            await logs.CopyAsync(workload, index, number, which, from, following, http.Response.Body, cancel.Token);
        }
        catch (EngineUnavailableException e) when (!http.Response.HasStarted)
        {
            throw new ProblemException(503, e.Message);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Broken off, so that the client sees that there is more to come, and asks again.
            http.Abort();
        }
    }

    private static async Task ResultsAsync(string id, HttpContext http, ControlLoop loop, Collector collector, string? task, string? attempt)
    {
        var (workload, index, number) = (Queries.WorkloadId(id), Queries.Number("task", task), Queries.Number("attempt", attempt));
        var (attempts, isArray) = await loop.ReadAsync<(List<Attempt>? Attempts, bool IsArray)>(state =>
        {
            if (state.Workload(workload) is { Spec.Array: not null } array && index is null && number is null)
                return ([.. state.TasksOf(array).Select(t => t.Task.Attempts.LastOrDefault(a => a.Collected)).OfType<Attempt>()], true);
            return (AttemptChoice.Of(state, workload, index, number) is { } choice ? choice.Attempt is { } one ? [one] : [] : null, false);
        });
        if (attempts is null) throw AttemptChoice.Missing(workload, index, number);
        var there = attempts.Where(a => Directory.Exists(collector.FolderOf(a.Id))).ToList();
        if (there.Count == 0)
            throw new ProblemException(409, attempts is [{ Collected: true, Detail: var why }] ? $"there are no results: {why}" : "its results are not brought back yet: wait until it has ended");

        http.Response.ContentType = "application/x-tar";
        await using var tar = new TarWriter(http.Response.Body, TarEntryFormat.Pax, leaveOpen: true);
        foreach (var one in there)
            await AddAsync(tar, one.Id, collector.FolderOf(one.Id), isArray ? $"{one.Id.Task}/" : "", http.RequestAborted);
    }

    private static async Task AddAsync(TarWriter tar, AttemptId attempt, string folder, string prefix, CancellationToken cancel)
    {
        foreach (var stream in Enum.GetValues<LogStream>())
        {
            var name = Collector.FileOf(stream);
            await tar.WriteEntryAsync(Path.Combine(folder, name), $"{prefix}{attempt}.{name}", cancel);
        }

        var outputs = Path.Combine(folder, Collector.Outputs);
        if (!File.Exists(outputs)) return;
        await using var file = new FileStream(outputs, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.Asynchronous);
        await using var from = new TarReader(file);
        while (await from.GetNextEntryAsync(copyData: false, cancel) is { } entry)
        {
            entry.Name = prefix + entry.Name;
            await tar.WriteEntryAsync(entry, cancel);
        }
    }
}

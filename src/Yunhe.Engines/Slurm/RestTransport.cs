using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Yunhe.Engines.Slurm;

/// <summary>
/// slurmrestd. What openapi v0.0.38 can't say is refused with the reason. Only keys that 22.05 was seen to accept are sent:
/// its slurmrestd may die of a request that it fails to parse.
/// </summary>
internal sealed class RestTransport : ISlurmTransport
{
    private const int ParallelCancels = 4;

    private readonly SlurmSettings settings;
    private readonly HttpClient client;

    public RestTransport(SlurmSettings settings)
    {
        this.settings = settings;
        var socket = settings.Url!.StartsWith("unix:", StringComparison.Ordinal) ? settings.Url["unix:".Length..] : null;
        client = new HttpClient(new SocketsHttpHandler
        {
            MaxConnectionsPerServer = 8,
            UseProxy = false,
            AllowAutoRedirect = false,
            ConnectCallback = socket is null ? null : (_, cancel) => ConnectAsync(socket, cancel),
        })
        {
            BaseAddress = new Uri(socket is null ? settings.Url.TrimEnd('/') + '/' : "http://localhost/"),
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public bool RunsSbatch => false;

    public Task<IReadOnlyList<KeyValuePair<string, string>>> LoginEnvironmentAsync(CancellationToken cancel)
    {
        // Another user's login is unknown here; Slurm refuses a job without any environment.
        var pairs = new List<KeyValuePair<string, string>> { new("PATH", "/usr/local/bin:/usr/bin:/bin") };
        if (settings.User is null || settings.User == Environment.UserName)
            pairs.Add(new("HOME", Environment.GetFolderPath(Environment.SpecialFolder.UserProfile)));
        if (settings.User is { } user) pairs.AddRange([new("USER", user), new("LOGNAME", user)]);
        return Task.FromResult<IReadOnlyList<KeyValuePair<string, string>>>(pairs);
    }

    public async Task<SlurmLook> LookAsync(CancellationToken cancel)
    {
        var jobs = GetAsync("jobs", SlurmJson.JobsAsync, cancel);
        var nodes = GetAsync("nodes", SlurmJson.NodesAsync, cancel);
        var partitions = GetAsync("partitions", SlurmJson.PartitionsAsync, cancel);
        await Task.WhenAll(jobs, nodes, partitions).ConfigureAwait(false);
        return new(await jobs.ConfigureAwait(false), await nodes.ConfigureAwait(false), await partitions.ConfigureAwait(false));
    }

    public async Task<SubmitAnswer> SubmitAsync(SlurmSubmission submission, CancellationToken cancel)
    {
        if (RestJob.Problem(submission) is { } problem) return SubmitAnswer.Refused(problem);
        using var limit = Limit(cancel);
        try
        {
            using var request = Request(HttpMethod.Post, "job/submit");
            request.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(RestJob.Of(submission)))
            {
                Headers = { ContentType = new("application/json") },
            };
            using var response = await client.SendAsync(request, limit.Token).ConfigureAwait(false);
            if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound)
                return SubmitAnswer.NotStarted(Status(response));
            var body = await response.Content.ReadAsStreamAsync(limit.Token).ConfigureAwait(false);
            await using (body.ConfigureAwait(false))
            {
                var (job, errors) = await SlurmJson.AnswerAsync(body, limit.Token).ConfigureAwait(false);
                return job is > 0 && response.IsSuccessStatusCode ? SubmitAnswer.Started(job.Value)
                    : errors.Length > 0 ? SubmitFailure.Read(errors)
                    : SubmitAnswer.Unknown(Status(response));
            }
        }
        catch (HttpRequestException e) when (e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
            or HttpRequestError.SecureConnectionError)
        {
            return SubmitAnswer.NotStarted(e.Message);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or EngineUnavailableException)
        {
            return SubmitAnswer.Unknown(e.Message);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return SubmitAnswer.Unknown(Late());
        }
    }

    public async Task CancelAsync(IReadOnlyList<string> jobs, CancellationToken cancel) =>
        await Parallel.ForEachAsync(jobs, new ParallelOptions { MaxDegreeOfParallelism = ParallelCancels, CancellationToken = cancel }, async (job, stop) =>
        {
            var (_, errors) = await SendAsync(HttpMethod.Delete, $"job/{job}", SlurmJson.AnswerAsync, stop).ConfigureAwait(false);
            if (errors.Length > 0 && !AlreadyEnded.Any(words => errors.Contains(words, StringComparison.OrdinalIgnoreCase)))
                throw new EngineUnavailableException($"slurmrestd: {errors}");
        }).ConfigureAwait(false);

    // v0.0.38 knows no condition: DELETE would end one that has just begun.
    public Task CancelPendingAsync(IReadOnlyList<string> jobs, CancellationToken cancel) => Task.CompletedTask;

    // The database's plugin (dbv0.0.38) is seldom loaded; the attempt's own files tell how it ended.
    public Task<IReadOnlyDictionary<long, SlurmEnd>> AccountingAsync(IReadOnlyCollection<long> jobs, CancellationToken cancel) =>
        Task.FromResult<IReadOnlyDictionary<long, SlurmEnd>>(new Dictionary<long, SlurmEnd>());

    public Task<IReadOnlyDictionary<string, long>> EndedInAsync(string folder, TimeSpan back, CancellationToken cancel) =>
        Task.FromResult<IReadOnlyDictionary<string, long>>(new Dictionary<string, long>());

    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return ValueTask.CompletedTask;
    }

    private static readonly string[] AlreadyEnded = ["Invalid job id", "already completing or completed", "already completed"];

    private Task<T> GetAsync<T>(string path, Func<Stream, CancellationToken, Task<T>> parse, CancellationToken cancel) =>
        SendAsync(HttpMethod.Get, path, parse, cancel);

    private async Task<T> SendAsync<T>(HttpMethod method, string path, Func<Stream, CancellationToken, Task<T>> parse, CancellationToken cancel)
    {
        using var limit = Limit(cancel);
        try
        {
            using var request = Request(method, path);
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
            if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound)
                throw new EngineUnavailableException(Status(response));
            var body = await response.Content.ReadAsStreamAsync(limit.Token).ConfigureAwait(false);
            await using (body.ConfigureAwait(false)) return await parse(body, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new EngineUnavailableException($"slurmrestd at {settings.Url}: {e.Message}", e);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new EngineUnavailableException(Late(), e);
        }
    }

    private string Late() => $"slurmrestd at {settings.Url} did not answer within {settings.Timeout.TotalSeconds} s";

    private string Status(HttpResponseMessage response) =>
        $"slurmrestd at {settings.Url} answered {(int)response.StatusCode} {response.ReasonPhrase}: check user, token_file and api ({settings.Api})";

    private CancellationTokenSource Limit(CancellationToken cancel)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(settings.Timeout);
        return limit;
    }

    private HttpRequestMessage Request(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, $"slurm/{settings.Api}/{path}");
        if (settings.User is { } user) request.Headers.TryAddWithoutValidation("X-SLURM-USER-NAME", user);
        if (settings.TokenFile is { } file) request.Headers.TryAddWithoutValidation("X-SLURM-USER-TOKEN", Token(file));
        return request;
    }

    private static string Token(string file)
    {
        try
        {
            // scontrol token prints SLURM_JWT=…
            return File.ReadAllText(file).Trim().Replace("SLURM_JWT=", "", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngineUnavailableException($"token_file {file} can't be read: {e.Message}", e);
        }
    }

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>A submission in the words of openapi v0.0.38.</summary>
internal static class RestJob
{
    /// <summary>Why it can't be said, or null.</summary>
    public static string? Problem(SlurmSubmission s)
    {
        if (s.Signal?.StartsWith("B:", StringComparison.Ordinal) == true)
            return $"slurmrestd can't signal the batch shell alone (--signal={s.Signal}): leave out 'B:', or choose a site with sbatch";
        if (s.Reservation is { } reservation) return $"reservations aren't passed on through slurmrestd (--reservation={reservation}): choose a site with sbatch";
        if (s.Switches is { } switches) return $"slurmrestd isn't asked for switches (--switches={switches}): leave out 'fabric: same', or choose a site with sbatch";
        if (s.Exclusive && s.NodeCpus == 0) return "slurmrestd can't ask for whole nodes (--exclusive) of an unknown size: name a partition with nodes";
        return null;
    }

    public static JsonObject Of(SlurmSubmission s)
    {
        var perNode = Math.Max(1, (s.Tasks + s.Nodes - 1) / s.Nodes);

        // --exclusive has no word: all cores of each node come to the same.
        var cpus = s.Exclusive ? Math.Max(s.CpusPerTask, s.NodeCpus / perNode) : s.CpusPerTask;
        var job = new JsonObject
        {
            ["name"] = s.Launches[0].Spec.Name,
            ["comment"] = s.Comment,
            ["current_working_directory"] = s.Chdir,
            ["standard_output"] = s.Output,
            ["standard_error"] = s.Error,
            ["standard_input"] = "/dev/null",
            ["open_mode"] = "append",
            ["nodes"] = new JsonArray(s.Nodes, s.Nodes),
            ["tasks"] = s.Tasks,
            ["cpus_per_task"] = cpus,
            ["environment"] = new JsonObject(s.Environment.Concat(OfSbatch(s, cpus)).Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
        };
        if (s.Array is { } array) job["array"] = array;
        if (s.TasksPerNode is { } tasksPerNode) job["tasks_per_node"] = tasksPerNode;
        job[s.Memory.Form == MemoryForm.PerCpu ? "memory_per_cpu" : "memory_per_node"] = s.Memory.MiB;
        if (s.Gres.Length > 0) job["gres"] = s.Gres;
        if (s.LimitMinutes is { } minutes) job["time_limit"] = minutes;
        if (s.Partition is { } partition) job["partition"] = partition;
        if (s.Account is { } account) job["account"] = account;
        if (s.Qos is { } qos) job["qos"] = qos;
        if (s.Constraint is { } constraint) job["constraints"] = constraint;
        if (s.Requeue is { } requeue) job["requeue"] = requeue;
        if (s.Signal is { } signal) job["signal"] = signal;
        return new JsonObject { ["script"] = s.Script, ["job"] = job };
    }

    /// <summary>Variables that sbatch itself gives a job; sbatch(1), "OUTPUT ENVIRONMENT VARIABLES".</summary>
    private static IEnumerable<KeyValuePair<string, string>> OfSbatch(SlurmSubmission s, int cpus)
    {
        yield return new("SLURM_CPUS_PER_TASK", $"{cpus}");
        yield return new("SLURM_SUBMIT_DIR", s.Chdir);
        if (s.TasksPerNode is { } tasksPerNode) yield return new("SLURM_NTASKS_PER_NODE", $"{tasksPerNode}");
    }
}

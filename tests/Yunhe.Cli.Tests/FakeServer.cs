using System.Net;
using System.Text;
using System.Text.Json;
using Yunhe.Contracts;
using Yunhe.Contracts.Client;

namespace Yunhe.Cli.Tests;

/// <summary>Answers of a server by method and path, and what it was asked.</summary>
internal sealed class FakeServer : HttpMessageHandler
{
    private readonly Dictionary<string, Func<HttpResponseMessage>> answers = [];

    public List<(string Call, string Body)> Asked { get; } = [];

    public FakeServer()
    {
        Answer("GET /v1/server", new ServerView("n1", "0.1.0", "CNY", DateTimeOffset.UnixEpoch));
    }

    public void Answer<T>(string call, T view) => answers[call] = () => Json(HttpStatusCode.OK, view, "application/json");

    /// <summary>The last one again and again.</summary>
    public void AnswerInTurn<T>(string call, params IReadOnlyList<T> views)
    {
        var turn = 0;
        answers[call] = () => Json(HttpStatusCode.OK, views[Math.Min(turn++, views.Count - 1)], "application/json");
    }

    public void Refuse(string call, int status, ProblemView problem) =>
        answers[call] = () => Json((HttpStatusCode)status, problem, "application/problem+json");

    public void AnswerText(string call, string text, string type) =>
        answers[call] = () => new(HttpStatusCode.OK) { Content = new StringContent(text, Encoding.UTF8, type) };

    public WorkloadRequest Submitted() =>
        JsonSerializer.Deserialize<WorkloadRequest>(Asked.Single(a => a.Call == "POST /v1/workloads").Body, Wire.Json)!;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var call = $"{request.Method} {request.RequestUri!.AbsolutePath}";
        lock (Asked) Asked.Add((call, ""));
        if (request.Content is { } content) Asked[^1] = (call, await content.ReadAsStringAsync(cancellationToken));
        return answers.TryGetValue(call, out var answer)
            ? answer()
            : Json(HttpStatusCode.NotFound, new ProblemView { Status = 404, Detail = $"nothing at {call}" }, "application/problem+json");
    }

    private static HttpResponseMessage Json<T>(HttpStatusCode status, T view, string type) =>
        new(status) { Content = new StringContent(JsonSerializer.Serialize(view, Wire.Json), Encoding.UTF8, type) };
}

/// <summary>The command with everything around it in memory.</summary>
internal sealed class Terminal
{
    private readonly StringWriter output = new();
    private readonly StringWriter errors = new();
    private readonly MemoryStream rawOut = new();
    private readonly MemoryStream rawErr = new();

    public FakeServer Server { get; } = new();

    public Dictionary<string, string> Environment { get; } = new() { ["HOME"] = "/nowhere" };

    public (Uri Server, string? Token) Connected { get; private set; }

    public string Out => output + Encoding.UTF8.GetString(rawOut.ToArray());

    public string Err => errors + Encoding.UTF8.GetString(rawErr.ToArray());

    public Shell Shell => new()
    {
        Out = output, Err = errors, RawOut = rawOut, RawErr = rawErr, Environment = Environment,
        Connect = (server, token) =>
        {
            Connected = (server, token);
            return new YunheClient(new HttpClient(Server) { BaseAddress = server });
        },
    };

    public Task<int> RunAsync(params string[] args) => App.RunAsync(args, Shell, CancellationToken.None);

    public Task<int> RunAsync(CancellationToken cancel, params string[] args) => App.RunAsync(args, Shell, cancel);
}

internal static class Samples
{
    public static WorkloadView Workload(PhaseWord phase, int? exitCode = null) => new()
    {
        Id = "w17",
        Name = "train",
        Owner = "admin",
        Phase = phase,
        Counts = new(0, 0, 0, 0, 0, 0, phase == PhaseWord.Succeeded ? 1 : 0, phase == PhaseWord.Failed ? 1 : 0, 0),
        Tasks = 1,
        SubmittedAt = DateTimeOffset.UnixEpoch,
        StartedAt = DateTimeOffset.UnixEpoch.AddSeconds(2),
        EndedAt = phase >= PhaseWord.Succeeded ? DateTimeOffset.UnixEpoch.AddSeconds(5) : null,
        ExitCode = exitCode,
        Used = new(0.0123m, 0.0042, 1.7),
        Request = new() { Program = new() { Kind = ProgramWord.Command, Command = ["true"] } },
        FirstTasks =
        [
            new()
            {
                Id = "w17",
                Phase = phase,
                Attempts = [new() { Id = "w17.1", Site = "ulanqab", Phase = phase, StartedAt = DateTimeOffset.UnixEpoch.AddSeconds(2) }],
            },
        ],
    };

    /// <summary>A server that takes any workload and has run it to its end.</summary>
    public static void Runs(this FakeServer server, PhaseWord phase, int? exitCode)
    {
        server.Answer("POST /v1/workloads", new SubmittedView("w17", PhaseWord.Queued));
        server.Answer("GET /v1/workloads/w17", Workload(phase, exitCode));
        server.AnswerText("GET /v1/workloads/w17/logs", "hello\n", "application/octet-stream");
    }
}

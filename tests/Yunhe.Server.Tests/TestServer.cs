using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Yunhe.Contracts;

namespace Yunhe.Server.Tests;

/// <summary>The real server on a free loopback port, with machines that a test controls.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly string folder = Directory.CreateTempSubdirectory("yunhe-server-").FullName;
    private WebApplication? app;

    public FakeMachines Machines { get; } = new();

    public string Folder => folder;

    public HttpClient Http { get; private set; } = new();

    public IServiceProvider Services => app!.Services;

    public static async Task<TestServer> StartAsync(bool withSite = true)
    {
        var server = new TestServer();
        await server.BeginAsync();
        if (withSite) await server.AddSiteAsync("alpha");
        return server;
    }

    public long MaxLogBytes { get; set; } = 2L << 30;

    public long MaxCheckpointBytes { get; set; } = 1 << 20;

    public TimeProvider Time { get; set; } = TimeProvider.System;

    public ServerOptions Options => new()
    {
        DataDirectory = folder,
        Urls = ["http://127.0.0.1:0"],
        ObserveInterval = TimeSpan.FromMilliseconds(50),
        OpenEngine = Machines.Open,
        MaxLogBytes = MaxLogBytes,
        MaxCheckpointBytes = MaxCheckpointBytes,
        CheckpointQuiet = TimeSpan.FromMilliseconds(100),
        Time = Time,
        Verbose = false,
    };

    public async Task BeginAsync()
    {
        app = YunheServer.Build(Options);
        await app.StartAsync();
        Http = new() { BaseAddress = new(app.Urls.First()), Timeout = Patience };
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(Options.TokenPath)).Trim());
    }

    public async Task EndAsync()
    {
        Http.Dispose();
        if (app is not null) await app.DisposeAsync();
        app = null;
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Attaches it and waits until it has been looked at.</summary>
    public async Task AddSiteAsync(string name, int cpus = 64, long lostAfterSeconds = 600)
    {
        await PostAsync<SiteView>(Routes.Sites, Site(name) with { LostAfterSeconds = lostAfterSeconds, Pools = [new() { Name = "main", Cpus = cpus, MemoryMib = 65536 }] });
        while ((await GetAsync<SiteView>($"{Routes.Sites}/{name}")).Status != "up") await Task.Delay(5);
    }

    public static SiteRequest Site(string name) => new()
    {
        Name = name, Engine = "local", PriceCpuHour = 1, Pools = [new() { Name = "main", Nodes = 2, Cpus = 8, MemoryMib = 8192 }],
    };

    public static WorkloadRequest Work(string name = "work") => new() { Name = name, Program = new() { Kind = ProgramWord.Task, Run = "echo hello" } };

    public async Task<string> SubmitAsync(WorkloadRequest work, string? key = null)
    {
        using var response = await SendAsync(HttpMethod.Post, Routes.Workloads, work, (Routes.IdempotencyKey, key));
        return (await BodyAsync<SubmittedView>(response)).Id;
    }

    public async Task<T> GetAsync<T>(string path) => await BodyAsync<T>(await Http.GetAsync(path));

    public async Task<T> PostAsync<T>(string path, object? body = null) => await BodyAsync<T>(await SendAsync(HttpMethod.Post, path, body));

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, object? body, params (string Name, string? Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = JsonContent.Create(body, body.GetType(), options: Wire.Json);
        foreach (var (name, value) in headers)
            if (value is not null) request.Headers.TryAddWithoutValidation(name, value);
        return await Http.SendAsync(request);
    }

    public async Task<HttpResponseMessage> PostTextAsync(string text, string type = "application/json", string path = Routes.Workloads) =>
        await PostBytesAsync(System.Text.Encoding.UTF8.GetBytes(text), type, path);

    public async Task<HttpResponseMessage> PostBytesAsync(byte[] bytes, string type, string path = Routes.Workloads)
    {
        using var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new(type);
        return await Http.PostAsync(path, content);
    }

    public async Task<WorkloadView> UntilAsync(string id, Func<WorkloadView, bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            var view = await GetAsync<WorkloadView>($"{Routes.Workloads}/{id}");
            if (condition(view)) return view;
            Assert.False(patience.IsCancellationRequested, $"{id} is {view.Phase}: {view.Detail}");
            await Task.Delay(10);
        }
    }

    public Task<WorkloadView> UntilEndedAsync(string id) => UntilAsync(id, v => v.Phase >= PhaseWord.Succeeded);

    public static async Task<T> BodyAsync<T>(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} {text}");
        return JsonSerializer.Deserialize<T>(text, Wire.Json)!;
    }

    public static async Task<ProblemView> ProblemAsync(HttpResponseMessage response, int status)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.Equal((status, "application/problem+json"), ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        var problem = JsonSerializer.Deserialize<ProblemView>(text, Wire.Json)!;
        Assert.Equal(status, problem.Status);
        Assert.False(string.IsNullOrEmpty(problem.Detail));
        return problem;
    }
}

using System.Net;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.OpenApi;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Yunhe.Contracts;
using Yunhe.Server.Blobs;
using Yunhe.Server.Checkpoints;
using Yunhe.Server.Census;
using Yunhe.Server.Control;
using Yunhe.Server.Http;
using Yunhe.Server.Planning;
using Yunhe.Server.Projects;
using Yunhe.Server.Reservations;
using Yunhe.Server.Retention;
using Yunhe.Server.Sites;
using Yunhe.Server.Siting;
using Yunhe.Server.Telemetry;
using Yunhe.Server.Usage;
using Yunhe.Server.Watching;
using Yunhe.Server.Workloads;
using Yunhe.Storage;

namespace Yunhe.Server;

/// <summary>The control plane as a host: its store, its loop, its sites and its API.</summary>
public static class YunheServer
{
    public static readonly string Version = typeof(YunheServer).Assembly.GetName().Version!.ToString(3);

    /// <summary>Ready to be started. The data directory is open and locked from here on, until the application is disposed.</summary>
    /// <exception cref="ServerStartException">
    /// The data directory can't be used, or an address is wrong or can be reached by other machines and that was not allowed.
    /// </exception>
    public static WebApplication Build(ServerOptions options)
    {
        foreach (var url in options.Urls) CheckUrl(url, options.AllowRemote);
        var (store, token) = OpenData(options);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls([.. options.Urls]);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = Bodies.MaxDropped;
        });
        AddLogging(builder, options);
        builder.AddTelemetry();
        builder.Services.Configure<JsonOptions>(json => Wire.Configure(json.SerializerOptions));
        builder.Services.AddExceptionHandler<ProblemHandler>();
        builder.Services.AddOpenApi(openApi =>
        {
            openApi.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            openApi.AddDocumentTransformer<ApiDescription>();
        });
        builder.Services
            .AddSingleton(options)
            .AddSingleton(options.Time)
            .AddSingleton(store)
            .AddSingleton<ControlLoop>()
            .AddSingleton<Collector>()
            .AddSingleton<CheckpointStore>()
            .AddSingleton<CheckpointCopier>()
            .AddSingleton<SiteWorkers>()
            .AddSingleton<Watchers>()
            .AddSingleton<BlobStore>()
            .AddSingleton<Submissions>()
            .AddSingleton<LogReader>()
            .AddHostedService<Network>()
            .AddHostedService<Forgetting>();

        var app = builder.Build();
        app.UseExceptionHandler(_ => { });
        app.UseStatusCodePages(context => Problems.WriteAsync(context.HttpContext, Problems.Unmatched(context.HttpContext)));
        app.UseToken(token);
        app.MapWorkloads();
        app.MapOutputs();
        app.MapQuotes();
        app.MapBlobs();
        app.MapSites();
        app.MapProjects();
        app.MapReservations();
        app.MapUsage();
        app.MapCensus();
        app.MapSiting();
        app.MapSnapshot();
        app.MapModelPlans();
        app.MapWatch();
        app.MapHealth();
        app.MapOpenApi();
        app.MapPrometheusScrapingEndpoint();
        return app;
    }

    /// <summary>Serves until it is cancelled or the process is told to end.</summary>
    /// <param name="started">Called with the address once it answers.</param>
    /// <exception cref="ServerStartException">As for <see cref="Build"/>, or the address is taken.</exception>
    public static async Task RunAsync(ServerOptions options, Action<Uri>? started, CancellationToken cancel)
    {
        await using var app = Build(options);
        try
        {
            await app.StartAsync(cancel);
        }
        catch (IOException e)
        {
            throw new ServerStartException($"{string.Join(", ", options.Urls)} can't be listened at: {e.Message} Take another port", e);
        }

        started?.Invoke(new(app.Urls.First()));
        await app.WaitForShutdownAsync(cancel);
    }

    private static (SqliteStore Store, AdminToken Token) OpenData(ServerOptions options)
    {
        try
        {
            var store = SqliteStore.Open(options.DataDirectory);
            foreach (var folder in (string[])[options.BlobFolder, options.CheckpointFolder, options.ResultFolder, options.WorkFolder]) Directory.CreateDirectory(folder);
            return (store, AdminToken.LoadOrCreate(options.TokenPath));
        }
        catch (StoreUnusableException e)
        {
            throw new ServerStartException(e.Message, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ServerStartException($"the data directory {options.DataDirectory} can't be used: {e.Message}", e);
        }
    }

    private static void CheckUrl(string url, bool allowRemote)
    {
        if (!Uri.TryCreate(url.Replace("://*", "://0.0.0.0", StringComparison.Ordinal).Replace("://+", "://0.0.0.0", StringComparison.Ordinal), UriKind.Absolute, out var uri)
            || uri.Scheme is not ("http" or "https"))
            throw new ServerStartException($"{url} is not an address such as http://127.0.0.1:7717");
        var loopback = uri.Host == "localhost" || (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
        if (!loopback && !allowRemote)
            throw new ServerStartException($"{url} can be reached by other machines: use 127.0.0.1, or allow it (--allow-remote) and put TLS in front");
    }

    private static void AddLogging(WebApplicationBuilder builder, ServerOptions options)
    {
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
            console.UseUtcTimestamp = true;
        });
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(c => c.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Logging.SetMinimumLevel(options.Verbose ? LogLevel.Information : LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        // That it can't start is told by a ServerStartException, in one line.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
    }
}

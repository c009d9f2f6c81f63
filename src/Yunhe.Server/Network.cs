using Yunhe.Core.Control;
using Yunhe.Server.Blobs;
using Yunhe.Server.Checkpoints;
using Yunhe.Server.Control;
using Yunhe.Server.Sites;
using Yunhe.Server.Watching;

namespace Yunhe.Server;

/// <summary>Starts and stops what runs beside the API, in the right order.</summary>
internal sealed partial class Network(
    ControlLoop loop, SiteWorkers sites, Watchers watchers, BlobStore blobs, CheckpointCopier checkpoints, IHostApplicationLifetime lifetime, ServerOptions options, ILogger<Network> log)
    : IHostedService
{
    public async Task StartAsync(CancellationToken cancel)
    {
        blobs.Tidy();
        loop.Start();
        await loop.StepAsync(new CreateNetwork());
        await checkpoints.TidyAsync(cancel);
        var (id, attached, version) = await loop.ReadAsync(state => (state.Network, state.Sites.Select(s => s.Site).ToList(), state.Version));
        sites.Start(id, attached);

        // Streams never end by themselves: without this the server would wait for them.
        lifetime.ApplicationStopping.Register(watchers.EndAll);
        LogStarted(id, options.DataDirectory, attached.Count, version);
    }

    public async Task StopAsync(CancellationToken cancel)
    {
        await sites.DisposeAsync();
        loop.Stop();
    }

    [LoggerMessage(30, LogLevel.Information, "Network {Id} in {Folder}: {Sites} sites, {Version} events")]
    private partial void LogStarted(string id, string folder, int sites, long version);
}

using System.Collections.Concurrent;
using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Engines;
using Yunhe.Server.Checkpoints;
using Yunhe.Server.Control;

namespace Yunhe.Server.Sites;

/// <summary>One worker for each site; they come and go with what the control loop stores.</summary>
internal sealed class SiteWorkers(ServerOptions options, ControlLoop loop, Collector collector, CheckpointCopier copier, ILogger<SiteWorker> log) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, SiteWorker> workers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Task, bool> ending = [];
    private string network = "";

    /// <param name="sites">Those that are attached already.</param>
    public void Start(string networkId, IEnumerable<Site> sites)
    {
        network = networkId;
        loop.Committed += OnCommitted;
        foreach (var site in sites) Open(site, Task.CompletedTask);
    }

    /// <summary>Null: there is no such site, or its engine is not open at the moment.</summary>
    public IEngine? EngineOf(string site) => workers.TryGetValue(site, out var worker) ? worker.Engine : null;

    public async ValueTask DisposeAsync()
    {
        loop.Committed -= OnCommitted;
        await Task.WhenAll(workers.Values.Select(w => w.StopAsync()));
        await Task.WhenAll(ending.Keys);
        foreach (var worker in workers.Values) await worker.DisposeAsync();
        workers.Clear();
    }

    private void OnCommitted(Commit commit)
    {
        foreach (var (_, fact) in commit.Events)
        {
            switch (fact)
            {
                case SiteAdded added: Open(added.Site, Task.CompletedTask); break;
                case SiteRemoved removed: Close(removed.Site); break;
                case SiteEdited edited when workers.TryGetValue(edited.Site.Name, out var worker) && !SameEngine(worker.Site, edited.Site):
                    Open(edited.Site, Close(edited.Site.Name));
                    break;
            }
        }

        foreach (var effect in commit.Effects)
            if (workers.TryGetValue(effect.Site, out var worker)) worker.Give(effect);
    }

    private void Open(Site site, Task after)
    {
        var worker = new SiteWorker(site, options, loop, collector, copier, log);
        workers[site.Name] = worker;
        worker.Start(network, after);
    }

    private Task Close(string site)
    {
        if (!workers.TryRemove(site, out var worker)) return Task.CompletedTask;
        var end = worker.DisposeAsync().AsTask();
        ending.TryAdd(end, true);
        _ = end.ContinueWith(done => ending.TryRemove(done, out _), TaskScheduler.Default);
        return end;
    }

    private static bool SameEngine(Site a, Site b) =>
        a.Engine.Type == b.Engine.Type
        && a.Engine.Settings.OrderBy(s => s.Key, StringComparer.Ordinal).SequenceEqual(b.Engine.Settings.OrderBy(s => s.Key, StringComparer.Ordinal))
        && a.Pools.Select(Machines).SequenceEqual(b.Pools.Select(Machines));

    private static (string, int, Resources, string?) Machines(Pool pool) => (pool.Name, pool.Nodes, pool.PerNode, pool.Accelerator);
}

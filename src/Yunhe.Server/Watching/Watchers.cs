using System.Threading.Channels;
using Yunhe.Contracts;
using Yunhe.Core.Workloads;
using Yunhe.Server.Control;
using Yunhe.Server.Mapping;

namespace Yunhe.Server.Watching;

/// <summary>One who watches. Its buffer is bounded: who reads too slowly is cut off, and can go on from the log.</summary>
internal sealed class Watcher(WorkloadId? only)
{
    private const int Buffer = 4_096;

    private readonly Channel<ChangeView> changes = Channel.CreateBounded<ChangeView>(new BoundedChannelOptions(Buffer) { SingleReader = true });

    public ChannelReader<ChangeView> Changes => changes.Reader;

    /// <summary>It was too slow; what is in the buffer is still good.</summary>
    public bool Overrun { get; private set; }

    public bool Wants(ChangeView change) => only is not { } id || change.Workload == id.ToString();

    public void Give(ChangeView change)
    {
        if (Overrun || !Wants(change) || changes.Writer.TryWrite(change)) return;
        Overrun = true;
        changes.Writer.TryComplete();
    }

    public void End() => changes.Writer.TryComplete();
}

/// <summary>All who watch at the moment.</summary>
internal sealed class Watchers
{
    private readonly Lock gate = new();
    private readonly HashSet<Watcher> all = [];

    public Watchers(ControlLoop loop) => loop.Committed += OnCommitted;

    public Watcher Add(WorkloadId? only)
    {
        var watcher = new Watcher(only);
        lock (gate) all.Add(watcher);
        return watcher;
    }

    public void Remove(Watcher watcher)
    {
        lock (gate) all.Remove(watcher);
    }

    /// <summary>The server stops: their connections are let go.</summary>
    public void EndAll()
    {
        lock (gate)
            foreach (var watcher in all) watcher.End();
    }

    private void OnCommitted(Commit commit)
    {
        lock (gate)
        {
            if (all.Count == 0) return;
            foreach (var stored in commit.Events)
            {
                var change = Changes.ViewOf(stored);
                foreach (var watcher in all) watcher.Give(change);
            }
        }
    }
}

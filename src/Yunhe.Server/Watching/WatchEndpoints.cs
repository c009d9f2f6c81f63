using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http.HttpResults;
using Yunhe.Contracts;
using Yunhe.Core.Workloads;
using Yunhe.Server.Control;
using Yunhe.Server.Http;
using Yunhe.Server.Mapping;
using Yunhe.Server.Workloads;

namespace Yunhe.Server.Watching;

internal static class WatchEndpoints
{
    /// <summary>Kind of the last event for one who reads too slowly; the connection is broken off so that he comes again.</summary>
    public const string Overrun = "overrun";

    /// <summary>Kind of the first event where Last-Event-ID lies before the oldest that is kept: read everything anew.</summary>
    public const string Gap = "gap";

    private const int ReadAtOnce = 1_000;

    public static void MapWatch(this WebApplication app)
    {
        app.MapGet(Routes.Watch, (HttpContext http, Watchers watchers, ControlLoop loop) => Watch(http, watchers, loop, null))
            .WithTags("Watching").WithName("Watch").WithSummary("Changes of the whole network as they happen; Last-Event-ID goes on behind it")
            .Produces<ChangeView>(200, "text/event-stream");
        app.MapGet(Routes.Workloads + "/{id}/watch", async (string id, HttpContext http, Watchers watchers, ControlLoop loop, ServerOptions options) =>
                Watch(http, watchers, loop, (await loop.PictureAsync(id, options)).Workload.Id))
            .WithTags("Watching").WithName("WatchWorkload").WithSummary("Changes of one workload, until it has ended")
            .Produces<ChangeView>(200, "text/event-stream").Produces<ProblemView>(404, "application/problem+json");
    }

    private static ServerSentEventsResult<ChangeView> Watch(HttpContext http, Watchers watchers, ControlLoop loop, WorkloadId? only)
    {
        var text = http.Request.Headers["Last-Event-ID"].ToString();
        long? seen = text.Length == 0 ? null
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n
            : throw Problems.Fields(400, [("Last-Event-ID", "must be the id of an event")]);
        return TypedResults.ServerSentEvents(ChangesAsync(http, watchers, loop, only, seen, http.RequestAborted));
    }

    private static async IAsyncEnumerable<SseItem<ChangeView>> ChangesAsync(
        HttpContext http, Watchers watchers, ControlLoop loop, WorkloadId? only, long? seen, [EnumeratorCancellation] CancellationToken cancel)
    {
        // Watch first, then read the log: nothing falls between the two.
        var watcher = watchers.Add(only);
        try
        {
            // Before the first change: the client knows from here on that he watches.
            await http.Response.Body.FlushAsync(cancel);
            while (seen is { } after)
            {
                var stored = await loop.EventsAfterAsync(after, ReadAtOnce);
                if (stored is null) yield return Item(new ChangeView { Version = after, At = default, Kind = Gap });
                if (stored is not { Count: > 0 }) break;
                seen = stored[^1].Version;
                foreach (var change in stored.Select(Changes.ViewOf).Where(watcher.Wants)) yield return Item(change);
            }

            if (await HasEndedAsync(loop, only)) yield break;
            await foreach (var change in watcher.Changes.ReadAllAsync(cancel))
            {
                if (change.Version <= seen) continue;
                yield return Item(change);
                if (change.Phase >= PhaseWord.Succeeded && await HasEndedAsync(loop, only)) yield break;
            }

            // The watcher was ended, by the server's stop or because it was too slow: broken off, so that the client knows to come again.
            if (watcher.Overrun)
                yield return Item(new ChangeView { Version = 0, At = default, Kind = Overrun, Detail = "read too slowly; connect again with Last-Event-ID" });
            await http.Response.Body.FlushAsync(cancel);
            http.Abort();
        }
        finally
        {
            watchers.Remove(watcher);
        }
    }

    private static async Task<bool> HasEndedAsync(ControlLoop loop, WorkloadId? only) =>
        only is { } id && await loop.ReadAsync(state => state.Workload(id)?.EndedAt is not null);

    private static SseItem<ChangeView> Item(ChangeView change) =>
        new(change, change.Kind) { EventId = change.Version == 0 ? null : change.Version.ToString(CultureInfo.InvariantCulture) };
}

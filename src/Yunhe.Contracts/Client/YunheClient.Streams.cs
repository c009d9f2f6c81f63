using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Yunhe.Contracts.Client;

public enum LogWord
{
    Stdout,
    Stderr,
}

/// <summary>Which output: of which task (null: the only one), of which attempt (null: the latest).</summary>
public sealed record LogSource(string Workload, int? Task = null, int? Attempt = null, LogWord Stream = LogWord.Stdout);

/// <summary>What is long: logs, results, changes as they happen.</summary>
public sealed partial class YunheClient
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>
    /// Copies a log to <paramref name="output"/>; with <paramref name="follow"/> until the attempt has ended. A lost connection is taken
    /// up again at the byte reached.
    /// </summary>
    /// <returns>The offset reached.</returns>
    public async Task<long> CopyLogAsync(LogSource source, long offset, bool follow, Stream output, CancellationToken cancel)
    {
        var buffer = new byte[BufferBytes];
        for (var losses = 0; ;)
        {
            var from = offset;
            using var response = await transport
                .SendAsync(() => new HttpRequestMessage(HttpMethod.Get, LogPath(source, from, follow)), repeatable: true, cancel)
                .ConfigureAwait(false);
            var body = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
            await using var closing = body.ConfigureAwait(false);
            for (; ; losses = 0)
            {
                int n;
                try
                {
                    n = await body.ReadAsync(buffer, cancel).ConfigureAwait(false);
                }
                catch (Exception lost) when (IsLoss(lost))
                {
                    if (++losses > MaxLosses) throw transport.Unreachable(lost);
                    break;
                }

                if (n == 0) return offset;
                await output.WriteAsync(buffer.AsMemory(0, n), cancel).ConfigureAwait(false);
                await output.FlushAsync(cancel).ConfigureAwait(false);
                offset += n;
            }

            await transport.PauseAsync(losses, null, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>A tar of outputs and logs; a broken connection shows as an <see cref="IOException"/> while reading.</summary>
    public async Task<Stream> ResultsAsync(string id, int? task, int? attempt, CancellationToken cancel)
    {
        var path = Query.Of(Query.Item(Routes.Workloads, id, "/results"), ("task", task), ("attempt", attempt));
        var response = await transport.SendAsync(() => new HttpRequestMessage(HttpMethod.Get, path), repeatable: true, cancel)
            .ConfigureAwait(false);
        return await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>A tar of the newest copy of a task's checkpoint folder.</summary>
    public async Task<Stream> CheckpointAsync(string id, int? task, CancellationToken cancel)
    {
        var path = Query.Of(Query.Item(Routes.Workloads, id, "/checkpoint"), ("task", task));
        var response = await transport.SendAsync(() => new HttpRequestMessage(HttpMethod.Get, path), repeatable: true, cancel)
            .ConfigureAwait(false);
        return await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>
    /// Changes as they happen: of one workload until it has ended, or with null of the whole network without end. After a lost
    /// connection it goes on behind the last version seen.
    /// </summary>
    /// <param name="after">Version behind which to begin, 0 for all that the server keeps; null: from now on.</param>
    public async IAsyncEnumerable<ChangeView> WatchAsync(string? id, long? after, [EnumeratorCancellation] CancellationToken cancel)
    {
        var path = id is null ? Routes.Watch : Query.Item(Routes.Workloads, id, "/watch");
        var seen = after;
        for (var losses = 0; ;)
        {
            using var response = await transport.SendAsync(() => WatchRequest(path, seen), repeatable: true, cancel).ConfigureAwait(false);
            var body = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
            await using var closing = body.ConfigureAwait(false);
            var events = SseParser.Create(body, (_, data) => JsonSerializer.Deserialize<ChangeView>(data, Transport.Lenient))
                .EnumerateAsync(cancel).GetAsyncEnumerator(cancel);
            await using var ending = events.ConfigureAwait(false);
            for (; ; losses = 0)
            {
                try
                {
                    if (!await events.MoveNextAsync().ConfigureAwait(false)) yield break;
                }
                catch (Exception lost) when (IsLoss(lost))
                {
                    if (++losses > MaxLosses) throw transport.Unreachable(lost);
                    break;
                }

                if (events.Current.Data is not { } change || change.Version <= seen) continue;
                seen = change.Version;
                yield return change;
            }

            await transport.PauseAsync(losses, null, cancel).ConfigureAwait(false);
        }
    }

    private const int MaxLosses = 8;

    /// <summary>Of what reading a body throws: a reset by TCP is a bare <see cref="IOException"/>.</summary>
    private static bool IsLoss(Exception e) => e is HttpRequestException or IOException;

    private static string LogPath(LogSource source, long offset, bool follow) => Query.Of(
        Query.Item(Routes.Workloads, source.Workload, "/logs"),
        ("task", source.Task),
        ("attempt", source.Attempt),
        ("stream", source.Stream),
        ("offset", offset),
        ("follow", follow ? true : null));

    private static HttpRequestMessage WatchRequest(string path, long? seen)
    {
        var message = new HttpRequestMessage(HttpMethod.Get, path);
        message.Headers.Accept.ParseAdd("text/event-stream");
        if (seen is not null) message.Headers.TryAddWithoutValidation("Last-Event-ID", $"{seen}");
        return message;
    }
}

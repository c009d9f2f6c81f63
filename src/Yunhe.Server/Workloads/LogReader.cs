using Yunhe.Core.Workloads;
using Yunhe.Engines;
using Yunhe.Server.Control;
using Yunhe.Server.Sites;

namespace Yunhe.Server.Workloads;

/// <summary>Reads an attempt's output: from its site while it is there, from the results folder afterwards.</summary>
internal sealed class LogReader(ControlLoop loop, SiteWorkers sites, Collector collector, ServerOptions options)
{
    private const int Chunk = 256 * 1024;
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Copies the bytes from an offset on; with <paramref name="follow"/> until the attempt has ended and all of it was sent. Where no
    /// attempt is asked for it is the latest one, until the first byte: one that ends without a word gives way to the next.
    /// </summary>
    /// <exception cref="EngineUnavailableException">Not following, and the site does not answer.</exception>
    public async Task CopyAsync(
        WorkloadId id, int? index, int? number, LogStream stream, long offset, bool follow, Stream to, CancellationToken cancel)
    {
        var pause = ShortestPause;
        while (true)
        {
            // 1. Where the attempt stands, before its output is read: what it wrote until then is seen.
            var choice = await ChooseAsync(id, index, number);
            var ended = choice.Attempt?.EndedAt is not null || choice.Over;

            // 2. All there is.
            var before = offset;
            if (choice.Attempt is { } attempt) (offset, ended) = await CopyKnownAsync(attempt, stream, offset, follow, to, ended, cancel);
            if (offset > before) number ??= choice.Attempt!.Id.Number;
            if (!follow || (ended && (choice.Over || number is not null))) return;

            // 3. Wait, the longer the quieter it is.
            if (offset > before) await to.FlushAsync(cancel);
            pause = offset > before ? ShortestPause : pause * 1.5 < LongestPause ? pause * 1.5 : LongestPause;
            await Task.Delay(pause, options.Time, cancel);
        }
    }

    /// <returns>The offset reached, and whether nothing can come after it.</returns>
    private async Task<(long Offset, bool AtEnd)> CopyKnownAsync(
        Attempt attempt, LogStream stream, long offset, bool follow, Stream to, bool ended, CancellationToken cancel)
    {
        if (Kept(attempt.Id, stream) is null && !attempt.Collected)
        {
            try
            {
                for (byte[] bytes; (bytes = await ReadAsync(attempt, stream, offset, cancel)).Length > 0; offset += bytes.Length)
                    await to.WriteAsync(bytes, cancel);
            }
            catch (EngineUnavailableException) when (follow)
            {
                return (offset, false);
            }
        }

        // Only now: it may have been brought back, and forgotten by its site, while it was read there.
        if (Kept(attempt.Id, stream) is not { } path) return (offset, ended);
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1, FileOptions.Asynchronous);
        file.Position = Math.Min(offset, file.Length);
        var from = file.Position;
        await file.CopyToAsync(to, Chunk, cancel);
        return (offset + file.Position - from, true);
    }

    private string? Kept(AttemptId attempt, LogStream stream)
    {
        var path = Path.Combine(collector.FolderOf(attempt), Collector.FileOf(stream));
        return File.Exists(path) ? path : null;
    }

    private Task<byte[]> ReadAsync(Attempt attempt, LogStream stream, long offset, CancellationToken cancel) =>
        sites.EngineOf(attempt.Site) is { } engine
            ? engine.ReadLogAsync(attempt.Id, stream, offset, Chunk, cancel)
            : throw new EngineUnavailableException($"site {attempt.Site} is not open");

    /// <exception cref="Http.ProblemException">404.</exception>
    public async Task<AttemptChoice> ChooseAsync(WorkloadId id, int? index, int? number) =>
        await loop.ReadAsync(state => AttemptChoice.Of(state, id, index, number)) ?? throw AttemptChoice.Missing(id, index, number);
}

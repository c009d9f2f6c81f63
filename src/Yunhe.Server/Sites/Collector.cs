using System.Text;
using Yunhe.Core.Workloads;
using Yunhe.Engines;

namespace Yunhe.Server.Sites;

/// <summary>
/// Brings an attempt's logs and outputs to results/ATTEMPT: stdout, stderr, outputs.tar. The folder gets its name only when all
/// of it is on the disk, so that doing it again after a crash is harmless.
/// </summary>
internal sealed class Collector(ServerOptions options)
{
    private const int Chunk = 1 << 20;

    public const string Outputs = "outputs.tar";

    public static string FileOf(LogStream stream) => stream == LogStream.Stdout ? "stdout" : "stderr";

    public string FolderOf(AttemptId attempt) => Path.Combine(options.ResultFolder, attempt.ToString());

    /// <exception cref="IOException">It can't be written here.</exception>
    public async Task CollectAsync(IEngine engine, AttemptId attempt, IReadOnlyList<string> globs, CancellationToken cancel)
    {
        var folder = FolderOf(attempt);
        if (Directory.Exists(folder)) return;
        var part = folder + ".part";
        if (Directory.Exists(part)) Directory.Delete(part, recursive: true);
        Directory.CreateDirectory(part);
        foreach (var stream in Enum.GetValues<LogStream>())
        {
            await using var file = Create(Path.Combine(part, FileOf(stream)));
            await CopyLogAsync(engine, attempt, stream, file, cancel);
            file.Flush(flushToDisk: true);
        }

        await using (var tar = Create(Path.Combine(part, Outputs)))
        {
            await engine.CollectAsync(attempt, globs, tar, cancel);
            tar.Flush(flushToDisk: true);
        }

        Directory.Move(part, folder);
    }

    private async Task CopyLogAsync(IEngine engine, AttemptId attempt, LogStream stream, FileStream to, CancellationToken cancel)
    {
        for (long offset = 0; offset < options.MaxLogBytes;)
        {
            var bytes = await engine.ReadLogAsync(attempt, stream, offset, (int)Math.Min(Chunk, options.MaxLogBytes - offset), cancel);
            if (bytes.Length == 0) return;
            await to.WriteAsync(bytes, cancel);
            offset += bytes.Length;
        }

        await to.WriteAsync(Encoding.UTF8.GetBytes($"\n[yunhe: cut off here, after {options.MaxLogBytes} bytes]\n"), cancel);
    }

    private static FileStream Create(string path) => new(path, FileMode.Create, FileAccess.Write, FileShare.None, Chunk, FileOptions.Asynchronous);
}

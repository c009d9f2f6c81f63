using System.Security.Cryptography;
using Yunhe.Server.Http;

namespace Yunhe.Server.Blobs;

/// <summary>Uploaded tars, each a file named by its SHA-256. A file gets its name only when all of it is there and its hash is right.</summary>
internal sealed class BlobStore(ServerOptions options)
{
    public const long MaxBytes = 20L << 30;

    /// <summary>Deletes uploads that a crash broke off.</summary>
    public void Tidy()
    {
        foreach (var part in Directory.EnumerateFiles(options.BlobFolder, "*.part")) File.Delete(part);
    }

    /// <summary>Null: it is not here.</summary>
    public long? SizeOf(string sha256) => new FileInfo(PathOf(sha256)) is { Exists: true } file ? file.Length : null;

    public static bool IsName(string sha256) => sha256.Length == 64 && sha256.All(char.IsAsciiHexDigitLower);

    /// <exception cref="ProblemException">The bytes are others than the name says.</exception>
    public async Task WriteAsync(string sha256, Stream content, CancellationToken cancel)
    {
        var part = Path.Combine(options.BlobFolder, $"{Path.GetRandomFileName()}.part");
        try
        {
            string found;
            await using (var file = new FileStream(part, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16, FileOptions.Asynchronous))
            {
                found = await CopyAsync(content, file, cancel);
                file.Flush(flushToDisk: true);
            }

            if (found != sha256) throw new ProblemException(422, $"the content has SHA-256 {found}, not {sha256}: send it again, or under its own hash");
            File.Move(part, PathOf(sha256), overwrite: true);
        }
        finally
        {
            File.Delete(part);
        }
    }

    private static async Task<string> CopyAsync(Stream from, FileStream to, CancellationToken cancel)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 16];
        for (int n; (n = await from.ReadAsync(buffer, cancel)) > 0;)
        {
            hash.AppendData(buffer, 0, n);
            await to.WriteAsync(buffer.AsMemory(0, n), cancel);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private string PathOf(string sha256) => Path.Combine(options.BlobFolder, sha256);
}

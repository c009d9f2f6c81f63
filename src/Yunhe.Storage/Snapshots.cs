using System.IO.Compression;
using System.Text.Json;
using Yunhe.Core.Control;

namespace Yunhe.Storage;

/// <summary>
/// Whole states as files "snapshot-VERSION.json.gz". Written beside and renamed, so that one that has its name is complete; the one
/// before the newest is kept, for the case that the newest can't be read.
/// </summary>
internal sealed class Snapshots(string folder)
{
    private const string Prefix = "snapshot-";
    private const string Suffix = ".json.gz";
    private const string Part = ".part";
    private const int Kept = 2;

    /// <summary>Versions of the snapshots that exist, newest first.</summary>
    public IReadOnlyList<long> Versions() =>
    [
        .. Directory.EnumerateFiles(folder, $"{Prefix}*{Suffix}")
            .Select(path => Path.GetFileName(path)[Prefix.Length..^Suffix.Length])
            .Where(text => long.TryParse(text, out _))
            .Select(long.Parse)
            .OrderDescending(),
    ];

    /// <summary>Deletes what a crash left half written.</summary>
    public void Tidy()
    {
        foreach (var part in Directory.EnumerateFiles(folder, $"{Prefix}*{Suffix}{Part}")) File.Delete(part);
    }

    /// <summary>0: there is none.</summary>
    public long Newest => Versions() is [var newest, ..] ? newest : 0;

    public StateSnapshot Read(long version)
    {
        using var file = new FileStream(PathOf(version), FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20);
        using var plain = new GZipStream(file, CompressionMode.Decompress);
        return JsonSerializer.Deserialize<StateSnapshot>(plain, StoreJson.Options) ?? throw new JsonException("an empty snapshot");
    }

    /// <returns>The version of the oldest snapshot that is kept: events up to it are not needed any more.</returns>
    public long Write(StateSnapshot snapshot)
    {
        var path = PathOf(snapshot.Version);
        var part = path + Part;
        using (var file = PrivateFile.Create(part))
        {
            using (var packed = new GZipStream(file, CompressionLevel.Fastest, leaveOpen: true))
                JsonSerializer.Serialize(packed, snapshot, StoreJson.Options);
            file.Flush(flushToDisk: true);
        }

        File.Move(part, path, overwrite: true);
        var versions = Versions();
        foreach (var old in versions.Skip(Kept)) File.Delete(PathOf(old));
        return versions.Count < Kept ? 0 : versions[Kept - 1];
    }

    private string PathOf(long version) => Path.Combine(folder, $"{Prefix}{version}{Suffix}");
}

/// <summary>Files that only the server's user may read (mode 0600).</summary>
internal static class PrivateFile
{
    public static FileStream Create(string path) => Open(path, FileMode.Create);

    public static FileStream Open(string path, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new(path, options);
    }
}

using System.Formats.Tar;

namespace Yunhe.Cli.Commands;

/// <summary>Unpacks results: plain files and folders only, and nothing outside of the target folder, whatever the tar says.</summary>
internal static class Unpacking
{
    private const int MaxEntries = 1_000_000;
    private const UnixFileMode Permissions = (UnixFileMode)0b111_111_111;

    /// <returns>Paths of the files written, in the order of the tar.</returns>
    public static async Task<IReadOnlyList<string>> UnpackAsync(Stream tar, string folder, TextWriter warnings, CancellationToken cancel)
    {
        var root = Path.GetFullPath(folder);
        Directory.CreateDirectory(root);
        var written = new List<string>();
        await using var reader = new TarReader(tar);
        for (var count = 0; await reader.GetNextEntryAsync(copyData: false, cancel) is { } entry; count++)
        {
            if (count == MaxEntries) throw new IOException($"the results have more than {MaxEntries} entries");
            if (entry.EntryType == TarEntryType.Directory) continue;
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
                await warnings.WriteLineAsync($"warning: {entry.Name} is left out: it is a {entry.EntryType}, not a file");
            else if (Target(root, entry.Name) is not { } path)
                await warnings.WriteLineAsync($"warning: {entry.Name} is left out: it leads out of {folder}");
            else
            {
                await WriteAsync(entry, path, cancel);
                written.Add(Path.Combine(folder, Path.GetRelativePath(root, path)));
            }
        }

        return written;
    }

    /// <summary>Null where the name leads out, or through a link that lies there already.</summary>
    private static string? Target(string root, string name)
    {
        var parts = name.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(p => p != ".").ToList();
        if (name.StartsWith('/') || parts.Count == 0 || parts.Contains("..") || name.Contains('\0')) return null;
        var path = Path.Combine([root, .. parts]);
        for (var part = Path.GetDirectoryName(path)!; part.Length > root.Length; part = Path.GetDirectoryName(part)!)
            if (new FileInfo(part).LinkTarget is not null) return null;
        return path;
    }

    private static async Task WriteAsync(TarEntry entry, string path, CancellationToken cancel)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        // A link of that name goes, rather than being written through.
        File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = (entry.Mode & Permissions) | UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var file = new FileStream(path, options);
        if (entry.DataStream is { } data) await data.CopyToAsync(file, cancel);
    }
}

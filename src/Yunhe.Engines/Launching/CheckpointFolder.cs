using System.Formats.Tar;
using System.IO.Enumeration;
using Yunhe.Core.Workloads;

namespace Yunhe.Engines.Launching;

/// <param name="Path">In the folder.</param>
/// <param name="Modified">When it was last written, to be compared with other stamps of the same file only.</param>
public readonly record struct FileStamp(string Path, long Bytes, decimal Modified);

/// <summary>The regular files of a folder, sorted by path.</summary>
/// <param name="Problem">Why it can't be read; null: it can.</param>
public sealed record FolderListing(IReadOnlyList<FileStamp> Files, string? Problem = null)
{
    /// <summary>More than any program's checkpoint has.</summary>
    public const int MaxFiles = 100_000;

    public static readonly FolderListing Empty = new([]);

    public static FolderListing Of(List<FileStamp> files)
    {
        if (files.Count > MaxFiles) return new([], $"it has more than {MaxFiles} files");
        files.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        return new(files);
    }
}

/// <summary>
/// The checkpoint folder of an attempt's working directory. No link is followed, in it or on the way to it, and nothing outside of it is read
/// or written, whatever the program or a tar made of it.
/// </summary>
public static class CheckpointFolder
{
    private const UnixFileMode ForAll = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>What <see cref="FolderListing.Problem"/> says of a link.</summary>
    public const string LeadsElsewhere = "it is, or lies behind, a link, which is not followed";

    public const string Unreadable = "a folder in it can't be read";

    /// <summary>Makes the folder, with what the copy holds in it.</summary>
    /// <param name="tar">Of the copy; null: the task begins anew.</param>
    /// <exception cref="StagingException">The copy is missing or broken, or the upload has something else in the folder's place.</exception>
    public static async Task RestoreAsync(string workdir, CheckpointSpec spec, string? tar, CancellationToken cancel)
    {
        var folder = Workspace.PathIn(workdir, spec.Path)
            ?? throw new StagingException($"the checkpoint folder '{spec.Path}' leads out of the working directory: use a relative path");
        Workspace.RefuseLinks(workdir, folder, spec.Path);
        Directory.CreateDirectory(folder);
        if (tar is null) return;
        if (!File.Exists(tar)) throw new StagingException($"the copy of its checkpoint, {Path.GetFileName(tar)}, is not there any more");
        await Workspace.UnpackAsync(tar, folder, cancel).ConfigureAwait(false);
    }

    public static FolderListing List(string workdir, string path)
    {
        if (Workspace.PathIn(workdir, path) is not { } folder || IsBehindLink(workdir, folder)) return new([], LeadsElsewhere);
        if (!Directory.Exists(folder)) return FolderListing.Empty;
        var files = new FileSystemEnumerable<FileStamp>(
            folder,
            (ref entry) => new(Path.GetRelativePath(folder, entry.ToFullPath()), entry.Length, entry.LastWriteTimeUtc.UtcTicks),
            new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
        {
            ShouldIncludePredicate = (ref entry) => !entry.IsDirectory && !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
            ShouldRecursePredicate = (ref entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
        };
        try
        {
            return FolderListing.Of([.. files.Take(FolderListing.MaxFiles + 1)]);
        }
        catch (UnauthorizedAccessException)
        {
            return new([], Unreadable);
        }
        catch (ArgumentOutOfRangeException)
        {
            return new([], "a file in it was last written at a time beyond the year 9999");
        }
    }

    /// <summary>A tar of some of its files. Of the same files it is the same to the last byte, also where they were restored from it.</summary>
    /// <exception cref="IOException">One of them has changed since it was listed.</exception>
    public static async Task PackAsync(string workdir, string path, IReadOnlyList<FileStamp> files, Stream tar, CancellationToken cancel)
    {
        var folder = Workspace.PathIn(workdir, path) ?? throw new IOException($"'{path}' leads out of the working directory");
        var writer = new TarWriter(tar, TarEntryFormat.Pax, leaveOpen: true);
        await using (writer.ConfigureAwait(false))
        {
            foreach (var stamp in files)
            {
                cancel.ThrowIfCancellationRequested();
                if (Workspace.PathIn(folder, stamp.Path) is not { } file || IsBehindLink(workdir, file)) throw Changed(stamp);
                await AddAsync(writer, file, stamp, cancel).ConfigureAwait(false);
            }
        }
    }

    private static async Task AddAsync(TarWriter writer, string file, FileStamp stamp, CancellationToken cancel)
    {
        if (!File.Exists(file)) throw Changed(stamp);
        var written = DateTimeOffset.FromUnixTimeSeconds(new DateTimeOffset(File.GetLastWriteTimeUtc(file)).ToUnixTimeSeconds());
        var entry = new PaxTarEntry(TarEntryType.RegularFile, stamp.Path, Untimed)
        {
            Mode = ForAll | (File.GetUnixFileMode(file).HasFlag(UnixFileMode.UserExecute) ? Executable : 0),
            ModificationTime = written,
        };

        // A pipe or socket shows as empty; opening it could wait for ever.
        if (stamp.Bytes == 0)
        {
            if (new FileInfo(file).Length != 0) throw Changed(stamp);
            await writer.WriteEntryAsync(entry, cancel).ConfigureAwait(false);
            return;
        }

        var data = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16, FileOptions.Asynchronous);
        await using (data.ConfigureAwait(false))
        {
            if (data.Length != stamp.Bytes) throw Changed(stamp);
            entry.DataStream = data;
            await writer.WriteEntryAsync(entry, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>.NET would write the time of packing into them.</summary>
    private static readonly KeyValuePair<string, string>[] Untimed = [new("atime", "0"), new("ctime", "0")];

    private static IOException Changed(FileStamp stamp) => new($"'{stamp.Path}' has changed while it was copied");

    private static bool IsBehindLink(string workdir, string path)
    {
        for (var part = path; part.Length > workdir.Length; part = Path.GetDirectoryName(part)!)
        {
            if (new FileInfo(part).LinkTarget is not null) return true;
        }

        return false;
    }
}

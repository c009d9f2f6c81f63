using System.Formats.Tar;
using System.IO.Enumeration;
using Microsoft.Extensions.FileSystemGlobbing;
using Yunhe.Core.Workloads;

namespace Yunhe.Engines.Launching;

/// <summary>The inputs of an attempt could not be put in place; the message says which and why.</summary>
public sealed class StagingException : Exception
{
    public StagingException(string message)
        : base(message)
    {
    }

    public StagingException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

/// <summary>
/// Working directories: uploaded tars go in, matching files come out. Nothing is ever written or read outside of the folder,
/// whatever a tar or a program made of it.
/// </summary>
public static class Workspace
{
    /// <summary>Most entries of one tar, in or out.</summary>
    public const int MaxEntries = 1_000_000;

    /// <summary>Makes the working directory of a workload at <paramref name="workdir"/>, which must not exist.</summary>
    /// <param name="checkpoint">A tar that its checkpoint folder is filled from; null: it stays as the upload has it.</param>
    /// <exception cref="StagingException">A blob is missing, broken or leads out of the folder, or the disk is full.</exception>
    public static async Task PrepareAsync(WorkloadSpec spec, string blobFolder, string? checkpoint, string workdir, CancellationToken cancel)
    {
        try
        {
            Directory.CreateDirectory(workdir);
            if (spec.Workdir is { } blob) await UnpackAsync(Blob(blobFolder, blob), workdir, cancel).ConfigureAwait(false);
            foreach (var mount in spec.FileMounts)
            {
                var target = PathIn(workdir, mount.Target)
                    ?? throw new StagingException($"file mount '{mount.Target}' leads out of the working directory: use a relative path");
                RefuseLinks(workdir, target, mount.Target);
                Directory.CreateDirectory(target);
                await UnpackAsync(Blob(blobFolder, mount.Sha256), target, cancel).ConfigureAwait(false);
            }

            if (spec.Checkpoint is { } own) await CheckpointFolder.RestoreAsync(workdir, own, checkpoint, cancel).ConfigureAwait(false);

            var outputs = Path.Combine(workdir, ProgramEnvironment.OutputFolder);
            RefuseLinks(workdir, outputs, ProgramEnvironment.OutputFolder);
            Directory.CreateDirectory(outputs);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StagingException($"the working directory could not be made: {e.Message}", e);
        }
    }

    /// <summary>Unpacks a tar into an existing folder. Owners and set-user-ID bits are not taken over.</summary>
    /// <exception cref="StagingException">The tar is missing or broken, or has an entry that is no file, folder or link within it.</exception>
    public static async Task UnpackAsync(string tar, string folder, CancellationToken cancel)
    {
        try
        {
            var stream = File.OpenRead(tar);
            await using (stream.ConfigureAwait(false))
            {
                var reader = new TarReader(stream);
                await using (reader.ConfigureAwait(false))
                {
                    for (var count = 0; await reader.GetNextEntryAsync(cancellationToken: cancel).ConfigureAwait(false) is { } entry; count++)
                    {
                        if (count == MaxEntries) throw new StagingException($"the tar has more than {MaxEntries} entries");
                        await UnpackAsync(entry, folder, cancel).ConfigureAwait(false);
                    }
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or FormatException or ArgumentException or OverflowException)
        {
            throw new StagingException($"upload {Path.GetFileName(tar)} could not be unpacked: {e.Message}", e);
        }
    }

    /// <summary>
    /// Writes a tar of the files that match any of <paramref name="globs"/> or lie in the output folder, sorted by path.
    /// Links to files within the working directory are followed; others, and what is no file, are left out.
    /// </summary>
    /// <param name="logs">Absolute paths of the attempt's own logs: links to them are brought back too, whatever their names.</param>
    public static async Task CollectAsync(
        string workdir, IReadOnlyList<string> globs, Stream tar, CancellationToken cancel, IReadOnlyCollection<string>? logs = null)
    {
        var matcher = new Matcher(StringComparison.Ordinal);
        matcher.AddIncludePatterns(globs);
        matcher.AddInclude(ProgramEnvironment.OutputFolder + "/**");
        var writer = new TarWriter(tar, TarEntryFormat.Pax, leaveOpen: true);
        await using (writer.ConfigureAwait(false))
        {
            var files = FilesIn(workdir)
                .Select(file => Path.GetRelativePath(workdir, file))
                .Where(file => matcher.Match(file).HasMatches || LogBehind(workdir, file, logs) is not null)
                .Take(MaxEntries)
                .Order(StringComparer.Ordinal);
            foreach (var file in files)
            {
                cancel.ThrowIfCancellationRequested();
                if ((LogBehind(workdir, file, logs) ?? Within(workdir, file)) is { } source) await AddAsync(writer, source, file, cancel).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Absolute path of <paramref name="relative"/> in a folder, or null where it is absolute or leads out.</summary>
    public static string? PathIn(string folder, string relative)
    {
        var parts = relative.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".").ToList();
        return relative.StartsWith('/') || relative.Contains('\0') || parts.Contains("..") ? null : Path.Combine([folder, .. parts]);
    }

    private static string Blob(string folder, string sha256)
    {
        var file = sha256.Length == 64 && sha256.All(char.IsAsciiHexDigit) ? Path.Combine(folder, sha256) : null;
        return File.Exists(file) ? file : throw new StagingException($"upload {sha256} is not there: upload it again");
    }

    private static async Task UnpackAsync(TarEntry entry, string folder, CancellationToken cancel)
    {
        var path = PathIn(folder, entry.Name) ?? throw new StagingException($"'{entry.Name}' in the tar leads out of its folder");
        RefuseLinks(folder, Path.GetDirectoryName(path)!, entry.Name);
        switch (entry.EntryType)
        {
            case TarEntryType.GlobalExtendedAttributes:
                return;
            case TarEntryType.Directory:
                RefuseLinks(folder, path, entry.Name);
                Directory.CreateDirectory(path);
                if (path != folder) File.SetUnixFileMode(path, Plain(entry.Mode) | UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
                return;
            case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                Replace(path);
                await WriteAsync(entry, path, cancel).ConfigureAwait(false);
                return;
            case TarEntryType.SymbolicLink:
                if (!StaysIn(folder, path, entry.LinkName)) throw new StagingException($"link '{entry.Name}' leads out to '{entry.LinkName}'");
                Replace(path);
                File.CreateSymbolicLink(path, entry.LinkName);
                return;
            case TarEntryType.HardLink:
                var source = Within(folder, entry.LinkName)
                    ?? throw new StagingException($"hard link '{entry.Name}' leads to '{entry.LinkName}', which is no earlier file of the tar");
                Replace(path);
                File.Copy(source, path);
                return;
            default:
                throw new StagingException($"'{entry.Name}' in the tar is a {entry.EntryType}: only files, folders and links can be uploaded");
        }
    }

    private static async Task WriteAsync(TarEntry entry, string path, CancellationToken cancel)
    {
        var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = Plain(entry.Mode) | UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        await using (file.ConfigureAwait(false))
        {
            if (entry.DataStream is { } data) await data.CopyToAsync(file, cancel).ConfigureAwait(false);
        }

        // make(1) and friends go by it.
        File.SetLastWriteTimeUtc(path, entry.ModificationTime.UtcDateTime);
    }

    private static UnixFileMode Plain(UnixFileMode mode) =>
        mode & ~(UnixFileMode.SetUser | UnixFileMode.SetGroup | UnixFileMode.StickyBit);

    /// <summary>A later entry of the same name wins, as with tar(1); the link itself goes, not what it points to.</summary>
    private static void Replace(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Delete(path);
    }

    /// <summary>
    /// Only leading ".." count as going up: behind a name, ".." could go up from wherever another link leads to.
    /// The link's own parents are real folders (<see cref="RefuseLinks"/>), so that its depth tells how far up is still inside.
    /// </summary>
    private static bool StaysIn(string folder, string link, string target)
    {
        if (target.Length == 0 || target.StartsWith('/') || target.Contains('\0')) return false;
        var parts = target.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".").ToList();
        var up = parts.TakeWhile(part => part == "..").Count();
        var depth = Path.GetRelativePath(folder, link).Split('/').Length - 1;
        return up <= depth && !parts.Skip(up).Contains("..");
    }

    /// <exception cref="StagingException">A part of the path below the folder is a link.</exception>
    internal static void RefuseLinks(string folder, string path, string name)
    {
        for (var part = path; part.Length > folder.Length; part = Path.GetDirectoryName(part)!)
        {
            if (new FileInfo(part).LinkTarget is { } target)
                throw new StagingException($"'{name}' would be written through a link to '{target}'");
        }
    }

    /// <summary>The real file behind a path in a folder, or null where it is none or a link on the way could lead out.</summary>
    private static string? Within(string folder, string relative)
    {
        if (PathIn(folder, relative) is not { } path) return null;
        if (new FileInfo(path).LinkTarget is { } target)
        {
            // One hop: a chain of links is left out rather than chased.
            if (!StaysIn(folder, path, target)) return null;
            path = Path.GetFullPath(target, Path.GetDirectoryName(path)!);
        }

        for (var part = path; part.Length > folder.Length; part = Path.GetDirectoryName(part)!)
        {
            if (new FileInfo(part).LinkTarget is not null) return null;
        }

        return File.Exists(path) ? path : null;
    }

    private static string? LogBehind(string workdir, string file, IReadOnlyCollection<string>? logs) =>
        logs is not null && new FileInfo(Path.Combine(workdir, file)).LinkTarget is { } target && logs.Contains(target) && File.Exists(target) ? target : null;

    private static async Task AddAsync(TarWriter writer, string source, string name, CancellationToken cancel)
    {
        var entry = new PaxTarEntry(TarEntryType.RegularFile, name)
        {
            Mode = Plain(File.GetUnixFileMode(source)),
            ModificationTime = File.GetLastWriteTimeUtc(source),
        };

        // A pipe or socket shows as empty; opening it could wait for ever.
        if (new FileInfo(source).Length == 0)
        {
            await writer.WriteEntryAsync(entry, cancel).ConfigureAwait(false);
            return;
        }

        var data = File.OpenRead(source);
        await using (data.ConfigureAwait(false))
        {
            entry.DataStream = data;
            await writer.WriteEntryAsync(entry, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Absolute paths, links to files among them. Folders behind links are not entered: they may lie outside, or lead back.</summary>
    private static FileSystemEnumerable<string> FilesIn(string folder) =>
        new(folder, (ref entry) => entry.ToFullPath(), new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None, IgnoreInaccessible = true })
        {
            ShouldIncludePredicate = (ref entry) => !entry.IsDirectory,
            ShouldRecursePredicate = (ref entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
        };
}

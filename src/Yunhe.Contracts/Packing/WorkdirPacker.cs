using System.Formats.Tar;
using System.Security.Cryptography;

namespace Yunhe.Contracts.Packing;

/// <summary>A folder or file as a tar, ready to be uploaded. The receiver of it deletes <c>Path</c>.</summary>
/// <param name="Path">The temporary file, with mode 0600.</param>
/// <param name="Sha256">In lower-case hex; the same files give the same.</param>
/// <param name="Bytes">Length of the tar.</param>
/// <param name="Entries">Files, folders and links in it.</param>
public sealed record PackedTar(string Path, string Sha256, long Bytes, int Entries);

public sealed record PackLimits
{
    public int MaxEntries { get; init; } = 1_000_000;

    public long MaxBytes { get; init; } = 20L << 30;
}

/// <summary>Something in a folder can't be packed; the message names it and says what to do.</summary>
public sealed class PackingException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// Packs local files deterministically: sorted, owned by nobody in particular, times in whole seconds, folders without theirs.
/// ".git" is left out, and so is what .skyignore names, or .gitignore files where there is none.
/// </summary>
public sealed class WorkdirPacker
{
    private const UnixFileMode Permissions = (UnixFileMode)0b111_111_111;
    private const UnixFileMode FolderMode = (UnixFileMode)0b111_101_101;

    /// <summary>Folders have no time of their own; ZIP, and so building Python wheels, knows none before 1980.</summary>
    private static readonly DateTimeOffset FolderTime = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly string root;
    private readonly PackLimits limits;
    private readonly CancellationToken cancel;
    private readonly TarWriter tar;
    private bool skyIgnore;
    private int entries;
    private long bytes;

    private WorkdirPacker(string root, TarWriter tar, PackLimits limits, CancellationToken cancel) =>
        (this.root, this.tar, this.limits, this.cancel) = (root, tar, limits, cancel);

    /// <summary>The contents of a folder.</summary>
    /// <exception cref="PackingException">A link leads out, a file can't be read or isn't one, or a limit is passed.</exception>
    public static PackedTar PackFolder(string folder, PackLimits? limits = null, CancellationToken cancel = default)
    {
        if (!Directory.Exists(folder)) throw new PackingException($"{folder} isn't a folder: name an existing one");
        // The folder itself may be a link; what it holds is judged from where it really lies.
        var real = Path.TrimEndingDirectorySeparator(new DirectoryInfo(folder).ResolveLinkTarget(true)?.FullName ?? Path.GetFullPath(folder));
        return Pack(real, p => p.AddFolder("", IgnoreRules.None), limits ?? new(), cancel);
    }

    /// <summary>A file or folder to be put at a target in the working directory.</summary>
    /// <returns>The folder to unpack at, and the tar. A file takes its name from the target; "in/" keeps its own name.</returns>
    /// <exception cref="PackingException">As <see cref="PackFolder"/>.</exception>
    public static (string Target, PackedTar Tar) PackMount(string source, string target, PackLimits? limits = null, CancellationToken cancel = default)
    {
        if (Directory.Exists(source)) return (Folder(target), PackFolder(source, limits, cancel));
        if (!File.Exists(source)) throw new PackingException($"{source} doesn't exist: name an existing file or folder");
        var into = target.EndsWith('/') || target == ".";
        var name = into ? Path.GetFileName(source) : Path.GetFileName(target);
        var folder = into ? Folder(target) : Folder(Path.GetDirectoryName(target) ?? "");
        var real = new FileInfo(source).ResolveLinkTarget(true)?.FullName ?? Path.GetFullPath(source);
        return (folder, Pack(Path.GetDirectoryName(real)!, p => p.AddFile(real, name), limits ?? new(), cancel));
    }

    private static string Folder(string path) => path.TrimEnd('/') is { Length: > 0 } folder ? folder : ".";

    private static PackedTar Pack(string root, Action<WorkdirPacker> add, PackLimits limits, CancellationToken cancel)
    {
        var path = Path.GetTempFileName();
        PackedTar? packed = null;
        try
        {
            int entries;
            using var file = new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None);
            using (var tar = new TarWriter(file, TarEntryFormat.Gnu, leaveOpen: true))
            {
                var packer = new WorkdirPacker(root, tar, limits, cancel);
                add(packer);
                entries = packer.entries;
            }
            file.Position = 0;
            return packed = new(path, Convert.ToHexStringLower(SHA256.HashData(file)), file.Length, entries);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PackingException($"can't pack {root}: {e.Message}", e);
        }
        finally
        {
            if (packed is null) File.Delete(path);
        }
    }

    private void AddFolder(string prefix, IgnoreRules rules)
    {
        rules = OwnRules(prefix, rules);
        var children = new DirectoryInfo(Path.Join(root, prefix)).EnumerateFileSystemInfos("*", Everything).ToArray();
        Array.Sort(children, (a, b) => string.CompareOrdinal(a.Name, b.Name));
        foreach (var child in children)
        {
            cancel.ThrowIfCancellationRequested();
            var name = prefix + child.Name;
            var isFolder = child is DirectoryInfo && child.LinkTarget is null;
            if (child.Name == ".git" || rules.Ignores(name, isFolder)) continue;
            if (child.LinkTarget is { } target) AddLink(child.FullName, name, target);
            else if (isFolder)
            {
                Write(new GnuTarEntry(TarEntryType.Directory, name + "/") { Mode = FolderMode, ModificationTime = FolderTime });
                AddFolder(name + "/", rules);
            }
            else AddFile(child.FullName, name);
        }
    }

    private IgnoreRules OwnRules(string prefix, IgnoreRules rules)
    {
        var sky = Path.Join(root, ".skyignore");
        if (prefix.Length == 0) skyIgnore = File.Exists(sky);
        if (skyIgnore) return prefix.Length == 0 ? rules.With(sky, "") : rules;
        var git = Path.Join(root, prefix, ".gitignore");
        return File.Exists(git) ? rules.With(git, prefix) : rules;
    }

    private void AddLink(string path, string name, string target)
    {
        if (!LinkTargets.StayInside(root, path))
            throw new PackingException($"the link {path} leads out of the folder, to {target}: replace it by a copy, or leave it out in .skyignore");
        Write(new GnuTarEntry(TarEntryType.SymbolicLink, name) { LinkName = target, ModificationTime = FolderTime });
    }

    private void AddFile(string path, string name)
    {
        RefuseSpecial(path);
        using var content = File.OpenRead(path);
        var length = content.Length;
        bytes += length;
        if (bytes > limits.MaxBytes)
            throw new PackingException($"{root} holds more than {limits.MaxBytes} bytes: leave files out in .skyignore, or fetch large data in setup");
        Write(new GnuTarEntry(TarEntryType.RegularFile, name)
        {
            DataStream = content,
            Mode = ModeOf(path),
            ModificationTime = WholeSeconds(File.GetLastWriteTimeUtc(path)),
        });
        if (content.Length != length) throw new PackingException($"{path} changed while it was packed: try again when nothing writes to it");
    }

    /// <summary>
    /// Opening a FIFO would wait for ever, so files are told from sockets, devices and FIFOs before: those have no length,
    /// and the tar writer finds out the type of a file without opening anything special.
    /// </summary>
    private static void RefuseSpecial(string path)
    {
        if (!File.Exists(path)) throw new PackingException($"{path} can't be read: its name isn't UTF-8, or it vanished. Rename it, or leave it out in .skyignore");
        if (new FileInfo(path).Length > 0) return;
        using var header = new MemoryStream();
        var special = false;
        try
        {
            using var probe = new TarWriter(header, TarEntryFormat.Gnu);
            probe.WriteEntry(path, "probe");
        }
        catch (IOException)
        {
            // The writer's word for a socket.
            special = true;
        }
        const int TypeFlag = 156;
        if (special || header.ToArray() is not { Length: > TypeFlag } written || written[TypeFlag] is not ((byte)'0' or 0))
            throw new PackingException($"{path} is a socket, device or FIFO, not a file: leave it out in .skyignore");
    }

    private void Write(GnuTarEntry entry)
    {
        if (++entries > limits.MaxEntries)
            throw new PackingException($"{root} holds more than {limits.MaxEntries} files: leave some out in .skyignore, or pack them into one");
        tar.WriteEntry(entry);
    }

    /// <summary>Permissions without set-user-ID and the like; what Windows can't say is read, write and execute for the owner.</summary>
    private static UnixFileMode ModeOf(string path) => OperatingSystem.IsWindows()
        ? FolderMode
        : (File.GetUnixFileMode(path) & Permissions) | UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static DateTimeOffset WholeSeconds(DateTime utc) => new(utc.Ticks - (utc.Ticks % TimeSpan.TicksPerSecond), TimeSpan.Zero);

    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false };
}

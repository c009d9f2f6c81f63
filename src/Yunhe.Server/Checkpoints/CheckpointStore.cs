using System.Security.Cryptography;
using Yunhe.Core.Workloads;

namespace Yunhe.Server.Checkpoints;

/// <summary>
/// Copies of checkpoint folders: checkpoints/TASK/SHA256, a tar each. A file gets its name only when all of it is on the disk; of each task
/// there is one that the state names, and any other is deleted.
/// </summary>
internal sealed class CheckpointStore(ServerOptions options)
{
    private const string Part = ".part";

    /// <summary>Writes a copy under a passing name.</summary>
    /// <exception cref="IOException">It can't be written here, or a file changed meanwhile.</exception>
    public async Task<Copy> WriteAsync(TaskId task, Func<Stream, Task> pack, CancellationToken cancel)
    {
        var folder = Directory.CreateDirectory(FolderOf(task)).FullName;
        var part = Path.Combine(folder, Path.GetRandomFileName() + Part);
        try
        {
            await using var file = new FileStream(part, new FileStreamOptions
            {
                Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, BufferSize = 1 << 16, Options = FileOptions.Asynchronous,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            await pack(file);
            file.Flush(flushToDisk: true);
            file.Position = 0;
            return new(part, Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancel)), file.Length);
        }
        catch
        {
            File.Delete(part);
            throw;
        }
    }

    /// <summary>Gives a copy its own name.</summary>
    public void Settle(TaskId task, Copy copy) => File.Move(copy.Path, Path.Combine(FolderOf(task), copy.Sha256), overwrite: true);

    /// <summary>Null: it has just been replaced.</summary>
    public Stream? Open(TaskId task, string sha256)
    {
        try
        {
            return new FileStream(Path.Combine(FolderOf(task), sha256), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16, FileOptions.Asynchronous);
        }
        catch (IOException)
        {
            return null;
        }
    }

    public static void Discard(Copy copy) => File.Delete(copy.Path);

    /// <summary>Deletes all copies of a task but one.</summary>
    public void KeepOnly(TaskId task, string? sha256)
    {
        var folder = FolderOf(task);
        if (!Directory.Exists(folder)) return;
        var rest = 0;
        foreach (var path in Directory.EnumerateFiles(folder))
        {
            if (Path.GetFileName(path) == sha256 || path.EndsWith(Part, StringComparison.Ordinal)) rest++;
            else File.Delete(path);
        }

        if (rest > 0) return;
        try
        {
            Directory.Delete(folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            // Another copy has just begun.
        }
    }

    public bool HasAny(TaskId task) => Directory.Exists(FolderOf(task));

    /// <summary>Deletes what a crash broke off.</summary>
    public void Tidy()
    {
        foreach (var part in Directory.EnumerateFiles(options.CheckpointFolder, "*" + Part, SearchOption.AllDirectories)) File.Delete(part);
    }

    /// <summary>Of which there are copies.</summary>
    public IEnumerable<TaskId> Tasks() => Directory.EnumerateDirectories(options.CheckpointFolder)
        .Select(path => TaskId.TryParse(Path.GetFileName(path), null, out var task) ? task : (TaskId?)null).OfType<TaskId>();

    private string FolderOf(TaskId task) => Path.Combine(options.CheckpointFolder, task.ToString());

    /// <param name="Path">Where it lies until it has its own name.</param>
    internal sealed record Copy(string Path, string Sha256, long Bytes);
}

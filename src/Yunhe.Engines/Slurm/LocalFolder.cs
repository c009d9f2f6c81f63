using Yunhe.Core.Workloads;
using Yunhe.Engines.Launching;

namespace Yunhe.Engines.Slurm;

/// <summary>A shared folder that this machine sees at the same path as the nodes.</summary>
internal sealed class LocalFolder(string root) : ISlurmFolder
{
    public string Root => root;

    public Task<IReadOnlySet<AttemptId>> ClaimAsync(IReadOnlyCollection<AttemptId> attempts, CancellationToken cancel) => Guarded(() =>
    {
        Directory.CreateDirectory(root, AttemptFiles.PrivateFolder);
        var made = new HashSet<AttemptId>();
        foreach (var attempt in attempts)
        {
            cancel.ThrowIfCancellationRequested();
            if (Directory.Exists(Of(attempt))) continue;
            Directory.CreateDirectory(Of(attempt), AttemptFiles.PrivateFolder);
            made.Add(attempt);
        }

        return (IReadOnlySet<AttemptId>)made;
    });

    public async Task PutAsync(SlurmSubmission submission, Func<Launch, string, CancellationToken, Task> write, CancellationToken cancel)
    {
        foreach (var launch in submission.Launches) await write(launch, Of(launch.Attempt), cancel).ConfigureAwait(false);
    }

    public Task<IReadOnlyDictionary<AttemptId, AttemptTrace>> TracesAsync(IReadOnlyCollection<AttemptId> attempts, CancellationToken cancel) => Guarded(() =>
    {
        var traces = new Dictionary<AttemptId, AttemptTrace>();
        foreach (var attempt in attempts)
        {
            cancel.ThrowIfCancellationRequested();
            var folder = Of(attempt);
            if (!Directory.Exists(folder)) continue;
            traces[attempt] = AttemptTrace.Read(
                Has(folder, AttemptFiles.Stdout), Has(folder, AttemptTrace.CancelledFile), Has(folder, AttemptTrace.AcceptedFile),
                Text(folder, AttemptTrace.JobFile), Text(folder, AttemptTrace.StartedFile), Text(folder, AttemptTrace.ExitFile));
        }

        return (IReadOnlyDictionary<AttemptId, AttemptTrace>)traces;
    });

    public Task NoteAsync(IReadOnlyCollection<AttemptId> attempts, string name, string text, CancellationToken cancel) => Guarded(() =>
    {
        foreach (var attempt in attempts.Where(attempt => Directory.Exists(Of(attempt)))) File.WriteAllText(Path.Combine(Of(attempt), name), text);
        return true;
    });

    public async Task<byte[]> ReadAsync(AttemptId attempt, string name, long offset, int maxBytes, CancellationToken cancel)
    {
        var path = Path.Combine(Of(attempt), name);
        if (!File.Exists(path)) return [];
        try
        {
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            await using (file.ConfigureAwait(false))
            {
                if (offset >= file.Length) return [];
                file.Seek(offset, SeekOrigin.Begin);
                var bytes = new byte[Math.Min(maxBytes, file.Length - offset)];
                var count = await file.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancel).ConfigureAwait(false);
                return bytes[..count];
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unavailable(e);
        }
    }

    public async Task CollectAsync(AttemptId attempt, IReadOnlyList<string> globs, Stream tar, CancellationToken cancel)
    {
        var workdir = Path.Combine(Of(attempt), AttemptFiles.Workdir);
        try
        {
            await Workspace.CollectAsync(workdir, globs, tar, cancel, [.. AttemptFiles.Logs.Select(log => Path.Combine(Of(attempt), log))]).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unavailable(e);
        }
    }

    public Task<FolderListing> ListAsync(AttemptId attempt, string path, CancellationToken cancel) =>
        Guarded(() => CheckpointFolder.List(Path.Combine(Of(attempt), AttemptFiles.Workdir), path));

    public Task PackAsync(AttemptId attempt, string path, IReadOnlyList<FileStamp> files, Stream tar, CancellationToken cancel) =>
        CheckpointFolder.PackAsync(Path.Combine(Of(attempt), AttemptFiles.Workdir), path, files, tar, cancel);

    public Task DeleteAsync(IReadOnlyCollection<AttemptId> attempts, CancellationToken cancel) => Guarded(() =>
    {
        foreach (var folder in attempts.Select(Of).Where(Directory.Exists))
        {
            cancel.ThrowIfCancellationRequested();
            foreach (var inner in Directory.EnumerateDirectories(folder, "*", Unlinked)) Open(inner);
            Directory.Delete(folder, recursive: true);
        }

        return true;
    });

    private static readonly EnumerationOptions Unlinked = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };

    /// <summary>A program may have left folders that forbid even their owner to delete what is in them.</summary>
    private static void Open(string folder)
    {
        var mode = File.GetUnixFileMode(folder);
        if ((mode & AttemptFiles.PrivateFolder) != AttemptFiles.PrivateFolder) File.SetUnixFileMode(folder, mode | AttemptFiles.PrivateFolder);
    }

    private string Of(AttemptId attempt) => Path.Combine(root, attempt.ToString());

    private static bool Has(string folder, string name) => File.Exists(Path.Combine(folder, name));

    private static string Text(string folder, string name) =>
        Path.Combine(folder, name) is var path && File.Exists(path) ? File.ReadAllText(path) : "";

    private static Task<T> Guarded<T>(Func<T> work)
    {
        try
        {
            return Task.FromResult(work());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Task.FromException<T>(Unavailable(e));
        }
    }

    private static EngineUnavailableException Unavailable(Exception e) => new($"the work folder can't be used: {e.Message}", e);
}

using Yunhe.Core.Workloads;
using Yunhe.Engines.Launching;

namespace Yunhe.Engines.Slurm;

/// <summary>The folder of all attempts of this network, here or on the far side of ssh; one folder in it for each attempt.</summary>
internal interface ISlurmFolder
{
    /// <summary>Its path where the jobs run.</summary>
    string Root { get; }

    /// <summary>Makes an attempt's folder unless it is there; returns those that it made, so that a first start is known as such.</summary>
    Task<IReadOnlySet<AttemptId>> ClaimAsync(IReadOnlyCollection<AttemptId> attempts, CancellationToken cancel);

    /// <summary>Fills claimed folders. <paramref name="write"/> is given a folder of this machine for each launch.</summary>
    /// <exception cref="Launching.StagingException">The inputs can't be put in place.</exception>
    Task PutAsync(SlurmSubmission submission, Func<Launch, string, CancellationToken, Task> write, CancellationToken cancel);

    /// <summary>What the folders tell; those without a folder are missing.</summary>
    Task<IReadOnlyDictionary<AttemptId, AttemptTrace>> TracesAsync(IReadOnlyCollection<AttemptId> attempts, CancellationToken cancel);

    /// <summary>Writes a small file into existing folders; attempts without one are passed over.</summary>
    Task NoteAsync(IReadOnlyCollection<AttemptId> attempts, string name, string text, CancellationToken cancel);

    Task<byte[]> ReadAsync(AttemptId attempt, string name, long offset, int maxBytes, CancellationToken cancel);

    /// <summary>See <see cref="IEngine.CollectAsync"/>.</summary>
    Task CollectAsync(AttemptId attempt, IReadOnlyList<string> globs, Stream tar, CancellationToken cancel);

    /// <summary>See <see cref="IEngine.ListAsync"/>.</summary>
    Task<FolderListing> ListAsync(AttemptId attempt, string path, CancellationToken cancel);

    /// <summary>See <see cref="IEngine.PackAsync"/>.</summary>
    Task PackAsync(AttemptId attempt, string path, IReadOnlyList<FileStamp> files, Stream tar, CancellationToken cancel);

    Task DeleteAsync(IReadOnlyCollection<AttemptId> attempts, CancellationToken cancel);
}

/// <param name="Ran">Slurm has begun it at least once (its stdout is there).</param>
/// <param name="Job">Raw job ID, where it is known.</param>
/// <param name="Cancelled">Yunhe asks Slurm to end it.</param>
/// <param name="CancelAccepted">Slurm has taken that: of a waiting task of an array it then keeps no record.</param>
internal sealed record AttemptTrace(bool Ran, long? Job, bool Cancelled, bool CancelAccepted, DateTimeOffset? StartedAt, ExitNote? Exit)
{
    public const string JobFile = "job";
    public const string CancelledFile = "cancelled";
    public const string AcceptedFile = "cancel-accepted";
    public const string StartedFile = "started";
    public const string ExitFile = "exit";

    /// <param name="job">Text of <see cref="JobFile"/>, or "".</param>
    /// <param name="started">Text of <see cref="StartedFile"/>: raw job ID and time.</param>
    /// <param name="exit">Text of <see cref="ExitFile"/>: code, phase, time, milliseconds of processor time.</param>
    public static AttemptTrace Read(bool ran, bool cancelled, bool accepted, string job, string started, string exit)
    {
        var start = started.Trim().Split(' ');
        var end = exit.Trim().Split(' ');
        long? id = long.TryParse(start[0], out var raw) || long.TryParse(job.Trim(), out raw) ? raw : null;
        var note = end.Length == 4 && int.TryParse(end[0], out var code) && Time(end[2]) is { } at && long.TryParse(end[3], out var milliseconds)
            ? new ExitNote(code, end[1], at, milliseconds / 1000.0)
            : null;
        return new(ran, id, cancelled, accepted, start.Length == 2 ? Time(start[1]) : null, note);
    }

    private static DateTimeOffset? Time(string seconds) =>
        decimal.TryParse(seconds, out var value) && value is > 0 and < 100_000_000_000
            ? DateTimeOffset.UnixEpoch.AddTicks((long)(value * TimeSpan.TicksPerSecond))
            : null;
}

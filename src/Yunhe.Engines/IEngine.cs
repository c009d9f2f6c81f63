using Yunhe.Core.Network;
using Yunhe.Core.Workloads;
using Yunhe.Engines.Launching;

namespace Yunhe.Engines;

/// <summary>
/// What really runs work at one site. Every call may be repeated: an attempt that is already there is not started again,
/// one already cancelled or forgotten is fine. All behaviour is stated in tests/Yunhe.Conformance.
/// </summary>
/// <exception cref="EngineUnavailableException">From any call: the engine can't be reached or does not answer; ask again later.</exception>
public interface IEngine : IAsyncDisposable
{
    /// <summary>
    /// One look at the site in a bounded number of queries, whatever the number of attempts. The report has capacity, queue and
    /// exactly one entry for each of <paramref name="expected"/> (<see cref="EnginePhase.Gone"/> where there is no trace), and one
    /// for every other attempt of this network that it holds.
    /// </summary>
    Task<SiteReport> ObserveAsync(IReadOnlyCollection<AttemptId> expected, CancellationToken cancel);

    /// <summary>
    /// Starts attempts; the answers are in the same order. With <paramref name="mayExist"/> (after a crash or a lost answer) the engine
    /// looks for each first and answers <see cref="StartOutcome.Started"/> for one that it finds.
    /// </summary>
    Task<IReadOnlyList<StartResult>> StartAsync(IReadOnlyList<Launch> launches, bool mayExist, CancellationToken cancel);

    /// <summary>SIGTERM to all processes, SIGKILL after <paramref name="grace"/>. Returns once the engine has accepted it.</summary>
    Task CancelAsync(IReadOnlyList<AttemptId> attempts, TimeSpan grace, CancellationToken cancel);

    /// <summary>
    /// Ends those that still wait in the engine's own queue; one that has begun goes on.
    /// An engine that has no queue, or can't be told so, does nothing.
    /// </summary>
    Task RecallAsync(IReadOnlyList<AttemptId> attempts, CancellationToken cancel) => Task.CompletedTask;

    /// <summary>
    /// Bytes of an attempt's output from <paramref name="offset"/> on, at most <paramref name="maxBytes"/>; empty when there is no more yet.
    /// </summary>
    Task<byte[]> ReadLogAsync(AttemptId attempt, LogStream stream, long offset, int maxBytes, CancellationToken cancel);

    /// <summary>
    /// Writes a tar of the files in the attempt's working directory that match <paramref name="globs"/> (links that lead out are left out);
    /// paths in it are relative to the working directory.
    /// </summary>
    Task CollectAsync(AttemptId attempt, IReadOnlyList<string> globs, Stream tar, CancellationToken cancel);

    /// <summary>
    /// The files of the folder at <paramref name="path"/> in the attempt's working directory, at any depth. No link is followed; without such a folder, or such an attempt,
    /// there are none.
    /// </summary>
    Task<FolderListing> ListAsync(AttemptId attempt, string path, CancellationToken cancel);

    /// <summary>Writes a tar of some of those files; paths in it are relative to the folder. Of the same files it is always the same tar.</summary>
    /// <exception cref="IOException">One of them has changed since it was listed.</exception>
    Task PackAsync(AttemptId attempt, string path, IReadOnlyList<FileStamp> files, Stream tar, CancellationToken cancel);

    /// <summary>Deletes what the site keeps of an ended attempt.</summary>
    Task ForgetAsync(AttemptId attempt, CancellationToken cancel);

    /// <summary>Raised when an observation would show something new; engines that can't know never raise it.</summary>
    event Action? Changed;
}

public enum LogStream
{
    Stdout,
    Stderr,
}

public enum StartOutcome
{
    /// <summary>The engine has it.</summary>
    Started,

    /// <summary>The engine will never take it as it is (<see cref="StartResult.Reason"/> says why).</summary>
    Refused,

    /// <summary>It surely did not start: nothing of it reached the engine.</summary>
    NotStarted,

    /// <summary>It may have started: the answer was lost. Call again with mayExist.</summary>
    Unknown,
}

/// <param name="EngineJob">The engine's own name of the job, for people.</param>
/// <param name="Detail">For people: the engine's own words.</param>
public sealed record StartResult(StartOutcome Outcome, string? EngineJob = null, FailureReason? Reason = null, string Detail = "");

/// <summary>What every adapter is given.</summary>
/// <param name="Network">ID of this Yunhe, part of the mark on every engine job, so that two of them can share a site.</param>
/// <param name="BlobFolder">Where uploaded tars lie, each named by its SHA-256 in hex.</param>
/// <param name="WorkFolder">Where an adapter may keep its own files on this machine.</param>
public sealed record EngineContext(string Network, Site Site, string BlobFolder, string WorkFolder, TimeProvider Time)
{
    /// <summary>Where copies of checkpoints lie, a folder for each task, each named by its SHA-256 in hex.</summary>
    public string CheckpointFolder { get; init; } = "";

    /// <summary>The tar that its checkpoint folder is filled from; null: there is none.</summary>
    public string? CheckpointOf(Launch launch) =>
        launch.Checkpoint is { } copy ? Path.Combine(CheckpointFolder, launch.Attempt.Task.ToString(), copy.Sha256) : null;
}

public sealed class EngineUnavailableException : Exception
{
    public EngineUnavailableException(string message)
        : base(message)
    {
    }

    public EngineUnavailableException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

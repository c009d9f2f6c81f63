using Yunhe.Core.Network;
using Yunhe.Core.Workloads;
using Yunhe.Engines;
using Yunhe.Engines.Launching;
using Yunhe.Simulator;

namespace Yunhe.Conformance.Simulated;

/// <summary>The simulator's site behind the engine port, in the time that it is given. It keeps no files.</summary>
internal sealed class SimulatedEngine(SimulatedSite site, TimeProvider time) : IEngine
{
    public event Action? Changed;

    public Task<SiteReport> ObserveAsync(IReadOnlyCollection<AttemptId> expected, CancellationToken cancel) =>
        Task.FromResult(site.Observe(expected, time.GetUtcNow()));

    public Task<IReadOnlyList<StartResult>> StartAsync(IReadOnlyList<Launch> launches, bool mayExist, CancellationToken cancel)
    {
        var results = launches.Select(launch => site.Start(launch, time.GetUtcNow()) is var (job, refusal) && job is not null
            ? new StartResult(StartOutcome.Started, job)
            : new StartResult(StartOutcome.Refused, Reason: FailureReason.Refused, Detail: refusal)).ToList();
        Changed?.Invoke();
        return Task.FromResult<IReadOnlyList<StartResult>>(results);
    }

    public Task CancelAsync(IReadOnlyList<AttemptId> attempts, TimeSpan grace, CancellationToken cancel)
    {
        foreach (var attempt in attempts) site.Cancel(attempt, time.GetUtcNow());
        return Task.CompletedTask;
    }

    public Task<byte[]> ReadLogAsync(AttemptId attempt, LogStream stream, long offset, int maxBytes, CancellationToken cancel) =>
        Task.FromResult(Array.Empty<byte>());

    public Task CollectAsync(AttemptId attempt, IReadOnlyList<string> globs, Stream tar, CancellationToken cancel) => Task.CompletedTask;

    public Task<FolderListing> ListAsync(AttemptId attempt, string path, CancellationToken cancel) => Task.FromResult(FolderListing.Empty);

    public Task PackAsync(AttemptId attempt, string path, IReadOnlyList<FileStamp> files, Stream tar, CancellationToken cancel) => Task.CompletedTask;

    public Task ForgetAsync(AttemptId attempt, CancellationToken cancel)
    {
        site.Forget(attempt, time.GetUtcNow());
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

using Yunhe.Simulator.Results;
using Yunhe.Simulator.Traces;

namespace Yunhe.Simulator.Studies;

/// <summary>One policy that is compared: runs a trace under it with a seed, and tells what became of every job.</summary>
public sealed record StudyPolicy(string Name, Action<StudyRun, CancellationToken> Run);

/// <summary>
/// One run: its jobs come from <c>Trace</c>, and go to <c>Done</c> when their fate is known. <c>Fragmentation</c> takes seconds of the trace and the share
/// of what is free that is of no use, where that is measured.
/// </summary>
public sealed record StudyRun(int Seed, IEnumerable<TraceJob> Trace, Action<JobOutcome> Done, Action<double, double> Fragmentation);

/// <summary>The same trace under several policies and seeds, as many at a time as there are cores to use.</summary>
/// <param name="Policies">In the order in which they are reported.</param>
/// <param name="Sites">What there is in all, for utilisation.</param>
/// <param name="TraceOf">The jobs that a seed's run is given; called once for each run.</param>
public sealed record Study(IReadOnlyList<StudyPolicy> Policies, IReadOnlyList<SiteSize> Sites, Func<int, IEnumerable<TraceJob>> TraceOf)
{
    /// <summary>Seeds 1 to this.</summary>
    public int Seeds { get; init; } = 1;

    public int Parallel { get; init; } = Environment.ProcessorCount;

    /// <summary>Where the jobs of a run are written; null: nowhere.</summary>
    public Func<string, int, string>? JobFile { get; init; }

    /// <summary>Called now and then, from any thread, with the number of jobs that have ended in a run; and when a run is over.</summary>
    public Action<StudyProgress>? Progress { get; init; }

    /// <summary>
    /// What came of every run that is complete, by policy and then by seed, whatever the order in which they end. Cancelled: of those that
    /// were complete by then.
    /// </summary>
    /// <exception cref="TraceException">A bad line of the trace.</exception>
    public IReadOnlyList<RunResult> Run(CancellationToken cancel)
    {
        var runs = Policies.SelectMany((policy, i) => Enumerable.Range(1, Seeds).Select(seed => (Policy: policy, Index: i, Seed: seed))).ToList();
        var results = new RunResult?[runs.Count];
        try
        {
            System.Threading.Tasks.Parallel.For(0, runs.Count, new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancel }, n =>
                results[n] = RunOne(runs[n].Policy, runs[n].Index, runs[n].Seed, cancel));
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // What is complete is reported.
        }
        catch (AggregateException e) when (e.Flatten().InnerExceptions is [var first, ..])
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);
        }
        return [.. results.Where(r => r is not null).Select(r => r!)];
    }

    private RunResult? RunOne(StudyPolicy policy, int index, int seed, CancellationToken cancel)
    {
        var metrics = new RunMetrics(Sites);
        var (ended, told) = (0L, 0L);
        var file = JobFile?.Invoke(policy.Name, seed);
        // Half of a run's jobs would be taken for all of them.
        var part = file is null ? null : Path.Combine(Path.GetDirectoryName(file)!, $".{Path.GetFileName(file)}");
        try
        {
            using (var jobs = part is null ? null : new JobWriter(part))
                policy.Run(
                    new(seed, TraceOf(seed), outcome =>
                    {
                        metrics.Add(outcome);
                        jobs?.Write(outcome);
                        if (++ended < told + StudyProgress.Every) return;
                        told = ended;
                        Progress?.Invoke(new(index, seed, ended, false));
                    }, metrics.Fragmentation),
                    cancel);
            if (cancel.IsCancellationRequested) return null;
            if (part is not null) File.Move(part, file!, overwrite: true);
        }
        finally
        {
            if (part is not null) File.Delete(part);
        }
        Progress?.Invoke(new(index, seed, ended, true));
        return metrics.Result(policy.Name, (ulong)seed);
    }
}

/// <summary>How far a run is.</summary>
public sealed record StudyProgress(int Policy, int Seed, long Jobs, bool Complete)
{
    /// <summary>Jobs between two reports.</summary>
    internal const long Every = 1000;
}

namespace Yunhe.Core.Scheduling.Queueing;

/// <summary>How long a job is expected to run, in seconds, at least 1. One object serves one machine, since it learns from that machine's jobs.</summary>
public interface IRunTimePrediction
{
    /// <summary>What is learned changes what was predicted for jobs that wait.</summary>
    bool Revises { get; }

    long Predict(in BatchJob job);

    /// <summary>What is expected beyond the one figure; by default that figure is taken as certain.</summary>
    RunTimeExpectation Expect(in BatchJob job) => RunTimeExpectation.Of(Predict(job));

    /// <summary>A job has ended after so many seconds.</summary>
    void Learn(in BatchJob job, long ran);

    /// <summary>A running job has outlived its prediction, for the so-manieth time (from 0): the new one, longer than <paramref name="predicted"/>.</summary>
    long Correct(in BatchJob job, long predicted, int times);
}

/// <summary>Users are taken at their word.</summary>
public sealed class RequestedTime : IRunTimePrediction
{
    public bool Revises => false;

    public long Predict(in BatchJob job) => Math.Max(1, job.Requested);

    public void Learn(in BatchJob job, long ran)
    {
    }

    public long Correct(in BatchJob job, long predicted, int times) => Overrun.Beyond(predicted);
}

/// <summary>The true run time: a bound for what prediction can bring, not a policy.</summary>
public sealed class ExactTime : IRunTimePrediction
{
    public bool Revises => false;

    public long Predict(in BatchJob job) => Math.Max(1, job.KnownRunTime >= 0 ? job.KnownRunTime : job.Requested);

    public void Learn(in BatchJob job, long ran)
    {
    }

    public long Correct(in BatchJob job, long predicted, int times) => Overrun.Beyond(predicted);
}

/// <summary>
/// Mean of the user's last two run times, at most what he asked for; corrected in growing steps, again up to the request
/// (EASY++, Tsafrir, Etsion and Feitelson, TPDS 2007).
/// </summary>
/// <param name="revises">Jobs that wait are predicted again when one of the user's ends; published EASY++ schedules predict once.</param>
public sealed class RecentMean(bool revises = false) : IRunTimePrediction
{
    /// <summary>Seconds above the first prediction after each correction.</summary>
    private static readonly long[] Steps =
        [60, 5 * 60, 15 * 60, 30 * 60, 3600, 2 * 3600, 5 * 3600, 10 * 3600, 20 * 3600, 50 * 3600, 100 * 3600];

    private readonly Dictionary<int, (long Last, long Before)> runs = [];

    public bool Revises => revises;

    public long Predict(in BatchJob job)
    {
        var request = Math.Max(1, job.Requested);
        return runs.TryGetValue(job.User, out var run) && run.Before >= 0 ? Math.Clamp((run.Last + run.Before) / 2, 1, request) : request;
    }

    public void Learn(in BatchJob job, long ran) =>
        runs[job.User] = (ran, runs.TryGetValue(job.User, out var run) ? run.Last : -1);

    public long Correct(in BatchJob job, long predicted, int times)
    {
        if (predicted >= job.Requested) return Overrun.Beyond(predicted);
        if (times >= Steps.Length) return job.Requested;
        return Math.Min(job.Requested, predicted + Steps[times] - (times > 0 ? Steps[times - 1] : 0));
    }
}

/// <summary>What another one predicts, without learning: for copies that are rolled forward.</summary>
public sealed class FrozenPrediction(IRunTimePrediction of) : IRunTimePrediction
{
    public bool Revises => false;

    public long Predict(in BatchJob job) => of.Predict(job);

    public RunTimeExpectation Expect(in BatchJob job) => of.Expect(job);

    public void Learn(in BatchJob job, long ran)
    {
    }

    public long Correct(in BatchJob job, long predicted, int times) => of.Correct(job, predicted, times);
}

/// <summary>A job that runs on beyond even its request, since nobody ends it there.</summary>
internal static class Overrun
{
    public static long Beyond(long predicted) => Math.Min(BatchJob.Longest, predicted + Math.Max(60, predicted / 10));
}

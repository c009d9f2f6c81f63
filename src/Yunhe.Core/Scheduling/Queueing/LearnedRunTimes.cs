using System.Numerics;

namespace Yunhe.Core.Scheduling.Queueing;

/// <summary>
/// What the machine's ended jobs teach about run times, relative to what was requested: fading means of R/requested and of its inverse, of all
/// jobs, of those with a request of the same power of two, of the user, and of the user with the very same request. Each level is one
/// more observation to the next, so that much history overrules and little does not. With nothing learned a user is taken at his word.
/// </summary>
public sealed class LearnedRunTimes : IRunTimePrediction
{
    /// <summary>What an observation of the user's keeps of its weight at each later one: the last five or so count.</summary>
    private const double UserFade = 0.8;

    /// <summary>Of all jobs the last hundred or so count.</summary>
    private const double CrowdFade = 0.99;

    private readonly Dictionary<(int User, long Request), Means> levels = [];

    public bool Revises => true;

    public long Predict(in BatchJob job) => (long)Math.Clamp(Expect(job).Mean, 1, Math.Max(1, job.Requested));

    public RunTimeExpectation Expect(in BatchJob job)
    {
        var means = new Means(1, 1, 1);
        foreach (var level in (ReadOnlySpan<(int, long)>)[All, Size(job), User(job), Same(job)])
        {
            if (job.User < 0 && level == User(job)) break;
            if (levels.TryGetValue(level, out var learned)) means = learned.After(means);
        }
        var request = Math.Max(RunTimeExpectation.Floor, job.Requested);
        return new(means.Ratio * request, means.Inverse / request);
    }

    public void Learn(in BatchJob job, long ran)
    {
        var ratio = Math.Min(1, Math.Max(RunTimeExpectation.Floor, ran) / Math.Max(RunTimeExpectation.Floor, job.Requested));
        Add(All, CrowdFade, ratio);
        Add(Size(job), CrowdFade, ratio);
        if (job.User < 0) return;
        Add(User(job), UserFade, ratio);
        Add(Same(job), UserFade, ratio);
    }

    /// <summary>What has lived twice as long as most lives twice as long again: doubled, up to the request (Downey, 1997).</summary>
    public long Correct(in BatchJob job, long predicted, int times)
    {
        if (predicted >= job.Requested) return Overrun.Beyond(predicted);
        return Math.Min(job.Requested, Math.Max(predicted * 2, predicted + 60));
    }

    // Keys of the levels: users count from 0, so what is below is free for the crowd.
    private static (int, long) All => (-1, 0);

    private static (int, long) Size(in BatchJob job) => (-2, BitOperations.Log2((ulong)Math.Max(1, job.Requested)));

    private static (int, long) User(in BatchJob job) => (job.User, -1);

    private static (int, long) Same(in BatchJob job) => (job.User, job.Requested);

    private void Add((int, long) level, double fade, double ratio)
    {
        var old = levels.GetValueOrDefault(level);
        var weight = (old.Weight * fade) + 1;
        var kept = old.Weight * fade / weight;
        levels[level] = new(weight, (old.Ratio * kept) + (ratio / weight), (old.Inverse * kept) + (1 / (ratio * weight)));
    }

    /// <summary>Means with the weight of the observations behind them.</summary>
    private readonly record struct Means(double Weight, double Ratio, double Inverse)
    {
        /// <summary>With what the wider level says as one observation more.</summary>
        public Means After(in Means wider) =>
            new(Weight + 1, ((Ratio * Weight) + wider.Ratio) / (Weight + 1), ((Inverse * Weight) + wider.Inverse) / (Weight + 1));
    }
}

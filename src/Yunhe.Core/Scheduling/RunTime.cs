namespace Yunhe.Core.Scheduling;

using Yunhe.Core.Network;
using Yunhe.Core.Workloads;

/// <summary>How long a task will run: the user's word, else its own history, else half of its limit, else an assumption.</summary>
internal static class RunTime
{
    /// <summary>Assumed when nothing is known.</summary>
    public static readonly TimeSpan Unknown = TimeSpan.FromMinutes(10);

    /// <summary>The longest that is forecast. What follows from far-fetched figures would leave the calendar.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    /// <param name="work">Mean of its own history; null: there is none.</param>
    /// <param name="spec">What is asked for.</param>
    /// <param name="on">Where it would run.</param>
    private static (TimeSpan Time, EstimateBasis Basis) Estimate(double? work, WorkloadSpec spec, Requirement on)
    {
        var (time, basis) =
            spec.Estimate is { } guess ? (Sane(guess.TotalSeconds * Ratio(spec.Requirements[0], on)), EstimateBasis.User)
            : work is { } mean ? (Sane(mean / Speed.Of(on)), EstimateBasis.History)
            : spec.TimeLimit is { } limit ? (limit / 2, EstimateBasis.TimeLimit)
            : (Unknown, EstimateBasis.Assumed);
        return spec.TimeLimit is { } most && time > most ? (most, basis) : (time, basis);
    }

    /// <summary>What is left of it where it goes on from a checkpoint: a tenth at least, since nobody knows better than to a tenth.</summary>
    public static (TimeSpan Time, EstimateBasis Basis) Estimate(RunHistory history, Subject subject, Requirement on)
    {
        var (time, basis) = Estimate(subject.MeanWork(history), subject.Spec, on);
        if (subject.Done == TimeSpan.Zero) return (time, basis);
        return (time - subject.Done > time / 10 ? time - subject.Done : time / 10, basis);
    }

    /// <summary>A forecast between nothing and a year.</summary>
    public static TimeSpan Sane(double seconds) => TimeSpan.FromSeconds(Math.Clamp(seconds, 0, Longest.TotalSeconds));

    /// <summary>A guess is meant for the first alternative; one for any model is meant for each.</summary>
    private static double Ratio(Requirement meant, Requirement on) =>
        meant.Accelerator == AcceleratorCatalogue.Any ? 1 : Speed.Of(meant) / Speed.Of(on);
}

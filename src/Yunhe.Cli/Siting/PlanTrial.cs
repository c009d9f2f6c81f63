using Yunhe.Cli.Simulating;
using Yunhe.Planning.Siting;
using Yunhe.Simulator.Networks;
using Yunhe.Simulator.Traces;

namespace Yunhe.Cli.Siting;

/// <summary>A plan's figure beside what came of running it, and of running it with the site left free.</summary>
internal sealed record TrialRow(string What, string Unit, double Plan, double Trial, double? Free);

internal sealed record TrialWait(string Kind, long Jobs, double MeanSeconds, double P50Seconds, double P95Seconds, double MeanRunSeconds);

/// <summary>What became of a plan's year when the controller ran it. Energy, carbon and money are of busy devices, scaled up to the plan and the year.</summary>
internal sealed record TrialResult
{
    public required int Year { get; init; }

    /// <summary>One device of the trial stands for about so many of the plan's.</summary>
    public required double Scale { get; init; }

    public required int Days { get; init; }

    /// <summary>0 to 1: what of the year was run. No season is drawn: a day is like any other but for its hours.</summary>
    public required double ShareOfYear { get; init; }

    public required long Devices { get; init; }

    public required long Jobs { get; init; }

    /// <summary>Did not run to their end: rejected, failed or never begun.</summary>
    public required long NotDone { get; init; }

    public required IReadOnlyList<TrialRow> Rows { get; init; }

    public required IReadOnlyList<TrialWait> Waits { get; init; }

    /// <summary>Of the same jobs where each may go to any site that is near enough and has its hardware; empty: not run.</summary>
    public IReadOnlyList<TrialWait> FreeWaits { get; init; } = [];

    /// <summary>Every job was done, no site's busy share is further from the plan's than <see cref="PlanTrial.BusyWithin"/>, and no kind waits longer than it runs.</summary>
    public required bool Holds { get; init; }

    /// <summary>What it holds by, or what breaks it.</summary>
    public required IReadOnlyList<string> Because { get; init; }
}

/// <summary>Whether a plan holds: its year as a network, its demand as jobs, each sent where the plan serves it, run by the same controller as a server's.</summary>
internal static class PlanTrial
{
    /// <summary>Points of busy share: what chance moves a site's in a month of a few devices (seen over seeds), and no more.</summary>
    public const double BusyWithin = 5;

    private const string Policy = "balanced";

    /// <param name="request">What the plan was made for.</param>
    /// <param name="year">Of the plan; something stands in it.</param>
    /// <param name="options">How small, how long, and whether the site is also left free.</param>
    /// <param name="cancel">Ends it.</param>
    public static TrialResult Run(SitingRequest request, YearOfPlan year, TryOptions options, CancellationToken cancel)
    {
        // 1. The network and its work, run as planned and, if asked for, with the site free.
        var scale = ScaleFor(year, options.Devices);
        var jobs = JobsOf(request, year, options, isFree: false);
        var planned = Simulate(year, jobs, scale, options, cancel);
        var free = options.Free ? Simulate(year, JobsOf(request, year, options, isFree: true), scale, options, cancel) : null;

        // 2. Beside the plan.
        List<TrialRow> busy =
        [
            new("busy devices, all", "%", 100 * year.Standing.Sum(s => s.Devices * s.Busy) / year.Standing.Sum(s => s.Devices), 100 * planned.Busy(null), 100 * free?.Busy(null)),
            .. year.Sites.Select(s => BusyOf(year, s.Site, planned, free)),
        ];
        var (holds, because) = Verdict(busy, planned);
        return new()
        {
            Year = year.Year,
            Scale = scale,
            Days = options.Days,
            ShareOfYear = Math.Min(1, options.Days / 365.0),
            Devices = planned.Devices,
            Jobs = jobs.Count,
            NotDone = planned.NotDone,
            Rows =
            [
                .. busy,
                new("energy of busy devices", "GWh", Energy(year, _ => 1), planned.Energy, free?.Energy),
                new("carbon of busy devices", "kt", Energy(year, s => s.EnergyGwh > 0 ? s.CarbonKt / s.EnergyGwh : 0), planned.Carbon, free?.Carbon),
                new("cost of busy devices", "M¥", year.Standing.Sum(s => s.Devices * s.Busy * s.CnyPerDeviceHour) * 8760 / 1e6, planned.Cost, free?.Cost),
            ],
            Waits = planned.Waits,
            FreeWaits = free?.Waits ?? [],
            Holds = holds,
            Because = because,
        };
    }

    /// <summary>The scale at which a year has about so many devices.</summary>
    public static double ScaleFor(YearOfPlan year, long devices) => Math.Max(1, Math.Round((double)year.Standing.Sum(s => s.Devices) / devices, 1));

    public static IReadOnlyList<TraceJob> JobsOf(SitingRequest request, YearOfPlan year, TryOptions options, bool isFree) =>
        PlanTrace.Jobs(year, TrialStreams.Of(request, year), ScaleFor(year, options.Devices), options.Days, options.Seed, isFree);

    private static TrialTally Simulate(YearOfPlan year, IReadOnlyList<TraceJob> jobs, double scale, TryOptions options, CancellationToken cancel)
    {
        var (network, tally) = (NetworkFile.Of(PlanNetwork.Of(year, scale), $"the plan's {year.Year}"), new TrialTally(year, scale, options.Days));
        new NetworkRun(network, jobs, NetworkPolicies.Find(Policy)!, options.Seed, tally.Add).Run(cancel);
        cancel.ThrowIfCancellationRequested();
        return tally;
    }

    /// <param name="busy">The first row is that of all sites.</param>
    /// <param name="tally">Of the run as planned.</param>
    private static (bool Holds, IReadOnlyList<string> Because) Verdict(IReadOnlyList<TrialRow> busy, TrialTally tally)
    {
        var broken = new List<string>();
        if (tally.NotDone > 0) broken.Add(FormattableString.Invariant($"{tally.NotDone:#,0} jobs were not done"));
        broken.AddRange(busy.Skip(1).Where(r => Math.Abs(r.Trial - r.Plan) > BusyWithin).Select(r => FormattableString.Invariant($"{r.What}: {r.Trial:0.0} % where the plan says {r.Plan:0.0} %")));
        broken.AddRange(tally.Waits.Where(w => w.MeanSeconds > w.MeanRunSeconds).Select(w => FormattableString.Invariant($"{w.Kind} jobs wait {w.MeanSeconds / w.MeanRunSeconds:0.0} times as long as they run")));
        if (broken.Count > 0) return (false, broken);
        var (furthest, longest) = (busy.Skip(1).MaxBy(r => Math.Abs(r.Trial - r.Plan))!, tally.Waits.MaxBy(w => w.MeanSeconds / w.MeanRunSeconds)!);
        return (true,
        [
            "every job was done",
            FormattableString.Invariant($"no site's busy share is more than {Math.Abs(furthest.Trial - furthest.Plan):0.0} points from the plan's"),
            FormattableString.Invariant($"no kind waits longer than {100 * longest.MeanSeconds / longest.MeanRunSeconds:0.#} % of its run ({longest.Kind})"),
        ]);
    }

    private static TrialRow BusyOf(YearOfPlan year, string site, TrialTally planned, TrialTally? free)
    {
        var standing = year.Standing.Where(s => s.Site == site).ToList();
        return new($"busy devices, {site}", "%", 100 * standing.Sum(s => s.Devices * s.Busy) / standing.Sum(s => s.Devices), 100 * planned.Busy(site), 100 * free?.Busy(site));
    }

    private static double Energy(YearOfPlan year, Func<SiteYear, double> weight) => year.Sites.Sum(site =>
        weight(site) * site.Pue * 8.76 * year.Standing.Where(s => s.Site == site.Site).Sum(s => s.Devices * s.Busy * s.KwPerDevice) / 1000);
}

using Yunhe.Cli.Simulating;
using Yunhe.Planning.Siting;
using Yunhe.Simulator.Networks;
using Yunhe.Simulator.Results;
using Yunhe.Simulator.Studies;
using Yunhe.Simulator.Traces;

namespace Yunhe.Cli.Siting;

/// <summary>A plan's figure beside what came of running it.</summary>
internal sealed record TrialRow(string What, string Unit, double Plan, double Trial);

internal sealed record TrialWait(string Kind, long Jobs, double MeanSeconds, double P50Seconds, double P95Seconds);

/// <summary>What became of a plan's year when the controller ran it. Energy, carbon and money are of busy devices, scaled up to the plan.</summary>
internal sealed record TrialResult
{
    public required int Year { get; init; }

    /// <summary>One device of the trial stands for so many of the plan's.</summary>
    public required double Scale { get; init; }

    public required int Days { get; init; }

    public required long Devices { get; init; }

    public required long Jobs { get; init; }

    /// <summary>Did not run to their end: rejected, failed or never begun.</summary>
    public required long NotDone { get; init; }

    public required IReadOnlyList<TrialRow> Rows { get; init; }

    public required IReadOnlyList<TrialWait> Waits { get; init; }
}

/// <summary>Whether a plan holds: its year as a network, its demand as jobs, run by the same controller as a server's.</summary>
internal static class PlanTrial
{
    private const string Policy = "balanced";

    public static TrialResult Run(SitingRequest request, YearOfPlan year, double scale, int days, int seed, CancellationToken cancel)
    {
        // 1. The network and its work.
        var network = NetworkFile.Of(PlanNetwork.Of(year, scale), $"the plan's {year.Year}");
        var jobs = PlanTrace.Jobs(year, TrialStreams.Of(request, year), scale, days, seed);

        // 2. A year of it.
        var (metrics, waits, lost) = (new RunMetrics(Studies.SizesOf(network)), new SortedDictionary<string, List<double>>(StringComparer.Ordinal), 0L);
        new NetworkRun(network, jobs, NetworkPolicies.Find(Policy)!, seed, outcome =>
        {
            metrics.Add(outcome);
            if (outcome.End != JobEnd.Completed) lost++;
            if (outcome.Start < 0) return;
            if (!waits.TryGetValue(outcome.Job.Project!, out var of)) waits[outcome.Job.Project!] = of = [];
            of.Add(outcome.Start - outcome.Job.Submit);
        }).Run(cancel);
        cancel.ThrowIfCancellationRequested();
        var result = metrics.Result(Policy, (ulong)seed);

        // 3. Beside the plan.
        var up = scale * 365 / days;
        return new()
        {
            Year = year.Year,
            Scale = scale,
            Days = days,
            Devices = network.Sites.Sum(s => s.Pools.Sum(p => (long)p.Nodes * p.PerNode.Accelerators)),
            Jobs = jobs.Count,
            NotDone = lost,
            Rows =
            [
                new("busy devices, all", "%", 100 * year.Standing.Sum(s => s.Devices * s.Busy) / year.Standing.Sum(s => s.Devices), 100 * result.Summary.AcceleratorsSteady),
                .. year.Sites.Select(s => Busy(year, s.Site, result)),
                new("energy of busy devices", "GWh", Energy(year, _ => 1), result.Summary.Energy.KWh / 1e6 * up),
                new("carbon of busy devices", "kt", Energy(year, s => s.EnergyGwh > 0 ? s.CarbonKt / s.EnergyGwh : 0), result.Summary.Carbon.Grams / 1e9 * up),
                new("cost of busy devices", "M¥", year.Standing.Sum(s => s.Devices * s.Busy * s.CnyPerDeviceHour) * 8760 / 1e6, (double)result.Summary.Cost.ToDecimal() / 1e6 * up),
            ],
            Waits = [.. waits.Select(w => WaitOf(w.Key, w.Value))],
        };
    }

    /// <summary>The scale at which a year has about so many devices.</summary>
    public static double ScaleFor(YearOfPlan year, long devices) => Math.Max(1, Math.Round((double)year.Standing.Sum(s => s.Devices) / devices, 1));

    public static IReadOnlyList<TraceJob> JobsOf(SitingRequest request, YearOfPlan year, double scale, int days, int seed) =>
        PlanTrace.Jobs(year, TrialStreams.Of(request, year), scale, days, seed);

    private static TrialRow Busy(YearOfPlan year, string site, RunResult result)
    {
        var standing = year.Standing.Where(s => s.Site == site).ToList();
        var ran = result.Sites.FirstOrDefault(s => s.Name == PlanNetwork.NameOf(site));
        return new($"busy devices, {site}", "%", 100 * standing.Sum(s => s.Devices * s.Busy) / standing.Sum(s => s.Devices), ran is { AcceleratorUtilisation: var use } && !double.IsNaN(use) ? 100 * use : 0);
    }

    private static double Energy(YearOfPlan year, Func<SiteYear, double> weight) => year.Sites.Sum(site =>
        weight(site) * site.Pue * 8.76 * year.Standing.Where(s => s.Site == site.Site).Sum(s => s.Devices * s.Busy * s.KwPerDevice) / 1000);

    private static TrialWait WaitOf(string kind, List<double> waits)
    {
        waits.Sort();
        return new(kind, waits.Count, waits.Average(), waits[waits.Count / 2], waits[(int)Math.Min(waits.Count - 1, waits.Count * 0.95)]);
    }
}

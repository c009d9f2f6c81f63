using Yunhe.Core.Accounts;
using Yunhe.Planning.Siting;
using Yunhe.Simulator.Results;

namespace Yunhe.Cli.Siting;

/// <summary>What the jobs of one run of a plan came to, pool by pool, so that each can be scaled up by its own scale.</summary>
internal sealed class TrialTally
{
    /// <summary>Share of the days in which the pools fill: not counted in busy shares.</summary>
    private const double Filling = 0.1;
    private const double Day = 86_400;

    /// <summary>What the meter takes a busy device to draw of its peak; the plan says outright what a busy one draws.</summary>
    private const double Metered = Rating.IdleShare + ((1 - Rating.IdleShare) * Rating.AssumedUtilisation);

    private readonly int days;
    private readonly Dictionary<(string Site, string Pool), PoolTally> pools;
    private readonly SortedDictionary<string, List<(double Wait, double Run)>> kinds = new(StringComparer.Ordinal);

    public TrialTally(YearOfPlan year, double scale, int days)
    {
        this.days = days;
        pools = year.Standing.ToDictionary(s => (PlanNetwork.NameOf(s.Site), PlanNetwork.ModelOf(s.Accelerator)), s => new PoolTally(s, TrialPool.Of(s, scale)));
    }

    /// <summary>Jobs that did not run to their end: rejected, failed or never begun.</summary>
    public long NotDone { get; private set; }

    public long Devices => pools.Values.Sum(p => (long)p.Pool.Devices);

    public void Add(JobOutcome outcome)
    {
        if (outcome.End != JobEnd.Completed) NotDone++;
        if (outcome.Start < 0 || outcome.Finish < outcome.Start) return;
        if (!kinds.TryGetValue(outcome.Job.Project!, out var kind)) kinds[outcome.Job.Project!] = kind = [];
        kind.Add((outcome.Start - outcome.Job.Submit, outcome.Finish - outcome.Start));
        var pool = pools[(outcome.Site, outcome.Pool)];
        var counted = Math.Max(0, Math.Min(outcome.Finish, days * Day) - Math.Max(outcome.Start, Filling * days * Day));
        pool.DeviceSeconds += counted * outcome.Job.Nodes * outcome.Job.Accelerators;
        pool.KWh += outcome.Energy.KWh;
        pool.Grams += outcome.Carbon.Grams;
        pool.Cny += (double)outcome.Cost.ToDecimal();
    }

    /// <summary>0 to 1, of the plan's devices; after the pools have filled and until the last job is handed in. Null: all sites.</summary>
    public double Busy(string? site)
    {
        var counted = pools.Values.Where(p => site is null || p.Standing.Site == site).ToList();
        return counted.Sum(p => p.DeviceSeconds / (days * Day * (1 - Filling)) / p.Pool.Devices * p.Standing.Devices) / counted.Sum(p => p.Standing.Devices);
    }

    /// <summary>GWh of all jobs at the plan's power of a busy device, scaled up to the plan and a year.</summary>
    public double Energy => Up(p => p.KWh) / Metered / 1e6;

    /// <summary>kt, as energy.</summary>
    public double Carbon => Up(p => p.Grams) / Metered / 1e9;

    /// <summary>10^6 CNY.</summary>
    public double Cost => Up(p => p.Cny) / 1e6;

    public IReadOnlyList<TrialWait> Waits => [.. kinds.Select(k =>
    {
        var waits = k.Value.Select(v => v.Wait).Order().ToList();
        return new TrialWait(k.Key, waits.Count, waits.Average(), waits[waits.Count / 2], waits[(int)Math.Min(waits.Count - 1, waits.Count * 0.95)], k.Value.Average(v => v.Run));
    })];

    private double Up(Func<PoolTally, double> of) => pools.Values.Sum(p => of(p) * p.Pool.Scale) * 365 / days;

    private sealed class PoolTally(Standing standing, TrialPool pool)
    {
        public Standing Standing { get; } = standing;

        public TrialPool Pool { get; } = pool;

        public double DeviceSeconds { get; set; }

        public double KWh { get; set; }

        public double Grams { get; set; }

        public double Cny { get; set; }
    }
}

using Yunhe.Core.Units;
using Yunhe.Simulator.Traces;

namespace Yunhe.Simulator.Results;

/// <summary>What a site has in all, in thousandths of processors and of accelerators.</summary>
public sealed record SiteSize(string Name, long CpuMilli, long AcceleratorMilli);

/// <summary>
/// Takes the outcomes of one run, in order of their end, and keeps what its report shows; memory does not grow with the number of jobs.
/// Waits and slowdowns are of jobs that began and ended. Of a job tried several times the last attempt counts.
/// </summary>
public sealed class RunMetrics
{
    /// <summary>Floor of the run time in the bounded slowdown, in seconds (Feitelson 2001).</summary>
    public const double SlowdownFloor = 10;

    private const int MostKeys = 1_000_000;

    private const int MostReasons = 50;

    private const int MostBuckets = 500;

    /// <summary>Submissions may take a small part of the makespan: what was busy meanwhile is told by finer steps than are plotted.</summary>
    private const int SteadyBuckets = 1 << 16;

    /// <summary>Where there are many sites, each has a small plot only.</summary>
    private const int BucketsOfOneOfMany = 60;

    private readonly Quantiles waits = new();
    private readonly Quantiles slowdowns = new();
    private readonly Quantiles boundedSlowdowns = new();
    private readonly SiteTally network;
    private readonly SiteTally finely;
    private readonly Dictionary<string, SiteTally> sites = new(StringComparer.Ordinal);
    private readonly Dictionary<string, MeanOf> users = new(StringComparer.Ordinal);
    private readonly Dictionary<string, MeanOf> projects = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> reasons = new(StringComparer.Ordinal);
    private readonly StepSeries fragmentation = new(MostBuckets);
    private readonly BusyWindow busy = new();
    private readonly long[] ends = new long[Enum.GetValues<JobEnd>().Length];
    private readonly int bucketsOfSite;
    private double firstSubmit = double.PositiveInfinity;
    private double lastSubmit = double.NegativeInfinity;
    private double lastFinish = double.NegativeInfinity;
    private double fragmented = double.NaN;
    private double fragmentedFrom;
    private long retried;
    private long forecasts;
    private long beforeP50;
    private long beforeP90;

    public RunMetrics(IReadOnlyList<SiteSize> sizes)
    {
        bucketsOfSite = sizes.Count <= 100 ? MostBuckets : BucketsOfOneOfMany;
        var all = new SiteSize("", sizes.Sum(s => s.CpuMilli), sizes.Sum(s => s.AcceleratorMilli));
        (network, finely) = (new(all, MostBuckets), new(all, SteadyBuckets));
        foreach (var size in sizes) sites.Add(size.Name, new(size, bucketsOfSite));
    }

    public void Add(JobOutcome outcome)
    {
        ends[(int)outcome.End]++;
        if (outcome.Attempts > 1) retried++;
        firstSubmit = Math.Min(firstSubmit, outcome.Job.Submit);
        lastSubmit = Math.Max(lastSubmit, outcome.Job.Submit);
        lastFinish = Math.Max(lastFinish, outcome.Finish);
        if (outcome.Why.Length > 0 && (reasons.Count < MostReasons || reasons.ContainsKey(outcome.Why)))
            reasons[outcome.Why] = reasons.GetValueOrDefault(outcome.Why) + 1;
        if (outcome.End == JobEnd.Rejected) return;
        network.Add(outcome);
        if (outcome.Start >= 0) finely.Use(outcome.Job, outcome.Start, outcome.Finish);
        network.Bill(outcome.Cost, outcome.Energy, outcome.Carbon);
        var (cost, energy, carbon) = (outcome.Cost, outcome.Energy, outcome.Carbon);
        foreach (var lost in outcome.Lost)
        {
            var site = SiteOf(lost.Site);
            network.Use(outcome.Job, lost.Start, lost.Finish);
            finely.Use(outcome.Job, lost.Start, lost.Finish);
            site.Use(outcome.Job, lost.Start, lost.Finish);
            site.Bill(lost.Cost, lost.Energy, lost.Carbon);
            (cost, energy, carbon) = (cost - lost.Cost, new(energy.Joules - lost.Energy.Joules), new(carbon.Milligrams - lost.Carbon.Milligrams));
        }
        if (outcome.Site.Length > 0)
        {
            SiteOf(outcome.Site).Add(outcome);
            SiteOf(outcome.Site).Bill(cost, energy, carbon);
        }
        if (outcome.Start < 0) return;
        AddForecast(outcome);
        if (outcome.Finish >= outcome.Start) AddEnded(outcome);
    }

    /// <summary>The share of the free accelerators, or processors, that is of no use; holds until the next sample.</summary>
    public void Fragmentation(double time, double share)
    {
        if (double.IsNaN(fragmented)) fragmentedFrom = time;
        fragmentation.Step(time, share - (double.IsNaN(fragmented) ? 0 : fragmented));
        fragmented = share;
    }

    /// <param name="policy">How it is named in the report.</param>
    /// <param name="seed">Runs of one policy differ in it.</param>
    /// <param name="until">When the run was ended, where jobs are unfinished; else the last job's end.</param>
    public RunResult Result(string policy, ulong seed, double? until = null)
    {
        var (from, end) = (firstSubmit, Math.Max(until ?? lastFinish, lastFinish));
        if (!(end > from)) (from, end) = (double.IsFinite(from) ? from : 0, (double.IsFinite(from) ? from : 0) + 1);
        var steady = (From: from + (0.1 * Math.Max(0, lastSubmit - from)), Until: lastSubmit);
        var (whole, fine) = (network.Result(from, end), finely.Result(from, end));
        var fragmentedPoints = double.IsNaN(fragmented) ? [] : fragmentation.Points(fragmentedFrom, end);
        return new(policy, seed, new RunSummary
        {
            Jobs = ends.Sum(),
            Completed = ends[(int)JobEnd.Completed],
            TimedOut = ends[(int)JobEnd.TimedOut],
            Failed = ends[(int)JobEnd.Failed],
            Rejected = ends[(int)JobEnd.Rejected],
            Unfinished = ends[(int)JobEnd.Unfinished],
            Retried = retried,
            Wait = waits.Summary,
            Slowdown = slowdowns.Summary,
            BoundedSlowdown = boundedSlowdowns.Summary,
            IsExact = waits.IsExact,
            Cpus = whole.CpuUtilisation,
            Accelerators = whole.AcceleratorUtilisation,
            CpusSteady = Mean(fine.Cpus, steady.From, steady.Until),
            AcceleratorsSteady = Mean(fine.Accelerators, steady.From, steady.Until),
            Fragmentation = Mean(fragmentedPoints, fragmentedFrom, end),
            Makespan = end - from,
            Cost = whole.Cost,
            Energy = whole.Energy,
            Carbon = whole.Carbon,
            FairnessOfProjects = Jain(projects.Values),
            FairnessOfUsers = Jain(users.Values),
            Forecasts = forecasts,
            BeforeP50 = forecasts > 0 ? (double)beforeP50 / forecasts : double.NaN,
            BeforeP90 = forecasts > 0 ? (double)beforeP90 / forecasts : double.NaN,
        })
        {
            From = from,
            Until = end,
            Network = whole,
            Sites = [.. sites.Values.Select(s => s.Result(from, end))],
            Fragmentation = fragmentedPoints,
            Waits = waits.Curve(400),
            BoundedSlowdowns = boundedSlowdowns.Curve(400),
            Sample = busy.Sample(),
            Reasons = [.. reasons.OrderByDescending(r => r.Value).ThenBy(r => r.Key, StringComparer.Ordinal).Select(r => (r.Key, r.Value))],
        };
    }

    private void AddForecast(JobOutcome outcome)
    {
        if (outcome.ForecastP50 < 0 || outcome.ForecastP90 < 0) return;
        var wait = outcome.Start - outcome.Job.Submit;
        forecasts++;
        if (wait <= outcome.ForecastP50) beforeP50++;
        if (wait <= outcome.ForecastP90) beforeP90++;
    }

    private void AddEnded(JobOutcome outcome)
    {
        var (wait, run) = (Math.Max(0, outcome.Start - outcome.Job.Submit), outcome.Finish - outcome.Start);
        var bounded = BoundedSlowdown(wait, run);
        waits.Add(wait);
        slowdowns.Add(1 + (wait / Math.Max(1, run)));
        boundedSlowdowns.Add(bounded);
        Count(users, outcome.Job.User, bounded);
        Count(projects, outcome.Job.Project, bounded);
        busy.Add(outcome);
    }

    internal static double BoundedSlowdown(double wait, double run) => Math.Max(1, (wait + run) / Math.Max(run, SlowdownFloor));

    private SiteTally SiteOf(string name)
    {
        if (sites.TryGetValue(name, out var site)) return site;
        return sites[name] = new(new(name, 0, 0), bucketsOfSite);
    }

    private static void Count(Dictionary<string, MeanOf> groups, string? name, double value)
    {
        if (name is null) return;
        if (!groups.TryGetValue(name, out var group))
        {
            if (groups.Count >= MostKeys) return;
            groups[name] = group = new();
        }
        group.Count++;
        group.Sum += value;
    }

    /// <summary>Jain, Chiu, Hawe 1984: (Σx)² / (n·Σx²); 1 where all fare alike, 1/n where one bears it all.</summary>
    private static double Jain(IReadOnlyCollection<MeanOf> groups)
    {
        var (sum, squares) = (groups.Sum(g => g.Sum / g.Count), groups.Sum(g => g.Sum / g.Count * g.Sum / g.Count));
        return groups.Count > 0 ? sum * sum / (groups.Count * squares) : double.NaN;
    }

    private static double Mean(IReadOnlyList<SeriesPoint> points, double from, double until) =>
        points.Count > 0 && until > from ? StepSeries.Area(points, from, until) / (until - from) : double.NaN;

    private sealed class MeanOf
    {
        public long Count { get; set; }

        public double Sum { get; set; }
    }

    private sealed class SiteTally(SiteSize size, int buckets)
    {
        private readonly StepSeries cpus = new(buckets);
        private readonly StepSeries accelerators = new(buckets);
        private readonly StepSeries waiting = new(buckets);
        private long jobs;
        private double waited;
        private Money cost;
        private Energy energy;
        private Carbon carbon;

        public void Add(JobOutcome outcome)
        {
            var job = outcome.Job;
            waiting.Step(job.Submit, 1);
            foreach (var lost in outcome.Lost) waiting.Add(lost.Start, lost.Finish, -1);
            if (outcome.Start < 0)
            {
                if (outcome.Finish >= 0) waiting.Step(outcome.Finish, -1);
                return;
            }
            jobs++;
            waited += outcome.Start - job.Submit;
            waiting.Step(outcome.Start, -1);
            Use(job, outcome.Start, outcome.Finish);
        }

        public void Bill(Money money, Energy used, Carbon emitted) => (cost, energy, carbon) = (cost + money, energy + used, carbon + emitted);

        /// <summary>An end before the beginning: there was none.</summary>
        public void Use(TraceJob job, double from, double until)
        {
            var (cpu, accelerator) = ((double)job.Nodes * job.CpuMilli, (double)job.Nodes * job.Accelerators * job.AcceleratorMilli);
            cpus.Step(from, cpu);
            accelerators.Step(from, accelerator);
            if (until < from) return;
            cpus.Step(until, -cpu);
            accelerators.Step(until, -accelerator);
        }

        public SiteResult Result(double from, double until)
        {
            var (cpu, accelerator) = (Shares(cpus, size.CpuMilli, from, until), Shares(accelerators, size.AcceleratorMilli, from, until));
            return new(size.Name, size, jobs)
            {
                MeanWait = jobs > 0 ? waited / jobs : double.NaN,
                Cpus = cpu,
                Accelerators = accelerator,
                CpuUtilisation = size.CpuMilli > 0 ? StepSeries.Area(cpu, from, until) / (until - from) : double.NaN,
                AcceleratorUtilisation = size.AcceleratorMilli > 0 ? StepSeries.Area(accelerator, from, until) / (until - from) : double.NaN,
                Waiting = waiting.Points(from, until),
                Cost = cost,
                Energy = energy,
                Carbon = carbon,
            };
        }

        private static IReadOnlyList<SeriesPoint> Shares(StepSeries busy, long of, double from, double until) =>
            of == 0 ? [] : [.. busy.Points(from, until).Select(p => p with { Value = p.Value / of })];
    }
}

using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Assignment;
using Yunhe.Core.Units;
using Yunhe.Simulator.Traces;

namespace Yunhe.Bench;

/// <summary>What is to be placed in a window.</summary>
internal enum WorkKind
{
    /// <summary>One accelerator each, whole nodes of eight.</summary>
    Unit,

    /// <summary>Cores, memory and accelerators in the proportions of openb's pods.</summary>
    Mixed,

    /// <summary>One to 64 accelerators, above eight as gangs of whole nodes, in each size alike (Philly's sizes and run times).</summary>
    Gangs,
}

/// <summary>Why sites differ for a workload.</summary>
internal enum WhyKind
{
    /// <summary>Prices of regions, and where its data lies.</summary>
    Region,

    /// <summary>The same, and each site again a few hours later at the night's price.</summary>
    Hour,

    /// <summary>Grids' grams per kWh.</summary>
    Carbon,
}

/// <summary>Random windows whose sizes and run times are drawn from traces, or from made-up lists in their proportions where no data is named.</summary>
internal sealed class WindowSamples
{
    private const int Sites = 5;
    private const double AcceleratorHour = 9;
    private const double CoreHour = 0.12;
    private const double NightPrice = 0.55;

    private readonly Random random;
    private readonly List<TraceJob> pods;
    private readonly List<List<TraceJob>> jobs;
    private readonly double[] grids;

    public WindowSamples(string? data, int seed)
    {
        random = new(seed);
        var (openb, philly) = (Path.Combine(data ?? "", "openb/openb_pod_list_default.csv"), Path.Combine(data ?? "", "traces/philly.csv.gz"));
        var grid = Path.Combine(data ?? "", "china/province_co2_factor.csv");
        FromTraces = data is not null;
        if (FromTraces && Array.Find([openb, philly, grid], path => !File.Exists(path)) is { } missing) throw new OptionException($"there is no file {missing}: without --data and YUNHE_DATA sizes are made up");
        pods = FromTraces ? [.. Openb.Read(openb, new(skip: true)).Where(p => p.Accelerators <= 8 && p.CpuMilli <= 96_000 && p.MemoryMiB <= 768 * 1024)] : [.. MadeUpPods()];
        var all = FromTraces ? Philly.Read(philly, new(skip: true)).Where(j => j.RunTime >= 60 && j.Nodes * j.Accelerators <= 64) : MadeUpJobs();
        jobs = [.. all.GroupBy(j => (j.Nodes, j.Accelerators)).Where(g => g.Count() >= 5).OrderBy(g => g.Key).Select(g => g.ToList())];
        grids = FromTraces ? [.. File.ReadLines(grid).Skip(1).Select(l => double.Parse(l.Split(',')[2]))] : [0.11, 0.14, 0.16, 0.42, 0.48, 0.5, 0.52, 0.62, 0.64, 0.66];
    }

    public bool FromTraces { get; }

    /// <param name="kind">Of work.</param>
    /// <param name="why">Sites differ.</param>
    /// <param name="items">So many wait.</param>
    /// <param name="room">Free now over what is asked for, in the scarcest of cores and accelerators.</param>
    public Window Draw(WorkKind kind, WhyKind why, int items, double room, int sites = Sites)
    {
        var asked = Enumerable.Range(0, items).Select(_ => Sample(kind)).ToList();
        var pools = Pools(asked, room, sites);
        var prices = pools.Select(_ => 0.6 + random.NextDouble()).ToArray();
        var carbon = pools.Select(_ => grids[random.Next(grids.Length)]).ToArray();
        var later = why == WhyKind.Hour ? pools.Select(p => p with { Name = p.Name + "+6h" }).ToList() : [];
        return new([.. pools, .. later], [.. asked.Select(a => Item(a, why, prices, carbon))]);
    }

    private WindowItem Item(Asked asked, WhyKind why, double[] prices, double[] carbon)
    {
        var home = random.Next(prices.Length);
        var transfer = 0.3 * Math.Exp(3 + 1.5 * Normal());
        // Some models are old: a site may take up to half as long again for this one.
        var money = prices.Select((price, s) =>
            asked.Hours * asked.Nodes * (asked.Each.Accelerators * AcceleratorHour + asked.Each.Cpus * CoreHour) * price * (1 + random.NextDouble() / 2)
            + (s == home ? 0 : transfer)).ToArray();
        var value = WindowCost.Value(Money.FromDecimal((decimal)money.Min()), asked.Nodes, TimeSpan.FromHours(asked.Hours));
        var scores = (why == WhyKind.Carbon ? carbon.Select((c, s) => c * money[s] / prices[s]) : money).ToArray();
        var best = scores.Min();
        List<WindowChoice> choices = [.. scores.Select((score, s) => new WindowChoice(s, asked.Each, asked.Nodes, WindowCost.Of(score / best, value)))];
        if (why == WhyKind.Hour)
            choices.AddRange(scores.Select((score, s) =>
                new WindowChoice(prices.Length + s, asked.Each, asked.Nodes, WindowCost.Of(score * NightPrice / best + 6 / (6 + asked.Hours), value))));
        var waiting = WindowCost.Waiting(choices.Max(c => c.Cost), value, 0, TimeSpan.FromHours(3 * random.NextDouble()));
        return new(choices, waiting);
    }

    private sealed record Asked(Resources Each, int Nodes, double Hours);

    private Asked Sample(WorkKind kind)
    {
        var group = jobs[kind == WorkKind.Gangs ? random.Next(jobs.Count) : 0];
        var job = group[random.Next(group.Count)];
        var hours = Math.Clamp(job.RunTime / 3600.0, 0.1, 168);
        if (kind == WorkKind.Unit) return new(new(8, 64 * 1024, 1), 1, hours);
        if (kind == WorkKind.Gangs) return new(new(8 * job.Accelerators, 64L * 1024 * job.Accelerators, job.Accelerators), job.Nodes, hours);
        var pod = pods[random.Next(pods.Count)];
        return new(new((int)Math.Max(1, pod.CpuMilli / 1000), Math.Max(1, pod.MemoryMiB), pod.Accelerators), 1, hours);
    }

    /// <summary>Nodes of 96 cores and eight accelerators, partly used, until there is as much room as wanted; each site at least one.</summary>
    private List<WindowPool> Pools(List<Asked> asked, double room, int sites)
    {
        var (cpus, accelerators) = (asked.Sum(a => (double)a.Each.Cpus * a.Nodes), asked.Sum(a => (double)a.Each.Accelerators * a.Nodes));
        var (freeCpus, freeAccelerators) = (0.0, 0.0);
        var nodes = Enumerable.Range(0, sites).Select(_ => new List<FreeNodes>()).ToList();
        for (var n = 0; n < sites || freeCpus < room * cpus || freeAccelerators < room * accelerators; n++)
        {
            var used = random.Next(3) == 0 ? random.Next(1, 6) : 0;
            var free = new Resources(96 - 12 * used, (768 - 96L * used) * 1024, 8 - used);
            nodes[n < sites ? n : random.Next(sites)].Add(new(1, free));
            freeCpus += free.Cpus;
            freeAccelerators += free.Accelerators;
        }
        return [.. nodes.Select((n, s) => new WindowPool($"site{s:00}", n))];
    }

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static IEnumerable<TraceJob> MadeUpPods() =>
        new (int Cpus, int GiB, int Accelerators, int Count)[] { (3, 5, 1, 15), (11, 48, 1, 20), (8, 24, 1, 10), (32, 48, 0, 6), (12, 56, 0, 10), (16, 64, 2, 3), (64, 256, 8, 4) }
            .SelectMany(p => Enumerable.Range(0, p.Count).Select(_ => new TraceJob(0, 0) { CpuMilli = p.Cpus * 1000, MemoryMiB = p.GiB * 1024L, Accelerators = p.Accelerators }));

    private IEnumerable<TraceJob> MadeUpJobs() =>
        new (int Nodes, int Each)[] { (1, 1), (1, 2), (1, 4), (1, 8), (2, 8), (4, 8) }
            .SelectMany(s => Enumerable.Range(0, 200).Select(_ => new TraceJob(0, 0) { Nodes = s.Nodes, Accelerators = s.Each, RunTime = (long)Math.Exp(7 + 2 * Normal()) }));
}

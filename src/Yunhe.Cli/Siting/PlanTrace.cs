using Yunhe.Planning.Siting;
using Yunhe.Simulator.Traces;

namespace Yunhe.Cli.Siting;

/// <summary>
/// Jobs of a plan's year, drawn from a seed. Sizes, lengths and the daily swing are made up by kind of demand; how much work there is follows from
/// the plan: the device-hours of each lane are exactly the plan's, over the pool's scale.
/// </summary>
internal static class PlanTrace
{
    private const int Samples = 20_000;
    private const double Day = 86_400;

    /// <summary>Nodes or devices with their odds; mean hours, log-normal spread, longest; how much more comes at the busiest hour than on average.</summary>
    private sealed record Shape(bool WholeNodes, (int Size, double Odds)[] Sizes, double MeanHours, double Sigma, double MostHours, double Swing);

    private static Shape ShapeOf(DemandKind kind) => kind switch
    {
        DemandKind.Training => new(true, [(1, 0.5), (2, 0.25), (4, 0.15), (8, 0.1)], 8, 1, 72, 0),
        DemandKind.Supercomputing => new(true, [(1, 0.6), (2, 0.25), (4, 0.15)], 6, 1, 48, 0),
        DemandKind.Inference => new(false, [(1, 0.5), (2, 0.25), (4, 0.15), (8, 0.1)], 6, 0.8, 24, 0.4),
        _ => new(false, [(1, 0.6), (2, 0.3), (4, 0.1)], 2, 0.8, 12, 0.3),
    };

    /// <param name="year">Of the plan.</param>
    /// <param name="streams">Its lanes.</param>
    /// <param name="scale">One device stands for about so many.</param>
    /// <param name="days">In which jobs are handed in.</param>
    /// <param name="seed">Of all that is drawn.</param>
    /// <param name="isFree">A job may go to any site that is near enough and has its hardware; else only to its lane's. The jobs are the same.</param>
    /// <returns>In order of submission.</returns>
    public static IReadOnlyList<TraceJob> Jobs(YearOfPlan year, IReadOnlyList<TrialStream> streams, double scale, int days, int seed, bool isFree)
    {
        var jobs = new List<TraceJob>();
        for (var i = 0; i < streams.Count; i++)
        {
            var standing = year.Standing.Single(s => s.Site == streams[i].Site && s.Accelerator == streams[i].Accelerator);
            Draw(streams[i], TrialPool.Of(standing, scale), standing.KwPerDevice, days, new Random(unchecked((seed * 7919) + i)), isFree, jobs);
        }
        jobs.Sort((a, b) => a.Submit != b.Submit ? a.Submit.CompareTo(b.Submit) : a.Number.CompareTo(b.Number));
        return [.. jobs.Select((job, n) => job with { Number = n + 1 })];
    }

    private static void Draw(TrialStream stream, TrialPool pool, double kwPerDevice, int days, Random random, bool isFree, List<TraceJob> jobs)
    {
        var (shape, work) = (ShapeOf(stream.Kind), stream.BusyDevices / pool.Scale * days * 24);
        var mean = Enumerable.Range(0, Samples).Select(_ => Size(shape, pool, random) * Hours(shape, random)).Average();
        var count = (int)Math.Max(1, Math.Round(work / mean));
        var drawn = Enumerable.Range(0, count).Select(_ => (At: Arrival(shape, days, random), Devices: Size(shape, pool, random), Hours: Hours(shape, random))).ToList();

        // What chance made too much or too little of the work is made up for by all lengths alike.
        var mend = work / drawn.Sum(d => d.Devices * d.Hours);
        var cores = PlanNetwork.CoresOf(kwPerDevice, stream.Accelerator);
        IReadOnlyList<string> sites = isFree ? [.. stream.Near.Select(PlanNetwork.NameOf)] : [PlanNetwork.NameOf(stream.Site)];
        IReadOnlyList<string> models = [PlanNetwork.ModelOf(stream.Accelerator)];
        foreach (var (at, size, hours) in drawn)
        {
            var (nodes, devices) = shape.WholeNodes ? (size / pool.DevicesPerNode, pool.DevicesPerNode) : (1, size);
            jobs.Add(new(jobs.Count, (long)at)
            {
                RunTime = Math.Max(1, (long)Math.Round(hours * mend * 3600)), Nodes = nodes, Accelerators = devices, CpuMilli = 1000L * cores * devices, MemoryMiB = 1024L * devices,
                Models = models, Sites = sites, User = stream.Place, Project = stream.Kind.ToString().ToLowerInvariant(),
            });
        }
    }

    /// <summary>Devices. A gang has no more than a quarter of the pool's nodes, other jobs no more than a node.</summary>
    private static int Size(Shape shape, TrialPool pool, Random random)
    {
        var (left, size) = (random.NextDouble(), shape.Sizes[^1].Size);
        foreach (var (n, odds) in shape.Sizes)
        {
            if (left < odds)
            {
                size = n;
                break;
            }
            left -= odds;
        }
        return shape.WholeNodes ? Math.Min(size, Math.Max(1, pool.Nodes / 4)) * pool.DevicesPerNode : Math.Min(size, pool.DevicesPerNode);
    }

    private static double Hours(Shape shape, Random random)
    {
        var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return Math.Min(shape.MostHours, shape.MeanHours * Math.Exp((shape.Sigma * normal) - (shape.Sigma * shape.Sigma / 2)));
    }

    /// <summary>Given their number, arrivals of a Poisson process are drawn each by itself; the busiest hour is 15:00.</summary>
    private static double Arrival(Shape shape, int days, Random random)
    {
        while (true)
        {
            var at = random.NextDouble() * days * Day;
            var rate = (1 + (shape.Swing * Math.Cos(2 * Math.PI * ((at / Day % 1) - (15.0 / 24))))) / (1 + shape.Swing);
            if (random.NextDouble() < rate) return at;
        }
    }
}

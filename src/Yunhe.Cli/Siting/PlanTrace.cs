using Yunhe.Planning.Siting;
using Yunhe.Simulator.Traces;

namespace Yunhe.Cli.Siting;

/// <summary>
/// Jobs of a plan's year, drawn from a seed. Sizes and lengths are made up by kind of demand; how many there are follows from the plan, so that
/// on average as many devices are busy as it says, over the scale.
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

    /// <returns>In order of submission.</returns>
    public static IReadOnlyList<TraceJob> Jobs(YearOfPlan year, IReadOnlyList<TrialStream> streams, double scale, int days, int seed)
    {
        var jobs = new List<TraceJob>();
        for (var i = 0; i < streams.Count; i++) Draw(year, streams[i], scale, days, new Random(unchecked((seed * 7919) + i)), jobs);
        jobs.Sort((a, b) => a.Submit != b.Submit ? a.Submit.CompareTo(b.Submit) : a.Number.CompareTo(b.Number));
        return [.. jobs.Select((job, n) => job with { Number = n + 1 })];
    }

    private static void Draw(YearOfPlan year, TrialStream stream, double scale, int days, Random random, List<TraceJob> jobs)
    {
        // A gang no larger than a quarter of the largest pool it may go to.
        var pools = year.Standing.Where(s => s.Accelerator == stream.Accelerator && stream.Sites.Contains(s.Site)).ToList();
        var (shape, most) = (ShapeOf(stream.Kind), Math.Max(1, pools.Max(s => PlanNetwork.NodesOf(s.Devices, scale)) / 4));
        var cores = PlanNetwork.CoresOf(pools[0].KwPerDevice, stream.Accelerator);
        var (sites, model) = ((IReadOnlyList<string>)[.. stream.Sites.Select(PlanNetwork.NameOf)], (IReadOnlyList<string>)[PlanNetwork.ModelOf(stream.Accelerator)]);
        var mean = Enumerable.Range(0, Samples).Select(_ => One()).Average(j => (double)j.Nodes * j.Devices * j.Seconds);
        var gap = mean / (stream.BusyDevices / scale) / (1 + shape.Swing);
        for (var at = Exponential(random, gap); at < days * Day; at += Exponential(random, gap))
        {
            // Thinning (Lewis and Shedler, 1979): the busiest hour is 15:00.
            var rate = (1 + (shape.Swing * Math.Cos(2 * Math.PI * ((at / Day % 1) - (15.0 / 24))))) / (1 + shape.Swing);
            if (random.NextDouble() >= rate) continue;
            var (nodes, devices, seconds) = One();
            jobs.Add(new(jobs.Count, (long)at)
            {
                RunTime = seconds, Nodes = nodes, Accelerators = devices, CpuMilli = 1000L * cores * devices, MemoryMiB = 1024L * devices, Models = model, Sites = sites,
                User = stream.Place, Project = stream.Kind.ToString().ToLowerInvariant(),
            });
        }

        (int Nodes, int Devices, long Seconds) One()
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
            var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            var hours = Math.Min(shape.MostHours, shape.MeanHours * Math.Exp((shape.Sigma * normal) - (shape.Sigma * shape.Sigma / 2)));
            return shape.WholeNodes ? (Math.Min(size, most), PlanNetwork.DevicesPerNode, (long)Math.Max(60, hours * 3600)) : (1, size, (long)Math.Max(60, hours * 3600));
        }
    }

    private static double Exponential(Random random, double mean) => -Math.Log(1 - random.NextDouble()) * mean;
}

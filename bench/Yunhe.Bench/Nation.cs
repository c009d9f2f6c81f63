using System.Globalization;
using Yunhe.Core.Network;
using Yunhe.Core.Units;
using Yunhe.Simulator.Networks;
using Yunhe.Simulator.Traces;

namespace Yunhe.Bench;

/// <summary>
/// A slice of a year of a nation through the network simulation, every decision by Controller.Step, and what the whole year would take:
/// 100 million jobs on 10,000 sites of 100 nodes with 8 accelerators each.
/// </summary>
internal static class Nation
{
    private const double JobsOfAYear = 100e6;
    private const int NodesPerSite = 100;
    private static readonly string[] Models = ["H100", "A100", "ASCEND910B", "H20"];

    public static Task<IReadOnlyList<Row>> RunAsync(Options options)
    {
        var (sites, jobs) = (options.Number("--sites", 10_000), options.Number("--jobs", 100_000));
        var network = new SimulatedNetwork([.. Enumerable.Range(0, sites).Select(SiteOf)]);
        // As many arrive in a second as in that year, so that the slice is as busy as the year would be.
        var perSecond = JobsOfAYear / (365 * 86400) * sites / 10_000;
        var outcomes = 0;
        var before = GC.GetTotalMemory(true);
        var most = 0;
        NetworkRun? run = null;
        run = new NetworkRun(network, Jobs(jobs, perSecond), NetworkPolicies.Find("balanced")!, 1, _ =>
        {
            outcomes++;
            most = Math.Max(most, run!.InSystem);
        });
        var start = Environment.CpuUsage.TotalTime;
        run.Run();
        var taken = (Environment.CpuUsage.TotalTime - start).TotalSeconds;
        var memory = (GC.GetTotalMemory(true) - before) / 1048576.0;
        if (outcomes != jobs) throw new InvalidOperationException($"{outcomes} of {jobs} jobs were told of");
        IReadOnlyList<Row> rows =
        [
            new($"{sites:N0} sites: simulated through Controller.Step", "jobs/CPU s", jobs / taken, null, $"{jobs:N0} jobs, {run.Events:N0} events"),
            new("a year of 100 million jobs, from this slice", "CPU h", JobsOfAYear / (jobs / taken) / 3600, null, "estimated"),
            new("most jobs in the system at a time", "jobs", most, null, ""),
            new("memory of the state at the end", "MiB", memory, null, ""),
            new("working set", "MiB", Environment.WorkingSet / 1048576.0, null, "with the runtime"),
        ];
        return Task.FromResult(rows);
    }

    private static IEnumerable<TraceJob> Jobs(int count, double perSecond)
    {
        var random = new Random(1);
        var at = 0.0;
        for (var i = 1; i <= count; i++)
        {
            at -= Math.Log(1 - random.NextDouble()) / perSecond;
            var nodes = random.Next(10) switch { < 8 => 1, < 9 => random.Next(2, 9), _ => random.Next(9, 65) };
            var length = (long)Math.Exp(7 + 1.5 * (random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5));
            yield return new(i, (long)at)
            {
                RunTime = length,
                RequestedTime = length * random.Next(1, 5),
                Nodes = nodes,
                CpuMilli = 8000,
                MemoryMiB = 65_536,
                Accelerators = nodes > 1 ? 8 : 1 << random.Next(4),
                Models = random.Next(3) == 0 ? [] : [Models[random.Next(Models.Length)]],
                User = string.Create(CultureInfo.InvariantCulture, $"u{random.Next(1000)}"),
            };
        }
    }

    private static Site SiteOf(int i) => new()
    {
        Name = string.Create(CultureInfo.InvariantCulture, $"s{i:00000}"),
        Place = new(i / 4 % 2 == 0 ? "east" : "west", $"p{i % 31}", $"c{i % 300}"),
        Link = new(10_000_000_000, 5 + i % 50, Money.FromDecimal(0.1m)),
        Prices = new(Money.FromDecimal(0.05m), Money.FromDecimal(0.01m), new Dictionary<string, Money> { ["*"] = Money.FromDecimal(5 + i * 7919 % 1000 / 100m) }),
        Green = new(1.1 + i % 7 * 0.05, 300 + i * 31 % 500, 0.3, 6),
        Engine = new(EngineSpec.Simulated, new Dictionary<string, string>()),
        Pools = [new() { Name = "gpu", Nodes = NodesPerSite, PerNode = new(64, 8 * 65_536L, 8), Accelerator = Models[i % Models.Length] }],
    };
}

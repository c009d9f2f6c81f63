using Yunhe.Core.Network;
using Yunhe.Core.Workloads;
using Yunhe.Simulator.Networks;
using Yunhe.Simulator.Results;
using Yunhe.Simulator.Traces;

namespace Yunhe.Simulation.Tests;

/// <summary>Nobody waits for ever behind a stream of others that fit more easily.</summary>
public sealed class StarvationTests
{
    /// <summary>As long as the longest of the small ones runs, and as long again for what has begun meanwhile, and a quarter of an hour.</summary>
    private const double MostWait = 2 * 600 + 900;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_gang_of_all_nodes_starts_though_small_jobs_never_stop_coming(int seed)
    {
        var random = new Random(seed);
        var (nodes, cpus) = (random.Next(2, 6), random.Next(2, 9));
        // The small ones alone would keep nine tenths of the site busy.
        var gap = 315.0 / (nodes * cpus * 0.9);
        var submit = 0.0;
        var jobs = new List<TraceJob>();
        while (submit < 4 * 3600)
        {
            submit += gap * 2 * random.NextDouble();
            jobs.Add(new(jobs.Count + 1, (long)submit) { RunTime = random.Next(30, 600), RequestedTime = 600, CpuMilli = 1000, User = $"u{random.Next(5)}" });
        }
        var gang = new TraceJob(0, 3600) { RunTime = 300, RequestedTime = 600, Nodes = nodes, CpuMilli = cpus * 1000, User = "large" };
        jobs.Insert(jobs.FindIndex(j => j.Submit >= gang.Submit), gang);

        JobOutcome? large = null;
        new NetworkRun(
            new([Networks.Site("a", nodes: nodes, cpus: cpus)]) { Start = Networks.Start }, jobs, NetworkPolicies.Find("balanced")!, seed,
            o => large = o.Job.Number == 0 ? o : large).Run(TestContext.Current.CancellationToken);
        Assert.Equal(JobEnd.Completed, large!.End);
        Assert.InRange(large.Start - gang.Submit, 0, MostWait);
    }

    [Theory]
    [InlineData(3, "cost")]
    [InlineData(60, "cost")]
    [InlineData(60, "carbon")]
    public void What_would_wait_for_the_best_site_however_long_starts_there_whenever_it_comes_free(int sites, string policy)
    {
        Site[] all = [Networks.Site("a", nodes: 1, cpus: 1, carbon: 100), .. Enumerable.Range(1, sites - 1).Select(i => Networks.Site($"b{i:00}", cpuHour: 0.2m))];
        var jobs = Enumerable.Range(1, 30).Select(i => new TraceJob(i, i) { RunTime = 1000, CpuMilli = 1000, User = $"u{i % 3}" });
        var outcomes = new List<JobOutcome>();
        new NetworkRun(new(all) { Start = Networks.Start }, jobs, NetworkPolicies.Find(policy)!, 1, outcomes.Add).Run(TestContext.Current.CancellationToken);
        Assert.All(outcomes, o => Assert.Equal((JobEnd.Completed, "a"), (o.End, o.Site)));
        Assert.Equal(Enumerable.Range(0, 30).Select(i => 1 + (1000.0 * i)), outcomes.Select(o => Math.Round(o.Start)).Order());
    }
}

using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Queueing;
using Yunhe.Simulator.Machines;
using Yunhe.Simulator.Networks;
using Yunhe.Simulator.Results;
using Yunhe.Simulator.Traces;

namespace Yunhe.Simulation.Tests;

/// <summary>A network of one site with one node and a queue of its own is one machine.</summary>
public sealed class OneMachineTests
{
    [Theory]
    [InlineData("fcfs", 1)]
    [InlineData("fcfs", 2)]
    [InlineData("easy", 1)]
    [InlineData("easy", 2)]
    [InlineData("easy", 3)]
    public void Every_job_starts_when_it_would_on_the_machine(string queue, int seed)
    {
        var jobs = Jobs(seed);
        var site = Networks.Site("a", nodes: 1, cpus: 16) with
        {
            Engine = new(EngineSpec.Slurm, new Dictionary<string, string> { ["queue"] = queue }), MaxPending = 100_000,
        };
        var outcomes = new List<JobOutcome>();
        new NetworkRun(new([site]) { Start = Networks.Start }, jobs, NetworkPolicies.Find("time")!, 1, outcomes.Add).Run(TestContext.Current.CancellationToken);
        var machine = MachineRun.Outcomes(jobs, new(16, queue == "fcfs" ? QueuePolicy.Fcfs : QueuePolicy.Easy));
        Assert.Equal(
            machine.OrderBy(o => o.Job.Number).Select(o => (o.Job.Number, o.Start, o.Finish, o.End)),
            outcomes.OrderBy(o => o.Job.Number).Select(o => (o.Job.Number, o.Start, o.Finish, o.End)));
        Assert.True(outcomes.Average(o => o.Start - o.Job.Submit) > 100);
    }

    private static List<TraceJob> Jobs(int seed)
    {
        var random = new Random(seed);
        var submit = 0L;
        return [.. Enumerable.Range(1, 400).Select(i => new TraceJob(i, submit += random.Next(0, 180))
        {
            RunTime = random.Next(1, 900), RequestedTime = random.Next(1, 1500), CpuMilli = 1000 * (random.Next(4) == 0 ? random.Next(8, 17) : random.Next(1, 5)), User = "u",
        })];
    }
}

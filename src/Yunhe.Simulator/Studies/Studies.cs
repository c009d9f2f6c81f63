using Yunhe.Core.Network;
using Yunhe.Simulator.Machines;
using Yunhe.Simulator.Networks;
using Yunhe.Simulator.Results;
using Yunhe.Simulator.Traces;

namespace Yunhe.Simulator.Studies;

/// <summary>The two kinds of studies: of one batch machine's queue, and of a network.</summary>
public static class Studies
{
    private const string Machine = "machine";

    /// <param name="policies">Names that <see cref="MachinePolicies"/> knows.</param>
    /// <param name="processors">Of the machine.</param>
    /// <param name="traceOf">The jobs of a seed's run.</param>
    public static Study OfMachine(IEnumerable<string> policies, int processors, Func<int, IEnumerable<TraceJob>> traceOf) => new(
        [.. policies.Select(name => new StudyPolicy(name, (run, cancel) =>
        {
            foreach (var outcome in MachineRun.Outcomes(run.Trace, MachinePolicies.Find(name, processors)!, Machine))
            {
                if (cancel.IsCancellationRequested) return;
                run.Done(outcome);
            }
        }))],
        [new(Machine, processors * 1000L, 0)],
        traceOf);

    /// <param name="policies">Names that <see cref="NetworkPolicies"/> knows.</param>
    /// <param name="network">The sites.</param>
    /// <param name="traceOf">The jobs of a seed's run.</param>
    public static Study OfNetwork(IEnumerable<string> policies, SimulatedNetwork network, Func<int, IEnumerable<TraceJob>> traceOf) => new(
        [.. policies.Select(name => new StudyPolicy(name, (run, cancel) =>
            new NetworkRun(network, run.Trace, NetworkPolicies.Find(name)!, run.Seed, run.Done) { Fragmentation = run.Fragmentation }.Run(cancel)))],
        SizesOf(network),
        traceOf);

    public static IReadOnlyList<SiteSize> SizesOf(SimulatedNetwork network) =>
        [.. network.Sites.Select(s => new SiteSize(s.Name, Sum(s, p => p.PerNode.Cpus), Sum(s, p => p.PerNode.Accelerators)))];

    private static long Sum(Site site, Func<Pool, int> of) => site.Pools.Sum(p => 1000L * p.Nodes * of(p));
}

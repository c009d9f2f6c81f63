using Yunhe.Simulator.Networks;
using Yunhe.Simulator.Traces;

namespace Yunhe.Simulation.Tests;

/// <summary>Measures the whole process, so nothing else runs beside it.</summary>
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
[Collection(nameof(MemoryTests))]
public sealed class MemoryTests
{
    [Fact]
    public void Memory_grows_with_what_is_in_the_system_and_not_with_what_has_passed_through_it()
    {
        const int Jobs = 8_000;
        var (first, most, count) = (0L, 0L, 0);
        IEnumerable<TraceJob> Trace()
        {
            for (var i = 1; i <= Jobs; i++)
            {
                if (i % 2000 == 0)
                {
                    var now = GC.GetTotalMemory(forceFullCollection: true) >> 10;
                    if (first == 0) first = now;
                    else most = Math.Max(most, now);
                }
                yield return new(i, i * 10) { RunTime = 100, CpuMilli = 1000 };
            }
        }
        var network = new SimulatedNetwork([Networks.Site("a", nodes: 4, cpus: 8)]) { Start = Networks.Start };
        new NetworkRun(network, Trace(), NetworkPolicies.Find("cost")!, 1, _ => count++).Run();
        Assert.Equal(Jobs, count);
        Assert.InRange(most, 0, first + 1024);
    }
}

using Yunhe.Core.Network;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;
using Yunhe.Engines;
using Yunhe.Simulator;

namespace Yunhe.Conformance.Simulated;

/// <summary>What the simulator promises of sites is what real engines do.</summary>
public abstract class SimulatedConformance(string engine) : LifecycleConformance
{
    protected override EngineHarness Harness { get; } = new SimulatedHarness(engine);
}

public sealed class SimulatedNodesConformance() : SimulatedConformance(EngineSpec.Simulated);

public sealed class SimulatedQueueConformance() : SimulatedConformance(EngineSpec.Slurm);

internal sealed class SimulatedHarness : EngineHarness
{
    private readonly SimulatedSite site;

    public SimulatedHarness(string engine)
    {
        Site = new()
        {
            Name = "simulated",
            Place = new(),
            Link = new(1_000_000_000, 1, Money.Zero),
            Prices = PriceBook.Free,
            Green = new(1.2, 500, 0, 10),
            Engine = new(engine, new Dictionary<string, string>()),
            Pools = [new() { Name = "main", Nodes = 4, PerNode = new(8, 8192, 0) }],
        };
        site = new(Site, Behave);
    }

    public override Site Site { get; }

    public override string BlobFolder => "";

    public override string Pool => "main";

    public override IEngine Open() => new SimulatedEngine(site, TimeProvider.System);

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public override WorkloadSpec Exits(int code, TimeSpan after = default) => Script($"exits {code} {(int)after.TotalSeconds}");

    public override WorkloadSpec Sleeps() => Script("exits 0 1000");

    public override WorkloadSpec KillsItself() => Script("killed");

    public override WorkloadSpec IgnoresSigterm() => Script("stubborn");

    public override WorkloadSpec FailsOnTheSecondNode(int code) => Script($"exits {code} 0") with { Nodes = 2 };

    private static SimulatedRun Behave(Launch launch) => launch.Spec.Program.Run!.Split(' ') switch
    {
        ["exits", var code, var after] => new(TimeSpan.FromSeconds(int.Parse(after)), int.Parse(code)),
        ["killed"] => new(TimeSpan.Zero, Signal: 9),
        _ => new(TimeSpan.FromHours(1)) { Grace = TimeSpan.FromSeconds(1) },
    };
}

using Yunhe.Core.Network;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;

namespace Yunhe.Simulation.Tests;

/// <summary>Sites and workloads for simulated tests.</summary>
internal static class Networks
{
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static Site Site(
        string name, int nodes = 4, int cpus = 8, decimal cpuHour = 0.1m, double pue = 1.2, double carbon = 500,
        string engine = EngineSpec.Simulated, string? accelerator = null, int accelerators = 0) => new()
        {
            Name = name,
            Place = new("east", "Zhejiang", "Hangzhou"),
            Link = new(1_000_000_000, 5, Money.FromDecimal(0.5m)),
            Prices = new(Money.FromDecimal(cpuHour), Money.FromDecimal(0.01m), new Dictionary<string, Money> { ["*"] = Money.FromDecimal(10) }),
            Green = new(pue, carbon, 0.3, 10),
            Engine = new(engine, new Dictionary<string, string>()),
            Pools =
            [
                new()
                {
                    Name = "main", Nodes = nodes, PerNode = new(cpus, cpus * 4096L, accelerators), Accelerator = accelerator,
                },
            ],
        };

    public static WorkloadSpec Job(string name = "job", int cpus = 1, int nodes = 1) => new()
    {
        Name = name,
        Program = new(ProgramKind.Task) { Run = "true" },
        Requirements = [new(new(cpus, cpus * 1024L, 0))],
        Nodes = nodes,
    };
}

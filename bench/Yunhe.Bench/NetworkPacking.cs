using System.Globalization;
using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Packing;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;
using Yunhe.Simulator.Packing;

namespace Yunhe.Bench;

/// <summary>
/// The openb cluster as a site of a network, a pool for each kind of node: pods are handed in one by one and stay, one that finds no room at once
/// is withdrawn, as in the published protocol. Everything by Controller.Step. Cores are rounded up to whole ones.
/// </summary>
internal static class NetworkPacking
{
    private const int Last = 130;
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static IEnumerable<Row> Measure(OpenbVariant variant, IReadOnlyList<OpenbVariant.Order> orders)
    {
        var start = Environment.CpuUsage.TotalTime;
        var runs = orders.Select(order => Run(variant, order)).ToList();
        var (asked, taken) = (runs.Sum(r => r.Pods), (Environment.CpuUsage.TotalTime - start).TotalSeconds);
        foreach (var percent in (int[])[95, 100, 130])
            yield return new($"{variant.Name}: network, allocated at {percent} %", "%", runs.Average(r => r.Allocated.GetValueOrDefault(percent, double.NaN)), null, $"{orders.Count} orders");
        yield return new($"{variant.Name}: network, a pod in all", "µs", taken / asked * 1e6, null, "submitted, placed or withdrawn");
    }

    private static (Dictionary<int, double> Allocated, int Pods) Run(OpenbVariant variant, OpenbVariant.Order order)
    {
        var (state, random, running) = (new State(), new Random(1), 0L);
        var (arrived, held, pods, next) = (0L, 0L, 0, 0);
        var allocated = new Dictionary<int, double>();
        Give(new CreateNetwork());
        Give(new AddSite(SiteOf(variant)));
        Give(new Observe("openb", new() { Pools = [] }));
        foreach (var pod in order.Pods)
        {
            var request = variant.Pods[pod];
            arrived += request.Milli;
            var percent = (int)Math.Min(Last + 1, Math.Round(100.0 * arrived / variant.TotalMilli, MidpointRounding.AwayFromZero));
            for (; next < percent; next++) allocated[next] = 100.0 * held / variant.TotalMilli;
            if (percent > Last) break;
            pods++;
            var id = Give(new Submit(SpecOf(request), "u", null, null));
            if (id.Workload is { } workload)
            {
                if (Give(new Tick()).Events.OfType<AttemptPlaced>().Any()) held += request.Milli;
                else Give(new Cancel(workload, "u"));
            }
            allocated[percent] = 100.0 * held / variant.TotalMilli;
            next = percent + 1;
        }
        return (allocated, pods);

        StepResult Give(Input input) => Controller.Step(state, input, Start.AddMilliseconds(running++), random);
    }

    private static string NameOf(int model) => string.Create(CultureInfo.InvariantCulture, $"M{model}");

    private static Site SiteOf(OpenbVariant variant) => new()
    {
        Name = "openb",
        Place = new("", "", ""),
        Link = new(10_000_000_000, 1, Money.Zero),
        Prices = new(Money.FromDecimal(0.05m), Money.Zero, new Dictionary<string, Money> { ["*"] = Money.FromDecimal(1) }),
        Green = new(1.2, 500, 0, 10),
        Engine = new(EngineSpec.Simulated, new Dictionary<string, string>()),
        Pools =
        [
            .. variant.Nodes.GroupBy(n => n).OrderBy(g => g.Key.Model).ThenBy(g => g.Key.Cards).ThenBy(g => g.Key.CpuMilli).ThenBy(g => g.Key.MemoryMiB).Select((g, i) => new Pool
            {
                Name = string.Create(CultureInfo.InvariantCulture, $"p{i:00}"),
                Nodes = g.Count(),
                PerNode = new(g.Key.CpuMilli / 1000, g.Key.MemoryMiB, g.Key.Cards),
                Accelerator = g.Key.Cards > 0 ? NameOf(g.Key.Model) : null,
            }),
        ],
    };

    private static WorkloadSpec SpecOf(PackRequest request)
    {
        var each = new Resources((request.CpuMilli + 999) / 1000, request.MemoryMiB, request.IsShare ? 0 : request.Cards) { Share = request.IsShare ? request.MilliPerCard : 0 };
        return new()
        {
            Name = "pod",
            Program = new(ProgramKind.Command) { Command = ["true"] },
            Requirements = request.Cards == 0 ? [new(each)]
                : request.Models == ulong.MaxValue ? [new(each, AcceleratorCatalogue.Any)]
                : [.. Enumerable.Range(0, 64).Where(request.Admits).Select(m => new Requirement(each, NameOf(m)))],
            TimeLimit = TimeSpan.FromHours(1),
        };
    }
}

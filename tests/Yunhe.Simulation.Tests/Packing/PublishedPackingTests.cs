using System.Globalization;
using Yunhe.Core.Scheduling.Packing;
using Yunhe.Simulator.Packing;

namespace Yunhe.Simulation.Tests.Packing;

/// <summary>The openb cluster packed by published policies, against what was published.</summary>
public sealed class PublishedPackingTests
{
    private static (OpenbVariant Variant, IReadOnlyList<OpenbVariant.Order> Orders) Load(string name)
    {
        var folder = Path.GetDirectoryName(Scratch.Data("openb/published.csv"))!;
        var variant = new OpenbVariant(name, Path.Combine(folder, $"openb_pod_list_{name}.csv"), Path.Combine(folder, "openb_node_list_gpu_node.csv"));
        var files = Directory.GetFiles(Path.Combine(folder, "orders"), $"{name}_*.txt.gz").Order(StringComparer.Ordinal);
        return (variant, [.. files.Select(variant.ReadOrder)]);
    }

    private static double[] Published(string variant, string policy) =>
    [
        .. File.ReadLines(Scratch.Data("openb/published.csv")).Select(l => l.Split(',')).Single(f => f[0] == variant && f[1] == policy)[2..5]
            .Select(x => double.Parse(x, CultureInfo.InvariantCulture)),
    ];

    private static double[] Means(IReadOnlyList<PackingRun> runs) =>
        [.. new[] { 95, 100, 130 }.Select(percent => Math.Round(runs.Average(r => r.AllocatedPercent(percent)), 3))];

    [Theory]
    [InlineData("default")]
    [InlineData("multigpu50")]
    public void Best_fit_is_the_published_one_to_the_last_digit(string name)
    {
        var (variant, orders) = Load(name);
        Assert.Equal(Published(name, "05-BestFit"), Means([.. orders.Select(o => PackingRun.Of(variant, o, _ => new BestFit()))]));
    }

    [Theory]
    [InlineData("default")]
    public void FGD_is_within_a_quarter_of_a_point_and_the_packing_of_our_own_above_it(string name)
    {
        var (variant, orders) = Load(name);
        var (published, mix) = (Published(name, "06-FGD"), RequestMix.Of(variant.Pods));
        var fgd = Means([.. orders.Select(o => PackingRun.Of(variant, o, _ => new FragmentationGradient(mix)))]);
        for (var i = 0; i < published.Length; i++) Assert.Equal(published[i], fgd[i], 0.25);
        var ours = orders.Select(o => PackingRun.Of(variant, o, fleet => new BalancedFragmentation(fleet))).ToList();
        Assert.All(ours, run => Assert.Equal(0, run.DroppedWithRoom));
        Assert.True(Means(ours)[1] > published[1] && Means(ours)[2] > published[2]);
    }
}

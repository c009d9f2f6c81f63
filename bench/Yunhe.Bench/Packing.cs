using System.Globalization;
using Yunhe.Core.Scheduling.Packing;
using Yunhe.Simulator.Packing;

namespace Yunhe.Bench;

/// <summary>
/// GPU packing on the openb cluster: the published best fit and FGD run again beside the published figures, and Yunhe's own packing
/// beside FGD. FGD knows the variant's list of pods beforehand, as published; Yunhe's learns the mix from the pods that have come.
/// </summary>
internal static class Packing
{
    private const string Paper = "Beware of Fragmentation, ATC '23, mean of 10 seeds";
    private const int FirstSeed = 42;

    private static readonly (string Name, string Published, Func<OpenbVariant, Fleet, IPackingStrategy> Make)[] Strategies =
    [
        ("best fit", "05-BestFit", (_, _) => new BestFit()),
        ("FGD", "06-FGD", (variant, _) => new FragmentationGradient(RequestMix.Of(variant.Pods))),
        ("Yunhe", "06-FGD", (_, fleet) => new BalancedFragmentation(fleet)),
    ];

    public static Task<IReadOnlyList<Row>> RunAsync(Options options)
    {
        var folder = Path.Combine(options.DataFolder, "openb");
        var nodes = options.Text("--nodes") ?? Path.Combine(folder, "openb_node_list_gpu_node.csv");
        var published = Published(Path.Combine(folder, "published.csv"));
        var rows = new List<Row>();
        if (options.Has("--large")) return Task.FromResult<IReadOnlyList<Row>>([.. Large(folder, nodes)]);
        if (options.Text("--variant") is { } file)
        {
            var variant = new OpenbVariant(Path.GetFileNameWithoutExtension(file).Replace("openb_pod_list_", "", StringComparison.Ordinal), file, nodes);
            // Nothing was published on a list of the same name elsewhere, or on other nodes.
            if (options.Text("--nodes") is not null || Path.GetDirectoryName(Path.GetFullPath(file)) != Path.GetFullPath(folder)) published = [];
            var seeds = Enumerable.Range(FirstSeed, options.Number("--seeds", 10));
            var files = options.Texts("--orders");
            rows.AddRange(Measure(variant, files.Count > 0 ? [.. files.Select(variant.ReadOrder)] : [.. seeds.Select(s => variant.Shuffled(s))], published, options));
            return Task.FromResult<IReadOnlyList<Row>>(rows);
        }
        if (published.Count == 0) throw new OptionException($"there is no {Path.Combine(folder, "published.csv")}: say --data DIR, or a list of pods, --variant PODS.csv");
        foreach (var name in published.Keys.Select(k => k.Variant).Distinct())
        {
            var variant = new OpenbVariant(name, Path.Combine(folder, $"openb_pod_list_{name}.csv"), nodes);
            var files = Directory.GetFiles(Path.Combine(folder, "orders"), $"{name}_*.txt.gz").Order(StringComparer.Ordinal);
            rows.AddRange(Measure(variant, [.. files.Select(variant.ReadOrder)], published, options));
        }
        return Task.FromResult<IReadOnlyList<Row>>(rows);
    }

    private static IEnumerable<Row> Measure(
        OpenbVariant variant, IReadOnlyList<OpenbVariant.Order> orders, IReadOnlyDictionary<(string Variant, string Policy), double[]> published, Options options)
    {
        if (options.Has("--network"))
        {
            foreach (var row in NetworkPacking.Measure(variant, [.. orders.Take(options.Number("--seeds", 10))])) yield return row;
            yield break;
        }
        List<PackingRun>? beside = null;
        foreach (var (name, policy, make) in Strategies)
        {
            var runs = orders.Select(order => PackingRun.Of(variant, order, fleet => make(variant, fleet))).ToList();
            // A variant that nothing was published on is held against FGD in this run.
            published.TryGetValue((variant.Name, policy), out var known);
            double? Reference(int column, Func<PackingRun, double> ours) => known?[column] ?? (name == "Yunhe" ? beside!.Average(ours) : null);
            var source = known is null ? $"{(name == "Yunhe" ? "FGD, same run, " : "")}{orders.Count} orders" : $"{policy[3..]}: {Paper}";
            foreach (var (percent, column) in new[] { (95, 0), (100, 1), (130, 2) })
                yield return new($"{variant.Name}: {name}, allocated at {percent} %", "%", runs.Average(r => r.AllocatedPercent(percent)), Reference(column, r => r.AllocatedPercent(percent)), source);
            yield return new($"{variant.Name}: {name}, fragmented of idle at 80 %", "%", runs.Average(r => r.FragmentedPercent), Reference(3, r => r.FragmentedPercent), source);
            foreach (var (label, share) in new[] { ("p50", 0.5), ("p99", 0.99) })
                yield return new($"{variant.Name}: {name}, decision {label}", "µs", Decision(runs, share), name == "Yunhe" ? Decision(beside!, share) : null, name == "Yunhe" ? "FGD, same run" : $"{variant.Nodes.Count} nodes");
            if (runs.Sum(r => r.DroppedWithRoom) is > 0 and var wrong) throw new InvalidOperationException($"{name} dropped {wrong} pods that some node had room for");
            beside = runs;
        }
    }

    /// <summary>The cluster 825 times over, from empty up to a tenth of its cards: the last decisions are measured.</summary>
    private static IEnumerable<Row> Large(string folder, string nodes)
    {
        const int Times = 825;
        const int Measured = 200_000;
        const int LoadPercent = 10;
        var variant = new OpenbVariant("1,000,000 nodes", Path.Combine(folder, "openb_pod_list_default.csv"), nodes, Times);
        var order = variant.Shuffled(FirstSeed, LoadPercent);
        foreach (var (name, _, make) in Strategies)
        {
            var run = PackingRun.Of(variant, order, fleet => make(variant, fleet));
            var last = new Timings([.. run.Microseconds.TakeLast(Measured)], TimeSpan.Zero);
            foreach (var (label, share) in new[] { ("p50", 0.5), ("p99", 0.99) })
                yield return new($"{variant.Name}: {name}, decision {label}", "µs", last.Percentile(share), null, $"{variant.Nodes.Count} nodes, {Measured} decisions up to {LoadPercent} % load");
        }
    }

    private static double Decision(List<PackingRun> runs, double share) =>
        new Timings([.. runs.SelectMany(r => r.Microseconds)], TimeSpan.Zero).Percentile(share);

    private static Dictionary<(string Variant, string Policy), double[]> Published(string file) => !File.Exists(file) ? [] :
        File.ReadLines(file).Skip(1).Select(line => line.Split(',')).ToDictionary(
            f => (f[0], f[1]), f => new[] { f[2], f[3], f[4], f[6] }.Select(x => double.Parse(x, CultureInfo.InvariantCulture)).ToArray());
}

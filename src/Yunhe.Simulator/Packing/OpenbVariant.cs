using System.Text;
using Yunhe.Core.Scheduling.Packing;
using Yunhe.Simulator.Traces;

namespace Yunhe.Simulator.Packing;

/// <summary>
/// A list of pods and the nodes they are packed on, and the order in which pods come; <c>Nodes</c> and <c>Pods</c> of an order are
/// places in the lists, and nodes stand in the order in which ties are broken.
/// </summary>
public sealed class OpenbVariant
{
    private const string Copy = "-tuned-";

    private readonly Dictionary<string, int> nodeNames;
    private readonly Dictionary<string, int> podNames = new(StringComparer.Ordinal);

    /// <param name="times">So many clusters like it in one; orders are then drawn, not read.</param>
    /// <exception cref="TraceException">A bad line, a node that is there twice, or no GPU at all.</exception>
    public OpenbVariant(string name, string podFile, string nodeFile, int times = 1)
    {
        Name = name;
        var nodes = Openb.Nodes(nodeFile, new BadLines(skip: false));
        // Of one without a model nobody knows which it is: it is none of those that pods name.
        var models = nodes.Select(n => n.Model ?? "").Distinct().OrderBy(m => m.Length == 0).ToList();
        if (models.Count > NodeShape.MostCards) throw new TraceException(nodeFile, 0, "model", $"at most {NodeShape.MostCards} models", $"{models.Count}");
        var shapes = new Dictionary<NodeShape, NodeShape>();
        Nodes = [.. Enumerable.Repeat(nodes, times).SelectMany(n => n).Select(n => Same(shapes, new((int)n.CpuMilli, n.MemoryMiB, n.Accelerators, models.IndexOf(n.Model ?? ""))))];
        if (nodes.GroupBy(n => n.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { Key: var twice }) throw new TraceException(nodeFile, 0, "sn", "each node once", twice);
        nodeNames = nodes.Select((n, i) => (n.Name, i)).ToDictionary(n => n.Name, n => n.i, StringComparer.Ordinal);
        Pods = [.. Openb.Read(podFile, new BadLines(skip: false)).OrderBy(job => job.Number).Select(job => Request(job, models))];
        foreach (var (podName, i) in Openb.Names(podFile).Select((podName, i) => (podName, i)))
            if (!podNames.TryAdd(podName, i)) throw new TraceException(podFile, i + 2, "name", "each pod once", podName);
        TotalMilli = Nodes.Sum(n => (long)n.Cards * PackRequest.WholeCard);
        if (TotalMilli == 0) throw new TraceException(nodeFile, 0, "gpu", "at least one node with a GPU", "");
        if (Pods.All(p => p.Milli == 0)) throw new TraceException(podFile, 0, "num_gpu", "at least one pod that asks for a GPU", "");
    }

    public sealed record Order(IReadOnlyList<int> Pods, IReadOnlyList<int> Nodes);

    public string Name { get; }

    public IReadOnlyList<NodeShape> Nodes { get; }

    public IReadOnlyList<PackRequest> Pods { get; }

    /// <summary>Thousandths of all cards.</summary>
    public long TotalMilli { get; }

    /// <summary>An order from a file: names of pods (a copy has "-tuned-N" behind the name), then of all nodes, a line each.</summary>
    public Order ReadOrder(string file)
    {
        var (pods, nodes) = (new List<int>(), new List<int>());
        using var lines = new TraceLines(file, new BadLines(skip: false));
        while (lines.Next())
        {
            var text = Encoding.UTF8.GetString(lines.Line);
            if (text.Length == 0) continue;
            if (nodeNames.TryGetValue(text, out var node)) nodes.Add(node);
            else if (PodNumber(text) is { } pod) pods.Add(pod);
            else throw new TraceException(file, lines.Number, "name", "a pod of the list (or a copy of one, with -tuned-N behind its name) or a node of the list", text);
        }
        return nodes.Distinct().Count() == Nodes.Count ? new(pods, nodes)
            : throw new TraceException(file, lines.Number, "name", $"each of the {Nodes.Count} nodes once, at the end", $"{nodes.Count} nodes");
    }

    /// <summary>
    /// An order by a seed: the list shuffled, then copies of pods drawn from the list, until so much of the capacity has been asked
    /// for; the nodes shuffled. Fisher-Yates and draws by .NET's Random(seed).
    /// </summary>
    public Order Shuffled(int seed, double demandPercent = 131)
    {
        var random = new Random(seed);
        var pods = Enumerable.Range(0, Pods.Count).ToArray();
        random.Shuffle(pods);
        var order = pods.ToList();
        var demand = order.Sum(p => (long)Pods[p].Milli);
        while (demand * 100.0 < demandPercent * TotalMilli)
        {
            order.Add(random.Next(Pods.Count));
            demand += Pods[order[^1]].Milli;
        }
        var nodes = Enumerable.Range(0, Nodes.Count).ToArray();
        random.Shuffle(nodes);
        return new(order, nodes);
    }

    private int? PodNumber(string name)
    {
        var at = name.IndexOf(Copy, StringComparison.Ordinal);
        return podNames.TryGetValue(at < 0 ? name : name[..at], out var number) ? number : null;
    }

    private static PackRequest Request(TraceJob job, List<string> models)
    {
        var admitted = job.Models.Count == 0 ? ulong.MaxValue : 0UL;
        foreach (var model in job.Models)
            if (models.IndexOf(model) is >= 0 and var number) admitted |= 1UL << number;
        return new((int)Math.Min(job.CpuMilli, int.MaxValue), job.MemoryMiB, job.Accelerators, job.Accelerators == 0 ? 0 : job.AcceleratorMilli, admitted);
    }

    private static NodeShape Same(Dictionary<NodeShape, NodeShape> shapes, NodeShape shape) =>
        shapes.TryGetValue(shape, out var known) ? known : shapes[shape] = shape;
}

using Yunhe.Core.Scheduling.Packing;
using Yunhe.Simulator.Packing;
using Yunhe.Simulator.Traces;

namespace Yunhe.Simulation.Tests.Packing;

/// <summary>Lists of pods and nodes other than the published ones.</summary>
public sealed class OpenbVariantTests : IDisposable
{
    private const string Pods = "cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec\n";
    private const string Nodes = "sn,cpu_milli,memory_mib,gpu,model\n";

    private readonly Scratch scratch = new();

    private OpenbVariant Variant(string pods, string nodes) => new("v", scratch.File("pods.csv", Pods + pods), scratch.File("nodes.csv", Nodes + nodes));

    [Theory]
    [InlineData("1000,1,0,0,\n", "a,8000,100,1,T4\n", "pods.csv: num_gpu: expected at least one pod that asks for a GPU")]
    [InlineData("1000,1,1,500,\n", "a,8000,100,0,\n", "nodes.csv: gpu: expected at least one node with a GPU")]
    [InlineData("1000,1,1,500,\n", "a,8000,100,1,T4\na,8000,100,1,T4\n", "nodes.csv: sn: expected each node once, found \"a\"")]
    [InlineData("1000,1,1,500,\n", "a,8000,100,65,T4\n", "nodes.csv, line 2: gpu: expected a number from 0 to 64, found \"65\"")]
    public void What_nothing_can_be_packed_with_is_told_by_file_and_field(string pods, string nodes, string problem) =>
        Assert.Contains(problem, Assert.Throws<TraceException>(() => Variant(pods, nodes)).Message);

    [Fact]
    public void Where_one_pod_passes_over_a_percent_all_is_there_as_it_was_before_it()
    {
        // Each pod asks for a quarter: 25, 50, 75, 100 %, and one more that finds no room.
        var variant = Variant("1000,1,1,1000,\n", "a,8000,100,4,T4\n");
        var run = PackingRun.Of(variant, variant.Shuffled(1), _ => new BestFit());
        Assert.Equal([50, 75, 75, 100, 100], new[] { 50, 80, 95, 100, 130 }.Select(run.AllocatedPercent));
        Assert.Equal(0, run.FragmentedPercent);
    }

    [Fact]
    public void An_order_tells_pods_by_their_names_whatever_row_they_are_in()
    {
        const string Named = "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec\n";
        var nodes = scratch.File("nodes.csv", Nodes + "a,8000,100,1,T4\n");
        var order = scratch.File("order.txt", "large\nsmall-tuned-1\nsmall\na\n");
        IEnumerable<int> Milli(string pods) => new OpenbVariant("v", scratch.File("pods.csv", Named + pods), nodes) is var v ? v.ReadOrder(order).Pods.Select(p => v.Pods[p].Milli) : [];
        Assert.Equal([900, 100, 100], Milli("small,1000,1,1,100,\nlarge,1000,1,1,900,\n"));
        Assert.Equal([900, 100, 100], Milli("large,1000,1,1,900,\nsmall,1000,1,1,100,\n"));
        Assert.Contains("each pod once", Assert.Throws<TraceException>(() => Milli("small,1000,1,1,100,\nsmall,1000,1,1,900,\n").Count()).Message);
    }

    [Fact]
    public void A_node_of_no_known_model_is_none_of_those_that_pods_name()
    {
        var variant = Variant("1000,1,1,1000,T4\n", "a,8000,100,4,\nb,8000,100,1,T4\n");
        Assert.Equal(20, PackingRun.Of(variant, variant.Shuffled(1), _ => new BestFit()).AllocatedPercent(95));
    }

    public void Dispose() => scratch.Dispose();
}

using Yunhe.Core.Network;
using Yunhe.Core.Units;
using Yunhe.Planning.Clusters;

namespace Yunhe.Planning.Tests;

public sealed class ClusterSpecTests
{
    [Fact]
    public void A_cluster_in_one_line_has_what_it_says_and_assumes_the_rest()
    {
        Assert.Equal(ClusterSpec.Parse("1024xH100,price=15").Cluster, ClusterSpec.Parse("H100:1024,price=15").Cluster);
        var host = ClusterSpec.Parse("1024xH100,scale_out=200,price=15,pue=1.1,province=Guizhou");
        Assert.Equal((1024, 8, 200.0, 15m, 1.1), (host.Cluster.Devices, host.Cluster.DevicesPerNode, host.Cluster.ScaleOutGbitPerSecond, host.Cluster.PricePerDeviceHour!.Value, host.Cluster.Pue));
        Assert.Equal(450, host.Cluster.ScaleUpGBPerSecond);
        Assert.Equal(["devices a node", "scale-up bandwidth", "storage for checkpoints", "grid"], host.Assumptions.Select(a => a.What.Split(": ")[1]));
        Assert.Contains("2022", host.Assumptions[^1].Because);
    }

    [Theory]
    [InlineData("", "write 1024xH100")]
    [InlineData("H100", "write 1024xH100")]
    [InlineData("8xH1000", "did you mean 'H100")]
    [InlineData("0xH100", "devices is '0'")]
    [InlineData("-8xH100", "devices is '-8'")]
    [InlineData("99999999999xH100", "devices is '99999999999'")]
    [InlineData("1.5xH100", "give a whole number")]
    [InlineData("12xH100", "12 devices are not a multiple of 8 a node: give 8 or 16")]
    [InlineData("8xH100,scale_out=0", "scale_out is '0'")]
    [InlineData("8xH100,scale_out=NaN", "scale_out is 'NaN'")]
    [InlineData("8xH100,scaleout=100", "did you mean 'scale_out'")]
    [InlineData("8xH100,pue=0.5", "pue is '0.5': give a number from 1")]
    [InlineData("8xH100,province=Gizhou", "there is no province 'Gizhou' (did you mean 'Guizhou'?)")]
    [InlineData("8xH100,price=1,price=2", "price is given twice")]
    public void What_is_wrong_with_a_line_is_told(string text, string message) => Assert.Contains(message, Assert.Throws<PlanException>(() => ClusterSpec.Parse(text)).Message);

    [Fact]
    public void An_accelerator_may_be_changed_where_the_catalogue_is_doubted()
    {
        var accelerator = ClusterSpec.Parse("8xMLU590,memory=96,tflops=345").Cluster.Accelerator;
        Assert.Equal((96, 345), (accelerator.MemoryGB, accelerator.Peak(Planning.Catalogue.DataType.Bf16)!.Value));
    }

    [Fact]
    public void Pools_of_sites_become_clusters_and_the_others_are_named_with_the_reason()
    {
        Site[] sites =
        [
            Site("west") with { Pools = [Pool("a", "A100-80GB") with { ScaleOutGbitPerSecond = 100 }, Pool("b", "Ascend910B"), new() { Name = "cpu", Nodes = 4, PerNode = new(64, 1 << 18, 0) }] },
            Site("odd") with { Pools = [Pool("a", "ZX81")] },
            Site("plain") with { Pools = [new() { Name = "cpu", Nodes = 4, PerNode = new(64, 1 << 18, 0) }] },
            Site("closed") with { Pools = [Pool("a", "H100")], Drained = true },
            Site("empty"),
        ];
        var (candidates, unusable) = SiteClusters.Of(sites);
        Assert.Equal(["west/a", "west/b"], candidates.Select(c => c.Cluster.Name));
        var first = candidates[0].Cluster;
        Assert.Equal((32, 8, 100.0, 1.2), (first.Devices, first.DevicesPerNode, first.ScaleOutGbitPerSecond, first.Pue));
        // 9 for the accelerator and an eighth of 64 cores at 0.1.
        Assert.Equal(9.8m, first.PricePerDeviceHour);
        Assert.Equal(["closed: it is drained", "empty: it declares no pools", "odd: there is no accelerator 'ZX81' in the catalogue", "plain: it has no accelerators"],
            unusable.Select(u => $"{u.Name}: {u.Because}"));
    }

    private static Pool Pool(string name, string accelerator) => new() { Name = name, Nodes = 4, PerNode = new(64, 1 << 20, 8), Accelerator = accelerator };

    private static Site Site(string name) => new()
    {
        Name = name,
        Place = new("west", "Guizhou", "Guiyang"),
        Link = new(10_000_000_000, 30, Money.Zero),
        Prices = new(Money.FromDecimal(0.1m), Money.Zero, new Dictionary<string, Money> { ["*"] = Money.FromDecimal(9) }),
        Green = new(1.2, 400, 0, 10),
        Engine = new(EngineSpec.Local, new Dictionary<string, string>()),
    };
}

using System.Text.Json;
using Yunhe.Core.Scheduling.Packing;

namespace Yunhe.Core.Tests.Packing;

public sealed class LearnedPackingTests
{
    private static readonly NodeShape Shape = new(64_000, 262_144, 8);

    private static PackRequest Draw(Random random) => random.Next(3) switch
    {
        0 => new(random.Next(1, 9) * 1000, 4096, 1, 100 * random.Next(1, 10)),
        1 => new(random.Next(1, 9) * 1000, 8192, 1 << random.Next(3), 1000),
        _ => new(random.Next(1, 17) * 1000, 8192, 0, 0),
    };

    [Theory]
    [InlineData(1, 50)]
    [InlineData(2, 700)]
    public void A_restored_mix_goes_on_as_the_one_that_was_captured(int seed, int before)
    {
        var (random, one) = (new Random(seed), new LearnedPacking());
        for (var i = 0; i < before; i++) one.Arrived(Draw(random));
        var other = new LearnedPacking();
        other.Restore(JsonSerializer.Deserialize<MixSnapshot>(JsonSerializer.Serialize(one.Capture()))!);
        var (fleet, placed) = (new Fleet([.. Enumerable.Repeat(Shape, 20)]), new List<Placed>());
        for (var i = 0; i < 200; i++)
        {
            var request = Draw(random);
            one.Arrived(request);
            other.Arrived(request);
            Assert.Equal(one.Epoch, other.Epoch);
            placed.Clear();
            fleet.Find(request, 1, one, placed);
            var again = new List<Placed>();
            fleet.Find(request, 1, other, again);
            Assert.Equal(placed, again);
            foreach (var at in placed) fleet.TakeCards(at.Node, request, at.Cards);
        }
        Assert.Equal(JsonSerializer.Serialize(one.Capture()), JsonSerializer.Serialize(other.Capture()));
    }

    [Fact]
    public void Without_parts_of_cards_it_packs_tightest()
    {
        var (packing, tightest, random) = (new LearnedPacking(), new Tightest(), new Random(1));
        for (var i = 0; i < 100; i++) packing.Arrived(new(random.Next(1, 9) * 1000, 8192, 1 << random.Next(4), 1000));
        short[] cards = [0, 0, 1000, 1000, 1000, 1000, 1000, 1000];
        var node = new FreeNode(Shape, 40_000, 200_000, cards);
        var request = new PackRequest(4000, 8192, 2, 1000);
        Assert.Equal(tightest.Weigh(node, request), packing.Weigh(node, request));
        packing.Arrived(new(4000, 8192, 1, 500));
        Assert.NotEqual(tightest.Weigh(node, request), packing.Weigh(node, request));
    }
}

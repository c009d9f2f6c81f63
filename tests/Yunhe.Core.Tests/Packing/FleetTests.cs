using CsCheck;
using Yunhe.Core.Scheduling.Packing;

namespace Yunhe.Core.Tests.Packing;

public sealed class FleetTests
{
    private static readonly NodeShape[] Shapes = [new(16_000, 64_000, 4, 0), new(96_000, 384_000, 8, 1), new(8_000, 32_000, 0, 0)];

    private static readonly int[] Shares = [250, 300, 500, 700, 810];

    private static readonly ulong[] Models = [ulong.MaxValue, 1, 2];

    private static readonly Gen<PackRequest> Requests = Gen.Select(
        Gen.Int[1, 12], Gen.Int[1, 30], Gen.Int[0, 5], Gen.Int[0, 4], Gen.Int[0, 2],
        (cores, memory, kind, share, models) => kind switch
        {
            0 => new PackRequest(cores * 1000, memory * 1000, 0, 0),
            1 or 2 => new(cores * 1000, memory * 1000, 1, Shares[share], Models[models]),
            3 => new(cores * 1000, memory * 1000, 1, 1000, Models[models]),
            _ => new(cores * 1000, memory * 1000, kind - 2, 1000, Models[models]),
        });

    private static readonly Gen<(int[] Nodes, (PackRequest Request, int Victim)[] Steps)> Histories =
        Gen.Select(Gen.Int[0, 2].Array[1, 12], Gen.Select(Requests, Gen.Int[-1, 30]).Array[1, 80]);

    private static Fleet FleetOf(int[] nodes, bool cardsAlike = true) => new([.. nodes.Select(n => Shapes[n])], cardsAlike);

    private static IPackingStrategy StrategyOf(int number, Fleet fleet) => number switch
    {
        0 => new BestFit(),
        1 => new Spread(),
        2 => new Tightest(),
        3 => new FragmentationGradient(RequestMix.Of([new(4000, 0, 1, 500), new(8000, 0, 1, 1000), new(2000, 0, 0, 0)])),
        _ => new BalancedFragmentation(fleet),
    };

    [Fact]
    public void No_card_core_or_byte_is_given_twice_and_all_come_back() => Gen.Select(Histories, Gen.Int[0, 4]).Sample((history, number) =>
    {
        var fleet = FleetOf(history.Nodes);
        var packer = new Packer(fleet, StrategyOf(number, fleet));
        var held = new List<(PackRequest Request, Placed Placed)>();
        foreach (var (request, victim) in history.Steps)
        {
            if (victim >= 0 && victim < held.Count)
            {
                packer.Release(held[victim].Request, held[victim].Placed);
                held.RemoveAt(victim);
            }
            var room = fleet.CountFitting(request) > 0;
            var placed = packer.Place(request);
            Assert.Equal(room, placed is not null);
            if (placed is { } at) held.Add((request, at));
            for (var node = 0; node < fleet.Nodes; node++) AssertHolds(fleet, node, held);
        }
        foreach (var (request, placed) in held) packer.Release(request, placed);
        Assert.Equal(FleetOf(history.Nodes).Totals(), fleet.Totals());
        Assert.Equal(history.Nodes.Distinct().Count(), fleet.Different);
    }, iter: 150);

    private static void AssertHolds(Fleet fleet, int node, List<(PackRequest Request, Placed Placed)> held)
    {
        var shape = fleet.ShapeOf(node);
        var free = fleet.FreeOf(node);
        var (cpus, memory, cards) = (shape.CpuMilli, shape.MemoryMiB, Enumerable.Repeat(1000, shape.Cards).ToArray());
        foreach (var (request, placed) in held.Where(h => h.Placed.Node == node))
        {
            (cpus, memory) = (cpus - request.CpuMilli, memory - request.MemoryMiB);
            Assert.Equal(request.Cards, System.Numerics.BitOperations.PopCount(placed.Cards));
            for (var i = 0; i < 64; i++)
                if ((placed.Cards >> i & 1) != 0) cards[i] -= request.MilliPerCard;
        }
        Assert.True(cpus >= 0 && memory >= 0 && cards.All(c => c >= 0));
        Assert.Equal((cpus, memory), (free.CpuMilli, free.MemoryMiB));
        Assert.Equal(string.Join(' ', cards), string.Join(' ', free.Cards.ToArray()));
    }

    [Fact]
    public void Ranked_groups_give_the_same_choice_as_a_scan_of_all_nodes() => Gen.Select(Histories, Gen.Int[0, 4], Gen.Bool).Sample((history, number, alike) =>
    {
        var fleet = FleetOf(history.Nodes, alike);
        var (strategy, twin) = (StrategyOf(number, fleet), StrategyOf(number, fleet));
        var packer = new Packer(fleet, strategy);
        var held = new List<(PackRequest Request, Placed Placed)>();
        foreach (var (request, victim) in history.Steps)
        {
            if (victim >= 0 && victim < held.Count)
            {
                packer.Release(held[victim].Request, held[victim].Placed);
                held.RemoveAt(victim);
            }
            twin.Arrived(request);
            var expected = Scan(fleet, twin, request, alike);
            var placed = packer.Place(request);
            Assert.Equal(expected, placed?.Node);
            if (placed is { } at) held.Add((request, at));
        }
    }, iter: 150);

    private static int? Scan(Fleet fleet, IPackingStrategy strategy, PackRequest request, bool alike)
    {
        (long Cost, int Node)? best = null;
        for (var node = 0; node < fleet.Nodes; node++)
        {
            var free = fleet.FreeOf(node);
            if (!free.Fits(request)) continue;
            var cards = free.Cards.ToArray();
            if (alike) Array.Sort(cards);
            var cost = strategy.Weigh(new(free.Shape, free.CpuMilli, free.MemoryMiB, cards), request).Cost;
            if (best is null || cost < best.Value.Cost) best = (cost, node);
        }
        return best?.Node;
    }

    [Fact]
    public void A_gang_gets_different_nodes_or_none() => Gen.Select(Histories, Gen.Int[2, 6], Gen.Int[0, 4]).Sample((history, count, number) =>
    {
        var fleet = FleetOf(history.Nodes);
        var packer = new Packer(fleet, StrategyOf(number, fleet));
        foreach (var (request, _) in history.Steps)
        {
            var (room, before, placed) = (fleet.CountFitting(request), fleet.Totals(), new List<Placed>());
            Assert.Equal(room >= count, packer.PlaceGang(request, count, placed));
            Assert.Equal(room >= count ? count : 0, placed.Select(p => p.Node).Distinct().Count());
            if (room < count) Assert.Equal(before, fleet.Totals());
        }
    }, iter: 100);

    [Fact]
    public void Shares_fill_a_card_before_another_is_begun_and_whole_cards_stay_whole()
    {
        var fleet = new Fleet([Shapes[0], Shapes[0]]);
        var packer = new Packer(fleet, new Tightest());
        var half = new PackRequest(1000, 1000, 1, 500);
        var placed = Enumerable.Range(0, 4).Select(_ => packer.Place(half)!.Value).ToList();
        Assert.Equal([new(0, 1), new(0, 1), new(0, 2), new(0, 2)], placed);
        Assert.Equal(2, fleet.CountFitting(new(1000, 1000, 2, 1000)));
        Assert.Equal(1, fleet.CountFitting(new(1000, 1000, 3, 1000)));
    }

    [Fact]
    public void Only_a_model_that_will_do_is_taken()
    {
        var fleet = FleetOf([0, 1]);
        var packer = new Packer(fleet, new BestFit());
        Assert.Equal(1, packer.Place(new(1000, 1000, 1, 1000, 1UL << 1))!.Value.Node);
        Assert.Null(packer.Place(new(1000, 1000, 1, 1000, 1UL << 5)));
    }
}

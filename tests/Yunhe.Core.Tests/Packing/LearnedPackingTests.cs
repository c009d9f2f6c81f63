using System.Text.Json;
using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Packing;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;

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

    [Theory]
    [InlineData(1, 0)]
    [InlineData(0, 500)]
    public void A_model_that_others_need_is_left_by_work_that_any_model_will_do_for(int cards, int share)
    {
        var each = new Resources(1, 1024, cards) { Share = share };
        var (live, random) = (new State(), new Random(1));
        Give(live, new AddSite(Site(Pool("a", "Rare"), Pool("b", "Common"))));
        Give(live, new Observe("s", new() { Pools = [] }));
        Assert.Equal("a", Place(live, new Requirement(each, "rare")));
        var mix = JsonSerializer.Deserialize<MixSnapshot>(JsonSerializer.Serialize(live.Capture().Packing));
        var restored = State.Restore(live.Capture() with { Packing = mix });
        Give(restored, new Observe("s", new() { Pools = [] }));
        foreach (var state in (State[])[live, restored])
        {
            Assert.Equal("b", Place(state, new Requirement(each, "*")));
            Assert.Equal("b", Place(state, new(each, "Rare"), new(each, "Common")));
        }

        Assert.Equal(JsonSerializer.Serialize(live.Capture().Packing), JsonSerializer.Serialize(restored.Capture().Packing));

        StepResult Give(State to, Input input)
        {
            var result = Controller.Step(to, input, new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), random);
            Assert.Null(result.Refusal);
            return result;
        }

        string Place(State state, params Requirement[] alternatives)
        {
            Give(state, new Submit(new() { Name = "w", Program = new(ProgramKind.Command) { Command = ["true"] }, Requirements = alternatives }, "u", null, null));
            return Assert.Single(Give(state, new Tick()).Events.OfType<AttemptPlaced>()).Pool;
        }
    }

    [Fact]
    public void What_is_scarce_changes_with_the_sites()
    {
        var packing = new LearnedPacking();
        packing.SetPools("s", [Pool("a", "Rare"), Pool("b", "Common")]);
        packing.HandedIn([new(new(1, 1024, 1), "Rare")]);
        var before = Costs();
        Assert.True(before.Rare > before.Common);
        packing.SetPools("t", [Pool("a", "Rare") with { Nodes = 100 }]);
        Assert.True(Costs().Rare < before.Rare);
        packing.SetPools("t", []);
        Assert.Equal(before, Costs());

        (long Rare, long Common) Costs() => (CostOn(packing, Pool("a", "r-a-r-e")), CostOn(packing, Pool("b", "Common")));
    }

    [Fact]
    public void More_models_than_there_are_numbers_share_the_last()
    {
        var packing = new LearnedPacking();
        packing.SetPools("s", [.. Enumerable.Range(0, 70).Select(i => Pool($"p{i}", $"M{i}"))]);
        packing.HandedIn([new(new(1, 1024, 1), "M69")]);
        Assert.Equal([0, 62, 63, 63], new[] { 0, 62, 63, 69 }.Select(i => packing.NumberOf(Pool("p", $"M{i}"))));
        Assert.Equal(1UL << 63, Assert.Single(packing.Capture().Counts).Models);
        Assert.True(CostOn(packing, Pool("p", "M69")) > CostOn(packing, Pool("p", "M0")));
    }

    [Fact]
    public void A_mix_of_before_models_were_known_is_restored()
    {
        const string old = """
            {"Epoch":1,"Arrived":1,"Next":2,"CpuMilli":1000,"MemoryMiB":1024,"Milli":1000,"CpuMilliPerMilli":1,"MemoryMiBPerMilli":1.024,
            "Counts":[{"CpuMilli":1000,"Cards":1,"MilliPerCard":1000,"Models":18446744073709551615,"Count":1}],
            "Typical":[{"CpuMilli":1000,"Cards":1,"MilliPerCard":1000,"Models":18446744073709551615,"Share":1}]}
            """;
        var packing = new LearnedPacking();
        packing.Restore(JsonSerializer.Deserialize<MixSnapshot>(old)!);
        packing.SetPools("s", [Pool("a", "Rare"), Pool("b", "Common")]);
        packing.HandedIn([new(new(1, 1024, 1), "Rare")]);
        Assert.Equal(["Rare", "Common"], packing.Capture().Models);
        Assert.True(CostOn(packing, Pool("a", "Rare")) > CostOn(packing, Pool("b", "Common")));
    }

    private static long CostOn(LearnedPacking packing, Pool pool) =>
        packing.BetweenPools.Weigh(new(new(8000, 65_536, 4, packing.NumberOf(pool)), 8000, 65_536, [1000, 1000, 1000, 1000]), new(1000, 1024, 1, 1000)).Cost;

    private static Pool Pool(string name, string model) => new() { Name = name, Nodes = 2, PerNode = new(8, 65_536, 4), Accelerator = model };

    private static Site Site(params Pool[] pools) => new()
    {
        Name = "s",
        Place = new("", "", ""),
        Link = new(10_000_000_000, 1, Money.Zero),
        Prices = new(Money.FromDecimal(0.05m), Money.Zero, new Dictionary<string, Money> { ["*"] = Money.FromDecimal(1) }),
        Green = new(1.2, 500, 0, 10),
        Engine = new(EngineSpec.Simulated, new Dictionary<string, string>()),
        Pools = pools,
    };
}

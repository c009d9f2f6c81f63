using CsCheck;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Assignment;

namespace Yunhe.Core.Tests.Assignment;

public sealed class JointAssignmentTests
{
    private static readonly Gen<WindowPool> UnitPools = Gen.Int[0, 4].Select(n => new WindowPool("", [new(n, new(8, 64, 0))]));

    private static readonly Gen<WindowPool> MixedPools =
        from groups in Gen.Select(Gen.Int[0, 2], Gen.Int[1, 16], Gen.Int[16, 64], Gen.Int[0, 8]).Array[1, 2]
        from places in Gen.Int[1, 30]
        select new WindowPool("", [.. groups.Select(g => new FreeNodes(g.Item1, new(g.Item2, g.Item3, g.Item4)))]) { Places = places };

    private static readonly Gen<Resources> MixedSizes = Gen.Select(Gen.Int[1, 8], Gen.Int[1, 32], Gen.Int[0, 4], (c, m, a) => new Resources(c, m, a));

    private static readonly Gen<Window> Units = Windows(UnitPools, Gen.Const(new Resources(4, 16, 0)), Gen.Const(1), 10, 4);

    private static readonly Gen<Window> Mixed = Windows(MixedPools, MixedSizes, Gen.Int[1, 3], 8, 1);

    private static Gen<Window> Windows(Gen<WindowPool> pools, Gen<Resources> sizes, Gen<int> gangs, int mostItems, int mostAlike) =>
        from network in pools.Array[1, 4]
        from items in Item(sizes, gangs, network.Length, mostAlike).Array[1, mostItems]
        select new Window([.. network.Select((p, i) => p with { Name = $"p{i}" })], items);

    private static Gen<WindowItem> Item(Gen<Resources> sizes, Gen<int> gangs, int pools, int mostAlike) =>
        from size in sizes
        from gang in gangs
        from costs in Gen.Int[0, 100].Array[pools]
        from wanted in Gen.Bool.Array[pools]
        from waiting in Gen.Int[0, 300]
        from count in Gen.Int[1, mostAlike]
        select new WindowItem(
            [.. Enumerable.Range(0, pools).Where(p => wanted[p]).Select(p => new WindowChoice(p, size, gang, costs[p]))], waiting) { Count = count };

    [Fact]
    public void Slots_are_given_at_the_cost_that_CP_SAT_proves() =>
        Units.Sample(window =>
        {
            var answer = JointAssignment.Solve(window);
            Assert.True(answer.Proven);
            Assert.Equal(ExactWindow.Optimum(window), answer.Cost);
        }, iter: 200);

    [Fact]
    public void No_mix_of_sizes_and_gangs_costs_less_than_the_bound()
    {
        Mixed.Sample(window =>
        {
            var answer = JointAssignment.Solve(window);
            var exact = ExactWindow.Optimum(window);
            Assert.InRange(exact, answer.Bound, answer.Cost);
        }, iter: 200);
    }

    [Fact]
    public void Joint_is_never_dearer_than_greedy_and_says_what_it_costs() =>
        Gen.OneOf(Units, Mixed).Sample(window =>
        {
            var answer = JointAssignment.Solve(window);
            var (_, greedy) = GreedyAssignment.Solve(window);
            Assert.Equal(greedy, answer.Greedy);
            Assert.InRange(answer.Cost, 0, greedy);
            Assert.Equal(CostOf(window, answer.Taken), answer.Cost);
        }, iter: 500);

    [Fact]
    public void Every_answer_fits_when_taken_in_its_order_tightest_nodes_first() =>
        Gen.OneOf(Units, Mixed).Sample(window =>
        {
            AssertFits(window, JointAssignment.Solve(window).Taken);
            AssertFits(window, GreedyAssignment.Solve(window).Taken);
        }, iter: 500);

    [Fact]
    public void The_order_in_which_pools_are_listed_changes_nothing() =>
        Gen.Select(Gen.OneOf(Units, Mixed), Gen.Int).Sample((window, seed) =>
        {
            var order = Enumerable.Range(0, window.Pools.Count).ToArray();
            new Random(seed).Shuffle(order);
            var place = Enumerable.Range(0, order.Length).ToDictionary(i => order[i], i => i);
            var shuffled = new Window(
                [.. order.Select(p => window.Pools[p])],
                [.. window.Items.Select(i => i with { Choices = [.. i.Choices.Select(c => c with { Pool = place[c.Pool] })] })]);
            var (a, b) = (JointAssignment.Solve(window), JointAssignment.Solve(shuffled));
            Assert.Equal((a.Cost, a.Bound), (b.Cost, b.Bound));
            Assert.Equal(a.Taken.OrderBy(t => t.Item).ThenBy(t => t.Choice), b.Taken.OrderBy(t => t.Item).ThenBy(t => t.Choice));
        }, iter: 300);

    [Fact]
    public void The_order_of_the_queue_changes_who_gets_a_slot_only_among_equal_sums() =>
        Gen.Select(Units, Gen.Int).Sample((window, seed) =>
        {
            var items = window.Items.ToArray();
            new Random(seed).Shuffle(items);
            Assert.Equal(JointAssignment.Solve(window).Cost, JointAssignment.Solve(window with { Items = items }).Cost);
        }, iter: 300);

    [Fact]
    public void Where_everyone_gets_his_best_one_after_the_other_nothing_is_cheaper_and_nothing_is_searched() =>
        Gen.OneOf(Units, Mixed).Sample(window =>
        {
            var (taken, cost) = GreedyAssignment.Solve(window);
            if (cost != window.Items.Sum(i => i.Count * i.Choices.Select(c => c.Cost).Append(i.Waiting).Min())) return;
            var answer = JointAssignment.Solve(window);
            Assert.True(answer.Proven);
            Assert.Equal(taken, answer.Taken);
            Assert.Equal(cost, ExactWindow.Optimum(window));
        }, iter: 300);

    [Fact]
    public void The_one_with_the_poorer_second_choice_gets_the_scarce_slot_and_the_price_tells_why()
    {
        var size = new Resources(1, 1, 0);
        var window = new Window(
            [new("near", [new(1, size)]), new("far", [new(9, size)])],
            [new([new(0, size, 1, 10), new(1, size, 1, 11)], 1000), new([new(0, size, 1, 10), new(1, size, 1, 90)], 1000)]);
        var answer = JointAssignment.Solve(window);
        Assert.Equal([new(1, 0, 1), new(0, 1, 1)], answer.Taken);
        Assert.Equal((21, 100, 79), (answer.Cost, answer.Greedy, answer.Gain));
        Assert.Equal([new ScarcePool(0, 1)], answer.Scarce);
    }

    [Fact]
    public void A_gang_starts_whole_or_not_at_all()
    {
        var node = new Resources(8, 64, 8);
        var window = new Window(
            [new("a", [new(3, node)])],
            [new([new(0, node, 2, 10)], 500), new([new(0, node, 2, 10)], 400), new([new(0, node, 3, 10)], 1000)]);
        var answer = JointAssignment.Solve(window);
        Assert.Equal([new Assigned(2, 0, 1)], answer.Taken);
        Assert.Equal(910, answer.Cost);
        Assert.Equal(1410, answer.Greedy);
    }

    [Fact]
    public void A_window_of_hundreds_of_alike_tasks_is_one_item_with_a_count()
    {
        var size = new Resources(1, 1, 0);
        var window = new Window(
            [new("a", [new(100_000, size)]), new("b", [new(300_000, size)])],
            [new([new(0, size, 1, 1), new(1, size, 1, 2)], 9) { Count = 300_000 }, new([new(0, size, 1, 1), new(1, size, 1, 5)], 9) { Count = 200_000 }]);
        var answer = JointAssignment.Solve(window);
        Assert.True(answer.Proven);
        Assert.Equal(100_000 * 1L + 300_000 * 2L + 100_000 * 9L, answer.Cost);
    }

    private static long CostOf(Window window, IReadOnlyList<Assigned> taken) =>
        window.Items.Select((item, i) => (item, Mine: taken.Where(t => t.Item == i).ToList()))
            .Sum(x => x.Mine.Sum(t => t.Count * x.item.Choices[t.Choice].Cost) + (x.item.Count - x.Mine.Sum(t => t.Count)) * x.item.Waiting);

    /// <summary>Packed node by node by the test itself.</summary>
    private static void AssertFits(Window window, IReadOnlyList<Assigned> taken)
    {
        var pools = window.Pools.Select(p => p.Free.SelectMany(f => Enumerable.Repeat(f.Free, f.Count)).ToList()).ToList();
        foreach (var (item, number, count) in taken)
            for (var n = 0; n < count; n++)
            {
                var choice = window.Items[item].Choices[number];
                var nodes = pools[choice.Pool];
                var tightest = Enumerable.Range(0, nodes.Count).Where(i => choice.PerNode.Fits(nodes[i]))
                    .OrderBy(i => nodes[i].Accelerators).ThenBy(i => nodes[i].Cpus).ThenBy(i => nodes[i].MemoryMiB).Take(choice.Nodes).ToList();
                Assert.Equal(choice.Nodes, tightest.Count);
                foreach (var i in tightest) nodes[i] -= choice.PerNode;
            }
        foreach (var pool in taken.GroupBy(t => window.Items[t.Item].Choices[t.Choice].Pool))
            Assert.True(pool.Sum(t => t.Count) <= window.Pools[pool.Key].Places);
        for (var i = 0; i < window.Items.Count; i++)
            Assert.True(taken.Where(t => t.Item == i).Sum(t => t.Count) <= window.Items[i].Count);
    }
}

using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Shares;
using Yunhe.Core.Workloads;

namespace Yunhe.Core.Tests.Shares;

public sealed class PreemptionTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Consent Any = new((_, _) => true, _ => true);

    private static Victim Running(int number, double lost, int gpus, int priority = 0, int minute = 0, string project = "guest", params string[] nodes) => new(
        new(new(new(number)), 1), project, priority, lost, Start.AddMinutes(minute), nodes, new(0, 0, gpus), new(0, 0, gpus * nodes.Length, "A100"));

    /// <summary>Nodes of 8 accelerators that victims fill.</summary>
    private static Shortage Lack(int each, int nodes, params Victim[] running) => new(new(0, 0, each), nodes,
        running.SelectMany(r => r.Nodes.Select(n => (Node: n, r.Each.Accelerators))).GroupBy(r => r.Node)
            .ToDictionary(g => g.Key, g => new Resources(0, 0, 8 - g.Sum(r => r.Accelerators))), 0);

    private static IEnumerable<long> Chosen(Shortage lack, Victim[] running, Consent? consent = null) =>
        Preemption.Choose(lack, running, consent ?? Any)!.Select(v => v.Id.Task.Workload.Number);

    [Fact]
    public void The_least_lost_work_that_makes_room_is_ended()
    {
        Victim[] running = [Running(1, 100, 8, nodes: "a"), Running(2, 30, 4, nodes: "b"), Running(3, 40, 4, nodes: "b"), Running(4, 80, 8, nodes: "c")];
        Assert.Equal([2, 3], Chosen(Lack(8, 1, running), running));
        Assert.Equal([2], Chosen(Lack(4, 1, running), running));
        Assert.Equal([2, 3, 4], Chosen(Lack(8, 2, running), running));
    }

    [Fact]
    public void Cheap_ones_that_make_no_room_are_left_alone()
    {
        Victim[] running = [Running(1, 1, 1, nodes: "a"), Running(2, 2, 1, nodes: "b"), Running(3, 500, 7, nodes: "b"), Running(4, 400, 7, nodes: "a")];
        Assert.Equal([4], Chosen(Lack(7, 1, running), running));
    }

    [Fact]
    public void A_lower_priority_is_ended_first_however_much_is_lost()
    {
        Victim[] running = [Running(1, 1, 8, priority: 2, nodes: "a"), Running(2, 1000, 8, priority: 1, nodes: "b")];
        Assert.Equal([2], Chosen(Lack(8, 1, running), running));
    }

    [Fact]
    public void Of_equal_losses_the_youngest_is_ended()
    {
        Victim[] running = [Running(1, 5, 8, minute: 1, nodes: "a"), Running(2, 5, 8, minute: 3, nodes: "b"), Running(3, 5, 8, minute: 2, nodes: "c")];
        Assert.Equal([2], Chosen(Lack(8, 1, running), running));
    }

    [Fact]
    public void A_gang_that_runs_on_several_nodes_frees_them_all()
    {
        Victim[] running = [Running(1, 50, 8, nodes: ["a", "b"]), Running(2, 30, 8, nodes: "c"), Running(3, 30, 8, nodes: "d")];
        Assert.Equal([1], Chosen(Lack(8, 2, running), running));
        Assert.Equal([2], Chosen(Lack(8, 1, running), running));
    }

    [Fact]
    public void Nothing_is_ended_where_it_fits_or_never_will()
    {
        Victim[] running = [Running(1, 50, 4, nodes: "a")];
        Assert.Empty(Preemption.Choose(Lack(4, 1, running), running, Any)!);
        Assert.Empty(Preemption.Choose(Lack(8, 1, running) with { FitElsewhere = 1 }, running, Any)!);
        Assert.Null(Preemption.Choose(Lack(8, 2, running), running, Any));
        Assert.Null(Preemption.Choose(Lack(8, 1, running), running, new((_, _) => false, _ => true)));
    }

    [Fact]
    public void Where_there_is_room_but_a_limit_holds_back_as_much_is_ended_as_the_limit_asks_for()
    {
        Victim[] running = [Running(1, 9, 2, nodes: "a"), Running(2, 5, 2, nodes: "a"), Running(3, 7, 2, nodes: "b")];
        var limited = new Consent((_, _) => true, gone => gone.Count >= 2);
        Assert.Equal([2, 3], Chosen(Lack(1, 1, running), running, limited));
    }

    /// <summary>Against the cheapest of all subsets, on random nodes that gangs and small jobs share.</summary>
    [Fact]
    public void The_choice_is_minimal_and_on_average_within_2_per_cent_of_the_optimum()
    {
        var (sum, least, optimal, solved) = (0.0, 0.0, 0, 0);
        for (var seed = 0; seed < 400; seed++)
        {
            var (lack, running) = RandomPool(seed);
            var best = Cheapest(lack, running);
            var chosen = Preemption.Choose(lack, running, Any);
            Assert.Equal(best is null, chosen is null);
            if (chosen is null) continue;
            Assert.True(Fits(lack, chosen));
            foreach (var superfluous in chosen) Assert.False(Fits(lack, [.. chosen.Where(v => v != superfluous)]), $"seed {seed}: {superfluous.Id} need not have been ended");
            Assert.True(chosen.Sum(v => v.Lost) >= best!.Value - 1e-9);
            sum += chosen.Sum(v => v.Lost);
            least += best.Value;
            if (chosen.Sum(v => v.Lost) <= best.Value + 1e-9) optimal++;
            solved++;
        }
        Assert.True(solved > 300, $"{solved} solved");
        Assert.True(sum <= 1.02 * least, $"{sum / least:0.0000} of the optimum, {optimal} of {solved} optimal");
    }

    private static (Shortage Lack, Victim[] Running) RandomPool(int seed)
    {
        var random = new Random(seed);
        var nodes = Enumerable.Range(0, random.Next(2, 6)).Select(i => $"n{i}").ToArray();
        var free = nodes.ToDictionary(n => n, _ => 8);
        var running = new List<Victim>();
        for (var i = 1; i <= 11; i++)
        {
            var gpus = random.Next(1, 9);
            var on = nodes.Where(n => free[n] >= gpus).OrderBy(_ => random.Next()).Take(random.Next(4) == 0 ? 2 : 1).ToArray();
            if (on.Length == 0) continue;
            foreach (var node in on) free[node] -= gpus;
            running.Add(Running(i, random.Next(1, 1000), gpus, nodes: on));
        }
        return (new(new(0, 0, random.Next(1, 9)), random.Next(1, nodes.Length), free.ToDictionary(f => f.Key, f => new Resources(0, 0, f.Value)), 0), [.. running]);
    }

    private static bool Fits(Shortage lack, IReadOnlyCollection<Victim> gone) => lack.FitElsewhere + lack.Free.Count(f =>
        lack.Each.Accelerators <= f.Value.Accelerators + gone.Where(v => v.Nodes.Contains(f.Key)).Sum(v => v.Each.Accelerators)) >= lack.Nodes;

    private static double? Cheapest(Shortage lack, Victim[] running)
    {
        double? best = null;
        for (var set = 0u; set < 1u << running.Length; set++)
        {
            var gone = running.Where((_, i) => (set >> i & 1) == 1).ToList();
            if (Fits(lack, gone) && (best is null || gone.Sum(v => v.Lost) < best)) best = gone.Sum(v => v.Lost);
        }
        return best;
    }
}

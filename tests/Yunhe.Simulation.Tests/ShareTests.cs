using System.Text.Json;
using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;
using Yunhe.Simulator;

namespace Yunhe.Simulation.Tests;

/// <summary>Shares of one accelerator, from submission to the bill.</summary>
public sealed class ShareTests
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private readonly Simulator.Simulation simulation;
    private readonly Dictionary<AttemptId, IReadOnlyList<ulong>?> seen = [];

    public ShareTests()
    {
        var site = Networks.Site("a", nodes: 1, cpus: 16, accelerator: "A100", accelerators: 2);
        simulation = new(1, Networks.Start, [site], launch =>
        {
            seen[launch.Attempt] = launch.Cards;
            return new(TimeSpan.FromHours(1));
        });
        foreach (var one in simulation.Sites.Values) simulation.Give(new Observe(one.Site.Name, one.Observe([], simulation.Now)));
    }

    private static WorkloadSpec Share(int milli, string model = "A100", int cpus = 1) =>
        Networks.Job() with { Requirements = [new(Resources.Of(cpus, 1024, milli), model)] };

    private WorkloadId Submit(WorkloadSpec spec)
    {
        var result = simulation.Give(new Submit(spec, "admin", null, null));
        Assert.Null(result.Refusal);
        return result.Workload!.Value;
    }

    private Attempt? AttemptOf(WorkloadId id) => simulation.State.Task(simulation.State.Workload(id)!.TaskAt(0))?.Attempts[^1];

    private IEnumerable<(Phase Phase, TimeSpan? Waited, ulong? Card)> Fates(params WorkloadId[] ids) => ids.Select(id =>
    {
        var (workload, attempt) = (simulation.State.Workload(id)!, AttemptOf(id)!);
        return (workload.Phase, attempt.StartedAt - workload.SubmittedAt, attempt.Cards?[0]);
    });

    [Fact]
    public void Two_shares_run_on_one_card_beside_a_whole_one_and_a_third_that_fits_no_card_waits()
    {
        var ids = new[] { Submit(Share(600)), Submit(Share(400)), Submit(Share(1000)), Submit(Share(300)) };
        Assert.True(simulation.Run(Day));
        var fates = Fates(ids).ToList();
        Assert.All(fates, f => Assert.Equal(Phase.Succeeded, f.Phase));
        Assert.Equal([1UL, 1UL, 2UL], fates.Take(3).Select(f => f.Card!.Value));
        Assert.All(fates.Take(3), f => Assert.True(f.Waited < TimeSpan.FromMinutes(1)));
        Assert.True(fates[3].Waited >= TimeSpan.FromHours(1));
        Assert.Equal(fates.Select(f => f.Card), ids.Select(id => seen[AttemptOf(id)!.Id]?[0]));
    }

    [Fact]
    public void Two_cards_that_are_half_free_do_not_make_a_whole_one()
    {
        var ids = new[] { Submit(Share(600)), Submit(Share(600)), Submit(Share(1000)) };
        Assert.True(simulation.Run(Day));
        var fates = Fates(ids).ToList();
        Assert.True(fates[1].Waited < TimeSpan.FromMinutes(1));
        Assert.True(fates[2].Waited >= TimeSpan.FromHours(1));
    }

    [Fact]
    public void A_share_is_billed_and_draws_by_its_thousandths()
    {
        var (half, whole) = (Submit(Share(500)), Submit(Share(1000)));
        Assert.True(simulation.Run(Day));
        var (a, b) = (AttemptOf(half)!.Terms, AttemptOf(whole)!.Terms);
        Assert.Equal(Money.FromDecimal(5), b.PerHour - a.PerHour);
        Assert.Equal(AcceleratorCatalogue.Find("A100").BoardWatts / 2, b.PeakWatts - a.PeakWatts, 6);
        Assert.Equal([0.5, 1.0], simulation.State.Usage.Select(u => u.AcceleratorHours).Order().Select(h => Math.Round(h, 3)));
    }

    [Fact]
    public void A_site_whose_engine_schedules_itself_takes_whole_cards_only()
    {
        var site = Networks.Site("s", accelerator: "A100", accelerators: 2, engine: EngineSpec.Slurm);
        var state = new State();
        Controller.Step(state, new AddSite(site), Networks.Start, new(1));
        Controller.Step(state, new Observe("s", new() { Pools = [.. site.Pools.Select(p => new PoolReport(p, [new(p.Nodes, p.PerNode)]))] }), Networks.Start, new(1));
        var refusal = Controller.Step(state, new Submit(Share(500), "admin", null, null), Networks.Start, new(1)).Refusal;
        Assert.Equal("accelerators: asks for 0.5 of one A100, slurm gives whole ones", refusal!.Candidates.Single().Excluded);
    }

    [Fact]
    public void What_was_stored_before_there_were_shares_reads_and_whole_ones_are_stored_as_before()
    {
        Assert.Equal(new Resources(4, 1024, 2), JsonSerializer.Deserialize<Resources>("""{"Cpus":4,"MemoryMiB":1024,"Accelerators":2}"""));
        Assert.Equal("""{"Cpus":4,"MemoryMiB":1024,"Accelerators":2}""", JsonSerializer.Serialize(new Resources(4, 1024, 2)));
        var share = Resources.Of(4, 1024, 500);
        Assert.Equal(share, JsonSerializer.Deserialize<Resources>(JsonSerializer.Serialize(share)));
        Assert.Equal(Resources.Of(0, 0, 3500), new Resources(0, 0, 4) - Resources.Of(0, 0, 500));
    }
}

using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;

namespace Yunhe.Core.Tests;

public sealed class EvaluationTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static Site Site(
        string name, decimal cpuHour = 0.1m, double carbon = 500, string? accelerator = null, int accelerators = 0, string region = "east",
        double linkRtt = 1, string engine = EngineSpec.Simulated) => new()
        {
            Name = name,
            Place = new(region, "Zhejiang", "Hangzhou"),
            Link = new(100_000_000, linkRtt, Money.FromDecimal(0.5m)),
            Prices = new(Money.FromDecimal(cpuHour), Money.Zero, new Dictionary<string, Money> { ["A100"] = Money.FromDecimal(10), ["*"] = Money.FromDecimal(20) }),
            Green = new(1.5, carbon, 0.3, 10),
            Engine = new(engine, new Dictionary<string, string>()),
            Pools = [new() { Name = "main", Nodes = 2, PerNode = new(8, 32 * 1024, accelerators), Accelerator = accelerator }],
        };

    private static State Network(params Site[] sites)
    {
        var state = new State();
        foreach (var site in sites)
        {
            Assert.Null(Controller.Step(state, new AddSite(site), Now, new(1)).Refusal);
            var report = new SiteReport { Pools = [.. site.Pools.Select(p => new PoolReport(p, [new(p.Nodes, p.PerNode)]))] };
            Controller.Step(state, new Observe(site.Name, report), Now, new(1));
        }
        return state;
    }

    private static WorkloadSpec Job(params Requirement[] requirements) => new()
    {
        Name = "job",
        Program = new(ProgramKind.Task) { Run = "true" },
        Requirements = requirements.Length > 0 ? requirements : [new(new(1, 1024, 0))],
        Estimate = TimeSpan.FromHours(1),
    };

    private static Decision Evaluate(State state, WorkloadSpec spec) => Controller.Evaluate(state, spec, "admin", Now);

    [Theory]
    [InlineData(Objective.Cost, "cheap")]
    [InlineData(Objective.Carbon, "clean")]
    [InlineData(Objective.Time, "near")]
    public void The_objective_decides_which_site_comes_first(Objective objective, string expected)
    {
        var state = Network(Site("cheap", 0.01m, 900, linkRtt: 50), Site("clean", 0.3m, 20, linkRtt: 50), Site("near", 0.4m, 800, linkRtt: 1));
        var decision = Evaluate(state, Job() with { Objective = objective, InputBytes = 10_000_000 });
        Assert.Equal(expected, decision.Candidates[0].Site);
        Assert.All(decision.Candidates.Skip(1), c => Assert.NotEqual("", decision.LostBecause(c)));
        Assert.Equal("", decision.LostBecause(decision.Candidates[0]));
    }

    [Fact]
    public void A_quote_is_price_times_time_plus_transfer_and_watts_times_time_times_PUE()
    {
        var best = Evaluate(Network(Site("a")), Job(new Requirement(new(4, 1024, 0))) with { InputBytes = 2_000_000_000 }).Candidates[0];
        Assert.Equal(Money.FromDecimal(4 * 0.1m + 2 * 0.5m), best.Cost);
        // 4 cores of 10 W, idle share 0.3, utilisation 0.8, PUE 1.5, an hour.
        Assert.Equal(40 * (0.3 + 0.7 * 0.8) * 1.5 / 1000, best.Energy.KWh, 6);
        Assert.Equal(best.Energy.KWh * 500, best.Carbon.Grams, 2);
        Assert.Equal(160.002, best.Staging.TotalSeconds, 3);
    }

    [Fact]
    public void Every_excluded_site_says_which_requirement_excludes_it()
    {
        var state = Network(Site("plain"), Site("other", accelerator: "H100", accelerators: 4), Site("few", accelerator: "A100", accelerators: 1), Site("west", region: "west", accelerator: "A100", accelerators: 8));
        var spec = Job(new Requirement(new(1, 1024, 2), "a100")) with { Regions = ["East"] };
        Assert.Equal(
            new Dictionary<string, string?>
            {
                ["plain"] = "accelerators: asks for a100, has none",
                ["other"] = "accelerators: asks for a100, has H100",
                ["few"] = "accelerators: asks for 2 a100 per node, nodes have 1",
                ["west"] = "regions: west/Zhejiang/Hangzhou is not in East",
            },
            Evaluate(state, spec).Candidates.ToDictionary(c => c.Site, c => c.Excluded));
    }

    [Fact]
    public void A_slower_accelerator_runs_longer_by_the_ratio_of_their_rates()
    {
        var state = Network(Site("v", accelerator: "V100", accelerators: 1), Site("a", accelerator: "A100", accelerators: 1));
        var spec = Job(new Requirement(new(1, 1024, 1), "A100"), new Requirement(new(1, 1024, 1), "V100"));
        var times = Evaluate(state, spec).Candidates.ToDictionary(c => c.Site, c => c.RunTime);
        Assert.Equal(TimeSpan.FromHours(1), times["a"]);
        Assert.Equal(312.0 / 125, times["v"] / times["a"], 6);
    }

    [Fact]
    public void Of_ordered_alternatives_the_earliest_that_fits_anywhere_wins_at_any_price()
    {
        var state = Network(Site("cheap", 0.001m), Site("gpu", accelerator: "H100", accelerators: 1));
        var spec = Job(new Requirement(new(1, 1024, 1), "H100"), new Requirement(new(1, 1024, 0))) with { Objective = Objective.Cost };
        Assert.Equal("cheap", Evaluate(state, spec).Candidates[0].Site);
        Assert.Equal("gpu", Evaluate(state, spec with { Ordered = true }).Candidates[0].Site);
    }

    [Fact]
    public void Any_accelerator_is_priced_as_the_model_that_the_site_has()
    {
        var state = Network(Site("a", 0, accelerator: "A100", accelerators: 1), Site("h", 0, accelerator: "H100", accelerators: 1));
        var costs = Evaluate(state, Job(new Requirement(new(0, 0, 1), "*"))).Candidates.ToDictionary(c => c.Site, c => c.Cost.ToDecimal());
        Assert.Equal((10m, 20m), (costs["a"], costs["h"]));
    }

    [Fact]
    public void A_full_site_quotes_the_wait_until_what_runs_there_is_expected_to_end()
    {
        var state = Network(Site("a"));
        var running = Job(new Requirement(new(8, 1024, 0))) with { Nodes = 2, Estimate = TimeSpan.FromMinutes(40), TimeLimit = TimeSpan.FromHours(2) };
        Controller.Step(state, new Submit(running, "admin", null, null), Now, new(1));
        Controller.Step(state, new Tick(), Now, new(1));
        var best = Evaluate(state, Job()).Candidates[0];
        Assert.False(best.FreeNow);
        Assert.Equal((TimeSpan.FromMinutes(40), TimeSpan.FromHours(2)), (best.WaitP50, best.WaitP90));
    }

    [Fact]
    public void A_queue_of_the_sites_own_is_waited_through()
    {
        var state = Network(Site("a", engine: EngineSpec.Slurm));
        var pool = Site("a").Pools[0];
        var report = new SiteReport
        {
            Pools = [new(pool, [new(2, Resources.None)])],
            Queue =
            [
                new("main", 2, new(8, 1024, 0), TimeSpan.FromHours(3), Running: true),
                new("main", 1, new(8, 1024, 0), TimeSpan.FromHours(1), Running: false),
            ],
        };
        Controller.Step(state, new Observe("a", report), Now, new(1));
        var best = Evaluate(state, Job()).Candidates[0];
        Assert.Equal(TimeSpan.FromHours(3), best.WaitP90);
        Assert.True(best.WaitP50 < best.WaitP90);
    }

    [Fact]
    public void Nodes_that_are_down_or_drained_are_waited_for_and_exclude_nothing_for_good()
    {
        var state = Network(Site("a", engine: EngineSpec.Slurm));
        var usable = Site("a").Pools[0] with { Nodes = 1 };
        Controller.Step(state, new Observe("a", new() { Pools = [new(usable, [new(1, usable.PerNode)], Unusable: 1)] }), Now, new(1));
        var best = Evaluate(state, Job() with { Nodes = 2 }).Candidates[0];
        Assert.Null(best.Excluded);
        Assert.False(best.FreeNow);
        Assert.True(best.WaitP50 > TimeSpan.Zero);
        Assert.Equal("num_nodes: asks for 3, has 2", Evaluate(state, Job() with { Nodes = 3 }).Candidates[0].Excluded);
    }

    [Fact]
    public void History_of_the_same_name_is_used_when_the_user_gives_no_estimate()
    {
        var state = Network(Site("a"));
        var spec = Job() with { Estimate = null };
        Assert.Equal(EstimateBasis.Assumed, Evaluate(state, spec).Candidates[0].Basis);
        Controller.Step(state, new Submit(spec, "admin", null, null), Now, new(1));
        Controller.Step(state, new Tick(), Now, new(1));
        var attempt = new AttemptId(new(new(1)), 1);
        var ended = new AttemptReport(attempt, EnginePhase.Ended) { StartedAt = Now, EndedAt = Now.AddMinutes(3), ExitCode = 0 };
        Controller.Step(state, new Observe("a", new() { Pools = [], Attempts = [ended] }), Now.AddMinutes(3), new(1));
        var best = Controller.Evaluate(state, spec, "admin", Now.AddMinutes(4)).Candidates[0];
        Assert.Equal((EstimateBasis.History, TimeSpan.FromMinutes(3)), (best.Basis, best.RunTime));
    }
}

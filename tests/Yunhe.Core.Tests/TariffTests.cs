using System.Text.Json;
using Yunhe.Core.Accounts;
using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;

namespace Yunhe.Core.Tests;

/// <summary>What prices and carbon by the hour do to quotes, bills, choices and starts.</summary>
public sealed class TariffTests
{
    /// <summary>A Monday, 22:00.</summary>
    private static readonly DateTimeOffset Evening = new(2026, 1, 5, 22, 0, 0, TimeSpan.Zero);

    private static readonly AttemptId First = new(new(new(1)), 1);

    /// <summary>Half the price from 02:00 to 06:00.</summary>
    private static readonly HourProfile Night = Hours(h => h is >= 2 and < 6 ? 500 : 1000);

    private static HourProfile Hours(Func<int, int> value) => new([.. Enumerable.Range(0, 24).Select(value)], [.. Enumerable.Range(0, 24).Select(value)], default);

    private static Site Site(string name = "a", HourProfile? tariff = null, HourProfile? carbon = null, decimal price = 1) => new()
    {
        Name = name,
        Place = new("east"),
        Link = new(1_000_000_000, 0, Money.Zero),
        Prices = new(Money.FromDecimal(price), Money.Zero, new Dictionary<string, Money>()),
        Green = new(1, 500, 0, 10),
        Tariff = tariff,
        CarbonByHour = carbon,
        Engine = new(EngineSpec.Slurm, new Dictionary<string, string>()),
        Pools = [new() { Name = "main", Nodes = 1, PerNode = new(8, 8192, 0) }],
    };

    private static WorkloadSpec Job(Objective objective = Objective.Cost, double hours = 1, double? wait = null) => new()
    {
        Name = "job",
        Program = new(ProgramKind.Task) { Run = "true" },
        Requirements = [new(new(1, 1024, 0))],
        Objective = objective,
        Estimate = TimeSpan.FromHours(hours),
        MaxWait = wait is { } w ? TimeSpan.FromHours(w) : null,
    };

    private static State Network(params Site[] sites)
    {
        var state = new State();
        foreach (var site in sites)
        {
            Give(state, new AddSite(site));
            See(state, site.Name, 0);
        }
        return state;
    }

    private static StepResult Give(State state, Input input, double hour = 0) => Controller.Step(state, input, Evening.AddHours(hour), new(1));

    private static void See(State state, string site, double hour, params AttemptReport[] attempts) => Give(
        state,
        new Observe(site, new() { Pools = [.. state.Site(site)!.Site.Pools.Select(p => new PoolReport(p, [new(p.Nodes, p.PerNode)]))], Attempts = attempts }),
        hour);

    private static State Submitted(State state, WorkloadSpec spec, string? quote = null)
    {
        Assert.Null(Give(state, new Submit(spec, "u", null, quote)).Refusal);
        Give(state, new Tick());
        return state;
    }

    private static Money Billed(State state, double from, double to)
    {
        See(state, "a", to, new AttemptReport(First, EnginePhase.Ended) { StartedAt = Evening.AddHours(from), EndedAt = Evening.AddHours(to), ExitCode = 0 });
        return Assert.Single(state.Usage).Cost;
    }

    private static DateTimeOffset? HeldUntil(State state) => state.Workload(new(1))!.Held?.Until;

    [Fact]
    public void A_quote_is_for_the_hours_in_which_it_would_run()
    {
        var quote = Controller.Evaluate(Network(Site(tariff: Night, carbon: Hours(h => h < 23 ? 100_000 : 300_000))), Job(hours: 6), "u", Evening).Candidates[0];
        Assert.Equal(Money.FromDecimal(4 + 0.5m * 2), quote.Cost);
        var flat = Controller.Evaluate(Network(Site()), Job(hours: 6), "u", Evening).Candidates[0];
        Assert.Equal((Money.FromDecimal(6), flat.Energy), (flat.Cost, quote.Energy));
        // 22–23 at 100 g, 23–24 at 300 g, then 0–4 at 100 g again.
        Assert.Equal(flat.Carbon.Grams * (5 * 100 + 300) / 6 / 500, quote.Carbon.Grams, 2);
    }

    [Fact]
    public void A_bill_is_for_the_hours_in_which_it_ran_by_the_tariff_of_when_it_was_placed()
    {
        var state = Submitted(Network(Site(tariff: Night)), Job());
        Give(state, new AttemptAccepted(First, null, ""));
        Give(state, new EditSite(Site(tariff: Hours(_ => 9000)), null), 1);
        Assert.Equal(Money.FromDecimal(1 + 0.5m * 2), Billed(state, 3, 6));
    }

    [Fact]
    public void A_quote_binds_prices_and_tariff()
    {
        var state = Network(Site(tariff: Night));
        var quote = Give(state, new RequestQuote(Job(), "u")).Quote!;
        Give(state, new EditSite(Site(tariff: Hours(_ => 9000), price: 2), null));
        Submitted(state, Job(), quote.Id);
        Give(state, new AttemptAccepted(First, null, ""));
        Assert.Equal(Money.FromDecimal(1 + 0.5m), Billed(state, 3, 5));
    }

    [Fact]
    public void Terms_and_prices_without_profiles_are_written_and_read_as_before_there_were_any()
    {
        var terms = Rating.TermsOf(Rates.Of(Site(), null, null), Job().Requirements[0], 1, 0);
        Assert.DoesNotContain("Tariff", JsonSerializer.Serialize(terms) + JsonSerializer.Serialize(Site().Prices), StringComparison.Ordinal);
        Assert.DoesNotContain("CarbonByHour", JsonSerializer.Serialize(terms), StringComparison.Ordinal);
        Assert.Equal(terms, JsonSerializer.Deserialize<Terms>(JsonSerializer.Serialize(terms)));
        Assert.DoesNotContain("MaxWait", JsonSerializer.Serialize(Job()), StringComparison.Ordinal);
    }

    [Fact]
    public void Workloads_go_where_it_is_cheapest_at_the_hour_also_in_a_large_network()
    {
        foreach (var others in new[] { 1, 60 })
        {
            var state = Network([Site("night", Night), .. Enumerable.Range(0, others).Select(i => Site($"flat{i:00}", price: 0.7m))]);
            Assert.Equal("flat00", Controller.Evaluate(state, Job(), "u", Evening).Candidates[0].Site);
            Assert.Equal("night", Controller.Evaluate(state, Job(), "u", Evening.AddHours(4.5)).Candidates[0].Site);
            Assert.Equal("flat00", Controller.Evaluate(state, Job(), "u", Evening.AddHours(8)).Candidates[0].Site);
        }
    }

    [Fact]
    public void A_budget_that_suffices_at_night_is_waited_for_and_one_that_never_suffices_is_refused()
    {
        var state = Submitted(Network(Site(tariff: Night)), Job() with { Budget = Money.FromDecimal(0.6m) });
        Assert.Equal(Phase.Queued, state.Workload(new(1))!.Phase);
        Give(state, new Tick(), 4.5);
        Assert.Equal(Phase.Placed, state.Workload(new(1))!.Phase);
        Assert.NotNull(Give(state, new Submit(Job() with { Budget = Money.FromDecimal(0.4m) }, "u", null, null)).Refusal);
    }

    [Theory]
    [InlineData(Objective.Cost, 6.0, 4.0)]
    [InlineData(Objective.Carbon, 12.0, 9.0)]
    [InlineData(Objective.Carbon, 8.0, null)]
    [InlineData(Objective.Cost, 3.5, 3.5)]
    [InlineData(Objective.Cost, 2.5, null)]
    [InlineData(Objective.Balanced, 6.0, null)]
    [InlineData(Objective.Time, 6.0, null)]
    [InlineData(Objective.Cost, null, null)]
    public void It_is_held_back_for_a_better_hour_within_the_wait_that_its_user_allows(Objective objective, double? wait, double? until)
    {
        // By day the sun shines, from 07:00 on: nine hours from now.
        var state = Submitted(Network(Site(tariff: Night, carbon: Hours(h => h is >= 7 and < 17 ? 200_000 : 600_000))), Job(objective, wait: wait));
        Assert.Equal(until is { } u ? Evening.AddHours(u) : null, HeldUntil(state));
        Assert.Equal(until is null ? Phase.Placed : Phase.Queued, state.Workload(new(1))!.Phase);
        if (until is null) return;
        Give(state, new Tick(), until.Value - 0.01);
        Assert.Equal(Phase.Queued, state.Workload(new(1))!.Phase);
        Give(state, new Tick(), until.Value);
        Assert.Equal(Phase.Placed, state.Workload(new(1))!.Phase);
    }

    [Fact]
    public void It_is_not_held_back_for_less_than_one_per_cent_nor_where_nothing_depends_on_the_hour()
    {
        Assert.Null(HeldUntil(Submitted(Network(Site(tariff: Hours(h => h == 3 ? 991 : 1000))), Job(wait: 12))));
        Assert.Equal(Evening.AddHours(5), HeldUntil(Submitted(Network(Site(tariff: Hours(h => h == 3 ? 990 : 1000))), Job(wait: 12))));
        Assert.Null(HeldUntil(Submitted(Network(Site()), Job(wait: 12))));
        Assert.Null(HeldUntil(Submitted(Network(Site(tariff: Night)), Job(Objective.Carbon, wait: 12))));
    }

    [Fact]
    public void It_is_held_back_only_so_long_that_it_still_meets_its_deadline()
    {
        // An hour, and a margin of six minutes.
        var job = Job(wait: 12) with { TimeLimit = TimeSpan.FromHours(1) };
        Assert.Equal(Evening.AddMinutes(204), HeldUntil(Submitted(Network(Site(tariff: Night)), job with { Deadline = Evening.AddHours(4.5) })));
        Assert.Null(HeldUntil(Submitted(Network(Site(tariff: Night)), job with { Deadline = Evening.AddHours(2) })));
    }

    [Fact]
    public void What_is_held_back_keeps_nobody_waiting_and_can_be_cancelled_restored_and_run_as_an_array()
    {
        var state = Network(Site(tariff: Night));
        Give(state, new Submit(Job(wait: 12) with { Array = new([0, 1, 2], null) }, "u", null, null));
        Give(state, new Submit(Job(), "u", null, null));
        Give(state, new Tick());
        Assert.Equal((Phase.Queued, Phase.Placed), (state.Workload(new(1))!.Phase, state.Workload(new(2))!.Phase));
        var restored = State.Restore(state.Capture());
        See(restored, "a", 3);
        Assert.Equal(Phase.Queued, restored.Workload(new(1))!.Phase);
        Give(restored, new Tick(), 4);
        Assert.Equal(3, restored.Workload(new(1))!.Counts.Placed);
        Give(state, new Cancel(new(1), "u"), 1);
        Give(state, new Tick(), 4);
        Assert.Equal(Phase.Cancelled, state.Workload(new(1))!.Phase);
    }
}

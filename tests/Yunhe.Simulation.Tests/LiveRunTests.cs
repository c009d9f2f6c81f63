using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Workloads;
using Yunhe.Simulator;
using Yunhe.Simulator.Live;

namespace Yunhe.Simulation.Tests;

/// <summary>A running network that is carried on elsewhere from a snapshot.</summary>
public sealed class LiveRunTests
{
    private static readonly string[] Sites = ["a", "b"];

    /// <summary>Ten jobs of an hour on two nodes at "a" and one at "b" that schedules itself; half an hour has passed.</summary>
    private static LiveSnapshot Snapshot()
    {
        var slurm = Networks.Site("b", nodes: 1, cpus: 1, cpuHour: 1, engine: EngineSpec.Slurm) with { MaxPending = 1 };
        var simulation = new Simulator.Simulation(1, Networks.Start, [Networks.Site("a", nodes: 2, cpus: 1), slurm], _ => new(TimeSpan.FromHours(1)));
        simulation.Run(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 10; i++)
            simulation.Give(new Submit(Networks.Job() with
            {
                Estimate = TimeSpan.FromHours(1), Objective = Objective.Time, Deadline = Networks.Start.AddHours(12),
                Secrets = new Dictionary<string, string> { ["KEY"] = "hidden" }, Envs = new Dictionary<string, string> { ["A"] = "private" },
            }, "admin", $"key{i}", null));
        simulation.Plan(TimeSpan.FromMinutes(30), new Tick());
        simulation.Run(TimeSpan.FromMinutes(30));
        // A Slurm site declares no pools; it reports them.
        var captured = simulation.State.Capture();
        var state = captured with { Sites = [.. captured.Sites.Select(s => s.Engine.SchedulesItself ? s with { Pools = [] } : s)] };
        return LiveSnapshot.FromJson(LiveSnapshot.Of(state, simulation.State.Sites, simulation.Now).ToJson());
    }

    private static IReadOnlyList<LiveOutcome> Run(LiveSnapshot snapshot, string? whatIf = null, int seed = 1) => new LiveRun(
        snapshot, whatIf is null ? WhatIf.BaseLine : WhatIf.Parse(whatIf, Sites, Contracts), seed).Run(TestContext.Current.CancellationToken);

    private static TimeSpan Contracts(string text) => TimeSpan.FromHours(double.Parse(text.TrimEnd('h'), System.Globalization.CultureInfo.InvariantCulture));

    [Fact]
    public void A_snapshot_holds_no_secrets_variables_programs_or_keys()
    {
        var text = System.Text.Encoding.UTF8.GetString(Snapshot().ToJson());
        Assert.DoesNotContain("hidden", text);
        Assert.DoesNotContain("private", text);
        Assert.DoesNotContain("key0", text);
        Assert.DoesNotContain("\"true\"", text);
    }

    [Fact]
    public void What_runs_ends_when_it_was_expected_to_and_what_waits_follows_as_it_would_have()
    {
        var outcomes = Run(Snapshot());
        Assert.Equal(10, outcomes.Count);
        Assert.All(outcomes, o => Assert.Equal(Phase.Succeeded, o.Phase));
        Assert.Equal(Networks.Start.AddHours(1), outcomes[0].EndedAt);
        // Three nodes, ten jobs of an hour: four rounds.
        Assert.Equal(4, Math.Round((outcomes.Max(o => o.EndedAt)! - Networks.Start).Value.TotalHours));
    }

    [Fact]
    public void What_runs_goes_on_for_as_long_as_such_runs_did_whatever_their_user_said()
    {
        var simulation = new Simulator.Simulation(1, Networks.Start, [Networks.Site("a", nodes: 1, cpus: 1)], _ => new(TimeSpan.FromHours(5)));
        simulation.Run(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 9; i++)
        {
            simulation.Give(new Submit(Networks.Job() with { Estimate = TimeSpan.FromHours(1) }, "admin", null, null));
            simulation.Run(i < 8 ? TimeSpan.FromHours(6) : TimeSpan.FromHours(2));
        }
        var started = simulation.State.Workload(new(9))!.StartedAt!.Value;
        var outcome = Assert.Single(Run(LiveSnapshot.FromJson(LiveSnapshot.Of(simulation.State.Capture(), simulation.State.Sites, simulation.Now).ToJson())));
        Assert.Equal((Phase.Succeeded, started.AddHours(5)), (outcome.Phase, outcome.EndedAt));
    }

    [Theory]
    [InlineData("drain a", 6)]
    [InlineData("drain b at +0h", 5)]
    [InlineData("site a fails at +1h for 3h", 5)]
    public void A_what_if_takes_longer_than_what_happens_anyway(string whatIf, int atLeast)
    {
        var snapshot = Snapshot();
        var outcomes = Run(snapshot, whatIf);
        Assert.All(outcomes, o => Assert.Equal(Phase.Succeeded, o.Phase));
        Assert.True((outcomes.Max(o => o.EndedAt)! - Networks.Start).Value.TotalHours > atLeast - 0.01);
    }

    [Fact]
    public void The_table_tells_what_is_late_delayed_and_dearer_against_the_base_line()
    {
        var rows = LiveComparison.Run(Snapshot(), [WhatIf.Parse("site a fails at +1h", Sites, Contracts), WhatIf.Parse("policy cost", Sites, Contracts)], 1, 1, default);
        Assert.Equal(["as it is", "site a fails at +1h", "policy cost"], rows.Select(r => r.WhatIf));
        Assert.Equal((10, 0d, 0d), (rows[0].Workloads, rows[0].Late, rows[0].Delayed));
        Assert.True(rows[1].Delayed >= 4 && rows[1].Makespan > rows[0].Makespan && rows[1].Cost > rows[0].Cost);
        Assert.True(rows[2].Cost <= rows[0].Cost);
    }

    [Fact]
    public void Other_seeds_scatter_the_estimates_and_the_same_seed_gives_the_same()
    {
        var snapshot = Snapshot();
        Assert.Equal(Run(snapshot, seed: 2), Run(snapshot, seed: 2));
        Assert.NotEqual(Run(snapshot, seed: 2), Run(snapshot, seed: 3));
    }

    [Theory]
    [InlineData("site x fails", "there is no site x: there are a, b")]
    [InlineData("site a explodes", "isn't understood; use: site NAME fails")]
    [InlineData("drain a after 2h", "isn't understood")]
    [InlineData("policy cheap", "isn't understood")]
    [InlineData("policy balanced+slowdown", "isn't understood")]
    [InlineData("policy 1", "isn't understood")]
    [InlineData("drain a for 8h", "isn't understood")]
    [InlineData("site a fails for 8h for 1h", "isn't understood")]
    public void What_is_not_understood_is_told_with_the_forms_that_are(string text, string message) =>
        Assert.Contains(message, Assert.Throws<FormatException>(() => WhatIf.Parse(text, Sites, Contracts)).Message);

    [Fact]
    public void What_was_used_before_the_snapshot_is_not_counted()
    {
        var snapshot = Snapshot();
        var all = Run(snapshot);
        // At half past the hour: those that run have half of their hour left, the others, of which some go to the same site, all of it.
        var whole = all.Where(o => o.StartedAt > snapshot.At).Select(o => o.Cost.ToDecimal()).Distinct().ToList();
        Assert.Contains(whole, cost => Math.Abs(cost / 2 - all[0].Cost.ToDecimal()) < 0.001m);
        Assert.Equal(all.Where(o => o.StartedAt > snapshot.At).Min(o => o.Energy.Joules) / 2, all[0].Energy.Joules, all[0].Energy.Joules / 100);
    }
}

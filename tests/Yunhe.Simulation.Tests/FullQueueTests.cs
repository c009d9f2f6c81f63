using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Workloads;

namespace Yunhe.Simulation.Tests;

/// <summary>A site with a queue of its own that has as many waiting as it takes (<c>max_pending</c>) does not hold up what others have room for.</summary>
public sealed class FullQueueTests
{
    private static readonly Site Queue = Networks.Site("a", nodes: 4, engine: EngineSpec.Slurm) with { MaxPending = 1 };

    /// <summary>Its nodes are free, and yet its engine starts nothing: of a limit that Yunhe can't see.</summary>
    private static void Look(State state, DateTimeOffset now)
    {
        var pool = Queue.Pools[0];
        var held = state.ActiveAt("a").Select(id => new AttemptReport(id, EnginePhase.Pending)).ToList();
        Give(state, new Observe("a", new() { Pools = [new(pool, [new(pool.Nodes, pool.PerNode)])], Attempts = held }), now);
    }

    private static void Give(State state, Input input, DateTimeOffset now) => Assert.Null(Controller.Step(state, input, now, new(1)).Refusal);

    private static string? SiteOf(State state, long workload) => state.Attempt(new(new(new(workload)), 1))?.Site;

    [Theory]
    [InlineData(Objective.Time, 0)]
    [InlineData(Objective.Balanced, 0)]
    [InlineData(Objective.Balanced, 60)]
    public void What_finds_the_queue_full_goes_where_there_is_room(Objective objective, int others)
    {
        var (state, now) = (new State(), Networks.Start);
        Site[] sites = [Queue, Networks.Site("b", nodes: 8, cpuHour: 0.11m), .. Enumerable.Range(0, others).Select(i => Networks.Site($"small{i}", cpus: 1))];
        foreach (var site in sites) Give(state, new AddSite(site), now);
        foreach (var site in sites.Skip(1)) Give(state, new Observe(site.Name, new() { Pools = [] }), now);
        Look(state, now);
        for (var i = 0; i < 6; i++) Give(state, new Submit(Networks.Job(cpus: 8) with { Objective = objective, TimeLimit = TimeSpan.FromHours(1) }, "u", null, null), now);
        for (var i = 0; i < 20; i++)
        {
            Give(state, new Tick(), now += TimeSpan.FromSeconds(1));
            Look(state, now);
        }
        // Whoever asks why is told.
        var told = Controller.Evaluate(state, Networks.Job(cpus: 8) with { Objective = objective, Sites = ["a"] }, "u", now).Candidates.First(c => c.Site == "a");
        Assert.Equal((false, "queue: 1 of Yunhe's jobs waiting in the site's own queue, where its operator allows 1 (max_pending)"), (told.FreeNow, told.WaitsFor));
        Assert.Equal(["a", "b", "b", "b", "b", "b"], Enumerable.Range(1, 6).Select(i => SiteOf(state, i) ?? "waits"));
    }
}

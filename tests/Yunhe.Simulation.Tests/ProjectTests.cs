using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling;
using Yunhe.Core.Scheduling.Shares;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;
using Yunhe.Simulator;

namespace Yunhe.Simulation.Tests;

/// <summary>Shares, quotas, borrowing and preemption in whole runs.</summary>
public sealed class ProjectTests
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private static Simulator.Simulation Network(int nodes, Func<Launch, TimeSpan> length, params Project[] projects)
    {
        var simulation = new Simulator.Simulation(
            1, Networks.Start, [Networks.Site("a", nodes: nodes, cpus: 8)], launch => new(length(launch)) { Grace = Grace });
        foreach (var site in simulation.Sites.Values) simulation.Give(new Observe(site.Site.Name, site.Observe([], simulation.Now)));
        foreach (var project in projects) Assert.Null(simulation.Give(new SetProject(project)).Refusal);
        return simulation;
    }

    private static Amounts Cpus(long cpus) => new() { Cpus = cpus };

    private static WorkloadId Submit(Simulator.Simulation simulation, WorkloadSpec spec)
    {
        var result = simulation.Give(new Submit(spec, "admin", null, null));
        Assert.Null(result.Refusal);
        return result.Workload!.Value;
    }

    private static WorkloadSpec Of(string project, int cpus = 8, int tasks = 1, int priority = 0) => Networks.Job(project.Replace('/', '-'), cpus) with
    {
        Project = project, Priority = priority, Array = tasks > 1 ? new([.. Enumerable.Range(0, tasks)], null) : null,
    };

    private static long Held(Simulator.Simulation simulation, string project) => simulation.State.ShareOf(project, simulation.Now)!.Held.Cpus!.Value;

    [Theory]
    [InlineData(WaitingOrder.Arrival, "long")]
    [InlineData(WaitingOrder.Slowdown, "short")]
    public void Short_work_passes_long_work_that_came_a_little_earlier_where_the_order_is_so(WaitingOrder order, string first)
    {
        var simulation = Network(1, _ => TimeSpan.FromMinutes(30));
        Submit(simulation, Networks.Job("running", 8));
        simulation.Run(TimeSpan.FromMinutes(1));
        var ids = new Dictionary<WorkloadId, string>();
        foreach (var (name, estimate) in new[] { ("long", 5), ("short", 0.1) })
            ids[Submit(simulation, Networks.Job(name, 8) with { Estimate = TimeSpan.FromHours(estimate) })] = name;
        // What waits already is put in order too.
        Assert.Null(simulation.Give(new SetSharePolicy(new() { Order = order })).Refusal);
        simulation.Run(TimeSpan.FromDays(1));
        Assert.Equal(first, ids[simulation.Log.OfType<AttemptPlaced>().First(p => ids.ContainsKey(p.Attempt.Task.Workload)).Attempt.Task.Workload]);
    }

    [Fact]
    public void Nothing_is_passed_by_what_arrives_a_day_later()
    {
        var simulation = Network(1, _ => TimeSpan.FromHours(30));
        Assert.Null(simulation.Give(new SetSharePolicy(new() { Order = WaitingOrder.Slowdown })).Refusal);
        Submit(simulation, Networks.Job("running", 8));
        var huge = Submit(simulation, Networks.Job("huge", 8) with { Estimate = TimeSpan.FromDays(300) });
        simulation.Run(TimeSpan.FromHours(25));
        var tiny = Submit(simulation, Networks.Job("tiny", 8) with { Estimate = TimeSpan.FromSeconds(1) });
        simulation.Run(TimeSpan.FromDays(3));
        DateTimeOffset PlacedAt(WorkloadId id) => simulation.State.Task(simulation.State.Workload(id)!.TaskAt(0))!.Current!.PlacedAt;
        Assert.True(PlacedAt(huge) < PlacedAt(tiny));
    }

    [Fact]
    public void An_owner_gets_back_what_others_borrowed_within_the_grace_time()
    {
        var simulation = Network(8, _ => TimeSpan.FromHours(10), new Project("owner") { Quota = Cpus(32) }, new Project("guest"));
        Submit(simulation, Of("guest", tasks: 20));
        simulation.Run(TimeSpan.FromMinutes(10));
        Assert.Equal(64, Held(simulation, "guest"));
        var id = Submit(simulation, Of("owner", tasks: 6));
        var asked = simulation.Now;
        simulation.Run(Grace + TimeSpan.FromSeconds(5));
        Assert.Equal(32, Held(simulation, "owner"));
        Assert.Equal(32, Held(simulation, "guest"));
        simulation.Run(TimeSpan.FromHours(1));
        // Its quota is full: the rest waits like everybody else.
        Assert.Equal(32, Held(simulation, "owner"));
        Assert.Equal(4, simulation.State.Usage.Count);
        Assert.All(simulation.State.TasksOf(simulation.State.Workload(id)!), t => Assert.True(t.Task.Attempts[0].PlacedAt - asked <= Grace + TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public void Under_saturation_each_gets_its_weight_within_5_per_cent_whatever_the_sizes_of_its_work()
    {
        var lengths = new Dictionary<string, int> { ["one"] = 20, ["two"] = 7, ["five"] = 45 };
        var simulation = Network(
            16, launch => TimeSpan.FromMinutes(lengths[launch.Spec.Name]), new Project("one"), new Project("two") { Weight = 2 }, new Project("five") { Weight = 5 });
        Submit(simulation, Of("one", cpus: 1, tasks: 9000));
        Submit(simulation, Of("two", cpus: 4, tasks: 9000));
        Submit(simulation, Of("five", cpus: 2, tasks: 9000));
        simulation.Run(TimeSpan.FromHours(30));
        var hours = simulation.State.Usage.GroupBy(u => u.WorkloadName).ToDictionary(g => g.Key, g => g.Sum(u => u.CoreHours));
        var all = hours.Values.Sum();
        Assert.InRange(hours["one"] / all, 0.95 / 8, 1.05 / 8);
        Assert.InRange(hours["two"] / all, 0.95 * 2 / 8, 1.05 * 2 / 8);
        Assert.InRange(hours["five"] / all, 0.95 * 5 / 8, 1.05 * 5 / 8);
    }

    [Fact]
    public void Who_was_away_is_repaid_first_and_then_shares()
    {
        var simulation = Network(8, _ => TimeSpan.FromMinutes(30), new Project("here"), new Project("away"));
        Submit(simulation, Of("here", tasks: 5000));
        simulation.Run(TimeSpan.FromDays(3));
        Submit(simulation, Of("away", tasks: 5000));
        simulation.Run(TimeSpan.FromHours(2));
        Assert.True(Held(simulation, "away") > Held(simulation, "here"));
        simulation.Run(TimeSpan.FromDays(20));
        Assert.InRange(Held(simulation, "away"), 24, 40);
    }

    [Fact]
    public void What_gave_way_runs_again_uses_no_retry_and_is_billed_for_both_runs()
    {
        var simulation = Network(2, _ => TimeSpan.FromHours(1), new Project("owner") { Quota = Cpus(8) }, new Project("guest"));
        var guest = Submit(simulation, Of("guest", tasks: 2));
        simulation.Run(TimeSpan.FromMinutes(20));
        Submit(simulation, Of("owner"));
        Assert.True(simulation.Run(TimeSpan.FromHours(5)));
        var workload = simulation.State.Workload(guest)!;
        Assert.Equal(Phase.Succeeded, workload.Phase);
        // The younger of the two, of equal age, by its ID.
        var task = simulation.State.TasksOf(workload).Select(t => t.Task).Single(t => t.Attempts.Length == 2);
        Assert.Equal((0, 0), (task.SiteFailures, task.ProgramFailures));
        Assert.Equal(FailureReason.Preempted, task.Attempts[0].Failure);
        Assert.Equal(new TaskId(new(2)), task.Attempts[0].GivesWay!.To);
        Assert.Equal(workload.Cost, simulation.State.Usage.Where(u => u.Attempt.Task.Workload == guest).Aggregate(Money.Zero, (sum, u) => sum + u.Cost));
        Assert.Equal(3, simulation.State.Usage.Count(u => u.Attempt.Task.Workload == guest));
    }

    [Fact]
    public void As_little_is_ended_as_makes_room()
    {
        var simulation = Network(4, _ => TimeSpan.FromHours(9), new Project("owner") { Quota = Cpus(32) }, new Project("guest"));
        Submit(simulation, Of("guest", cpus: 8));
        simulation.Run(TimeSpan.FromMinutes(30));
        for (var i = 0; i < 12; i++) Submit(simulation, Of("guest", cpus: 2));
        simulation.Run(TimeSpan.FromMinutes(30));
        Submit(simulation, Of("owner", cpus: 4));
        simulation.Run(TimeSpan.FromMinutes(5));
        // Two of the small young ones on one node, not the large old one.
        Assert.Equal(2, simulation.State.Usage.Count);
        Assert.Equal(4, Held(simulation, "owner"));
    }

    [Fact]
    public void One_that_is_not_preemptible_is_never_ended_and_starts_within_the_quota_only()
    {
        var simulation = Network(4, _ => TimeSpan.FromHours(9), new Project("owner") { Quota = Cpus(32) }, new Project("guest") { Quota = Cpus(8) });
        Submit(simulation, Of("guest", tasks: 3) with { Preemptible = false });
        simulation.Run(TimeSpan.FromMinutes(5));
        Assert.Equal(8, Held(simulation, "guest"));
        Submit(simulation, Of("guest", tasks: 3));
        simulation.Run(TimeSpan.FromMinutes(5));
        Assert.Equal(32, Held(simulation, "guest"));
        Submit(simulation, Of("owner", tasks: 4));
        simulation.Run(TimeSpan.FromMinutes(5));
        // Its own quota stays with it.
        Assert.Equal((24L, 8L), (Held(simulation, "owner"), Held(simulation, "guest")));
        Assert.Equal(3, simulation.State.Usage.Count);
        Assert.All(simulation.State.Usage, u => Assert.Null(simulation.State.Workload(u.Attempt.Task.Workload)!.Spec.Preemptible));
    }

    [Theory]
    [InlineData(Reclaim.NotHigher, 5, 0)]
    [InlineData(Reclaim.NotHigher, 0, 8)]
    [InlineData(Reclaim.Any, 5, 8)]
    [InlineData(Reclaim.Never, 0, 0)]
    public void From_whom_is_taken_back_is_the_owners_to_say(Reclaim reclaim, int guestPriority, long held)
    {
        var simulation = Network(2, _ => TimeSpan.FromHours(9), new Project("owner") { Quota = Cpus(8), Reclaim = reclaim }, new Project("guest"));
        Submit(simulation, Of("guest", tasks: 5, priority: guestPriority));
        simulation.Run(TimeSpan.FromMinutes(5));
        Submit(simulation, Of("owner"));
        simulation.Run(TimeSpan.FromMinutes(5));
        Assert.Equal(held, Held(simulation, "owner"));
    }

    [Theory]
    [InlineData(true, null)]
    [InlineData(true, 16L)]
    [InlineData(false, 16L)]
    public void A_higher_priority_ends_lower_ones_of_its_project_where_that_is_wanted(bool wanted, long? limit)
    {
        var project = new Project("p") { PreemptByPriority = wanted, Limit = limit is { } most ? Cpus(most) : null };
        var simulation = Network(limit is null ? 2 : 4, _ => TimeSpan.FromHours(9), project);
        Submit(simulation, Of("p", tasks: 2, priority: 1));
        simulation.Run(TimeSpan.FromMinutes(5));
        var urgent = Submit(simulation, Of("p", priority: 3));
        var same = Submit(simulation, Of("p", priority: 1));
        simulation.Run(TimeSpan.FromMinutes(5));
        Assert.Equal(wanted ? Phase.Running : Phase.Queued, simulation.State.Workload(urgent)!.Phase);
        Assert.Equal(Phase.Queued, simulation.State.Workload(same)!.Phase);
        Assert.Equal(wanted ? 1 : 0, simulation.State.Usage.Count);
        Assert.Equal(16, Held(simulation, "p"));
    }

    [Fact]
    public void What_was_made_free_for_one_is_not_taken_by_another_meanwhile()
    {
        var simulation = Network(
            2, _ => TimeSpan.FromHours(9), new Project("owner") { Quota = Cpus(16) }, new Project("guest"), new Project("greedy") { Quota = Cpus(8) });
        Submit(simulation, Of("guest", cpus: 4, tasks: 4));
        simulation.Run(TimeSpan.FromMinutes(5));
        var gang = Submit(simulation, Of("owner") with { Nodes = 2 });
        simulation.Run(TimeSpan.FromSeconds(2));
        for (var i = 0; i < 5; i++) Submit(simulation, Of("greedy", cpus: 2, priority: 100));
        simulation.Run(TimeSpan.FromMinutes(2));
        Assert.Equal(Phase.Running, simulation.State.Workload(gang)!.Phase);
        Assert.Equal(0, Held(simulation, "greedy"));
    }

    [Fact]
    public void With_age_a_low_priority_comes_first()
    {
        var simulation = Network(1, _ => TimeSpan.FromMinutes(30), new Project("p"));
        // Two come every half an hour, and one can be served.
        for (var i = 0; i < 200; i++) simulation.Plan(TimeSpan.FromMinutes(15 * i), new Submit(Of("p", priority: 10), "admin", null, null));
        simulation.Run(TimeSpan.FromMinutes(20));
        var low = Submit(simulation, Of("p"));
        var began = simulation.Now;
        simulation.Run(TimeSpan.FromHours(40));
        // Overtaken by what came within ten hours after it, which are 40, each half an hour.
        Assert.InRange(simulation.State.Workload(low)!.StartedAt!.Value - began, TimeSpan.FromHours(19), TimeSpan.FromHours(21.5));
    }

    [Fact]
    public void Who_uses_no_projects_notices_nothing_of_them()
    {
        var simulation = Network(2, _ => TimeSpan.FromHours(1));
        for (var i = 0; i < 6; i++) Submit(simulation, Networks.Job("job", 8) with { Priority = i % 2, Preemptible = i == 3 ? false : null });
        Assert.True(simulation.Run(TimeSpan.FromHours(9)));
        Assert.DoesNotContain(simulation.Log.OfType<AttemptCancelling>(), _ => true);
        Assert.Equal(["default"], simulation.State.Projects.Select(p => p.Name));
        Assert.Equal("default", simulation.State.Workload(new(1))!.Project);
    }

    [Fact]
    public void A_project_that_is_wrong_or_in_use_is_refused_with_the_reason()
    {
        var simulation = Network(2, _ => TimeSpan.FromHours(1), new Project("t"), new Project("t/a"));
        string Refused(Input input) => simulation.Give(input).Refusal!.Message;
        Assert.Contains("no tenant x", Refused(new SetProject(new("x/y"))), StringComparison.Ordinal);
        Assert.Contains("weight", Refused(new SetProject(new("x") { Weight = -1 })), StringComparison.Ordinal);
        Assert.Contains("weight", Refused(new SetProject(new("x") { Weight = double.NaN })), StringComparison.Ordinal);
        Assert.Contains("names nothing", Refused(new SetProject(new("x") { Quota = new() })), StringComparison.Ordinal);
        Assert.Contains("negative", Refused(new SetProject(new("x") { Limit = Cpus(-1) })), StringComparison.Ordinal);
        Assert.Contains("less than its quota", Refused(new SetProject(new("x") { Quota = Cpus(8), Limit = Cpus(4) })), StringComparison.Ordinal);
        Assert.Contains("TENANT/NAME", Refused(new SetProject(new("a/b/c"))), StringComparison.Ordinal);
        Assert.Contains("can't be removed", Refused(new RemoveProject("default")), StringComparison.Ordinal);
        Assert.Contains("t/a", Refused(new RemoveProject("t")), StringComparison.Ordinal);
        Assert.Contains("no project nothing", Refused(new Submit(Of("nothing"), "admin", null, null)), StringComparison.Ordinal);
        Assert.Contains("is a tenant", Refused(new Submit(Of("t"), "admin", null, null)), StringComparison.Ordinal);
        Submit(simulation, Of("t/a"));
        Assert.Contains("1 workload that has not ended", Refused(new RemoveProject("t/a")), StringComparison.Ordinal);
        Assert.True(simulation.Run(TimeSpan.FromHours(2)));
        Assert.Null(simulation.Give(new RemoveProject("t/a")).Refusal);
        Assert.Null(simulation.Give(new RemoveProject("t")).Refusal);
        simulation.Give(new SetProject(new("x") { Quota = Cpus(17) }));
        Assert.Contains("17 cpus, but the network has 16", simulation.State.ShareOf("x", simulation.Now)!.Warnings.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void Work_beyond_a_limit_waits_and_work_that_is_larger_than_it_is_refused()
    {
        var simulation = Network(4, _ => TimeSpan.FromHours(1), new Project("p") { Limit = Cpus(8) });
        var refused = simulation.Give(new Submit(Of("p") with { Nodes = 2 }, "admin", null, null)).Refusal!;
        Assert.Equal(RefusalKind.Unsatisfiable, refused.Kind);
        Assert.Contains("limit of project p", refused.Message, StringComparison.Ordinal);
        Submit(simulation, Of("p", tasks: 3));
        simulation.Run(TimeSpan.FromMinutes(10));
        Assert.Equal(8, Held(simulation, "p"));
        var waiting = Submit(simulation, Of("p"));
        Assert.Contains("limit of project p: 8 of 8 cpus held", Controller.Evaluate(simulation.State, simulation.State.Workload(waiting)!, simulation.Now).Candidates[0].Excluded, StringComparison.Ordinal);
        Assert.True(simulation.Run(TimeSpan.FromHours(9)));
    }

    [Fact]
    public void A_changed_half_life_weighs_all_use_anew_also_after_a_restart()
    {
        var simulation = Network(2, _ => TimeSpan.FromHours(5), new Project("p"));
        Submit(simulation, Of("p", tasks: 3));
        simulation.Run(TimeSpan.FromHours(7));
        var before = simulation.State.ShareOf("p", simulation.Now)!.ShareBefore;
        Assert.Null(simulation.Give(new SetSharePolicy(new() { HalfLife = TimeSpan.FromHours(1) })).Refusal);
        var after = simulation.State.ShareOf("p", simulation.Now)!.ShareBefore;
        // Two of two nodes for five hours, then one for two.
        Assert.Equal((1 - Math.Pow(2, -5)) / 4 + (1 - 0.25) / 2, after, 1e-3);
        Assert.True(before < 0.1);
        Assert.Equal(after, simulation.Replay().ShareOf("p", simulation.Now)!.ShareBefore);
        Assert.Equal(after, simulation.Reread().ShareOf("p", simulation.Now)!.ShareBefore);
    }

    [Fact]
    public void What_is_forgotten_still_counts_as_used()
    {
        var simulation = Network(2, _ => TimeSpan.FromHours(5), new Project("p"));
        Submit(simulation, Of("p", tasks: 3));
        simulation.Run(TimeSpan.FromHours(20));
        var before = simulation.State.ShareOf("p", simulation.Now)!.ShareBefore;
        simulation.Give(new ForgetEnded(simulation.Now.AddSeconds(1)));
        Assert.Empty(simulation.State.Usage);
        Assert.True(before > 0.01);
        Assert.Equal(before, simulation.State.ShareOf("p", simulation.Now)!.ShareBefore, 1e-12);
        Assert.Equal(simulation.State.ShareOf("p", simulation.Now)!.ShareBefore, simulation.Reread().ShareOf("p", simulation.Now)!.ShareBefore);
        Assert.Equal(simulation.State.ShareOf("p", simulation.Now)!.ShareBefore, simulation.Replay().ShareOf("p", simulation.Now)!.ShareBefore);
    }
}

using Yunhe.Core.Control;
using Yunhe.Core.Network;
using Yunhe.Core.Units;
using Yunhe.Core.Workloads;
using Yunhe.Simulator;

namespace Yunhe.Simulation.Tests;

/// <summary>
/// Random networks, workloads and faults against what must hold whatever happens. A failing seed is printed and becomes a named test.
/// YUNHE_SEED=123 in the environment tries that one alone.
/// </summary>
public sealed class FaultSearch
{
    private const int Seeds = 3000;

    /// <summary>Of these decisions are made from the index of a large network.</summary>
    private const int PaddedSeeds = 300;

    /// <summary>Events between two looks that cost more.</summary>
    private const int CloseEvery = 100;

    [Fact]
    public void Whatever_fails_nothing_is_lost_doubled_overcommitted_or_unbilled()
    {
        Search(Seeds, padded: false);
    }

    [Fact]
    public void Nor_is_it_in_a_network_so_large_that_an_index_decides()
    {
        Search(PaddedSeeds, padded: true);
    }

    private static void Search(int count, bool padded)
    {
        IEnumerable<int> seeds = int.TryParse(Environment.GetEnvironmentVariable("YUNHE_SEED"), out var one) ? [one] : Enumerable.Range(0, count);
        var failures = new SortedDictionary<int, string>();
        Parallel.ForEach(seeds, seed =>
        {
            if (Try(seed, padded) is { } failure)
                lock (failures) failures.Add(seed, failure);
        });
        Assert.True(failures.Count == 0, $"{failures.Count} seeds fail: {string.Join(' ', failures.Keys)}. The first: {Replaying(failures.Keys.FirstOrDefault())}\n"
            + failures.Values.FirstOrDefault());
    }

    private static string Replaying(int seed) =>
        $"YUNHE_SEED={seed} dotnet run --project tests/Yunhe.Simulation.Tests -- -class {typeof(FaultSearch).FullName}";

    [Fact]
    public void The_search_reaches_bound_quotes_missed_deadlines_corresponding_tasks_later_alternatives_and_removed_sites()
    {
        var states = Enumerable.Range(0, 12).Select(seed => Run(seed * 10).State).ToList();
        var workloads = states.SelectMany(s => s.WorkloadsBefore()).ToList();
        var tasks = states.SelectMany(s => s.WorkloadsBefore().SelectMany(w => s.TasksOf(w).Select(t => t.Task))).ToList();
        Assert.Contains(workloads, w => w is { BoundSite: not null, Phase: Phase.Succeeded });
        Assert.Contains(workloads, w => w.Rest?.Reason == FailureReason.DeadlineMissed);
        Assert.Contains(workloads, w => w.Counts.Succeeded > 0 && w.Spec.Dependencies.Any(d => d.Kind == DependencyKind.AfterCorresponding));
        Assert.Contains(tasks, t => t.Attempts.Any(a => a.Decision.Candidates[0].Alternative > 0));
        Assert.Contains(tasks, t => t.Attempts.Any(a => a.Pool == "large"));
        Assert.Contains(states, s => s.Sites.Count == 0 || s.Sites.Any(x => x.Site.Revision > 1));
    }

    [Fact]
    public void The_search_reaches_reservations_gangs_in_one_fabric_shares_of_cards_and_conservative_backfill()
    {
        var runs = Enumerable.Range(0, 240).Where(seed => seed % 3 != 0).Select(seed => Run(seed)).ToList();
        var facts = runs.SelectMany(r => r.Log).ToList();
        var placed = runs.SelectMany(r => r.Log.OfType<AttemptPlaced>().Select(p => (Placed: p, r.State.Workload(p.Attempt.Task.Workload)?.Spec))).Where(p => p.Spec is not null).ToList();
        Assert.True(facts.OfType<ReservationBegan>().Count() > 20);
        Assert.Contains(facts, f => f is ReservationEnded { Use.UsedTicks: > 0 });
        Assert.Contains(facts, f => f is ReservationEnded { Use: null });
        Assert.Contains(placed, p => p.Spec!.Reservation is not null);
        Assert.Contains(placed, p => p.Spec is { Fabric: FabricWish.Same, Nodes: > 1 } && p.Placed.Nodes.Count > 1);
        Assert.Contains(placed, p => p.Placed.Requirement.PerNode.Share > 0);
        Assert.Contains(runs, r => r.State.SharePolicy.Backfill == Core.Scheduling.Shares.Backfilling.Conservative);
    }

    [Fact]
    public void A_snapshot_that_is_restored_in_the_middle_of_a_run_goes_on_to_the_same_end()
    {
        for (var seed = 0; seed < 8; seed++)
            Assert.Equal(
                Simulator.Simulation.Text(Run(seed, undisturbed: true).State),
                Simulator.Simulation.Text(Run(seed, undisturbed: true, restart: RandomNetworks.Middle).State));
    }

    [Fact]
    public void The_order_in_which_sites_are_added_changes_no_decision()
    {
        for (var seed = 0; seed < 5; seed++)
        {
            var (forwards, backwards) = (RandomNetworks.Of(seed, undisturbed: true), RandomNetworks.Of(seed, undisturbed: true, backwards: true));
            forwards.Run(TimeSpan.FromDays(1));
            backwards.Run(TimeSpan.FromDays(1));
            Assert.Equal(Simulator.Simulation.Text(forwards.State), Simulator.Simulation.Text(backwards.State));
        }
    }

    /// <summary>One that runs is ended a minute after its budget is used up at the latest, if its site can be reached.</summary>
    [Fact]
    public void Where_sites_answer_no_workload_costs_more_than_its_budget_and_a_minute()
    {
        var budgets = 0;
        for (var seed = 1; seed < 150; seed++)
        {
            var state = Run(seed, undisturbed: true).State;
            foreach (var workload in state.WorkloadsBefore().Where(w => w.Spec.Budget is not null && w.Cost > Money.Zero))
            {
                var attempts = state.TasksOf(workload).SelectMany(t => t.Task.Attempts).Where(a => a.Usage is not null);
                var minute = attempts.Aggregate(Money.Zero, (sum, a) => sum + a.Terms.PerHour.Times(1 / 60m) + a.Terms.Transfer);
                Assert.True(workload.Cost <= workload.Spec.Budget!.Value + minute, $"seed {seed}: {workload.Id} has cost {workload.Cost} of {workload.Spec.Budget}");
                budgets++;
            }
        }
        Assert.True(budgets > 20);
    }

    private static string? Try(int seed, bool padded)
    {
        try
        {
            var simulation = Run(seed, padded: padded);
            Check(simulation);
            return null;
        }
        catch (Exception e) when (e is InvalidOperationException or Xunit.Sdk.XunitException or KeyNotFoundException or ArgumentException)
        {
            return e.ToString();
        }
    }

    internal static Simulator.Simulation Run(int seed, bool undisturbed = false, TimeSpan? restart = null, bool padded = false)
    {
        var simulation = RandomNetworks.Of(seed, undisturbed, padded: padded);
        var seen = 0;
        var idle = new IdleWait();
        simulation.AfterTurn = s =>
        {
            idle.Check(s);
            if (s.Log.Count == seen) return;
            CheckCycle(s);
            PlacementInvariants.Check(s, s.Log.Skip(seen));
            if (s.Log.Count / CloseEvery > seen / CloseEvery) CheckClosely(s);
            seen = s.Log.Count;
        };
        simulation.RestartAt = Networks.Start + restart;
        if (simulation.Run(TimeSpan.FromHours(12))) return simulation;
        // What was accepted while a site's capacity was unknown may turn out to fit nowhere; only that may be left.
        foreach (var left in simulation.State.WorkloadsBefore().Where(w => w.EndedAt is null).ToList())
        {
            var decision = Controller.Evaluate(simulation.State, left, simulation.Now);
            if (left.Counts.Active > 0 || left.Counts.Submitted == 0 && decision.Candidates.Any(c => c.Excluded is null))
                throw new InvalidOperationException($"{left.Id} is stuck: {left.Counts} {string.Join(" | ", decision.Candidates)}");
            simulation.Give(new Cancel(left.Id, "admin"));
        }
        if (!simulation.Run(TimeSpan.FromDays(1))) throw new InvalidOperationException("cancelled, and yet not ended");
        return simulation;
    }

    private static void CheckCycle(Simulator.Simulation simulation)
    {
        foreach (var workload in simulation.State.WorkloadsBefore())
        {
            if (workload.EndedAt is not null) continue;
            if (workload.Counts.Total != workload.TaskCount) throw new InvalidOperationException($"{workload.Id} counts {workload.Counts}");
            if (workload.Spec.Array?.Limit is { } limit && workload.Counts.OnSite > limit)
                throw new InvalidOperationException($"{workload.Id} runs {workload.Counts.OnSite} of at most {limit}");
        }
    }

    private static void CheckClosely(Simulator.Simulation simulation)
    {
        foreach (var workload in simulation.State.WorkloadsBefore().Where(w => w.Counts.Queued > 0)) CheckExplanation(simulation, workload);
        CheckRebuilt(simulation.State, simulation.Reread());
        CheckRebuilt(simulation.State, simulation.Replay());
    }

    /// <summary>What one asks who waits: every site is named, with a reason where it can't be.</summary>
    private static void CheckExplanation(Simulator.Simulation simulation, Workload workload)
    {
        var decision = Controller.Evaluate(simulation.State, workload, simulation.Now);
        var candidates = decision.Candidates;
        Assert.Equal(simulation.State.Sites.Count, candidates.Select(c => c.Site).Distinct().Count() + decision.Omitted);
        if (decision.Omitted == 0) Assert.Equal(simulation.State.Sites.Select(s => s.Site.Name), candidates.Select(c => c.Site).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(candidates, c => c.Excluded is "");
        Assert.DoesNotContain(candidates.Skip(1), c => c.Excluded is null && decision.LostBecause(c).Length == 0);
    }

    /// <summary>What sites hold is derived; it is the same however the state came about.</summary>
    private static void CheckRebuilt(State live, State rebuilt)
    {
        Assert.Equal(live.Unended, rebuilt.Unended);
        foreach (var site in live.Sites)
        {
            Assert.Equal(live.ActiveAt(site.Site.Name), rebuilt.ActiveAt(site.Site.Name));
            Assert.Equal(live.FinishingAt(site.Site.Name), rebuilt.FinishingAt(site.Site.Name));
        }
    }

    private static void Check(Simulator.Simulation simulation)
    {
        var state = simulation.State;
        // Nothing begun twice; what the engines begun is what the state knows, or knew.
        var forgotten = simulation.Log.OfType<WorkloadForgotten>().SelectMany(e => e.Attempts).ToHashSet();
        foreach (var site in simulation.Sites.Values)
            foreach (var (attempt, times) in site.Begun)
            {
                Assert.Equal(1, times);
                Assert.True(state.Attempt(attempt) is not null || forgotten.Contains(attempt), $"{attempt} is not known");
            }
        CheckMoney(simulation);
        foreach (var workload in state.WorkloadsBefore())
            foreach (var (_, task) in state.TasksOf(workload))
                foreach (var attempt in task.Attempts) CheckAttempt(workload, attempt);
        // Replay and snapshot give the same state.
        var text = Simulator.Simulation.Text(state);
        Assert.Equal(text, Simulator.Simulation.Text(simulation.Replay()));
        Assert.Equal(text, Simulator.Simulation.Text(simulation.Reread()));
    }

    /// <summary>Every attempt that ran is billed once, and workloads, records and totals come to the same.</summary>
    private static void CheckMoney(Simulator.Simulation simulation)
    {
        var state = simulation.State;
        var billed = simulation.Log.OfType<AttemptEnded>().Where(e => e.Usage is not null).Select(e => e.Usage!).ToList();
        Assert.Equal(billed.Count, billed.Select(u => u.Attempt).Distinct().Count());
        var kept = state.Usage.Aggregate(Money.Zero, (sum, u) => sum + u.Cost);
        Assert.Equal(billed.Aggregate(Money.Zero, (sum, u) => sum + u.Cost), state.ForgottenUsage.Aggregate(kept, (sum, t) => sum + t.Cost));
        Assert.Equal(billed.Count, state.Usage.Count + state.ForgottenUsage.Sum(t => t.Attempts));
        var ofWorkload = state.Usage.ToLookup(u => u.Attempt.Task.Workload, u => u.Cost);
        foreach (var workload in state.WorkloadsBefore())
            Assert.Equal(ofWorkload[workload.Id].Aggregate(Money.Zero, (sum, cost) => sum + cost), workload.Cost);
    }

    private static void CheckAttempt(Workload workload, Attempt attempt)
    {
        if (attempt.StartedAt is null) return;
        Assert.NotNull(attempt.Usage);
        // Gangs are whole: never on fewer nodes than asked for, nor on one twice.
        if (attempt.Nodes.Count > 0) Assert.Equal(workload.Spec.Nodes, attempt.Nodes.Distinct().Count());
        // A site that was given up tells too late; what it tells itself is within the limit.
        if (workload.Spec.TimeLimit is { } limit && attempt.Failure is null) Assert.InRange(attempt.EndedAt!.Value - attempt.StartedAt.Value, TimeSpan.Zero, limit);
        if (workload.Spec.Deadline is { } deadline) Assert.True(attempt.PlacedAt <= deadline, $"{attempt.Id} was placed after its deadline");
    }
}

using Google.OrTools.Sat;
using Yunhe.Core.Network;
using Yunhe.Core.Scheduling.Assignment;

namespace Yunhe.Core.Tests.Assignment;

/// <summary>
/// The cheapest decision of a small window by OR-Tools' CP-SAT: node by node, with any packing, so that it is held to nothing that
/// Yunhe's own packing would add.
/// </summary>
internal static class ExactWindow
{
    /// <returns>Cost: of the best decision found. Bound: none is cheaper; the same where it was proven in time.</returns>
    public static (long Cost, long Bound) Solve(Window window, double seconds)
    {
        var model = new CpModel();
        var cost = LinearExpr.NewBuilder();
        var taking = window.Pools.Select(_ => new List<(BoolVar Taken, WindowChoice Choice)>()).ToArray();
        foreach (var item in window.Items)
        {
            LinearExpr? before = null;
            for (var n = 0; n < item.Count; n++)
            {
                var options = item.Choices.Select(_ => model.NewBoolVar("")).ToList();
                var waiting = model.NewBoolVar("");
                model.AddExactlyOne([.. options, waiting]);
                cost.AddTerm(waiting, item.Waiting);
                for (var c = 0; c < options.Count; c++)
                {
                    cost.AddTerm(options[c], item.Choices[c].Cost);
                    taking[item.Choices[c].Pool].Add((options[c], item.Choices[c]));
                }
                // Alike tasks: only one of the many equal orders.
                var rank = LinearExpr.WeightedSum([.. options, waiting], [.. Enumerable.Range(0, options.Count + 1).Select(i => (long)i)]);
                if (before is not null) model.Add(before <= rank);
                before = rank;
            }
        }
        for (var p = 0; p < window.Pools.Count; p++) Hold(model, window.Pools[p], taking[p]);
        model.Minimize(cost);
        using var solver = new CpSolver { StringParameters = $"max_time_in_seconds:{seconds} num_workers:1 random_seed:1" };
        return solver.Solve(model) is CpSolverStatus.Optimal or CpSolverStatus.Feasible
            ? ((long)Math.Round(solver.ObjectiveValue), (long)Math.Ceiling(solver.BestObjectiveBound - 1e-6))
            // Not in the time that it had: to wait is always a decision.
            : (window.Items.Sum(i => i.Count * i.Waiting), (long)Math.Ceiling(Math.Max(solver.BestObjectiveBound, -1e15) - 1e-6));
    }

    /// <summary>The cost of the best decision, proven, however long that takes on a busy machine.</summary>
    public static long Optimum(Window window)
    {
        var (cost, bound) = Solve(window, 300);
        return cost == bound ? cost : throw new InvalidOperationException($"CP-SAT has proven only that the best is between {bound} and {cost}");
    }

    private static void Hold(CpModel model, WindowPool pool, List<(BoolVar Taken, WindowChoice Choice)> taking)
    {
        if (taking.Count == 0) return;
        if (pool.Places < taking.Count) model.Add(LinearExpr.Sum(taking.Select(t => t.Taken)) <= pool.Places);
        List<Resources> nodes = [.. pool.Free.SelectMany(f => Enumerable.Repeat(f.Free, f.Count))];
        var on = nodes.Select(_ => new List<(BoolVar On, Resources Each)>()).ToArray();
        foreach (var (taken, choice) in taking)
        {
            var used = new List<BoolVar>();
            for (var n = 0; n < nodes.Count; n++)
            {
                if (!choice.PerNode.Fits(nodes[n])) continue;
                var here = model.NewBoolVar("");
                used.Add(here);
                on[n].Add((here, choice.PerNode));
            }
            model.Add(LinearExpr.Sum(used) == choice.Nodes * taken);
        }
        for (var n = 0; n < nodes.Count; n++)
        {
            if (on[n].Count == 0) continue;
            Within(n, e => e.Cpus, nodes[n].Cpus);
            Within(n, e => e.MemoryMiB, nodes[n].MemoryMiB);
            Within(n, e => e.Accelerators, nodes[n].Accelerators);
        }

        void Within(int node, Func<Resources, long> part, long whole) =>
            model.Add(LinearExpr.WeightedSum(on[node].Select(o => o.On), on[node].Select(o => part(o.Each))) <= whole);
    }
}

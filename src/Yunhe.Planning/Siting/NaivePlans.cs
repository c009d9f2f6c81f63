namespace Yunhe.Planning.Siting;

/// <summary>How plans are made without a solver: each demand by itself, year after year, with what is free first and then the first place that will do.</summary>
internal static class NaivePlans
{
    /// <summary>Every demand at the nearest candidate, on the hardware that is cheapest to buy there.</summary>
    public static int[,,] Nearest(SitingProblem problem) => Build(problem, (d, s, a) => (problem.RttMs[d.Place, s], problem.Hardware[a].Spec.PriceCny / problem.Hardware[a].Delivered[d.Class]));

    /// <summary>Every demand where a delivered PFLOPS costs the least, within its latency.</summary>
    public static int[,,] Cheapest(SitingProblem problem) => Build(problem, (d, s, a) => (0, CostOf(problem, d, s, a)));

    private static double CostOf(SitingProblem problem, Demand d, int s, int a)
    {
        var (site, kind, terms) = (problem.Candidates[s].Spec, problem.Hardware[a], problem.Request.Operation);
        var hall = kind.Kw * (site.FacilityCnyPerKw + (terms.M2PerMw / 1000 * site.LandCnyPerM2)) / terms.FacilityLifeYears;
        var year = (kind.Spec.PriceCny / kind.Spec.LifeYears) + hall + (kind.Kw * 8760 * site.Pue * site.PowerCnyPerKwh);
        return year / kind.Delivered[d.Class];
    }

    /// <returns>Blocks that enter service, by candidate, hardware and year. Power, supply and times of building are kept; targets and budgets are not looked at.</returns>
    private static int[,,] Build(SitingProblem problem, Func<Demand, int, int, (double, double)> order)
    {
        var blocks = new int[problem.Candidates.Count, problem.Hardware.Count, problem.Years];
        for (var t = 0; t < problem.Years; t++)
        {
            var free = Free(problem, blocks, t);
            foreach (var d in problem.Demand.OrderByDescending(d => d.Pflops[t]).ThenBy(d => d.Index))
            {
                var places = (from s in Enumerable.Range(0, problem.Candidates.Count)
                              from a in Enumerable.Range(0, problem.Hardware.Count)
                              where problem.Hardware[a].Delivered[d.Class] > 0 && (d.Spec.LatencyMs is not { } most || problem.RttMs[d.Place, s] <= most)
                              orderby order(d, s, a), s, a
                              select (s, a)).ToList();
                var left = d.Pflops[t];
                foreach (var (s, a) in places) left = Serve(problem, blocks, free, t, s, a, d, left, mayBuild: false);
                foreach (var (s, a) in places) left = Serve(problem, blocks, free, t, s, a, d, left, mayBuild: true);
            }
        }
        return blocks;
    }

    private static double Serve(SitingProblem problem, int[,,] blocks, double[,] free, int t, int s, int a, Demand d, double left, bool mayBuild)
    {
        if (left <= 1e-9) return 0;
        var kind = problem.Hardware[a];
        var each = kind.Delivered[d.Class] * kind.Spec.BlockDevices * problem.Utilisation(d.Class);
        var want = Math.Ceiling(Math.Max(0, (left / each) - free[s, a]) - 1e-9);
        var build = mayBuild ? (int)Math.Min(want, Room(problem, blocks, t, s, a)) : 0;
        blocks[s, a, t] += build;
        free[s, a] += build;
        var used = Math.Min(free[s, a], left / each);
        free[s, a] -= used;
        return left - (used * each);
    }

    /// <summary>Blocks that power, supply and time leave.</summary>
    private static int Room(SitingProblem problem, int[,,] blocks, int t, int s, int a)
    {
        var (site, kind) = (problem.Candidates[s], problem.Hardware[a]);
        if (t < Math.Max(site.Spec.BuildYears, kind.Spec.DeliveryYears)) return 0;
        var mw = site.Existing.Select((n, h) => n * problem.Hardware[h].Kw / 1000).Sum();
        for (var h = 0; h < problem.Hardware.Count; h++)
            for (var u = Math.Max(0, t - problem.Hardware[h].Spec.LifeYears + 1); u <= t; u++) mw += blocks[s, h, u] * problem.Hardware[h].BlockMw;
        var bought = Enumerable.Range(0, problem.Candidates.Count).Sum(c => blocks[c, a, t]);
        var supply = Math.Floor((kind.SupplyIn(t) / kind.Spec.BlockDevices) + 1e-9) - bought;
        return (int)Math.Max(0, Math.Min(1e6, Math.Min(supply, Math.Floor(((site.Spec.MaxMw - mw) / kind.BlockMw) + 1e-9))));
    }

    private static double[,] Free(SitingProblem problem, int[,,] blocks, int t)
    {
        var free = new double[problem.Candidates.Count, problem.Hardware.Count];
        for (var s = 0; s < problem.Candidates.Count; s++)
            for (var a = 0; a < problem.Hardware.Count; a++)
            {
                free[s, a] = problem.Candidates[s].Existing[a] / problem.Hardware[a].Spec.BlockDevices;
                for (var u = Math.Max(0, t - problem.Hardware[a].Spec.LifeYears + 1); u < t; u++) free[s, a] += blocks[s, a, u];
            }
        return free;
    }
}

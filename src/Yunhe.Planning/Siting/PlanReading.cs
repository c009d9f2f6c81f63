namespace Yunhe.Planning.Siting;

/// <summary>Turns a solution's numbers into the plan they mean.</summary>
internal static class PlanReading
{
    /// <summary>What is smaller is a solver's rounding.</summary>
    private const double Least = 1e-6;

    private const double HoursPerYear = 8760;

    public static SitingPlan Read(SitingModel model, Solution solution, string name)
    {
        var (problem, values) = (model.Problem, solution.Values);
        var years = Enumerable.Range(0, problem.Years).Select(t => Year(model, values, t)).ToList();
        var (wanted, served) = (years.Sum(y => y.DemandPflops), years.Sum(y => y.ServedPflops));
        var delivered = years.Select((y, t) => y.ServedPflops * HoursPerYear * problem.Discount(t)).Sum();
        var npv = model.Cost.Of(values) * 1e6;
        return new()
        {
            Name = name,
            Status = solution.Outcome == SolveOutcome.Solved ? PlanStatus.Proven : PlanStatus.TimeLimit,
            Gap = solution.Gap,
            Totals = new()
            {
                NpvCny = npv,
                CapitalCny = years.Sum(y => y.CapitalCny),
                OperatingCny = years.Sum(y => y.OperatingCny),
                EnergyGwh = years.Sum(y => y.EnergyGwh),
                CarbonKt = model.Carbon.Of(values),
                LatencyMs = model.Interactive > 0 ? LatencyOf(problem, years) : null,
                Served = wanted > 0 ? served / wanted : 1,
                CnyPerPflopsHour = delivered > 0 ? npv / delivered : null,
            },
            Years = years,
            Targets = [.. problem.Request.Targets.Select(t => Target(model, values, t))],
            Binding = Binding(model, values),
            Missed = Missed(model, values, years),
        };
    }

    /// <summary>Of what is served, so that a plan that serves little does not look near.</summary>
    private static double? LatencyOf(SitingProblem problem, List<YearOfPlan> years)
    {
        var flows = years.SelectMany(y => y.Flows).Where(f => problem.Demand[f.Demand].IsInteractive).ToList();
        var sum = flows.Sum(f => f.Pflops);
        return sum > 0 ? flows.Sum(f => f.Pflops * f.RttMs) / sum : null;
    }

    private static YearOfPlan Year(SitingModel model, double[] values, int t)
    {
        var problem = model.Problem;
        var sites = Sites(model, values, t);
        var energy = sites.Sum(s => s.EnergyGwh);
        var (links, flows) = (Links(model, values, t), Flows(model, values, t));
        var builds = Builds(model, values, t);
        return new()
        {
            Year = problem.Request.StartYear + t,
            Builds = builds,
            Sites = sites,
            Work = Work(model, values, t),
            Standing = Standing(model, values, t),
            Links = links,
            Flows = flows,
            CapitalCny = model.Capital[t].Of(values) * 1e6,
            OperatingCny = (Operating(model, values, t) * 1e6) + links.Sum(l => l.CnyPerYear),
            EnergyGwh = energy,
            GreenShare = energy > 0 ? sites.Sum(s => s.EnergyGwh * s.GreenShare) / energy : 0,
            CarbonKt = sites.Sum(s => s.CarbonKt) + builds.Sum(b => b.Devices * problem.Hardware.Single(h => h.Name == b.Accelerator).Spec.EmbodiedKg / 1e6),
            Eflops = sites.Sum(s => s.Eflops),
            DemandPflops = problem.Demand.Sum(d => d.Pflops[t]),
            ServedPflops = flows.Sum(f => f.Pflops),
        };
    }

    /// <summary>Power, green power and upkeep, 10^6 CNY.</summary>
    private static double Operating(SitingModel model, double[] values, int t)
    {
        var (problem, sum) = (model.Problem, 0.0);
        for (var s = 0; s < problem.Candidates.Count; s++)
        {
            var site = problem.Candidates[s].Spec;
            sum += (model.Energy(s, t).Of(values) * site.PowerCnyPerKwh) + (Value(values, model.Green[s, t]) * site.GreenPremiumCnyPerKwh);
        }
        foreach (var (s, a) in Pairs(problem)) sum += Devices(model, values, s, a, t) * problem.Hardware[a].Spec.PriceCny * problem.Request.Operation.Upkeep / 1e6;
        return sum;
    }

    private static List<SiteYear> Sites(SitingModel model, double[] values, int t)
    {
        var (problem, all) = (model.Problem, new List<SiteYear>());
        for (var s = 0; s < problem.Candidates.Count; s++)
        {
            var site = problem.Candidates[s];
            var devices = problem.Hardware.Select((_, a) => Devices(model, values, s, a, t)).ToList();
            if (devices.Sum() < 0.5) continue;
            var gwh = model.Energy(s, t).Of(values);
            var green = gwh > 0 ? site.Spec.GreenShare + (Value(values, model.Green[s, t]) / gwh) : 0;
            all.Add(new(
                site.Name, devices.Select((n, a) => n * problem.Hardware[a].Kw / 1000).Sum(), gwh, green, gwh * (1 - green) * problem.GridKgPerKWh(site, t),
                devices.Select((n, a) => n * problem.Hardware[a].Eflops(null)).Sum(), site.Spec.Pue));
        }
        return all;
    }

    private static List<WorkDone> Work(SitingModel model, double[] values, int t)
    {
        var (problem, all) = (model.Problem, new List<WorkDone>());
        foreach (var (s, a) in Pairs(problem))
            for (var c = 0; c < problem.Classes.Count; c++)
                if (Value(values, model.Busy[s, a, c, t]) is > Least and var busy)
                {
                    var devices = busy * problem.Hardware[a].Spec.BlockDevices;
                    all.Add(new(problem.Candidates[s].Name, problem.Hardware[a].Name, problem.Classes[c].Kind, problem.Classes[c].Type, devices * problem.Hardware[a].Delivered[c], devices));
                }
        return all;
    }

    private static IEnumerable<(int Site, int Kind)> Pairs(SitingProblem problem) =>
        from s in Enumerable.Range(0, problem.Candidates.Count) from a in Enumerable.Range(0, problem.Hardware.Count) select (s, a);

    private static List<Build> Builds(SitingModel model, double[] values, int t) => [.. Pairs(model.Problem)
        .Select(p => (p.Site, Kind: model.Problem.Hardware[p.Kind], Blocks: (int)Math.Round(Value(values, model.Blocks[p.Site, p.Kind, t]))))
        .Where(b => b.Blocks > 0)
        .Select(b => new Build(
            model.Problem.Candidates[b.Site].Name, b.Kind.Name, b.Blocks, (long)b.Blocks * b.Kind.Spec.BlockDevices, b.Blocks * b.Kind.BlockMw, Value(values, model.Opens[b.Site, t]) > 0.5 && (t == 0 || Value(values, model.Opens[b.Site, t - 1]) < 0.5)))];

    private static List<Standing> Standing(SitingModel model, double[] values, int t)
    {
        var (problem, all) = (model.Problem, new List<Standing>());
        foreach (var (s, a) in Pairs(problem))
        {
            var (kind, devices) = (problem.Hardware[a], Devices(model, values, s, a, t));
            if (devices < 0.5) continue;
            var busy = Enumerable.Range(0, problem.Classes.Count).Sum(c => Value(values, model.Busy[s, a, c, t])) * kind.Spec.BlockDevices / devices;
            all.Add(new(problem.Candidates[s].Name, kind.Name, (long)Math.Round(devices), Math.Min(1, busy), DeviceHour(problem, problem.Candidates[s], kind, busy), kind.Kw));
        }
        return all;
    }

    /// <summary>What an hour of a busy device costs there: its own life and the hall's, upkeep, idle and busy power; over the busy hours.</summary>
    public static double DeviceHour(SitingProblem problem, Candidate site, Hardware kind, double busy)
    {
        var (terms, idle) = (problem.Request.Operation, problem.Request.Operation.IdlePower);
        var hall = kind.Kw * (site.Spec.FacilityCnyPerKw + (terms.M2PerMw / 1000 * site.Spec.LandCnyPerM2)) / terms.FacilityLifeYears;
        var year = (kind.Spec.PriceCny * ((1.0 / kind.Spec.LifeYears) + terms.Upkeep)) + hall
            + (kind.Kw * HoursPerYear * site.Spec.Pue * site.Spec.PowerCnyPerKwh * (idle + ((1 - idle) * busy)));
        return year / HoursPerYear / Math.Max(0.01, busy);
    }

    private static List<Lane> Links(SitingModel model, double[] values, int t)
    {
        var (problem, all) = (model.Problem, new List<Lane>());
        for (var p = 0; p < problem.Places.Count; p++)
            for (var s = 0; s < problem.Candidates.Count; s++)
            {
                var lanes = (int)Math.Round(Value(values, model.Lanes[p, s, t]));
                if (lanes > 0) all.Add(new(problem.Places[p].Name, problem.Candidates[s].Name, lanes, lanes * problem.Request.Links.LaneGbit, problem.Km[p, s], lanes * model.LaneCny(p, s)));
            }
        return all;
    }

    private static List<Served> Flows(SitingModel model, double[] values, int t)
    {
        var (problem, all) = (model.Problem, new List<Served>());
        foreach (var d in problem.Demand)
            for (var s = 0; s < problem.Candidates.Count; s++)
                if (Value(values, model.Flow[d.Index, s, t]) is > Least and var pflops)
                    all.Add(new(d.Index, d.Spec.Place, d.Spec.Kind, d.Spec.DataType, problem.Candidates[s].Name, pflops, problem.RttMs[d.Place, s]));
        return all;
    }

    private static TargetReached Target(SitingModel model, double[] values, TargetSpec target)
    {
        var (part, whole) = TargetValues.Of(model, target, target.Year - model.Problem.Request.StartYear);
        var (a, b) = (part.Of(values), whole.Of(values));
        var value = target.Measure == TargetMeasure.TotalEflops ? a : b > Least ? a / b : 0;
        // Nothing built is nothing that stands in the wrong place.
        return new(TargetValues.Describe(target), value, b <= Least || ((target.Least is not { } least || value >= least - 1e-5) && (target.Most is not { } most || value <= most + 1e-5)));
    }

    private static List<string> Binding(SitingModel model, double[] values) =>
        [.. model.Groups.Where(g => g.Name.StartsWith("budgets", StringComparison.Ordinal) || g.Name.StartsWith("accelerators", StringComparison.Ordinal)
                || g.Name.StartsWith("targets", StringComparison.Ordinal) || g.Name.StartsWith("candidates", StringComparison.Ordinal))
            .Where(g => g.Rows.Any(r => model.Program.IsTight(r.Row, r.Least, r.Most, values))).Select(g => g.Name)];

    private static List<string> Missed(SitingModel model, double[] values, List<YearOfPlan> years)
    {
        var (request, all) = (model.Problem.Request, new List<string>());
        all.AddRange(request.Targets.Select(t => Target(model, values, t)).Where(t => !t.IsMet).Select(t => t.Target));
        if (request.Budgets.TotalCny is { } total && years.Sum(y => y.CapitalCny) > total * (1 + 1e-6)) all.Add("budgets.total_cny");
        for (var t = 0; t < years.Count && request.Budgets.PerYearCny.Count > 0; t++)
            if (years[t].CapitalCny > (request.Budgets.PerYearCny[Math.Min(t, request.Budgets.PerYearCny.Count - 1)] * (1 + 1e-6)) + 1) all.Add($"budgets.per_year_cny ({years[t].Year})");
        return all;
    }

    private static double Devices(SitingModel model, double[] values, int s, int a, int t) =>
        model.Problem.Candidates[s].Existing[a] + (model.Alive(s, a, t).Sum(v => Math.Round(Value(values, v))) * model.Problem.Hardware[a].Spec.BlockDevices);

    private static double Value(double[] values, int variable) => variable < 0 ? 0 : values[variable];
}

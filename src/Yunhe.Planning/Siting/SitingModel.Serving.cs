namespace Yunhe.Planning.Siting;

/// <summary>What runs where, over which links, on which power, and what it may come to.</summary>
internal sealed partial class SitingModel
{
    private const double Infinity = double.PositiveInfinity;

    private void AddServing()
    {
        var interactive = Interactive;
        foreach (var d in problem.Demand)
        {
            var (wanted, near) = (new LimitGroup($"demand[{d.Index}] ({d.Name})"), new LimitGroup($"demand[{d.Index}].latency_ms ({d.Name})"));
            for (var t = 0; t < problem.Years; t++)
            {
                if (d.Pflops[t] <= 0) continue;
                var row = Program.AddRow(d.Pflops[t], d.Pflops[t]);
                wanted.Rows.Add((row, d.Pflops[t], d.Pflops[t], 0, d.Pflops[t]));
                for (var s = 0; s < problem.Candidates.Count; s++)
                {
                    var rtt = problem.RttMs[d.Place, s];
                    Flow[d.Index, s, t] = Able(d.Spec.LatencyMs is not { } most || rtt <= most, d.Pflops[t], isInteger: false, near, null, d.Pflops[t]);
                    Program.AddTerm(row, Flow[d.Index, s, t], 1);
                    if (!problem.Candidates[s].IsOpen) HoldOpen(Flow[d.Index, s, t], Opens[s, t], d.Pflops[t]);
                    if (d.IsInteractive) Latency.Add(Flow[d.Index, s, t], rtt / interactive);
                }
                if (!options.MayLeaveUnserved) continue;
                Unserved[d.Index, t] = Program.AddVariable(d.Pflops[t]);
                Program.AddTerm(row, Unserved[d.Index, t], 1);
                Penalty.Add(Unserved[d.Index, t], penalty);
            }
            Groups.Add(wanted);
            if (d.Spec.LatencyMs is not null) Groups.Add(near);
        }
        for (var s = 0; s < problem.Candidates.Count; s++)
            for (var t = 0; t < problem.Years; t++) AddHardware(s, t);
    }

    /// <summary>Any flow wants the whole of what it goes through: implied for whole numbers, and what makes the relaxation tight (as in uncapacitated facility location).</summary>
    private void HoldOpen(int flow, int whole, double most)
    {
        if (flow < 0) return;
        var row = Program.AddRow(double.NegativeInfinity, 0);
        Program.AddTerm(row, flow, 1 / most);
        Program.AddTerm(row, whole, -1);
    }

    /// <summary>Flows of a class are what its busy blocks deliver; busy blocks, with the room that their class wants, are what stands.</summary>
    private void AddHardware(int s, int t)
    {
        var capacity = new int[problem.Hardware.Count];
        for (var a = 0; a < capacity.Length; a++)
        {
            capacity[a] = Program.AddRow(double.NegativeInfinity, ExistingBlocks(s, a));
            foreach (var blocks in Alive(s, a, t)) Program.AddTerm(capacity[a], blocks, -1);
        }
        for (var c = 0; c < problem.Classes.Count; c++)
        {
            var balance = Program.AddRow(0, 0);
            foreach (var d in problem.Demand.Where(d => d.Class == c)) Program.AddTerm(balance, Flow[d.Index, s, t], 1);
            for (var a = 0; a < capacity.Length; a++)
            {
                var kind = problem.Hardware[a];
                if (kind.Delivered[c] <= 0) continue;
                var most = options.Only >= 0 && a != options.Only && problem.Hardware[options.Only].Delivered[c] > 0 ? ExistingBlocks(s, a) * problem.Utilisation(c) : Infinity;
                if (most <= 0) continue;
                var busy = Busy[s, a, c, t] = Program.AddVariable(most);
                Program.AddTerm(balance, busy, -kind.Delivered[c] * kind.Spec.BlockDevices);
                Program.AddTerm(capacity[a], busy, 1 / problem.Utilisation(c));
            }
        }
    }

    private void AddLinks()
    {
        var terms = problem.Request.Links;
        for (var p = 0; p < problem.Places.Count; p++)
            for (var s = 0; s < problem.Candidates.Count; s++)
                for (var t = 0; t < problem.Years; t++)
                {
                    var here = problem.Demand.Where(d => d.Place == p && Flow[d.Index, s, t] >= 0 && d.GbitPerPflops > 0).ToList();
                    if (here.Count == 0) continue;
                    var lane = terms.LaneGbit * terms.Load;
                    Lanes[p, s, t] = Program.AddVariable(Math.Ceiling(here.Sum(d => d.GbitPerPflops * d.Pflops[t]) / lane), isInteger: true);
                    Cost.Add(Lanes[p, s, t], LaneCny(p, s) / 1e6 * problem.Discount(t));
                    var row = Program.AddRow(double.NegativeInfinity, 0);
                    Program.AddTerm(row, Lanes[p, s, t], -1);
                    foreach (var d in here)
                    {
                        Program.AddTerm(row, Flow[d.Index, s, t], d.GbitPerPflops / lane);
                        // Implied by whole lanes, and tighter than the row above while lanes are not whole.
                        if (d.GbitPerPflops * d.Pflops[t] < lane) HoldOpen(Flow[d.Index, s, t], Lanes[p, s, t], d.Pflops[t]);
                    }
                }
    }

    /// <summary>Of one lane and year.</summary>
    public double LaneCny(int place, int site) => problem.Request.Links.LaneCnyPerYear + (problem.Request.Links.LaneCnyPerKmYear * problem.Km[place, site]);

    private void AddEnergy()
    {
        for (var s = 0; s < problem.Candidates.Count; s++)
            for (var t = 0; t < problem.Years; t++)
            {
                var (site, energy) = (problem.Candidates[s].Spec, Energy(s, t));
                var (grid, discount) = (problem.GridKgPerKWh(problem.Candidates[s], t), problem.Discount(t));
                Cost.Constant += energy.Constant * site.PowerCnyPerKwh * discount;
                Carbon.Constant += energy.Constant * grid * (1 - site.GreenShare);
                foreach (var (variable, gwh) in energy.Terms)
                {
                    Cost.Add(variable, gwh * site.PowerCnyPerKwh * discount);
                    Carbon.Add(variable, gwh * grid * (1 - site.GreenShare));
                }
                var more = problem.Candidates[s].GreenMost - site.GreenShare;
                if (more <= 0) continue;
                var bought = Green[s, t] = Program.AddVariable(Infinity);
                Cost.Add(bought, site.GreenPremiumCnyPerKwh * discount);
                Carbon.Add(bought, -grid);
                var row = Program.AddRow(double.NegativeInfinity, more * energy.Constant);
                Program.AddTerm(row, bought, 1);
                foreach (var (variable, gwh) in energy.Terms) Program.AddTerm(row, variable, -more * gwh);
            }
    }

    /// <summary>GWh that a site takes in a year, with its cooling.</summary>
    public Measure Energy(int s, int t)
    {
        var (energy, idle) = (new Measure(), problem.Request.Operation.IdlePower);
        for (var a = 0; a < problem.Hardware.Count; a++)
        {
            var whole = problem.Hardware[a].BlockMw * problem.Candidates[s].Spec.Pue * GwhPerMwYear;
            energy.Constant += ExistingBlocks(s, a) * whole * idle;
            foreach (var blocks in Alive(s, a, t)) energy.Add(blocks, whole * idle);
            for (var c = 0; c < problem.Classes.Count; c++) energy.Add(Busy[s, a, c, t], whole * (1 - idle));
        }
        return energy;
    }

    private void AddSupply()
    {
        if (!options.HasSupplyLimits) return;
        for (var a = 0; a < problem.Hardware.Count; a++)
        {
            var kind = problem.Hardware[a];
            if (kind.Spec.Supply.Count == 0) continue;
            var group = new LimitGroup($"accelerators[{a}].supply ({kind.Name})");
            for (var t = 0; t < problem.Years; t++)
            {
                var row = Program.AddRow(double.NegativeInfinity, kind.SupplyIn(t) / kind.Spec.BlockDevices);
                for (var s = 0; s < problem.Candidates.Count; s++) Program.AddTerm(row, Blocks[s, a, t], 1);
                group.Rows.Add((row, double.NegativeInfinity, kind.SupplyIn(t) / kind.Spec.BlockDevices, double.NegativeInfinity, Infinity));
            }
            Groups.Add(group);
        }
    }

    private void AddBudgets()
    {
        var budgets = problem.Request.Budgets;
        if (budgets.PerYearCny.Count > 0)
            for (var t = 0; t < problem.Years; t++)
                Hold(new($"budgets.per_year_cny ({problem.Request.StartYear + t})"), [Capital[t]], budgets.PerYearCny[Math.Min(t, budgets.PerYearCny.Count - 1)]);
        if (budgets.TotalCny is { } total) Hold(new("budgets.total_cny"), Capital, total);

        void Hold(LimitGroup group, IEnumerable<Measure> spent, double cny)
        {
            var row = Program.AddRow(double.NegativeInfinity, cny / 1e6);
            foreach (var (variable, by) in spent.SelectMany(m => m.Terms)) Program.AddTerm(row, variable, by);
            group.Rows.Add((row, double.NegativeInfinity, cny / 1e6, double.NegativeInfinity, Infinity));
            Groups.Add(group);
        }
    }

    private void AddTargets()
    {
        for (var i = 0; i < problem.Request.Targets.Count; i++)
        {
            var target = problem.Request.Targets[i];
            var group = new LimitGroup($"targets[{i}] ({TargetValues.Describe(target)})");
            var last = target.Measure == TargetMeasure.HubGreenShare ? problem.Years - 1 : target.Year - problem.Request.StartYear;
            for (var t = target.Year - problem.Request.StartYear; t <= last; t++)
            {
                var (part, whole) = TargetValues.Of(this, target, t);
                if (target.Least is { } least) Hold(part, whole, least, isLeast: true);
                if (target.Most is { } most) Hold(part, whole, most, isLeast: false);
            }
            Groups.Add(group);

            void Hold(Measure part, Measure whole, double share, bool isLeast)
            {
                // part − share × whole, without what is given.
                var rest = (share * whole.Constant) - part.Constant;
                var (least, most) = isLeast ? (rest, Infinity) : (double.NegativeInfinity, rest);
                var row = Program.AddRow(least, most);
                foreach (var (variable, by) in part.Terms) Program.AddTerm(row, variable, by);
                foreach (var (variable, by) in whole.Terms) Program.AddTerm(row, variable, -share * by);
                group.Rows.Add((row, least, most, double.NegativeInfinity, Infinity));
            }
        }
    }
}

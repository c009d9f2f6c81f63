using System.Runtime.InteropServices;

namespace Yunhe.Planning.Siting;

/// <summary>
/// The mixed-integer program. Money in 10^6 CNY of the first year, energy in GWh, carbon in kt, power in MW, flows in delivered PFLOPS;
/// hardware in blocks. Blocks, openings and lanes are whole. A variable that can't be is −1.
/// </summary>
internal sealed partial class SitingModel : IDisposable
{
    private const int None = -1;
    private const double GwhPerMwYear = 8.76;
    private const double CostTie = 1e-6;

    private readonly SitingProblem problem;
    private readonly ModelOptions options;
    private readonly double penalty;

    public SitingModel(SitingProblem problem, ModelOptions options)
    {
        this.problem = problem;
        this.options = options;
        var (years, sites, kinds, classes, demands, places) =
            (problem.Years, problem.Candidates.Count, problem.Hardware.Count, problem.Classes.Count, problem.Demand.Count, problem.Places.Count);
        Capital = [.. Enumerable.Range(0, years).Select(_ => new Measure())];
        Blocks = New(sites, kinds, years);
        Halls = New(sites, years);
        Opens = New(sites, years);
        Busy = new int[sites, kinds, classes, years];
        MemoryMarshal.CreateSpan(ref Busy[0, 0, 0, 0], Busy.Length).Fill(None);
        Flow = New(demands, sites, years);
        Lanes = New(places, sites, years);
        Green = New(sites, years);
        Unserved = New(demands, years);
        penalty = 100 * problem.Classes.Select((_, c) => problem.Hardware.Where(h => h.Delivered[c] > 0)
            .Select(h => (h.Spec.PriceCny + (h.Kw * 20_000)) / 1e6 / h.Delivered[c]).DefaultIfEmpty(1).Max()).Max();

        AddBuilding();
        AddServing();
        AddLinks();
        AddEnergy();
        AddSupply();
        if (options.HasBudgets) AddBudgets();
        if (options.HasTargets) AddTargets();
        CostCap = Capped(Cost);
        CarbonCap = Capped(Carbon);
        LatencyCap = Capped(Latency);
    }

    public LinearProgram Program { get; } = new();

    /// <summary>Net present value, 10^6 CNY.</summary>
    public Measure Cost { get; } = new();

    /// <summary>What is ordered in each year, 10^6 CNY, undiscounted.</summary>
    public Measure[] Capital { get; }

    /// <summary>kt CO2e of the horizon.</summary>
    public Measure Carbon { get; } = new();

    /// <summary>Mean ms of interactive demand.</summary>
    public Measure Latency { get; } = new();

    public Measure Penalty { get; } = new();

    public List<LimitGroup> Groups { get; } = [];

    /// <summary>New blocks in service from a year on, by candidate, hardware and year.</summary>
    public int[,,] Blocks { get; }

    /// <summary>MW of IT in halls added.</summary>
    public int[,] Halls { get; }

    public int[,] Opens { get; }

    /// <summary>Busy blocks by candidate, hardware, class and year.</summary>
    public int[,,,] Busy { get; }

    public int[,,] Flow { get; }

    public int[,,] Lanes { get; }

    /// <summary>Green GWh bought beyond what comes by itself.</summary>
    public int[,] Green { get; }

    public int[,] Unserved { get; }

    /// <summary>Rows by which a measure can be held below a value; open at first.</summary>
    public int CostCap { get; }

    public int CarbonCap { get; }

    public int LatencyCap { get; }

    public SitingProblem Problem => problem;

    /// <summary>What one more unit of each measure weighs.</summary>
    public void SetObjective(double cost, double carbon, double latency)
    {
        var by = new double[Program.Variables];
        foreach (var (measure, weight) in new[] { (Cost, cost), (Carbon, carbon), (Latency, latency), (Penalty, 1.0) })
            foreach (var (variable, amount) in measure.Terms) by[variable] += weight * amount;
        Program.SetObjective(by, (cost * Cost.Constant) + (carbon * Carbon.Constant) + (latency * Latency.Constant));
    }

    /// <summary>A millionth of the cost in 10^6 CNY decides among plans that are equally clean, or near.</summary>
    public void SetObjective(SitingObjective objective)
    {
        var weights = problem.Request.Weights;
        switch (objective)
        {
            case SitingObjective.Carbon: SetObjective(CostTie, 1, 0); break;
            case SitingObjective.Latency: SetObjective(CostTie, 0, 1); break;
            case SitingObjective.Weighted: SetObjective(1, weights.CarbonCnyPerTonne / 1000, weights.LatencyCnyPerMsPflopsYear * Interactive / 1e6); break;
            default: SetObjective(1, 0, 0); break;
        }
    }

    /// <summary>PFLOPS-years of interactive demand.</summary>
    public double Interactive => problem.Demand.Where(d => d.IsInteractive).Sum(d => d.Pflops.Sum());

    public void Dispose() => Program.Dispose();

    /// <summary>Blocks of a year's age that still run.</summary>
    public IEnumerable<int> Alive(int site, int kind, int year)
    {
        for (var built = Math.Max(0, year - problem.Hardware[kind].Spec.LifeYears + 1); built <= year; built++)
            if (Blocks[site, kind, built] >= 0) yield return Blocks[site, kind, built];
    }

    public double ExistingBlocks(int site, int kind) => problem.Candidates[site].Existing[kind] / problem.Hardware[kind].Spec.BlockDevices;

    public double ExistingMw(int site) => problem.Candidates[site].Existing.Select((n, a) => n * problem.Hardware[a].Kw / 1000).Sum();

    private void AddBuilding()
    {
        var late = new LimitGroup("times of building and delivery (candidates.build_years, accelerators.delivery_years)");
        var terms = problem.Request.Operation;
        for (var s = 0; s < problem.Candidates.Count; s++)
        {
            var site = problem.Candidates[s];
            var power = new LimitGroup($"candidates[{s}].max_mw ({site.Name})");
            var room = Math.Max(0, site.Spec.MaxMw - ExistingMw(s));
            for (var t = 0; t < problem.Years; t++)
            {
                Halls[s, t] = Able(t >= site.Spec.BuildYears, room, isInteger: false, late, power);
                if (!site.IsOpen) Opens[s, t] = Able(t >= site.Spec.BuildYears && room > 0, 1, isInteger: true, late, null, 1);
                var ordered = Math.Max(0, t - site.Spec.BuildYears);
                var perMw = ((site.Spec.FacilityCnyPerKw * 1000) + (terms.M2PerMw * site.Spec.LandCnyPerM2)) / 1e6;
                AddCapital(Halls[s, t], perMw, ordered, t, terms.FacilityLifeYears);
                // Opens holds from its year on, so what is paid is paid for its rise.
                AddCapital(Opens[s, t], site.Spec.OpeningCny / 1e6, ordered, t, terms.FacilityLifeYears);
                if (t > 0 && Opens[s, t - 1] >= 0) AddCapital(Opens[s, t - 1], -site.Spec.OpeningCny / 1e6, ordered, t, terms.FacilityLifeYears);
                for (var a = 0; a < problem.Hardware.Count; a++) AddBlocks(s, a, t, room, late, power);
                HoldPower(s, t, room, power);
            }
            StayOpen(s);
            Groups.Add(power);
        }
        Groups.Add(late);
    }

    private void AddBlocks(int s, int a, int t, double room, LimitGroup late, LimitGroup power)
    {
        var kind = problem.Hardware[a];
        var most = Math.Floor((room / kind.BlockMw) + 1e-9);
        Blocks[s, a, t] = Able(t >= kind.Spec.DeliveryYears, most, isInteger: true, late, power);
        var price = kind.Spec.PriceCny * kind.Spec.BlockDevices / 1e6;
        AddCapital(Blocks[s, a, t], price, Math.Max(0, t - kind.Spec.DeliveryYears), t, kind.Spec.LifeYears);
        Carbon.Add(Blocks[s, a, t], kind.Spec.BlockDevices * kind.Spec.EmbodiedKg / 1e6);
        for (var u = t; u < Math.Min(problem.Years, t + kind.Spec.LifeYears); u++) Cost.Add(Blocks[s, a, t], price * problem.Request.Operation.Upkeep * problem.Discount(u));
        Cost.Constant += ExistingBlocks(s, a) * price * problem.Request.Operation.Upkeep * problem.Discount(t);
    }

    /// <summary>What is left of its life at the horizon's end comes back.</summary>
    private void AddCapital(int variable, double amount, int ordered, int inService, int life)
    {
        var left = Math.Max(0, 1 - ((double)(problem.Years - inService) / life));
        Cost.Add(variable, (amount * problem.Discount(ordered)) - (amount * left * problem.Discount(problem.Years)));
        Capital[ordered].Add(variable, amount);
    }


    private void HoldPower(int s, int t, double room, LimitGroup power)
    {
        var site = problem.Candidates[s];
        // 1. Halls hold what was built and is not there from before.
        var held = Program.AddRow(double.NegativeInfinity, 0);
        for (var a = 0; a < problem.Hardware.Count; a++)
            foreach (var blocks in Alive(s, a, t)) Program.AddTerm(held, blocks, problem.Hardware[a].BlockMw);
        // 2. And are no more than the place has power for; a new one has to be opened.
        var most = Program.AddRow(double.NegativeInfinity, site.IsOpen ? room : 0);
        for (var u = 0; u <= t; u++)
        {
            Program.AddTerm(held, Halls[s, u], -1);
            Program.AddTerm(most, Halls[s, u], 1);
        }
        Program.AddTerm(most, Opens[s, t], -room);
        power.Rows.Add((most, double.NegativeInfinity, site.IsOpen ? room : 0, double.NegativeInfinity, double.PositiveInfinity));
    }

    /// <summary>What is open stays so.</summary>
    private void StayOpen(int s)
    {
        for (var t = 1; t < problem.Years; t++)
        {
            if (Opens[s, t - 1] < 0) continue;
            var row = Program.AddRow(0, double.PositiveInfinity);
            Program.AddTerm(row, Opens[s, t], 1);
            Program.AddTerm(row, Opens[s, t - 1], -1);
        }
    }

    /// <summary>A variable from 0 to <paramref name="most"/>; where it must not be: none, or one that is shut until its group is let go.</summary>
    private int Able(bool may, double most, bool isInteger, LimitGroup group, LimitGroup? scale, double open = 1e6)
    {
        if (may && !options.KeepsForbidden) return most > 0 ? Program.AddVariable(most, isInteger) : None;
        if (!options.KeepsForbidden) return None;
        var variable = Program.AddVariable(may ? most : 0, isInteger);
        if (!may) group.Bounds.Add((variable, 0, open));
        else if (scale is not null) scale.Bounds.Add((variable, most, open));
        return variable;
    }

    private int Capped(Measure measure)
    {
        var row = Program.AddRow(double.NegativeInfinity, double.PositiveInfinity);
        foreach (var (variable, by) in measure.Terms) Program.AddTerm(row, variable, by);
        return row;
    }

    private static int[,,] New(int a, int b, int c)
    {
        var all = new int[a, b, c];
        MemoryMarshal.CreateSpan(ref all[0, 0, 0], all.Length).Fill(None);
        return all;
    }

    private static int[,] New(int a, int b)
    {
        var all = new int[a, b];
        MemoryMarshal.CreateSpan(ref all[0, 0], all.Length).Fill(None);
        return all;
    }
}

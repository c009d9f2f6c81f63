using System.Globalization;
using Yunhe.Planning.Catalogue;

namespace Yunhe.Planning.Siting;

/// <summary>One thing that is wrong with a request, by the path of its field.</summary>
public sealed record SitingProblemField(string Field, string Message);

/// <summary>Whether a request makes sense, field by field, before anything is computed.</summary>
public static class SitingCheck
{
    public const int MostYears = 20;
    private const int MostDemands = 500;
    private const int MostCandidates = 100;
    private const int MostHardware = 40;
    private const int MostProblems = 50;
    private const string Empty = "it, or a list in it, is empty: leave out what has no value";

    /// <summary>A hundred times all the computing of the world: beyond it a unit is wrong.</summary>
    private const double MostPflops = 1e9;

    /// <returns>All that is wrong, at most 50; empty: nothing.</returns>
    public static IReadOnlyList<SitingProblemField> Check(SitingRequest request)
    {
        var wrong = new Findings();
        Whole(request, wrong);
        for (var i = 0; i < Math.Min(request.Accelerators?.Count ?? 0, MostHardware); i++) Hardware(request.Accelerators![i], $"accelerators[{i}]", request, wrong);
        for (var i = 0; i < Math.Min(request.Candidates?.Count ?? 0, MostCandidates); i++) Candidate(request, i, wrong);
        for (var i = 0; i < Math.Min(request.Demand?.Count ?? 0, MostDemands); i++) Demand(request, request.Demand![i], $"demand[{i}]", wrong);
        for (var i = 0; i < Math.Min(request.Targets?.Count ?? 0, 100); i++) Target(request, request.Targets![i], $"targets[{i}]", wrong);
        if (wrong.All.Count == 0) Reachable(SitingProblem.Of(request), wrong);
        return [.. wrong.All.Take(MostProblems)];
    }

    /// <summary>What no plan of any size could serve.</summary>
    private static void Reachable(SitingProblem problem, Findings wrong)
    {
        foreach (var d in problem.Demand)
        {
            if (problem.Hardware.All(h => h.Delivered[d.Class] <= 0))
                wrong.Add($"demand[{d.Index}].data_type", $"none of the accelerators computes in {Word(d.Spec.DataType)}: add one that does");
            if (d.Spec.LatencyMs is not { } most) continue;
            var nearest = Enumerable.Range(0, problem.Candidates.Count).MinBy(s => problem.RttMs[d.Place, s]);
            if (problem.RttMs[d.Place, nearest] > most)
                wrong.Add($"demand[{d.Index}].latency_ms", string.Create(CultureInfo.InvariantCulture,
                    $"no candidate is within {most:0.##} ms of {d.Spec.Place}: the nearest, {problem.Candidates[nearest].Name}, is {problem.RttMs[d.Place, nearest]:0.##} ms away; add a nearer one"));
        }
    }

    internal static string NameOf(CandidateSpec c) => c.Name.Length > 0 ? c.Name : Places.Find(c.Place) is { English.Length: > 0 } place ? Places.WordOf(place) : c.Place;

    internal static string NameOf(HardwareSpec h) => h.Name.Length > 0 ? h.Name : h.Model;

    private static void Whole(SitingRequest r, Findings wrong)
    {
        wrong.Within("start_year", r.StartYear, 2000, 2100);
        wrong.Within("years", r.Years, 1, MostYears);
        wrong.Within("discount_rate", r.DiscountRate, 0, 1);
        wrong.Count("demand", r.Demand?.Count, 1, MostDemands);
        wrong.Count("candidates", r.Candidates?.Count, 1, MostCandidates);
        wrong.Count("accelerators", r.Accelerators?.Count, 1, MostHardware);
        wrong.Count("targets", r.Targets?.Count, 0, 100);
        wrong.Count("assumptions", r.Assumptions?.Count, 0, 100);
        if (r.Links is not { } links || r.Budgets is not { PerYearCny: not null } budgets || r.Operation is not { Utilisation: not null, Efficiency: not null, GbitPerPflops: not null } operation || r.Weights is null || r.Return is not { } back || r.Solver is not { } solver)
        {
            wrong.Add("$", "a section is empty: leave out links, budgets, operation, weights, return or solver instead of giving nothing");
            return;
        }
        wrong.Within("links.lane_gbit", links.LaneGbit, 0.001, 1e6);
        wrong.Within("links.lane_cny_per_year", links.LaneCnyPerYear, 0, 1e10);
        wrong.Within("links.lane_cny_per_km_year", links.LaneCnyPerKmYear, 0, 1e8);
        wrong.Within("links.load", links.Load, 0.01, 1);
        wrong.Within("links.route_factor", links.RouteFactor, 1, 10);
        wrong.Within("links.equipment_ms", links.EquipmentMs, 0, 1000);
        for (var t = 0; t < (budgets.PerYearCny?.Count ?? 0); t++) wrong.Within($"budgets.per_year_cny[{t}]", budgets.PerYearCny![t], 0, 1e15);
        if (budgets.TotalCny is { } total) wrong.Within("budgets.total_cny", total, 0, 1e15);
        Kinds("operation.utilisation", operation.Utilisation, 0.01, 1, wrong);
        Kinds("operation.efficiency", operation.Efficiency, 0.001, 1, wrong);
        Kinds("operation.gbit_per_pflops", operation.GbitPerPflops, 0, 1e6, wrong);
        wrong.Within("operation.idle_power", operation.IdlePower, 0, 1);
        wrong.Within("operation.upkeep", operation.Upkeep, 0, 1);
        wrong.Within("operation.facility_life_years", operation.FacilityLifeYears, 1, 100);
        wrong.Within("operation.m2_per_mw", operation.M2PerMw, 0, 1e6);
        wrong.Within("operation.grid_decline", operation.GridDecline, 0, 1);
        wrong.Within("weights.carbon_cny_per_tonne", r.Weights.CarbonCnyPerTonne, 0, 1e6);
        wrong.Within("weights.latency_cny_per_ms_pflops_year", r.Weights.LatencyCnyPerMsPflopsYear, 0, 1e9);
        wrong.Within("return.value_added_share", back.ValueAddedShare, 0, 1);
        wrong.Within("return.multiplier_low", back.MultiplierLow, 0, 100);
        wrong.Within("return.multiplier_middle", back.MultiplierMiddle, back.MultiplierLow, 100);
        wrong.Within("return.multiplier_high", back.MultiplierHigh, back.MultiplierMiddle, 100);
        if (back.CnyPerPflopsHour is { } price) wrong.Within("return.cny_per_pflops_hour", price, 0, 1e9);
        wrong.Within("solver.gap", solver.Gap, 0, 1);
        wrong.Within("solver.time_limit_seconds", solver.TimeLimitSeconds, 0.1, 86_400);
        wrong.Within("solver.seed", solver.Seed, 0, int.MaxValue);
    }

    private static void Hardware(HardwareSpec? h, string at, SitingRequest r, Findings wrong)
    {
        if (h?.Name is null || h.Model is null || h.Tflops is null || h.Efficiency is null || h.Supply is null)
        {
            wrong.Add(at, Empty);
            return;
        }
        var known = h.Model is { Length: > 0 } ? AcceleratorTable.Find(h.Model) : null;
        if (h.Model is { Length: > 0 } && known is null && h.Tflops is not { Count: > 0 })
            wrong.Add($"{at}.model", $"{h.Model} is not in the catalogue: use one of its names, or give tflops, watts and price_cny");
        if (string.IsNullOrEmpty(h.Model) && (string.IsNullOrEmpty(h.Name) || h.Tflops is not { Count: > 0 })) wrong.Add(at, "give a model of the catalogue, or a name and tflops");
        if (r.Accelerators.Count(o => o is not null && o.Name is not null && o.Model is not null && NameOf(o) == NameOf(h)) > 1) wrong.Add($"{at}.name", $"two are named {NameOf(h)}");
        foreach (var (type, rate) in h.Tflops ?? new Dictionary<DataType, double>()) wrong.Within($"{at}.tflops.{Word(type)}", rate, 0.001, 1e6);
        Kinds($"{at}.efficiency", h.Efficiency, 0.001, 1, wrong);
        if (h.PriceCny == 0) wrong.Add($"{at}.price_cny", "is missing: the catalogue has no prices of purchase; give one, and mark it as assumed if it is");
        else wrong.Within($"{at}.price_cny", h.PriceCny, 0.01, 1e8);
        if (h.Watts is { } watts) wrong.Within($"{at}.watts", watts, 0.1, 1e6);
        else if (known?.BoardWatts is null) wrong.Add($"{at}.watts", "is missing: the catalogue has no board power for it");
        wrong.Within($"{at}.delivery_years", h.DeliveryYears, 0, MostYears);
        for (var t = 0; t < (h.Supply?.Count ?? 0); t++) wrong.Within($"{at}.supply[{t}]", h.Supply![t], 0, 1e12);
        wrong.Within($"{at}.block_devices", h.BlockDevices, 1, 10_000_000);
        wrong.Within($"{at}.embodied_kg", h.EmbodiedKg, 0, 1e6);
        wrong.Within($"{at}.life_years", h.LifeYears, 1, 50);
    }

    private static void Candidate(SitingRequest r, int index, Findings wrong)
    {
        var at = $"candidates[{index}]";
        if (r.Candidates[index] is not { Name: not null, Place: not null, Existing: not null } c)
        {
            wrong.Add(at, Empty);
            return;
        }
        Where(c.Place, c.Longitude, c.Latitude, at, wrong);
        var place = Places.Find(c.Place ?? "");
        if (place is null && c.Region is null) wrong.Add($"{at}.region", "is missing: give east, central, west or northeast for a place that is not listed");
        if (c.GridKgPerKwh is { } grid) wrong.Within($"{at}.grid_kg_per_kwh", grid, 0, 5);
        else if (place?.Province.KgPerKWh2022 is null) wrong.Add($"{at}.grid_kg_per_kwh", "is missing: no factor is published for this place");
        if (r.Candidates.Take(index).Any(o => o is { Name: not null, Place: not null } && NameOf(o) == NameOf(c))) wrong.Add($"{at}.name", $"two are named {NameOf(c)}");
        wrong.Within($"{at}.land_cny_per_m2", c.LandCnyPerM2, 0, 1e7);
        wrong.Within($"{at}.power_cny_per_kwh", c.PowerCnyPerKwh, 0, 100);
        wrong.Within($"{at}.pue", c.Pue, 1, 5);
        wrong.Within($"{at}.green_share", c.GreenShare, 0, 1);
        if (c.GreenMost is { } most) wrong.Within($"{at}.green_most", most, c.GreenShare, 1);
        wrong.Within($"{at}.green_premium_cny_per_kwh", c.GreenPremiumCnyPerKwh, 0, 100);
        wrong.Within($"{at}.max_mw", c.MaxMw, 0, 1e6);
        wrong.Within($"{at}.facility_cny_per_kw", c.FacilityCnyPerKw, 0, 1e7);
        wrong.Within($"{at}.opening_cny", c.OpeningCny, 0, 1e13);
        wrong.Within($"{at}.build_years", c.BuildYears, 0, MostYears);
        for (var i = 0; i < (c.Existing?.Count ?? 0); i++)
        {
            if (c.Existing![i] is not { } existing || r.Accelerators is null || r.Accelerators.All(h => h is not { Name: not null, Model: not null } || NameOf(h) != existing.Accelerator))
                wrong.Add($"{at}.existing[{i}].accelerator", $"{c.Existing[i]?.Accelerator} is not among accelerators");
            else wrong.Within($"{at}.existing[{i}].devices", existing.Devices, 0, 1e9);
        }
    }

    private static void Demand(SitingRequest r, DemandSpec? d, string at, Findings wrong)
    {
        if (d is not { Place: not null, PflopsByYear: not null })
        {
            wrong.Add(at, Empty);
            return;
        }
        Where(d.Place, d.Longitude, d.Latitude, at, wrong);
        if (d.PflopsByYear is { Count: > 0 } years)
        {
            if (d.Pflops is not null) wrong.Add($"{at}.pflops", "give pflops with growth, or pflops_by_year, not both");
            if (years.Count != r.Years) wrong.Add($"{at}.pflops_by_year", $"has {years.Count} values, and there are {r.Years} years");
            for (var t = 0; t < years.Count; t++) wrong.Within($"{at}.pflops_by_year[{t}]", years[t], 0, MostPflops);
        }
        else if (d.Pflops is { } pflops)
        {
            wrong.Within($"{at}.pflops", pflops, 0, MostPflops);
            wrong.Within($"{at}.growth", d.Growth, -0.99, 10);
            wrong.Within($"{at}.growth", pflops * Math.Pow(1 + d.Growth, Math.Max(0, r.Years - 1)), 0, MostPflops, "makes the last year's demand");
        }
        else wrong.Add($"{at}.pflops", "is missing: give pflops with growth, or pflops_by_year");
        if (d.LatencyMs is { } ms) wrong.Within($"{at}.latency_ms", ms, 0.001, 1e5);
        if (d.GbitPerPflops is { } gbit) wrong.Within($"{at}.gbit_per_pflops", gbit, 0, 1e6);
    }

    private static void Target(SitingRequest r, TargetSpec? t, string at, Findings wrong)
    {
        if (t is null)
        {
            wrong.Add(at, "is empty");
            return;
        }
        wrong.Within($"{at}.year", t.Year, r.StartYear, r.StartYear + r.Years - 1);
        var most = t.Measure == TargetMeasure.TotalEflops ? 1e6 : 1;
        if (t.Least is null && t.Most is null) wrong.Add(at, "give least, most, or both");
        if (t.Least is { } least) wrong.Within($"{at}.least", least, 0, most);
        if (t.Most is { } upper) wrong.Within($"{at}.most", upper, t.Least ?? 0, most);
    }

    private static void Where(string? place, double? longitude, double? latitude, string at, Findings wrong)
    {
        if (string.IsNullOrWhiteSpace(place)) wrong.Add($"{at}.place", "is missing");
        else if (place.Length > 100) wrong.Add($"{at}.place", "is longer than 100 characters");
        else if (longitude is null != latitude is null) wrong.Add($"{at}.longitude", "give longitude and latitude, or neither");
        else if (longitude is { } x)
        {
            wrong.Within($"{at}.longitude", x, -180, 180);
            wrong.Within($"{at}.latitude", latitude!.Value, -90, 90);
        }
        else if (Places.Find(place) is null) wrong.Add($"{at}.place", $"{place} is not a place that Yunhe knows: give its longitude and latitude, or a cluster or city of China such as 贵安 or hangzhou");
    }

    private static void Kinds(string field, IReadOnlyDictionary<DemandKind, double>? values, double least, double most, Findings wrong)
    {
        foreach (var (kind, value) in values ?? new Dictionary<DemandKind, double>()) wrong.Within($"{field}.{Word(kind)}", value, least, most);
    }

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private sealed class Findings
    {
        public List<SitingProblemField> All { get; } = [];

        public void Add(string field, string message) => All.Add(new(field, message));

        /// <summary>NaN is within nothing.</summary>
        public void Within(string field, double value, double least, double most, string what = "") =>
            Unless(value >= least && value <= most, field, string.Create(CultureInfo.InvariantCulture, $"{(what.Length > 0 ? what + " " : "")}{value:G6} is out of range: {least:G6} to {most:G6}"));

        public void Count(string field, int? count, int least, int most) =>
            Unless(count >= least && count <= most, field, count is null or 0 ? "is missing" : $"has {count}: {least} to {most} are possible");

        private void Unless(bool right, string field, string message)
        {
            if (!right) Add(field, message);
        }
    }
}

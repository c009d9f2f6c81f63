using Yunhe.Core.Network;
using Yunhe.Planning.Catalogue;

namespace Yunhe.Planning.Census.Outlook;

/// <summary>When something is reached under one growth; null: not within a century, or never.</summary>
/// <param name="Earliest">Beginning of the 80 % interval; null with <c>Latest</c>: no interval.</param>
/// <param name="AtDeadline">What there is by the deadline, in the target's own measure (10^15 per second, or a share).</param>
public sealed record Scenario(string Name, double PerYear, FigureBasis Basis, string Source, DateOnly? Reached, DateOnly? Earliest, DateOnly? Latest, double AtDeadline, double AtDeadlineLow, double AtDeadlineHigh)
{
    /// <summary>Of a share: the growth of the whole that stands against it.</summary>
    public double? WholePerYear { get; init; }

    public bool HasInterval => AtDeadlineHigh > AtDeadlineLow;
}

/// <summary>So many accelerators of a model make up what is missing.</summary>
public sealed record Equivalent(string Model, long Count, double? Megawatts);

/// <summary>How far a target is, when it is reached, and what would close the distance.</summary>
public sealed record TargetOutlook
{
    public required Target Target { get; init; }

    public required DataType Type { get; init; }

    /// <summary>10^15 per second of the target's part, built on the day of the census.</summary>
    public required decimal HasPetaflops { get; init; }

    /// <summary>Its share of all that is built.</summary>
    public required double HasShare { get; init; }

    public required bool Met { get; init; }

    /// <summary>
    /// What must be added to the part. For an amount: the rest of it. For a share: so much that the share is reached if nothing else is added.
    /// </summary>
    public required decimal MissingPetaflops { get; init; }

    /// <summary>Of that, what is under construction or planned for before the deadline (or without a date).</summary>
    public required decimal ComingPetaflops { get; init; }

    /// <summary>Yearly growth of the part that just reaches an amount by the deadline; null: a share, met, or the deadline has passed.</summary>
    public double? NeededPerYear { get; init; }

    public required IReadOnlyList<Scenario> Scenarios { get; init; }

    public required IReadOnlyList<Equivalent> Equivalents { get; init; }
}

/// <summary>What was published after the day of the census, beside what its first scenario of the whole foretells.</summary>
public sealed record CameSince(HistoryPoint Came, double ForetoldPetaflops)
{
    /// <summary>0.1: foretold 10 % too high.</summary>
    public double Error => ForetoldPetaflops / (double)Came.Petaflops - 1;
}

/// <summary>The outlook of a census: its trend, how far to trust it, and each target.</summary>
public sealed record CensusOutlook(double? TrendPerYear, BackTest? BackTest, IReadOnlyList<TargetOutlook> Targets, IReadOnlyList<CameSince> Since)
{
    /// <summary>Accelerators that what is missing is counted in, where they have the type: one of each kind of supply.</summary>
    private static readonly string[] Counted = ["H20", "A800", "Ascend910B", "MTT-S4000"];

    public static CensusOutlook Of(CensusDocument census)
    {
        var known = Known(census, Part.Whole);
        var test = BackTest.Of(known);
        double? trend = known.Count >= Growth.LeastPoints ? Growth.Slope(known) : null;
        var targets = census.Targets.Select(t => OutlookOf(census, t, test, trend)).ToList();
        return new(trend is { } slope ? Growth.PerYear(slope) : null, test, targets, [.. SinceThen(census, trend)]);
    }

    /// <summary>History of a part up to the day of the census.</summary>
    private static List<Observed> Known(CensusDocument census, Part part) =>
        [.. census.History.Where(h => h.Part == part && h.Date <= census.AsOf).Select(h => new Observed(h.Date, (double)h.Petaflops)).DistinctBy(o => o.Date)];

    private static TargetOutlook OutlookOf(CensusDocument census, Target target, BackTest? test, double? trend)
    {
        var (has, all) = (census.Petaflops(census.Type, FacilityStatus.Built, target.Part), census.Petaflops(census.Type, FacilityStatus.Built, Part.Whole));
        var share = all > 0 ? (double)(has / all) : 0;
        var missing = target.Petaflops is { } wanted ? Math.Max(0, wanted - has) : target.Share is { } part and < 1 ? Math.Max(0, ((decimal)part * all - has) / (1 - (decimal)part)) : 0;
        var met = target.Petaflops is { } amount ? has >= amount : share >= target.Share;
        var years = new Observed(target.By, 0).YearsSince(census.AsOf);
        return new()
        {
            Target = target,
            Type = census.Type,
            HasPetaflops = has,
            HasShare = share,
            Met = met,
            MissingPetaflops = missing,
            ComingPetaflops = census.Facilities.Where(f => f.Status != FacilityStatus.Built && target.Part.Has(f) && (f.Date is null || f.Date <= target.By)).Sum(f => Tally.Of(f, census.Type)),
            NeededPerYear = !met && target.Petaflops is { } goal && has > 0 && years > 0 ? Math.Pow((double)(goal / has), 1 / years) - 1 : null,
            Scenarios = met || has <= 0 ? [] : [.. Scenarios(census, target, test, trend)],
            Equivalents = met ? [] : [.. Counted.Select(AcceleratorTable.Find).OfType<AcceleratorModel>().Where(m => m.Peak(census.Type) is not null).Select(m => EquivalentOf(m, missing, census))],
        };
    }

    private static Equivalent EquivalentOf(AcceleratorModel model, decimal petaflops, CensusDocument census)
    {
        var count = (long)Math.Ceiling((double)petaflops * 1000 / model.Peak(census.Type)!.Value);
        return new(model.Name, count, model.BoardWatts is { } watts ? count * watts * (WeightedPue.Of(census.Facilities)?.Pue ?? 1) / 1e6 : null);
    }

    /// <summary>For a share: each growth of the part beside the growth of the whole that has the same name.</summary>
    private static IEnumerable<Scenario> Scenarios(CensusDocument census, Target target, BackTest? test, double? trend)
    {
        foreach (var (name, rate, basis, source) in Rates(census, target.Part, trend))
        {
            if (target.Petaflops is { } wanted)
                yield return Scene(name, rate, basis, source, census, target, (double)census.Petaflops(census.Type, FacilityStatus.Built, target.Part), (double)wanted, Math.Log(1 + rate), test?.HalfPerRootYear ?? 0);
            else if (Rates(census, Part.Whole, trend).Where(w => w.Name == name).Select(w => (double?)w.PerYear).FirstOrDefault() is { } whole)
            {
                var share = (double)(census.Petaflops(census.Type, FacilityStatus.Built, target.Part) / census.Petaflops(census.Type, FacilityStatus.Built, Part.Whole));
                // Errors of part and whole are taken to be as large as the whole's and to have nothing to do with each other.
                yield return Scene(name, rate, basis, source, census, target, share, target.Share!.Value, Math.Log((1 + rate) / (1 + whole)), (test?.HalfPerRootYear ?? 0) * Math.Sqrt(2)) with { WholePerYear = whole };
            }
        }
    }

    private static IEnumerable<(string Name, double PerYear, FigureBasis Basis, string Source)> Rates(CensusDocument census, Part part, double? trend)
    {
        foreach (var growth in census.Growth.Where(g => g.Part == part)) yield return (growth.Name, growth.PerYear, growth.Basis, growth.Source);
        if (part != Part.Whole) yield break;
        var known = Known(census, part);
        if (trend is { } slope) yield return ("trend", Growth.PerYear(slope), FigureBasis.Published, $"least squares through {known.Count} published totals from {known[0].Date:yyyy-MM-dd} on");
        if (known.LastOrDefault(o => known.Count > 0 && o.Date <= known[^1].Date.AddMonths(-11)) is { Value: > 0 } yearAgo)
        {
            var rate = Math.Pow(known[^1].Value / yearAgo.Value, 1 / known[^1].YearsSince(yearAgo.Date)) - 1;
            yield return ("latest year", rate, FigureBasis.Published, $"from {yearAgo.Date:yyyy-MM-dd} to {known[^1].Date:yyyy-MM-dd}");
        }
    }

    /// <summary>Exponential growth from what there is; the interval widens with the square root of time.</summary>
    private static Scenario Scene(string name, double rate, FigureBasis basis, string source, CensusDocument census, Target target, double has, double wanted, double drift, double half)
    {
        var (rise, years) = (Math.Log(wanted / has), Math.Max(0, new Observed(target.By, 0).YearsSince(census.AsOf)));
        var (middle, spread) = (has * Math.Exp(drift * years), half * Math.Sqrt(years));
        var cap = target.Share is null ? double.MaxValue : 1;
        return new(
            name, rate, basis, source,
            drift > 0 ? DateAt(rise / drift) : null,
            half > 0 ? DateAt(Root(-half)) : null,
            half > 0 && drift > 0 ? DateAt(Root(half)) : null,
            Math.Min(cap, middle), Math.Min(cap, middle * Math.Exp(-spread)), Math.Min(cap, middle * Math.Exp(spread)));

        // Solves drift·t = rise + slack·√t for t: a quadratic equation in √t.
        double Root(double slack)
        {
            if (drift == 0) return slack < 0 ? Math.Pow(rise / -slack, 2) : double.PositiveInfinity;
            var discriminant = slack * slack + 4 * drift * rise;
            return discriminant < 0 ? double.PositiveInfinity : Math.Pow((slack + Math.Sqrt(discriminant)) / (2 * drift), 2);
        }

        DateOnly? DateAt(double afterYears) => afterYears is >= 0 and < 100 ? census.AsOf.AddDays((int)Math.Round(afterYears * Observed.DaysPerYear)) : null;
    }

    private static IEnumerable<CameSince> SinceThen(CensusDocument census, double? trend)
    {
        var rate = Rates(census, Part.Whole, trend).Select(r => (double?)r.PerYear).FirstOrDefault();
        if (rate is null) yield break;
        var has = (double)census.Petaflops(census.Type, FacilityStatus.Built, Part.Whole);
        foreach (var point in census.History.Where(h => h.Part == Part.Whole && h.Date > census.AsOf))
            yield return new(point, has * Math.Pow(1 + rate.Value, new Observed(point.Date, 0).YearsSince(census.AsOf)));
    }
}

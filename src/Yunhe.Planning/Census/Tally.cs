using Yunhe.Core.Network;
using Yunhe.Planning.Catalogue;

namespace Yunhe.Planning.Census;

/// <summary>By what a census is broken down.</summary>
public enum Dimension
{
    Kind,
    Region,
    Province,
    City,
    Operator,
    Facility,
}

/// <summary>One line of a breakdown, all in 10^15 operations per second of one data type.</summary>
public sealed record TallyRow
{
    /// <summary>Empty: not broken down further in the data.</summary>
    public required string Key { get; init; }

    /// <summary>By what is built, from 1; equals share a rank. 0: of what is not broken down.</summary>
    public int Rank { get; init; }

    public int DataCentres { get; init; }

    public decimal BuiltPetaflops { get; init; }

    public decimal UnderConstructionPetaflops { get; init; }

    public decimal PlannedPetaflops { get; init; }

    /// <summary>What was measured where a measurement stands beside the nominal figure; null: nowhere.</summary>
    public decimal? MeasuredPetaflops { get; init; }

    /// <summary>The nominal figure of what was measured, to hold it against.</summary>
    public decimal? NominalOfMeasuredPetaflops { get; init; }

    /// <summary>Which of the three figures rest on an assumption, in part or in whole, and were not published as such.</summary>
    public IReadOnlyList<FacilityStatus> Assumed { get; init; } = [];

    /// <summary>Of all that is built, 0 to 1.</summary>
    public double Share { get; init; }

    public decimal AllPetaflops => BuiltPetaflops + UnderConstructionPetaflops + PlannedPetaflops;
}

/// <summary>A census broken down by one thing, in one data type.</summary>
public sealed record Tally(Dimension By, DataType Type, IReadOnlyList<TallyRow> Rows, TallyRow Total)
{
    /// <summary>Largest first; what is not broken down last. A figure that adds up to a published total is not one that is assumed.</summary>
    public static Tally Take(CensusDocument census, Dimension by, DataType type)
    {
        var facilities = census.Facilities;
        var published = census.Totals.Where(t => t is { AtLeast: false, Petaflops: not null } && t.Type == type).ToList();
        var counted = facilities.Where(f => Of(f, type) > 0).ToList();
        var built = counted.Where(f => f.Status == FacilityStatus.Built).Sum(f => Of(f, type));
        var rows = counted.GroupBy(f => KeyOf(f, by), StringComparer.Ordinal).Select(g => Row(g.Key, [.. g], PartOf(by, g.Key)))
            .OrderBy(r => r.Key.Length == 0).ThenByDescending(r => r.BuiltPetaflops).ThenByDescending(r => r.AllPetaflops).ThenBy(r => r.Key, StringComparer.Ordinal).ToList();
        for (var i = 0; i < rows.Count; i++)
            if (rows[i].Key.Length > 0 && rows[i].BuiltPetaflops > 0)
                rows[i] = rows[i] with { Rank = i > 0 && rows[i - 1].BuiltPetaflops == rows[i].BuiltPetaflops ? rows[i - 1].Rank : i + 1 };
        return new(by, type, rows, Row("total", counted, Part.Whole));

        TallyRow Row(string key, IReadOnlyList<Facility> all, Part? part) => RowOf(key, all, type, built) is var row
            ? row with { Assumed = [.. row.Assumed.Where(status => part is null || !published.Any(t => t.Part == part && t.Status == status))] } : row;
    }

    /// <summary>Null: nothing is published of such a part.</summary>
    private static Part? PartOf(Dimension by, string key) => by switch
    {
        Dimension.Kind => new(Enum.Parse<SiteKind>(key), null, null),
        Dimension.Region when key.Length > 0 => new(null, key, null),
        Dimension.Province when key.Length > 0 => new(null, null, key),
        _ => null,
    };

    /// <summary>Types that any facility has a figure of, in the order of their list.</summary>
    public static IReadOnlyList<DataType> TypesOf(IEnumerable<Facility> facilities) =>
        [.. facilities.SelectMany(f => f.Capacity).Select(c => RateText.TypeOf(c.Type)).OfType<DataType>().Distinct().Order()];

    /// <summary>Nominal, 10^15 operations per second; 0: it has no figure of this type.</summary>
    public static decimal Of(Facility facility, DataType type) => Rated(facility, type)?.NominalPetaflops ?? 0;

    private static RatedCapacity? Rated(Facility facility, DataType type) => facility.Capacity.FirstOrDefault(c => RateText.TypeOf(c.Type) == type);

    private static string KeyOf(Facility facility, Dimension by) => by switch
    {
        Dimension.Kind => facility.Kind.ToString(),
        Dimension.Region => facility.Place.Region,
        Dimension.Province => facility.Place.Province,
        Dimension.City => facility.Place.City,
        Dimension.Operator => facility.Operator,
        _ => facility.Name,
    };

    private static TallyRow RowOf(string key, IReadOnlyList<Facility> facilities, DataType type, decimal allBuilt)
    {
        var measured = facilities.Select(f => Rated(f, type)!).Where(r => r.MeasuredPetaflops is not null).ToList();
        var row = new TallyRow
        {
            Key = key,
            DataCentres = facilities.Where(f => f.Status == FacilityStatus.Built).Sum(f => f.DataCentres),
            BuiltPetaflops = Sum(FacilityStatus.Built),
            UnderConstructionPetaflops = Sum(FacilityStatus.UnderConstruction),
            PlannedPetaflops = Sum(FacilityStatus.Planned),
            MeasuredPetaflops = measured.Count > 0 ? measured.Sum(r => r.MeasuredPetaflops!.Value) : null,
            NominalOfMeasuredPetaflops = measured.Count > 0 ? measured.Sum(r => r.NominalPetaflops) : null,
            Assumed = [.. facilities.Where(f => f.Basis == FigureBasis.Assumed).Select(f => f.Status).Distinct().Order()],
        };
        return row with { Share = allBuilt > 0 ? (double)(row.BuiltPetaflops / allBuilt) : 0 };

        decimal Sum(FacilityStatus status) => facilities.Where(f => f.Status == status).Sum(f => Of(f, type));
    }
}

/// <summary>PUE weighted by the power of the computers, over the facilities that state both.</summary>
/// <param name="Facilities">How many state both.</param>
public sealed record WeightedPue(double Pue, double ItKilowatts, int Facilities)
{
    /// <returns>Null: none states both.</returns>
    public static WeightedPue? Of(IEnumerable<Facility> facilities)
    {
        var stated = facilities.Where(f => f.Status == FacilityStatus.Built && f is { ItKilowatts: > 0, Pue: not null }).ToList();
        var power = stated.Sum(f => f.ItKilowatts!.Value);
        return power > 0 ? new(stated.Sum(f => f.ItKilowatts!.Value * f.Pue!.Value) / power, power, stated.Count) : null;
    }
}

using Yunhe.Core.Network;
using Yunhe.Planning.Catalogue;

namespace Yunhe.Planning.Census;

/// <summary>How large a part of the world a census is of.</summary>
public enum CensusLevel
{
    Network,
    Country,
    Province,
    City,
}

/// <summary>A text in English and in Chinese; the Chinese is the English where none was given.</summary>
public sealed record Bilingual(string English, string Chinese)
{
    public string In(bool chinese) => chinese ? Chinese : English;
}

/// <summary>Which part of a census a figure is of: a kind, a region, a province, or all of it.</summary>
public sealed record Part(SiteKind? Kind, string? Region, string? Province)
{
    public static readonly Part Whole = new(null, null, null);

    public bool Has(Facility facility) => (Kind is null || facility.Kind == Kind) && (Region is null || facility.Place.Region == Region)
        && (Province is null || facility.Place.Province == Province);
}

/// <summary>A total that somebody published; the facilities must add up to it.</summary>
/// <param name="Half">Half of its last digit: by so much the sum may differ.</param>
/// <param name="AtLeast">Published was that it is more.</param>
/// <param name="DataCentres">Null: none was published.</param>
public sealed record PublishedTotal(Part Part, FacilityStatus Status, DataType Type, decimal? Petaflops, decimal Half, bool AtLeast, int? DataCentres, string Source);

/// <summary>What there was at a time.</summary>
public sealed record HistoryPoint(DateOnly Date, Part Part, decimal Petaflops, FigureBasis Basis, string Source);

/// <summary>A yearly growth that somebody states or assumes: 0.3 is 30 %.</summary>
public sealed record GrowthRate(string Name, Part Part, double PerYear, FigureBasis Basis, string Source);

/// <summary>What is to be reached by a day: so much of a part, or a part's share of the whole.</summary>
/// <param name="Petaflops">Null: a share is asked for.</param>
/// <param name="Share">0 to 1; null: an amount is asked for.</param>
public sealed record Target(Bilingual Name, Part Part, decimal? Petaflops, double? Share, DateOnly By, FigureBasis Basis, string Source);

/// <summary>A census: what there is, what was published of it, and what is to be reached.</summary>
public sealed record CensusDocument
{
    public required Bilingual Title { get; init; }

    public required CensusLevel Level { get; init; }

    public required Bilingual Place { get; init; }

    public required DateOnly AsOf { get; init; }

    /// <summary>Of totals, history and targets.</summary>
    public required DataType Type { get; init; }

    public required IReadOnlyList<Facility> Facilities { get; init; }

    public IReadOnlyList<PublishedTotal> Totals { get; init; } = [];

    /// <summary>In order of time; also what came after <see cref="AsOf"/>, which only judges what was foretold.</summary>
    public IReadOnlyList<HistoryPoint> History { get; init; } = [];

    public IReadOnlyList<GrowthRate> Growth { get; init; } = [];

    public IReadOnlyList<Target> Targets { get; init; } = [];

    /// <summary>Chinese texts of sources, by the text that figures name; where there is none, a source stands as it is.</summary>
    public IReadOnlyDictionary<string, string> SourcesChinese { get; init; } = new Dictionary<string, string>();

    /// <summary>Chinese names of facilities, by their names; where there is none, a name stands as it is.</summary>
    public IReadOnlyDictionary<string, string> NamesChinese { get; init; } = new Dictionary<string, string>();

    /// <summary>What holds for many figures at once.</summary>
    public IReadOnlyList<Bilingual> Assumptions { get; init; } = [];

    /// <summary>Metered use of a running network; null: a file has none.</summary>
    public MeteredUse? Use { get; init; }

    /// <summary>Of one type, status and part.</summary>
    public decimal Petaflops(DataType type, FacilityStatus status, Part part) =>
        Facilities.Where(f => f.Status == status && part.Has(f)).Sum(f => Tally.Of(f, type));
}

using System.Collections.Frozen;
using Yunhe.Planning.Tables;

namespace Yunhe.Planning.Catalogue;

public enum PlaceKind
{
    /// <summary>One of the ten clusters of the eight national hubs.</summary>
    Cluster,

    /// <summary>A city at or above the level of a prefecture.</summary>
    City,
}

/// <summary>A province of China with what a kWh of its grid emits; null: no factor is published.</summary>
/// <param name="Name">Short: 浙江.</param>
/// <param name="Official">In full: 浙江省.</param>
/// <param name="English">Zhejiang.</param>
/// <param name="Region">One of four.</param>
/// <param name="People">By the seventh national population census, 1 November 2020.</param>
public sealed record Province(string Name, string Official, string English, Region Region, int People)
{
    public double? KgPerKWh2021 { get; init; }

    public double? KgPerKWh2022 { get; init; }

    public required string Source { get; init; }
}

/// <summary>A place on the map, about 1 km off. <c>Hub</c> is empty outside the eight hubs.</summary>
public sealed record NamedPlace(string Name, string English, PlaceKind Kind, Province Province, string Hub, double Longitude, double Latitude);

/// <summary>Provinces, hubs with their clusters, and cities that ship with Yunhe: provinces.csv and places.csv.</summary>
public static class Places
{
    public static IReadOnlyList<Province> Provinces { get; } = ReadProvinces();

    /// <summary>In the order of the file: the clusters first.</summary>
    public static IReadOnlyList<NamedPlace> All { get; } = ReadPlaces();

    /// <summary>English names that cities of two provinces have.</summary>
    private static readonly FrozenSet<string> Shared = All.Where(p => p is { Kind: PlaceKind.City, English.Length: > 0 })
        .GroupBy(p => p.English, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key).ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, NamedPlace> ByName = Index(All, Names);

    private static readonly FrozenDictionary<string, NamedPlace> CityByName = Index(All.Where(p => p.Kind == PlaceKind.City), Names);

    private static readonly FrozenDictionary<string, Province> ProvinceByName = Index(Provinces, p => [p.Name, p.English]);

    /// <summary>
    /// By its Chinese name, with or without 市 or 集群, or its English one where it has one, with the province where two share it
    /// (suzhou-jiangsu); null: not listed, or two of that name.
    /// </summary>
    public static NamedPlace? Find(string name) => ByName.GetValueOrDefault(Plain(name));

    /// <summary>As <see cref="Find"/>, of cities only.</summary>
    public static NamedPlace? FindCity(string name) => CityByName.GetValueOrDefault(Plain(name));

    /// <summary>A city of a province under its full Chinese name (杭州市 of 杭州 and Hangzhou) where it is listed, else as it is written.</summary>
    public static string CityOf(Province province, string city) =>
        (FindCity(city) ?? FindCity($"{city} {province.English}")) is { } known && known.Province == province ? known.Name : city;

    /// <summary>By its Chinese name, short or official, or its English one; null: not listed.</summary>
    public static Province? FindProvince(string name) => ProvinceByName.GetValueOrDefault(Plain(name));

    /// <summary>A province or city in English where its English name is listed, else as it is written.</summary>
    public static string InEnglish(string place) => FindProvince(place)?.English ?? (FindCity(place) is { English.Length: > 0 } city ? city.English : place);

    /// <summary>A name for plans and files: hangzhou, suzhou-jiangsu; the Chinese one where no English one is listed.</summary>
    public static string WordOf(NamedPlace place)
    {
        if (place.English.Length == 0) return place.Name;
        var name = Shared.Contains(place.English) ? $"{place.English}-{place.Province.English}" : place.English;
        return string.Concat(name.Where(c => char.IsLetterOrDigit(c) || c == '-')).ToLowerInvariant();
    }

    private static string[] Names(NamedPlace place) => place switch
    {
        { English.Length: 0 } => [place.Name],
        { Kind: PlaceKind.Cluster } => [place.Name, place.English],
        _ when Shared.Contains(place.English) => [place.Name, $"{place.English} {place.Province.English}"],
        _ => [place.Name, place.English, $"{place.English} {place.Province.English}"],
    };

    private static FrozenDictionary<string, T> Index<T>(IEnumerable<T> all, Func<T, string[]> names)
    {
        var index = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach (var one in all)
            foreach (var name in names(one).Where(n => n.Length > 0)) index.TryAdd(Plain(name), one);
        return index.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static string Plain(string name)
    {
        var plain = string.Concat(name.Where(char.IsLetterOrDigit)).ToUpperInvariant();
        foreach (var tail in (string[])["维吾尔自治区", "回族自治区", "壮族自治区", "自治区", "集群", "市", "省"])
            if (plain.Length > tail.Length + 1 && plain.EndsWith(tail, StringComparison.Ordinal)) return plain[..^tail.Length];
        return plain;
    }

    private static List<Province> ReadProvinces() => [.. Rows("provinces.csv").Select(row =>
        new Province(row.Text("name"), row.Text("official"), row.Text("english"), row.Word<Region>("region")!.Value, row.Whole("population_2020")!.Value)
        {
            KgPerKWh2021 = row.Number("kgco2_per_kwh_2021"),
            KgPerKWh2022 = row.Number("kgco2_per_kwh_2022"),
            Source = row.Text("source"),
        })];

    private static List<NamedPlace> ReadPlaces()
    {
        var provinces = Provinces.ToDictionary(p => p.Name, StringComparer.Ordinal);
        return [.. Rows("places.csv").Select(row => new NamedPlace(
            row.Text("name"), row.Text("english"), row.Word<PlaceKind>("kind")!.Value, provinces[row.Text("province")], row.Text("hub"),
            row.Number("longitude")!.Value, row.Number("latitude")!.Value))];
    }

    private static IReadOnlyList<CsvRow> Rows(string table)
    {
        using var stream = typeof(Places).Assembly.GetManifestResourceStream(table)!;
        return CsvTable.Read(stream);
    }
}

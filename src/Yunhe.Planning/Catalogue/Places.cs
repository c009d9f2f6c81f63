using System.Collections.Frozen;
using Yunhe.Planning.Tables;

namespace Yunhe.Planning.Catalogue;

/// <summary>The four economic regions of China's statistics.</summary>
public enum Region
{
    East,
    Central,
    West,
    Northeast,
}

public enum PlaceKind
{
    /// <summary>One of the ten clusters of the eight national hubs.</summary>
    Cluster,

    /// <summary>A city at or above the level of a prefecture.</summary>
    City,
}

/// <summary>A province with its region and what a kWh of its grid emits; null: no factor is published.</summary>
public sealed record Province(string Name, string English, Region Region)
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

    private static readonly FrozenDictionary<string, NamedPlace> ByName = Index(All, p => [p.Name, p.English]);

    private static readonly FrozenDictionary<string, Province> ProvinceByName = Index(Provinces, p => [p.Name, p.English]);

    /// <summary>By its Chinese name, with or without 市 or 集群, or its English one where it has one; null: not listed.</summary>
    public static NamedPlace? Find(string name) => ByName.GetValueOrDefault(Plain(name));

    /// <summary>By its Chinese or English name; null: not listed.</summary>
    public static Province? FindProvince(string name) => ProvinceByName.GetValueOrDefault(Plain(name));

    private static FrozenDictionary<string, T> Index<T>(IReadOnlyList<T> all, Func<T, string[]> names)
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
        new Province(row.Text("name"), row.Text("english"), row.Word<Region>("region")!.Value)
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

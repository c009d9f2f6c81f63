using System.Collections.Frozen;
using Yunhe.Planning.Tables;

namespace Yunhe.Planning.Census;

/// <summary>The four economic regions of the National Bureau of Statistics, by which the published figures are broken down.</summary>
public static class Regions
{
    private static readonly (string Name, string Chinese)[] All = [("East", "东部"), ("Central", "中部"), ("West", "西部"), ("Northeast", "东北")];

    public static IReadOnlyList<string> Names { get; } = [.. All.Select(r => r.Name)];

    /// <summary>"East" of "east", "东部" or "东"; null: none of the four.</summary>
    public static string? Find(string text) => All.FirstOrDefault(r =>
        r.Name.Equals(text, StringComparison.OrdinalIgnoreCase) || r.Chinese == text || r.Chinese == text + "部" || r.Chinese + "地区" == text).Name;

    /// <summary>The name itself where it is none of the four.</summary>
    public static string Chinese(string name) => All.FirstOrDefault(r => r.Name == name).Chinese ?? name;
}

/// <summary>A province of China. People: the seventh national population census, 1 November 2020.</summary>
public sealed record Province(string Name, string Official, string English, string Region, int People);

/// <summary>Provinces and cities of China, for places that are written in different ways; other countries' are taken as they are.</summary>
public static class Provinces
{
    public static IReadOnlyList<Province> All { get; } = [.. Rows("provinces.csv").Select(r =>
        new Province(r.Text("name"), r.Text("official"), r.Text("english"), r.Text("region"), r.Whole("population_2020")!.Value))];

    private static readonly FrozenDictionary<string, Province> ByName = All
        .SelectMany(p => new[] { p.Name, p.Official, p.English.ToUpperInvariant(), p.English.Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant() }.Distinct(), (p, name) => (name, p))
        .ToFrozenDictionary(p => p.name, p => p.p, StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> CitiesEnglish = Rows("cities.csv").Where(r => r.Text("english").Length > 0)
        .DistinctBy(r => r.Text("city")).ToFrozenDictionary(r => r.Text("city"), r => r.Text("english"), StringComparer.Ordinal);

    /// <summary>By the city's name with and without 市, 地区 and the like.</summary>
    private static readonly FrozenDictionary<string, Province> OfCity = Rows("cities.csv")
        .SelectMany(r => new[] { r.Text("city"), Short(r.Text("city")) }.Distinct(), (r, city) => (city, Province: Find(r.Text("province"))!))
        .DistinctBy(c => c.city).ToFrozenDictionary(c => c.city, c => c.Province, StringComparer.Ordinal);

    /// <summary>"浙江", "浙江省" or "Zhejiang"; null: no province of China.</summary>
    public static Province? Find(string text) => ByName.GetValueOrDefault(text) ?? ByName.GetValueOrDefault(text.ToUpperInvariant());

    /// <summary>Of a prefecture-level city by its Chinese name; null: not known.</summary>
    public static Province? OfCityNamed(string city) => OfCity.GetValueOrDefault(city);

    /// <summary>A province or city in English where its English name is listed, else as it is written.</summary>
    public static string English(string place) => Find(place)?.English ?? CitiesEnglish.GetValueOrDefault(place, place);

    private static string Short(string city) => city.EndsWith('市') ? city[..^1] : city;

    private static IReadOnlyList<CsvRow> Rows(string file)
    {
        using var stream = typeof(Provinces).Assembly.GetManifestResourceStream("census." + file)!;
        return CsvTable.Read(stream);
    }
}

namespace Yunhe.Planning.Catalogue;

/// <summary>The four economic regions of the National Bureau of Statistics, by which the published figures are broken down.</summary>
public enum Region
{
    East,
    Central,
    West,
    Northeast,
}

/// <summary>The names of regions, as files and reports have them.</summary>
public static class Regions
{
    private static readonly (string Name, string Chinese)[] All =
        [(nameof(Region.East), "东部"), (nameof(Region.Central), "中部"), (nameof(Region.West), "西部"), (nameof(Region.Northeast), "东北")];

    public static IReadOnlyList<string> Names { get; } = [.. All.Select(r => r.Name)];

    /// <summary>"East" of "east", "东部" or "东"; null: none of the four.</summary>
    public static string? Find(string text) => All.FirstOrDefault(r =>
        r.Name.Equals(text, StringComparison.OrdinalIgnoreCase) || r.Chinese == text || r.Chinese == text + "部" || r.Chinese + "地区" == text).Name;

    /// <summary>The name itself where it is none of the four.</summary>
    public static string Chinese(string name) => All.FirstOrDefault(r => r.Name == name).Chinese ?? name;
}

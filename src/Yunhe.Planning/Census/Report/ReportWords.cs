using Yunhe.Core.Network;
using Yunhe.Planning.Catalogue;

namespace Yunhe.Planning.Census.Report;

/// <summary>The words of a report in its language. Each is given in English and in Chinese, side by side, so that none is forgotten.</summary>
public sealed class ReportWords(bool chinese)
{
    public bool Chinese => chinese;

    public string Language => chinese ? "zh-CN" : "en";

    public string Of(string english, string inChinese) => chinese ? inChinese : english;

    public string Of(Bilingual text) => text.In(chinese);

    /// <summary>A facility's name in the report's language where the census has it.</summary>
    public string Name(CensusDocument census, Facility facility) => chinese ? census.NamesChinese.GetValueOrDefault(facility.Name, facility.Name) : facility.Name;

    public string Kind(SiteKind kind) => kind switch
    {
        SiteKind.General => Of("general", "通用"),
        SiteKind.Intelligent => Of("intelligent", "智算"),
        SiteKind.Supercomputing => Of("supercomputing", "超算"),
        _ => Of("edge", "边缘"),
    };

    public string Status(FacilityStatus status) => status switch
    {
        FacilityStatus.Built => Of("built", "已建"),
        FacilityStatus.UnderConstruction => Of("under construction", "在建"),
        _ => Of("planned", "规划"),
    };

    public string Basis(FigureBasis basis) => basis switch
    {
        FigureBasis.Measured => Of("measured", "实测"),
        FigureBasis.Declared => Of("declared", "申报"),
        FigureBasis.Published => Of("published", "公布"),
        _ => Of("assumed", "假设"),
    };

    public string By(Dimension by) => by switch
    {
        Dimension.Kind => Of("Kind", "类别"),
        Dimension.Region => Of("Region", "区域"),
        Dimension.Province => Of("Province", "省份"),
        Dimension.City => Of("City", "城市"),
        Dimension.Operator => Of("Operator", "运营主体"),
        _ => Of("Facility", "算力中心"),
    };

    /// <summary>A key of a breakdown.</summary>
    public string Key(Dimension by, string key) => key.Length == 0 ? Of("not broken down", "未细分") : by switch
    {
        Dimension.Kind => Kind(Enum.Parse<SiteKind>(key)),
        Dimension.Region => chinese ? Regions.Chinese(key) : key,
        Dimension.Province or Dimension.City => chinese ? key : Places.InEnglish(key),
        _ => key,
    };

    /// <summary>"built, intelligent, West".</summary>
    public string Part(Part part, FacilityStatus? status = null)
    {
        var words = new List<string>();
        if (part.Province is { } province) words.Add(Key(Dimension.Province, province));
        if (part.Region is { } region) words.Add(Key(Dimension.Region, region));
        if (part.Kind is { } kind) words.Add(Kind(kind));
        if (words.Count == 0) words.Add(Of("all", "全部"));
        if (status is { } s) words.Add(Status(s));
        return string.Join(Of(", ", "，"), words);
    }

    public string Growth(string name) => !chinese ? name : name switch
    {
        "stated" => "公布的增速",
        "trend" => "历史趋势",
        "latest year" => "最近一年",
        "as the country" => "与全国相同",
        _ => name,
    };

    /// <summary>A cell of a breakdown as the language writes it.</summary>
    public string Cell(string shown) => shown == "-" ? "–" : chinese ? shown.Replace(" %", "%", StringComparison.Ordinal) : shown;

    public string Percent(double share) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{share * 100:0.0}") + Of(" %", "%");

    public string Day(DateOnly? day) => day?.ToString(chinese ? "yyyy年M月d日" : "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) ?? "–";

    /// <summary>The interval of a date; one that has no end is said to have none.</summary>
    public string Days(DateOnly? from, DateOnly? to) => from is null && to is null ? "–"
        : Of($"{Day(from)} to {(to is null ? "never" : Day(to))}", $"{Day(from)}至{(to is null ? "无期" : Day(to))}");

    public string Between(string from, string to) => Of($"{from} to {to}", $"{from} 至 {to}");
}

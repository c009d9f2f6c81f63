using System.Xml;
using Yunhe.Core.Network;
using Yunhe.Planning.Catalogue;
using Yunhe.Planning.Census;
using Yunhe.Planning.Census.Report;

namespace Yunhe.Planning.Tests.Census;

public sealed class ReportTests
{
    private const string Hostile = "<script>alert(1)</script> & \"quotes\" | *stars* \u0001 ]]> 云";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_page_is_well_formed_whatever_the_names_and_has_no_script(bool chinese)
    {
        var page = PageReport.Write(CensusReport.Of(Full(Hostile), new(chinese)));
        using var reader = XmlReader.Create(new StringReader(page.Replace("<!DOCTYPE html>", "", StringComparison.Ordinal)));
        var elements = new List<string>();
        while (reader.Read())
            if (reader.NodeType == XmlNodeType.Element) elements.Add(reader.Name);
        Assert.DoesNotContain("script", elements);
        Assert.Contains("svg", elements);
        Assert.Contains(chinese ? "lang=\"zh-CN\"" : "lang=\"en\"", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Markdown_shows_hostile_names_as_they_are()
    {
        var text = MarkdownReport.Write(CensusReport.Of(Full(Hostile), new(false)));
        Assert.DoesNotContain("<script>", text.Replace("\\<", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.All(text.Split('\n').Where(l => l.StartsWith('|')), l => Assert.EndsWith(" |", l, StringComparison.Ordinal));
    }

    /// <summary>No English sentence is left in a Chinese report of a census that has Chinese texts, but for sources and names.</summary>
    [Fact]
    public void Both_languages_say_the_same_figures()
    {
        var census = Full("甲");
        var (english, chinese) = (CensusReport.Of(census, new(false)), CensusReport.Of(census, new(true)));
        Assert.Equal(english.Sections.Count, chinese.Sections.Count);
        foreach (var (a, b) in english.Sections.Zip(chinese.Sections))
        {
            Assert.Equal(a.Blocks.Select(x => x.GetType()), b.Blocks.Select(x => x.GetType()));
            Assert.NotEqual(a.Title, b.Title);
        }
        Assert.Contains("目标：总量", chinese.Sections.Select(s => s.Title));
    }

    [Fact]
    public void Every_published_total_target_and_history_has_its_source_in_the_report()
    {
        var text = MarkdownReport.Write(CensusReport.Of(Full("a"), new(false)));
        foreach (var source in new[] { "source of the total", "source of the history", "source of the target", "source of the growth", "why it is assumed" })
            Assert.Contains(source, text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_province_of_a_census_is_a_census_of_its_own()
    {
        var census = Full("a");
        var province = CensusScope.Province(census, "Zhejiang")!;
        Assert.Equal((CensusLevel.Province, "浙江省", 1), (province.Level, province.Place.Chinese, province.Facilities.Count));
        Assert.Empty(province.Targets);
        Assert.Null(CensusScope.Province(census, "Bavaria"));
        Assert.Equal("杭州市", CensusScope.City(census, "hangzhou")!.Place.Chinese);
    }

    private static CensusDocument Full(string name) => Samples.Census(
        Samples.Facility(name, 100) with { Place = new("East", "浙江", "杭州市"), Pue = 1.3, ItKilowatts = 100, Operator = name, Capacity = [new("fp32", 100) { MeasuredPetaflops = 80 }] },
        Samples.Facility(name + " 2", 50) with { Place = new("West", "宁夏", "中卫市"), Basis = FigureBasis.Assumed, Source = "why it is assumed" },
        Samples.Facility(name + " 3", 70, FacilityStatus.Planned) with { Date = new(2024, 1, 1), Place = new("West", "甘肃", "") }) with
    {
        Title = new(name, name + "（中文）"),
        Totals = [new(Part.Whole, FacilityStatus.Built, DataType.Fp32, 150, 0, false, 2, "source of the total")],
        History = [new(new(2022, 6, 30), Part.Whole, 120, FigureBasis.Published, "source of the history"), new(new(2023, 6, 30), Part.Whole, 150, FigureBasis.Published, "source of the history")],
        Growth = [new("stated", Part.Whole, 0.3, FigureBasis.Published, "source of the growth")],
        Targets = [new(new("Total", "总量"), Part.Whole, 300, null, new(2025, 12, 31), FigureBasis.Published, "source of the target")],
        Assumptions = [new("an assumption", "一个假设")],
    };
}

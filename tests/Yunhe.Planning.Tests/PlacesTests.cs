using Yunhe.Planning.Catalogue;

namespace Yunhe.Planning.Tests;

public sealed class PlacesTests
{
    [Fact]
    public void There_are_eight_hubs_with_ten_clusters_and_a_region_for_every_place()
    {
        var clusters = Places.All.Where(p => p.Kind == PlaceKind.Cluster).ToList();
        Assert.Equal(10, clusters.Count);
        Assert.Equal(8, clusters.Select(c => c.Hub).Distinct().Count());
        Assert.Equal(31, Places.Provinces.Count);
        Assert.All(Places.All, p => Assert.Contains(p.Province, Places.Provinces));
        Assert.All(Places.All, p => Assert.True(p is { Longitude: > 73 and < 136, Latitude: > 3 and < 54 }));
    }

    [Theory]
    [InlineData("贵安", "贵安集群")]
    [InlineData("杭州", "杭州市")]
    [InlineData("Hangzhou", "杭州市")]
    [InlineData("Zhongwei-cluster", "中卫集群")]
    [InlineData("Xi'an", "西安市")]
    [InlineData("suzhou-jiangsu", "苏州市")]
    [InlineData("Taizhou Zhejiang", "台州市")]
    public void A_place_is_found_by_the_names_that_people_use(string asked, string found) => Assert.Equal(found, Places.Find(asked)?.Name);

    [Theory]
    [InlineData("Suzhou")]
    [InlineData("taizhou")]
    [InlineData("Fuzhou")]
    public void A_name_that_cities_of_two_provinces_share_is_not_guessed(string asked) => Assert.Null(Places.Find(asked));

    [Fact]
    public void A_city_is_found_as_such_where_a_cluster_has_its_name() =>
        Assert.Equal((PlaceKind.Cluster, PlaceKind.City), (Places.Find("张家口")!.Kind, Places.FindCity("张家口")!.Kind));

    [Theory]
    [InlineData("浙江", "Zhejiang")]
    [InlineData("新疆维吾尔自治区", "Xinjiang")]
    [InlineData("苏州市", "Suzhou")]
    [InlineData("三沙市", "三沙市")]
    [InlineData("Ontario", "Ontario")]
    public void A_place_in_English_is_as_listed_or_as_written(string place, string shown) => Assert.Equal(shown, Places.InEnglish(place));

    [Theory]
    [InlineData("西安", "xian")]
    [InlineData("苏州", "suzhou-jiangsu")]
    [InlineData("guian-cluster", "guian-cluster")]
    [InlineData("三沙市", "三沙市")]
    public void A_place_has_a_word_for_plans_that_finds_it_again(string asked, string word)
    {
        Assert.Equal(word, Places.WordOf(Places.Find(asked)!));
        Assert.Equal(Places.Find(asked), Places.Find(word));
    }

    [Fact]
    public void Every_province_is_found_by_all_its_names_and_has_people_and_a_region() => Assert.All(Places.Provinces, p =>
    {
        Assert.All([p.Name, p.Official, p.English, p.English.ToLowerInvariant()], name => Assert.Same(p, Places.FindProvince(name)));
        Assert.InRange(p.People, 3_000_000, 130_000_000);
        Assert.NotNull(Regions.Find(p.Region.ToString()));
    });

    [Fact]
    public void A_place_that_is_not_listed_is_not_guessed() => Assert.Null(Places.Find("Atlantis"));
}

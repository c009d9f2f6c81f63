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
    public void A_place_is_found_by_the_names_that_people_use(string asked, string found) => Assert.Equal(found, Places.Find(asked)?.Name);

    [Fact]
    public void A_place_that_is_not_listed_is_not_guessed() => Assert.Null(Places.Find("Atlantis"));
}

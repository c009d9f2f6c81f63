using Yunhe.Contracts;
using Yunhe.Server.Mapping;
using Yunhe.Server.Sites;

namespace Yunhe.Server.Tests;

public sealed class HourlyTests
{
    private static readonly SiteRequest Site = new() { Name = "a", Engine = "local", Pools = [new() { Name = "main" }] };

    private static readonly decimal[] Day = [.. Enumerable.Range(0, 24).Select(h => h < 8 ? 0.355m : 1.2m)];

    [Fact]
    public void A_site_has_a_tariff_and_a_grid_by_hour_as_they_were_declared()
    {
        var request = Site with { Tariff = new() { Weekday = Day, UtcOffset = -3.5m }, CarbonByHour = new() { Weekday = Day, Weekend = [.. Day.Reverse()] } };
        Assert.Empty(SiteCheck.Check(request, out var kind));
        var site = SiteMapping.SiteOf(request, kind);
        Assert.Equal((355, TimeSpan.FromHours(-3.5)), (site.Tariff!.Weekend[7], site.Tariff.UtcOffset));
        var again = SiteMapping.RequestOf(site);
        Assert.Equal(Day, again.Tariff!.Weekday);
        Assert.Equal(Day.Reverse(), again.CarbonByHour!.Weekend);
        Assert.Null(SiteMapping.RequestOf(SiteMapping.SiteOf(Site, kind)).Tariff);
    }

    [Fact]
    public void What_is_wrong_with_a_tariff_is_said_by_its_hour()
    {
        var wrong = new HourlyRequest { Weekday = Day[1..], Weekend = [.. Day[..23], -1], UtcOffset = 25 };
        Assert.Equal(
            [
                ("tariff.weekday", "has 23 values: give 24, one for each hour from midnight on"),
                ("tariff.weekend[23]", "-1 is out of range: 0 to 100"),
                ("tariff.utc_offset", "25 is out of range: hours from -14 to 14, in whole minutes"),
            ],
            SiteCheck.Check(Site with { Tariff = wrong }, out _));
    }
}
